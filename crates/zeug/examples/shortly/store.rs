//! What lasts: links by a short name, and how often each was followed. It looks into no link.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Result};

pub(crate) struct Store(Mutex<Connection>);

impl Store {
    pub(crate) fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::with(Connection::open(path)?)
    }

    pub(crate) fn with(connection: Connection) -> Result<Self> {
        connection.execute(
            "CREATE TABLE IF NOT EXISTS links (id INTEGER PRIMARY KEY, url TEXT UNIQUE NOT NULL, clicks INTEGER NOT NULL DEFAULT 0)",
            (),
        )?;
        Ok(Self(Mutex::new(connection)))
    }

    /// The short name of a link, which is the same for the same link.
    pub(crate) fn insert(&self, url: &str) -> Result<String> {
        let sql = "INSERT INTO links (url) VALUES (?1) ON CONFLICT (url) DO UPDATE SET url = url RETURNING id";
        self.connection()
            .query_row(sql, [url], |row| row.get(0))
            .map(base36)
    }

    /// Where a short name leads; counted.
    pub(crate) fn follow(&self, short_id: &str) -> Result<Option<String>> {
        let Some(id) = number(short_id) else {
            return Ok(None);
        };
        let sql = "UPDATE links SET clicks = clicks + 1 WHERE id = ?1 RETURNING url";
        self.connection()
            .query_row(sql, [id], |row| row.get(0))
            .optional()
    }

    /// Where a short name leads, and how often it was followed.
    pub(crate) fn details(&self, short_id: &str) -> Result<Option<(String, i64)>> {
        let Some(id) = number(short_id) else {
            return Ok(None);
        };
        let sql = "SELECT url, clicks FROM links WHERE id = ?1";
        self.connection()
            .query_row(sql, [id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn number(short_id: &str) -> Option<i64> {
    let id = i64::from_str_radix(short_id, 36).ok()?;
    // One name a link: neither `A` nor `0a` nor `+a` is `a`.
    (base36(id) == short_id).then_some(id)
}

fn base36(mut number: i64) -> String {
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(char::from_digit((number % 36) as u32, 36).unwrap_or('0'));
        number /= 36;
    }
    digits.iter().rev().collect()
}
