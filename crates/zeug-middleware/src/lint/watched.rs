//! Owns a body whose bytes are counted against the length that was stated. It gives them on as they are.

use std::io::{self, Read};

use zeug_gateway::Body;

use super::Teller;

/// A body, what it has given, and what it was to give.
pub(super) struct Watched {
    body: Body,
    given: u64,
    stated: u64,
    teller: Teller,
    told: bool,
}

impl Watched {
    pub(super) fn new(body: Body, stated: u64, teller: Teller) -> Self {
        Self {
            body,
            given: 0,
            stated,
            teller,
            told: false,
        }
    }
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.body.read(buffer)?;
        self.given += count as u64;
        let (given, stated) = (self.given, self.stated);
        let ended = count == 0 && !buffer.is_empty();
        if !self.told && (given > stated || (ended && given < stated)) {
            self.told = true;
            let so_far = if ended { "" } else { " and more" };
            self.teller.warn(
                "content-length",
                format!("{stated} stated, {given} bytes{so_far} came"),
                "RFC 9110 section 8.6",
            );
        }
        Ok(count)
    }
}
