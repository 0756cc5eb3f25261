//! Owns `Session`: the values of one visitor, and what was done with them. Reading and writing cookies is in `settings`.

mod change;
mod settings;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use change::SessionChange;
pub use settings::SessionSettings;

use crate::error::SecureCookieError;
use crate::value::{Dict, Value};

/// The key under which Flask keeps whether a session outlives the browser.
const PERMANENT: &str = "_permanent";

/// The values of one visitor.
///
/// It notes whether it was read and whether it was changed: every method but [`is_accessed`](Self::is_accessed), [`is_modified`](Self::is_modified) and the
/// facts about the cookie counts as reading, every method that takes `&mut self` also as changing, unless it changes nothing.
///
/// # Example
///
/// ```
/// use zeug_securecookie::{Session, SessionSettings};
/// use zeug_http::Cookies;
///
/// let settings = SessionSettings::new("secret key")?;
/// let mut session = settings.open(&Cookies::parse("session=forged"), 1_700_000_000);
/// assert!(session.is_empty(), "what is not ours is not there");
///
/// session.insert("user", 7);
/// let change = settings.close(&session, 1_700_000_000)?;
/// assert!(change.set_cookie().is_some() && change.varies());
/// # Ok::<(), zeug_securecookie::SecureCookieError>(())
/// ```
#[derive(Default)]
#[doc(alias = "SecureCookieSession")]
pub struct Session {
    values: Dict,
    accessed: AtomicBool,
    modified: bool,
    key: Option<usize>,
    signed_at: Option<u64>,
}

impl Session {
    /// An empty session, untouched.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The session of a cookie, untouched.
    fn opened(values: Dict, key: usize, signed_at: u64) -> Self {
        Self {
            values,
            key: Some(key),
            signed_at: Some(signed_at),
            ..Self::default()
        }
    }

    fn access(&self) -> &Dict {
        self.accessed.store(true, Ordering::Relaxed);
        &self.values
    }

    fn modify(&mut self) -> &mut Dict {
        *self.accessed.get_mut() = true;
        self.modified = true;
        &mut self.values
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.access().get(key)
    }

    /// The value of a key as a type of the program's; `None` if there is no such key.
    ///
    /// # Errors
    ///
    /// `InvalidJson` if the value is not of that type.
    pub fn get_as<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, SecureCookieError> {
        self.get(key).map(Value::to_serde).transpose()
    }

    /// The whole session as a type of the program's.
    ///
    /// # Errors
    ///
    /// `InvalidJson` if the values are not those of that type. An empty session is an empty object.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_securecookie::Session;
    ///
    /// #[derive(serde::Serialize, serde::Deserialize, Default, PartialEq, Debug)]
    /// #[serde(default)]
    /// struct Visit { user: Option<u64>, pages: u32 }
    ///
    /// let mut session = Session::new();
    /// assert_eq!(session.read::<Visit>()?, Visit::default());
    /// session.write(&Visit { user: Some(7), pages: 1 })?;
    /// assert_eq!(session.get("pages").and_then(|pages| pages.as_i64()), Some(1));
    /// session.insert("pages", "many");
    /// assert!(session.read::<Visit>().is_err());
    /// # Ok::<(), zeug_securecookie::SecureCookieError>(())
    /// ```
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, SecureCookieError> {
        Value::Dict(self.access().clone()).to_serde()
    }

    /// Whether there is a value of that key.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.access().contains_key(key)
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.access().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.access().is_empty()
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.access().iter()
    }

    /// All values.
    #[must_use]
    pub fn values(&self) -> &Dict {
        self.access()
    }

    /// Whether it outlives the browser.
    #[must_use]
    #[doc(alias = "permanent")]
    pub fn is_permanent(&self) -> bool {
        self.access();
        self.lasts()
    }

    /// The same, not counted as reading.
    fn lasts(&self) -> bool {
        self.values.get(PERMANENT).is_some_and(Value::is_truthy)
    }

    /// The value of a key, to be changed. Counts as changing if there is one.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        if self.contains_key(key) {
            return self.modify().get_mut(key);
        }
        None
    }

    /// Puts a value in, and gives the one whose place it takes. Counts as changing even if it is the same.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        self.modify().insert(key, value)
    }

    /// Puts in a value of a type of the program's.
    ///
    /// # Errors
    ///
    /// `Unwritable` for what JSON cannot hold; nothing is put in then.
    pub fn insert_as<T: Serialize + ?Sized>(
        &mut self,
        key: impl Into<String>,
        value: &T,
    ) -> Result<(), SecureCookieError> {
        let value = Value::from_serde(value)?;
        self.insert(key, value);
        Ok(())
    }

    /// Puts in all members of a type of the program's; other keys stay.
    ///
    /// # Errors
    ///
    /// `Unwritable` for what JSON cannot hold, and for what is no object; nothing is put in then.
    pub fn write<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SecureCookieError> {
        let Value::Dict(dict) = Value::from_serde(value)? else {
            return Err(SecureCookieError::new(
                crate::SecureCookieErrorKind::Unwritable,
                0,
            ));
        };
        for (key, value) in dict.iter() {
            self.insert(key, value.clone());
        }
        Ok(())
    }

    /// The value of a key, which is put in first if there is none: only then does it count as changing.
    #[doc(alias = "setdefault")]
    pub fn get_or_insert(&mut self, key: &str, value: impl Into<Value>) -> &Value {
        if !self.contains_key(key) {
            self.modify().insert(key, value);
        }
        // It was there or has been put in.
        const NOTHING: &Value = &Value::Null;
        self.values.get(key).unwrap_or(NOTHING)
    }

    /// Takes a value out. Counts as changing if there was one.
    #[doc(alias = "pop")]
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        if self.contains_key(key) {
            return self.modify().remove(key);
        }
        None
    }

    /// Takes all values out. Counts as changing.
    pub fn clear(&mut self) {
        *self.modify() = Dict::new();
    }

    /// All values, to be changed. Counts as changing.
    pub fn values_mut(&mut self) -> &mut Dict {
        self.modify()
    }

    /// Lets it outlive the browser, for the time that the settings say.
    pub fn make_permanent(&mut self) {
        self.insert(PERMANENT, true);
    }

    /// Lets it end with the browser.
    pub fn make_temporary(&mut self) {
        self.insert(PERMANENT, false);
    }

    /// Counts it as changed, so that the cookie is sent anew.
    pub fn mark_modified(&mut self) {
        self.modify();
    }

    /// Whether it was read or changed.
    #[must_use]
    pub fn is_accessed(&self) -> bool {
        self.accessed.load(Ordering::Relaxed)
    }

    /// Whether it was changed.
    #[must_use]
    pub const fn is_modified(&self) -> bool {
        self.modified
    }

    /// Whether no cookie brought it. What it will hold does not count.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.key.is_none()
    }

    /// Which key the cookie was made with: 0 for the current one, 1 for the first fallback; `None` without a cookie.
    #[must_use]
    pub const fn key_index(&self) -> Option<usize> {
        self.key
    }

    /// When the cookie was made, in seconds since 1970; `None` without a cookie.
    #[must_use]
    pub const fn signed_at(&self) -> Option<u64> {
        self.signed_at
    }
}

impl fmt::Debug for Session {
    /// The keys and what was done; the values stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("keys", &self.values.keys().collect::<Vec<_>>())
            .field("accessed", &self.is_accessed())
            .field("modified", &self.modified)
            .finish_non_exhaustive()
    }
}

impl Clone for Session {
    fn clone(&self) -> Self {
        Self {
            values: self.values.clone(),
            accessed: AtomicBool::new(self.is_accessed()),
            ..*self
        }
    }
}
