//! Owns the `Date` field's value: formatted anew once a second. It is the one place of the server that reads the wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// The current date, formatted at most once a second.
#[derive(Debug, Default)]
pub(crate) struct DateCache {
    second: u64,
    text: String,
}

impl DateCache {
    /// Seconds since 1970, and that moment as an IMF-fixdate (RFC 9110 section 5.6.7).
    pub(crate) fn now(&mut self) -> (u64, &str) {
        let now = SystemTime::now();
        let second = now
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        if second != self.second || self.text.is_empty() {
            self.second = second;
            self.text = httpdate::fmt_http_date(now);
        }
        (second, &self.text)
    }
}
