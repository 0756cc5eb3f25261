//! Owns the orders, as they were written down; and when they are delivered.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use zeug::fields::HttpDate;

/// An order that cannot be read.
#[derive(Debug)]
pub(crate) struct BadOrder {
    number: String,
    source: std::num::ParseIntError,
}

impl fmt::Display for BadOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "order {} cannot be read", self.number)
    }
}

impl Error for BadOrder {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

/// The lines of all orders, by their numbers.
#[derive(Debug)]
pub(crate) struct Orders {
    lines: BTreeMap<String, String>,
}

impl Orders {
    pub(crate) fn open() -> Self {
        let lines = [("A-1016", "3;1999"), ("A-1017", "3;19,99")];
        Self {
            lines: lines
                .map(|(number, line)| (number.to_owned(), line.to_owned()))
                .into(),
        }
    }

    /// An order in a sentence.
    pub(crate) fn summary(&self, number: &str) -> Result<String, BadOrder> {
        let (quantity, cents) = self.read(number)?;
        Ok(format!("{quantity} for {cents} cents"))
    }

    fn read(&self, number: &str) -> Result<(u32, u32), BadOrder> {
        let line = self.lines.get(number).map_or("", String::as_str);
        let (quantity, cents) = line.split_once(';').unwrap_or(("0", "0"));
        let parse = |text: &str| {
            text.parse().map_err(|source| BadOrder {
                number: number.to_owned(),
                source,
            })
        };
        Ok((parse(quantity)?, parse(cents)?))
    }
}

/// The day before which it is there.
pub(crate) fn delivery(by: &str) -> HttpDate {
    let date = HttpDate::parse(by).unwrap();
    date.saturating_add(-86_400)
}
