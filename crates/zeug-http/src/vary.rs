//! `Vary` (RFC 9110 section 12.5.5): the request fields that an answer depends on.

use std::borrow::Cow;
use std::fmt;

use crate::list::RawItems;
use crate::macros::{borrowed_field, into_header_value};
use crate::quote::unquote;

/// The request fields that an answer depends on, or the star: on more than fields.
///
/// # Example
///
/// ```
/// use zeug_http::Vary;
///
/// let mut vary = Vary::parse("Accept");
/// vary.insert("Cookie");
/// vary.insert("accept");
/// assert_eq!(vary.to_string(), "Accept, Cookie");
/// // The star covers every name, and stays alone.
/// vary.insert("*");
/// assert_eq!(vary.to_string(), "*");
/// assert!(!Vary::parse("Accept").contains("Cookie"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vary<'a> {
    names: Vec<Cow<'a, str>>,
}

impl<'a> Vary<'a> {
    /// Returns the names of the field, each once; a star among them is all there is.
    ///
    /// # Limits
    ///
    /// Of many names the first 1000 are read: beyond, the answer depends on everything, and the star stands for them.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        const MOST: usize = 1000;
        let mut vary = Self::default();
        for (at, item) in RawItems::new(text).enumerate() {
            if at == MOST {
                vary.insert("*");
                break;
            }
            vary.insert(unquote(item));
        }
        vary
    }

    /// Adds a name unless it is there in any case; the star takes the place of all names.
    pub fn insert(&mut self, name: impl Into<Cow<'a, str>>) {
        let name = name.into();
        if name == "*" {
            self.names.clear();
            self.names.push(name);
        } else if !self.contains(&name) {
            self.names.push(name);
        }
    }

    /// Returns whether the answer depends on the field of that name; case does not matter.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.names
            .iter()
            .any(|other| other == "*" || other.eq_ignore_ascii_case(name))
    }

    /// Returns whether the answer depends on more than fields.
    #[must_use]
    pub fn is_star(&self) -> bool {
        self.names.iter().any(|name| name == "*")
    }

    /// Returns whether there are no names: then no field is to be sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Returns the names in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(AsRef::as_ref)
    }

    /// Returns the same names with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> Vary<'static> {
        Vary {
            names: self
                .names
                .into_iter()
                .map(|name| Cow::Owned(name.into_owned()))
                .collect(),
        }
    }
}

impl fmt::Display for Vary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

borrowed_field!(Vary);
into_header_value!(Vary<'_>);
