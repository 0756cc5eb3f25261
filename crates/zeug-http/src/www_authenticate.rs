//! `WWW-Authenticate` (RFC 9110 section 11.6.1): a server's challenges, one or several in a field. Chooses none.

use std::borrow::Cow;
use std::fmt;

use crate::authorization::{
    Credentials, push_basic, push_scheme, split_scheme, token_or_parameters,
};
use crate::dict::{FieldDict, push_parameter};
use crate::error::{FieldError, FieldErrorKind};
use crate::list::RawItems;
use crate::macros::{borrowed_field_fallible, into_header_value};
use crate::quote::push_quoted;
use crate::text::{token_len, trim_start};

/// A challenge of a server: `Basic realm="x"`, `Bearer`, `Digest realm="x", nonce="y"`.
///
/// [`parse`](Self::parse) reads a field that holds one challenge; [`parse_all`](Self::parse_all) reads one that may hold several
/// ([RFC 9110 section 11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1)). The scheme is kept in lower case.
/// `Proxy-Authenticate` has the same grammar.
///
/// # Example
///
/// ```
/// use zeug_http::WwwAuthenticate;
///
/// let all = WwwAuthenticate::parse_all(r#"Newauth realm="apps", title="Login, please", Basic realm="simple""#);
/// assert_eq!(all.len(), 2);
/// assert_eq!(all[0].get("title"), Some("Login, please"));
/// assert_eq!(all[1].to_string(), "Basic realm=simple");
/// // An empty field is no challenge.
/// assert!(WwwAuthenticate::parse("").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WwwAuthenticate<'a> {
    scheme: Cow<'a, str>,
    challenge: Credentials<'a>,
}

impl<'a> WwwAuthenticate<'a> {
    /// How many challenges of one field are read.
    const MOST: usize = 100;

    /// Returns the one challenge of the field; a further one would be read as this one's parameters.
    ///
    /// # Errors
    ///
    /// `Empty` for an empty field.
    pub fn parse(text: &'a str) -> Result<Self, FieldError> {
        if text.is_empty() {
            return Err(FieldError::new(FieldErrorKind::Empty, 0));
        }
        let (scheme, rest) = split_scheme(text);
        Ok(Self {
            scheme,
            challenge: token_or_parameters(rest),
        })
    }

    /// Returns all the challenges of the field, in order; none where a quote is never closed.
    ///
    /// A list item begins a challenge if it is a token alone, or a token and blanks before something that is no `=`.
    ///
    /// # Limits
    ///
    /// Linear in the field's length. The first 100 challenges are read: servers send two or three.
    #[must_use]
    pub fn parse_all(text: &'a str) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for item in RawItems::new(text) {
            let len = token_len(item);
            let behind = crate::text::from(item, len);
            let begins = len > 0
                && (behind.is_empty()
                    || (behind.starts_with([' ', '\t']) && !trim_start(behind).starts_with('=')));
            if begins && all.len() == Self::MOST {
                break;
            }
            if begins {
                let (scheme, rest) = split_scheme(item);
                all.push(Self {
                    scheme,
                    challenge: token_or_parameters(rest),
                });
            } else if let Some(last) = all.last_mut() {
                last.extend(FieldDict::parse(item));
            }
        }
        all
    }

    fn extend(&mut self, more: FieldDict<'a>) {
        if !matches!(self.challenge, Credentials::Parameters(_)) {
            self.challenge = Credentials::Parameters(FieldDict::default());
        }
        if let Credentials::Parameters(parameters) = &mut self.challenge {
            for (key, value) in more.into_entries() {
                parameters.insert(key, value);
            }
        }
    }

    /// Returns a challenge of that scheme, which is kept in lower case.
    #[must_use]
    pub fn new(scheme: &str, challenge: Credentials<'a>) -> Self {
        Self {
            scheme: Cow::Owned(scheme.to_ascii_lowercase()),
            challenge,
        }
    }

    /// Returns a Basic challenge for that realm ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617)).
    #[must_use]
    pub fn basic(realm: impl Into<Cow<'a, str>>) -> Self {
        Self::new("basic", Credentials::Parameters(FieldDict::default())).with("realm", realm)
    }

    /// Returns a Bearer challenge without parameters ([RFC 6750 section 3](https://www.rfc-editor.org/rfc/rfc6750#section-3)).
    #[must_use]
    pub fn bearer() -> Self {
        Self::new("bearer", Credentials::Parameters(FieldDict::default()))
    }

    /// Returns a Digest challenge for that realm and nonce ([RFC 7616](https://www.rfc-editor.org/rfc/rfc7616#section-3.3)).
    #[must_use]
    pub fn digest(realm: impl Into<Cow<'a, str>>, nonce: impl Into<Cow<'a, str>>) -> Self {
        Self::new("digest", Credentials::Parameters(FieldDict::default()))
            .with("realm", realm)
            .with("nonce", nonce)
    }

    /// Returns this challenge with one more parameter; a token, if there was one, gives way.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        self.insert(name, value);
        self
    }

    /// Returns the scheme in lower case.
    #[doc(alias = "type")]
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Returns what followed the scheme.
    #[must_use]
    pub fn challenge(&self) -> &Credentials<'a> {
        &self.challenge
    }

    /// Returns the token, if the challenge is one.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        match &self.challenge {
            Credentials::Token(token) => Some(token),
            _ => None,
        }
    }

    /// Returns a parameter's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        match &self.challenge {
            Credentials::Parameters(parameters) => parameters.get(name).flatten(),
            _ => None,
        }
    }

    /// Returns the `realm` parameter.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        self.get("realm")
    }

    /// Sets a parameter; a token, if there was one, gives way.
    pub fn insert(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        let mut more = FieldDict::default();
        more.insert(name, Some(value.into()));
        self.extend(more);
    }

    /// Removes a parameter and returns whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        match &mut self.challenge {
            Credentials::Parameters(parameters) => parameters.remove(name),
            _ => false,
        }
    }

    /// Returns the same challenge with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> WwwAuthenticate<'static> {
        WwwAuthenticate {
            scheme: Cow::Owned(self.scheme.into_owned()),
            challenge: self.challenge.into_owned(),
        }
    }
}

/// The Digest parameters that RFC 7616 section 3.3 wants in quotes, token or not.
const QUOTED: [&str; 5] = ["realm", "domain", "nonce", "opaque", "qop"];

impl fmt::Display for WwwAuthenticate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        push_scheme(&mut out, &self.scheme);
        match &self.challenge {
            Credentials::Basic { username, password } => {
                out.push(' ');
                push_basic(&mut out, username, password);
            }
            Credentials::Token(token) => {
                out.push(' ');
                out.push_str(token);
            }
            Credentials::Parameters(parameters) => {
                let digest = self.scheme == "digest";
                for (at, (name, value)) in parameters.iter().enumerate() {
                    out.push_str(if at == 0 { " " } else { ", " });
                    match value {
                        Some(value) if digest && QUOTED.contains(&name) => {
                            out.push_str(name);
                            out.push('=');
                            push_quoted(&mut out, value);
                        }
                        _ => push_parameter(&mut out, name, value),
                    }
                }
            }
        }
        f.write_str(&out)
    }
}

borrowed_field_fallible!(WwwAuthenticate);
into_header_value!(WwwAuthenticate<'_>);
