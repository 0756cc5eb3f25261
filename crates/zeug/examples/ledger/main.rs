//! A ledger with something of everything to ask. It keeps no books. `cargo run -p zeug --features console,reloader --example ledger [ADDRESS]` with `ZEUG_RELOAD=1` in the environment,
//! change a source so that it is built under the reloader's eyes, follow a link, and type Rust at the prompt of a frame.
#![expect(dead_code, reason = "what is never read is there to be asked for")]

mod entries;

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use entries::{Entry, Kind, Ledger, Opaque, Shown, Stack};
use zeug::debug::Debugger;
use zeug::gateway::{HandlerExt, IntoHandler};
use zeug::{HttpError, Request, Response, run_simple};

const FRONT: &str = "<!doctype html>
<meta charset=utf-8>
<meta name=viewport content='width=device-width'>
<title>The ledger</title>
<h1>The ledger</h1>
<ul>
<li><a href='/audit'>an audit</a>: an index out of bounds, with many variables in hand
<li><a href='/largest'>the largest</a>: in a generic function
<li><a href='/fees'>the fees</a>: in a closure of an iterator chain
</ul>
";

static VISITS: AtomicU32 = AtomicU32::new(0);
const RATE: i64 = 3;

/// What is charged on an amount.
fn fee(cents: i64) -> i64 {
    cents * RATE / 100
}

/// The first that is as large as any.
fn largest<T: PartialOrd + Copy>(items: &[T], after: usize) -> T {
    let first = items[0];
    let beyond = items.len() + after;
    let pair = (first, beyond);
    if items[beyond] > pair.0 {
        items[beyond]
    } else {
        first
    }
}

fn fees(entries: &[Entry], divisor: i64) -> Vec<i64> {
    let add = 7;
    entries
        .iter()
        .map(|entry| {
            let cents = entry.cents + add;
            cents / divisor
        })
        .collect()
}

#[expect(unused_variables, reason = "they are there to be asked for")]
fn audit(ledger: &Ledger, page: usize) -> i64 {
    let entries = ledger.entries.clone();
    let mut numbers = vec![3, 1, 2];
    numbers.push(4);
    let text = String::from("grüße");
    let small: u8 = 250;
    let names: HashMap<&str, u32> = [("ada", 1)].into();
    let tree = BTreeMap::from([(1, "one"), (2, "two")]);
    let some = Some(5_i64);
    let none: Option<u8> = None;
    let failed: Result<u8, std::num::ParseIntError> = "x1".parse();
    let kind = Kind::Out { fee: 12 };
    let shared = Rc::new(String::from("shared"));
    let boxed: Box<dyn Fn(i64) -> i64> = Box::new(|cents| cents + 1);
    let twice = |number: i64| number * 2;
    let opaque = Opaque::new(9, "nine");
    let shown = Shown(7);
    let stack: Stack<u16> = Stack::of([1, 2, 3]);
    let password = String::from("mellon");
    let gone = String::from("gone");
    let kept = gone;
    let first = &entries[0];
    let total = twice(first.cents) + boxed(fee(first.cents));
    let entry = &entries[page];
    total + entry.cents + kept.len() as i64
}

fn answer(ledger: &Ledger, request: &Request) -> Result<Response, HttpError> {
    let visits = VISITS.fetch_add(1, Ordering::Relaxed) + 1;
    match request.raw_path() {
        "/" => Ok(Response::html(FRONT)),
        "/visits" => Ok(Response::text(visits.to_string())),
        "/audit" => Ok(Response::text(audit(ledger, 7).to_string())),
        "/largest" => Ok(Response::text(largest(&[1.5, 2.5], 3).to_string())),
        "/fees" => Ok(Response::text(format!("{:?}", fees(&ledger.entries, 0)))),
        _ => zeug::abort!(404),
    }
}

fn main() -> zeug::Result<()> {
    let ledger = Ledger::open();
    let app = move |request: Request| answer(&ledger, &request);
    let address = std::env::args().nth(1);
    run_simple(
        address.as_deref().unwrap_or("127.0.0.1:5000"),
        app.into_handler().with(Debugger::new()),
    )
}
