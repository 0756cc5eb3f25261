//! Owns the cookie jar: what is stored, replaced, forgotten and sent. It is no browser's: a cookie knows nothing of tabs and embedding sites.

use std::cmp::Reverse;
use std::time::SystemTime;

use zeug_http::HttpDate;

use crate::cookie::{Cookie, Destination};

/// The most cookies that are kept: as many as RFC 6265 section 6.1 has browsers keep at the least.
const MOST: usize = 3000;

#[derive(Debug, Default)]
pub(crate) struct Jar {
    /// In the order of their first coming.
    cookies: Vec<Cookie>,
    /// The time, where a test has set it.
    pub(crate) time: Option<HttpDate>,
}

impl Jar {
    fn now(&self) -> HttpDate {
        self.time.unwrap_or_else(|| SystemTime::now().into())
    }

    /// Stores, replaces or removes what a `Set-Cookie` field says; whether a browser would have heeded it.
    pub(crate) fn receive(&mut self, field: &[u8], from: &Destination<'_>) -> bool {
        let Some(cookie) = Cookie::received(field, from, || self.now()) else {
            return false;
        };
        let found = self
            .cookies
            .iter()
            .position(|old| old.is_stored_as(&cookie));
        let over = cookie.ends().is_some_and(|ends| ends <= self.now());
        match (found.and_then(|at| self.cookies.get_mut(at)), over) {
            (Some(_), true) => {
                self.cookies.retain(|old| !old.is_stored_as(&cookie));
            }
            (Some(old), false) => *old = cookie,
            (None, true) => {}
            (None, false) => {
                if self.cookies.len() == MOST {
                    self.cookies.remove(0);
                }
                self.cookies.push(cookie);
            }
        }
        true
    }

    /// The cookies that are sent along, those of longer paths first.
    pub(crate) fn sent_to<'j>(&'j self, to: &Destination<'_>) -> Vec<&'j Cookie> {
        let mut sent: Vec<_> = self
            .cookies
            .iter()
            .filter(|cookie| cookie.goes_to(to) && !self.is_over(cookie))
            .collect();
        if sent.len() > 1 {
            sent.sort_by_key(|cookie| Reverse(cookie.path().len()));
        }
        sent
    }

    fn is_over(&self, cookie: &Cookie) -> bool {
        cookie.ends().is_some_and(|ends| ends <= self.now())
    }

    /// Adds the cookies that are sent along to the value of a `Cookie` field.
    pub(crate) fn append_to(&self, field: &mut String, to: &Destination<'_>) {
        for cookie in self.sent_to(to) {
            if !field.is_empty() {
                field.push_str("; ");
            }
            field.push_str(cookie.as_sent());
        }
    }

    /// All cookies that are not over.
    pub(crate) fn all(&self) -> Vec<Cookie> {
        self.cookies
            .iter()
            .filter(|cookie| !self.is_over(cookie))
            .cloned()
            .collect()
    }

    /// Whether nothing is stored.
    pub(crate) fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }

    /// Forgets a cookie.
    pub(crate) fn remove(&mut self, cookie: &Cookie) {
        self.cookies.retain(|old| !old.is_stored_as(cookie));
    }
}
