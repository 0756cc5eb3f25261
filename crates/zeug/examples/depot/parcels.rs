//! Owns the parcels, and what goes wrong with them.
#![expect(clippy::unwrap_used, reason = "to fail is what it is for")]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{Datelike, Days, NaiveDate};
use regex::Regex;
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Parcel {
    pub(crate) number: String,
    pub(crate) grams: u32,
    pub(crate) due: NaiveDate,
}

#[derive(Debug, Deserialize)]
struct Manifest {
    van: u8,
    parcels: Vec<serde_json::Value>,
}

#[derive(Debug)]
pub(crate) struct Depot {
    pub(crate) parcels: Vec<Parcel>,
    pattern: Regex,
    shelves: Mutex<BTreeMap<char, u8>>,
}

impl Depot {
    pub(crate) fn open() -> Result<Self, regex::Error> {
        let day = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap_or_default();
        let parcel = |at: u32, grams| Parcel {
            number: format!("AT-{at}"),
            grams,
            due: day + Days::new(u64::from(at)),
        };
        Ok(Self {
            parcels: vec![parcel(1, 800), parcel(2, 1_500), parcel(7, 120)],
            pattern: Regex::new(r"^(?<country>[A-Z]{2})-(?<serial>[0-9]+)$")?,
            shelves: Mutex::new(BTreeMap::from([('A', 3), ('B', 255)])),
        })
    }

    /// The parcel of that number.
    pub(crate) fn find(&self, number: &str) -> &Parcel {
        let groups = self.pattern.captures(number).unwrap();
        let country = groups.name("country").map(|found| found.as_str());
        let wanted = &groups["number"];
        let mut own = self
            .parcels
            .iter()
            .filter(|parcel| parcel.number.starts_with(country.unwrap_or("AT")));
        own.find(|parcel| parcel.number.ends_with(wanted)).unwrap()
    }

    /// Those that are due at a date.
    pub(crate) fn due(&self, by: &str) -> Vec<&Parcel> {
        let first = self.parcels.iter().map(|parcel| parcel.due).min();
        let year = first.map(|date| date.year());
        let by: NaiveDate = by.parse().unwrap();
        let due = self
            .parcels
            .iter()
            .filter(|parcel| parcel.due <= by && Some(parcel.due.year()) == year);
        due.collect()
    }

    /// How much of each parcel's weight is a van's.
    pub(crate) fn loads(&self, vans: u32) -> Vec<(&str, u32)> {
        let spare = 50;
        let loads = self.parcels.iter().map(|parcel| {
            let grams = parcel.grams + spare;
            (parcel.number.as_str(), grams / vans)
        });
        loads.collect()
    }

    /// Puts something on each shelf; whoever does so panics at the second.
    pub(crate) fn shelve(&self) -> usize {
        std::thread::scope(|scope| {
            let putting = scope.spawn(|| {
                for count in self.shelves.lock().unwrap().values_mut() {
                    *count += 1;
                }
            });
            // That it failed is seen at the lock.
            let _ = putting.join();
        });
        let full = 3;
        let shelves = self.shelves.lock().unwrap();
        shelves.values().filter(|count| **count > full).count()
    }
}

/// The parcels of a manifest.
pub(crate) fn import(text: &str) -> Result<Vec<Parcel>, serde_json::Error> {
    let parcels = read(text)?;
    Ok(parcels)
}

fn read(text: &str) -> Result<Vec<Parcel>, serde_json::Error> {
    let manifest: Manifest = serde_json::from_str(text)?;
    let mut parcels = Vec::with_capacity(usize::from(manifest.van));
    for value in manifest.parcels {
        parcels.push(parcel(value)?);
    }
    Ok(parcels)
}

fn parcel(value: serde_json::Value) -> Result<Parcel, serde_json::Error> {
    serde_json::from_value(value)
}

/// Carries one parcel after the other, as long as the van has room.
pub(crate) async fn tour(stops: &[&Parcel], room: u32) -> u32 {
    let mut left = room;
    for (at, stop) in stops.iter().enumerate() {
        tokio::time::sleep(Duration::from_millis(1)).await;
        left = carry(left, stop, at).await;
    }
    left.min(room)
}

async fn carry(left: u32, stop: &Parcel, at: usize) -> u32 {
    let handling = 100;
    tokio::task::yield_now().await;
    left - stop.grams - handling * at as u32
}
