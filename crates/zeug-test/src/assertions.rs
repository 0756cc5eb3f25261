//! Owns the assertions of an answer. Each gives the answer back, and prints it when it fails.

use std::fmt::Debug;

use crate::TestResponse;

impl TestResponse {
    /// Fails unless the status is this one.
    ///
    /// # Panics
    ///
    /// When it fails, as all assertions here do; with what was expected, and the answer.
    #[track_caller]
    pub fn assert_status(&self, expected: impl TryInto<http::StatusCode>) -> &Self {
        let found = self.status();
        match expected.try_into() {
            Ok(expected) if expected == found => self,
            Ok(expected) => self.fail(&format!("expected the status {expected}, found {found}")),
            Err(_) => self.fail("a status is a number from 100 to 999"),
        }
    }

    /// Fails unless the field has this value; of several, the first one.
    ///
    /// # Panics
    ///
    /// When it fails.
    #[track_caller]
    pub fn assert_header(&self, name: &str, expected: &str) -> &Self {
        let found = self
            .headers()
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()));
        self.equal(&format!("field {name}"), &found.as_deref(), &Some(expected))
    }

    /// Fails if there is a field of this name.
    ///
    /// # Panics
    ///
    /// When it fails.
    #[track_caller]
    pub fn assert_no_header(&self, name: &str) -> &Self {
        let found = self
            .headers()
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()));
        self.equal(&format!("field {name}"), &found.as_deref(), &None)
    }

    /// Fails unless the body is this text.
    ///
    /// # Panics
    ///
    /// When it fails.
    #[track_caller]
    pub fn assert_text(&self, expected: impl AsRef<str>) -> &Self {
        self.equal("body", &&*self.text(), &expected.as_ref())
    }

    /// Fails unless the body has this text in it.
    ///
    /// # Panics
    ///
    /// When it fails.
    #[track_caller]
    pub fn assert_contains(&self, expected: impl AsRef<str>) -> &Self {
        let expected = expected.as_ref();
        if self.text().contains(expected) {
            return self;
        }
        self.fail(&format!("expected a body with {expected:?} in it"))
    }

    /// Fails if the body has this text in it.
    ///
    /// # Panics
    ///
    /// When it fails.
    #[track_caller]
    pub fn assert_lacks(&self, unexpected: impl AsRef<str>) -> &Self {
        let unexpected = unexpected.as_ref();
        if !self.text().contains(unexpected) {
            return self;
        }
        self.fail(&format!("expected a body without {unexpected:?}"))
    }

    /// Fails unless the body is this value's JSON, however it is spaced and its members are ordered.
    ///
    /// # Panics
    ///
    /// When it fails; also for a value that is no JSON.
    #[cfg(feature = "json")]
    #[track_caller]
    pub fn assert_json(&self, expected: &(impl serde::Serialize + ?Sized)) -> &Self {
        match serde_json::to_value(expected) {
            Ok(expected) => self.equal("JSON body", &self.json::<serde_json::Value>(), &expected),
            Err(error) => self.fail(&format!("the expected value is no JSON: {error}")),
        }
    }

    /// Fails unless the answer is a redirect, 301, 302, 303, 307 or 308, to this location.
    ///
    /// # Panics
    ///
    /// When it fails.
    #[track_caller]
    pub fn assert_redirect(&self, location: &str) -> &Self {
        if !matches!(self.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            self.fail(&format!(
                "expected a redirect to {location}, found {}",
                self.status()
            ));
        }
        self.assert_header("location", location)
    }

    /// Fails unless the answer sets a cookie of this name and value.
    ///
    /// # Panics
    ///
    /// When it fails.
    #[track_caller]
    pub fn assert_cookie(&self, name: &str, expected: &str) -> &Self {
        let found = self.cookie(name);
        self.equal(
            &format!("cookie {name}"),
            &found.as_ref().map(|cookie| cookie.value()),
            &Some(expected),
        )
    }

    #[track_caller]
    fn equal<T: PartialEq + Debug>(&self, what: &str, found: &T, expected: &T) -> &Self {
        if found == expected {
            return self;
        }
        self.fail(&format!(
            "{what}\n expected: {expected:?}\n    found: {found:?}"
        ))
    }

    #[track_caller]
    pub(crate) fn fail(&self, message: &str) -> ! {
        panic!("{message}\n{self}")
    }
}
