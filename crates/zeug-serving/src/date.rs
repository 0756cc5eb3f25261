//! Owns the `Date` field's value: formatted anew once a second. It is the one place of the server that reads the wall clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http::HeaderValue;

/// What no formatted date is: it would have to hold a control character.
static NEVER: HeaderValue = HeaderValue::from_static("");

/// The current date, formatted at most once a second.
#[derive(Debug, Default)]
pub(crate) struct DateCache {
    second: u64,
    value: Option<HeaderValue>,
    /// Until when this is the second; the wall clock is not asked before.
    until: Option<Instant>,
}

impl DateCache {
    /// Seconds since 1970, and that moment as an IMF-fixdate (RFC 9110 section 5.6.7); `now` by the other clock.
    pub(crate) fn at(&mut self, now: Instant) -> (u64, &HeaderValue) {
        if self.until.is_none_or(|until| until <= now) {
            let date = SystemTime::now();
            let since = date.duration_since(UNIX_EPOCH).unwrap_or_default();
            let left = Duration::from_secs(1)
                .saturating_sub(Duration::from_nanos(since.subsec_nanos().into()));
            self.second = since.as_secs();
            self.value = HeaderValue::try_from(httpdate::fmt_http_date(date)).ok();
            self.until = Some(now + left);
        }
        (self.second, self.value.as_ref().unwrap_or(&NEVER))
    }
}
