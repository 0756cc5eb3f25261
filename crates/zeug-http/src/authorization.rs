//! `Authorization` (RFC 9110 section 11.6.2; Basic RFC 7617, Bearer RFC 6750, Digest RFC 7616): a client's credentials. Verifies none.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use crate::dict::FieldDict;
use crate::error::{FieldError, FieldErrorKind};
use crate::macros::borrowed_field_fallible;
use crate::text::{find, lower, trim};

/// What follows the scheme in credentials or in a challenge.
#[derive(Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 9110 section 11.4 has these forms and no other; Basic is token68 decoded"
)]
pub enum Credentials<'a> {
    /// The user and the password of the Basic scheme.
    Basic {
        /// The user-id; it cannot hold a colon.
        username: Cow<'a, str>,
        /// The password; it may hold colons.
        password: Cow<'a, str>,
    },
    /// One token, as of the Bearer scheme. May be empty.
    Token(Cow<'a, str>),
    /// Parameters, as of the Digest scheme.
    Parameters(FieldDict<'a>),
}

impl Credentials<'_> {
    pub(crate) fn into_owned(self) -> Credentials<'static> {
        match self {
            Credentials::Basic { username, password } => Credentials::Basic {
                username: Cow::Owned(username.into_owned()),
                password: Cow::Owned(password.into_owned()),
            },
            Credentials::Token(token) => Credentials::Token(Cow::Owned(token.into_owned())),
            Credentials::Parameters(parameters) => Credentials::Parameters(parameters.into_owned()),
        }
    }
}

impl fmt::Debug for Credentials<'_> {
    /// Shows the kind and the parameters' names, and none of the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Basic { .. } => f.write_str("Basic { .. }"),
            Self::Token(_) => f.write_str("Token(..)"),
            Self::Parameters(parameters) => {
                f.write_str("Parameters")?;
                f.debug_set()
                    .entries(parameters.iter().map(|(key, _)| key))
                    .finish()
            }
        }
    }
}

/// The credentials of a request: `Basic dTpw`, `Bearer abc`, `Digest username="u", ...`.
///
/// The scheme is kept in lower case; unknown schemes are read like the known ones. What follows is a token unless an equals sign
/// stands before its end ([RFC 9110 section 11.4](https://www.rfc-editor.org/rfc/rfc9110#section-11.4)).
/// `Debug` shows no secret, `Display` writes the field.
///
/// # Example
///
/// ```
/// use zeug_http::Authorization;
///
/// let auth = Authorization::parse("Basic dXNlcjpwYXNz")?;
/// assert_eq!((auth.username(), auth.password()), (Some("user"), Some("pass")));
/// assert_eq!(Authorization::parse("Bearer abc==")?.token(), Some("abc=="));
/// assert!(!format!("{auth:?}").contains("pass"));
/// // Basic credentials that are not base64 are refused.
/// assert!(Authorization::parse("Basic ???").is_err());
/// # Ok::<(), zeug_http::FieldError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization<'a> {
    scheme: Cow<'a, str>,
    credentials: Credentials<'a>,
}

/// The scheme in lower case, what follows it, and where that begins.
pub(crate) fn split_scheme(text: &str) -> (Cow<'_, str>, &str) {
    let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
    (lower(scheme), trim(rest))
}

/// Parameters if an equals sign stands before the trailing ones, else a token.
pub(crate) fn token_or_parameters(rest: &str) -> Credentials<'_> {
    if rest.trim_end_matches('=').contains('=') {
        Credentials::Parameters(FieldDict::parse(rest))
    } else {
        Credentials::Token(Cow::Borrowed(rest))
    }
}

impl<'a> Authorization<'a> {
    /// Returns the scheme and the credentials of the field.
    ///
    /// # Errors
    ///
    /// `Empty` for an empty field; if the scheme is Basic, `UnexpectedByte` at the first character outside ASCII and
    /// `InvalidCredentials` where the rest is not base64 of UTF-8.
    pub fn parse(text: &'a str) -> Result<Self, FieldError> {
        if text.is_empty() {
            return Err(FieldError::new(FieldErrorKind::Empty, 0));
        }
        let (scheme, rest) = split_scheme(text);
        let credentials = if scheme == "basic" {
            let refused =
                || FieldError::new(FieldErrorKind::InvalidCredentials, text.len() - rest.len());
            if let Some(at) = rest.bytes().position(|byte| !byte.is_ascii()) {
                let at = text.len() - rest.len() + at;
                return Err(FieldError::new(FieldErrorKind::UnexpectedByte, at));
            }
            let bytes = decode_basic(rest).ok_or_else(refused)?;
            let pair = String::from_utf8(bytes).map_err(|_| refused())?;
            let (username, password) = pair.split_once(':').unwrap_or((&pair, ""));
            Credentials::Basic {
                username: Cow::Owned(username.to_owned()),
                password: Cow::Owned(password.to_owned()),
            }
        } else {
            token_or_parameters(rest)
        };
        Ok(Self {
            scheme,
            credentials,
        })
    }

    /// Returns credentials of that scheme, which is kept in lower case.
    #[must_use]
    pub fn new(scheme: &str, credentials: Credentials<'a>) -> Self {
        Self {
            scheme: Cow::Owned(scheme.to_ascii_lowercase()),
            credentials,
        }
    }

    /// Returns Basic credentials ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617)).
    ///
    /// # Errors
    ///
    /// `InvalidCredentials` if the user name holds a colon, which the scheme cannot carry.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_http::Authorization;
    ///
    /// assert_eq!(Authorization::basic("a", "b")?.to_string(), "Basic YTpi");
    /// assert!(Authorization::basic("a:b", "c").is_err());
    /// # Ok::<(), zeug_http::FieldError>(())
    /// ```
    pub fn basic(
        username: impl Into<Cow<'a, str>>,
        password: impl Into<Cow<'a, str>>,
    ) -> Result<Self, FieldError> {
        let username = username.into();
        if let Some(at) = find(&username, b':') {
            return Err(FieldError::new(FieldErrorKind::InvalidCredentials, at));
        }
        Ok(Self {
            scheme: Cow::Borrowed("basic"),
            credentials: Credentials::Basic {
                username,
                password: password.into(),
            },
        })
    }

    /// Returns Bearer credentials ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750)).
    #[must_use]
    pub fn bearer(token: impl Into<Cow<'a, str>>) -> Self {
        Self {
            scheme: Cow::Borrowed("bearer"),
            credentials: Credentials::Token(token.into()),
        }
    }

    /// Returns the scheme in lower case.
    #[doc(alias = "type")]
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Returns what followed the scheme.
    #[must_use]
    pub fn credentials(&self) -> &Credentials<'a> {
        &self.credentials
    }

    /// Returns the token, if the credentials are one.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        match &self.credentials {
            Credentials::Token(token) => Some(token),
            _ => None,
        }
    }

    /// Returns a parameter's value; for Basic, `username` and `password` are its parameters.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        match (&self.credentials, name) {
            (Credentials::Basic { username, .. }, "username") => Some(username),
            (Credentials::Basic { password, .. }, "password") => Some(password),
            (Credentials::Parameters(parameters), _) => parameters.get(name).flatten(),
            _ => None,
        }
    }

    /// Returns the user name of Basic or Digest credentials.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        self.get("username")
    }

    /// Returns the password of Basic credentials.
    #[must_use]
    pub fn password(&self) -> Option<&str> {
        self.get("password")
    }

    /// Returns the same credentials with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> Authorization<'static> {
        Authorization {
            scheme: Cow::Owned(self.scheme.into_owned()),
            credentials: self.credentials.into_owned(),
        }
    }
}

/// Padded base64 as clients write it: the last character may carry stray bits.
fn decode_basic(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::RequireNone),
    );
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    let needed = (4 - body.len() % 4) % 4;
    // Whole groups may be followed by padding that they do not need.
    let surplus = needed == 0 && !body.is_empty();
    if padding != needed && !surplus {
        return None;
    }
    LENIENT.decode(body).ok()
}

/// Appends the scheme with each run of letters capitalised, as peers are used to see it: `Basic`, `Digest`.
pub(crate) fn push_scheme(out: &mut String, scheme: &str) {
    let mut inside = false;
    for char in scheme.chars() {
        if inside {
            out.extend(char.to_lowercase());
        } else {
            out.extend(char.to_uppercase());
        }
        inside = char.is_alphabetic();
    }
}

/// Appends `username:password` in base64.
pub(crate) fn push_basic(out: &mut String, username: &str, password: &str) {
    STANDARD.encode_string(format!("{username}:{password}"), out);
}

impl fmt::Display for Authorization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        push_scheme(&mut out, &self.scheme);
        out.push(' ');
        match &self.credentials {
            Credentials::Basic { username, password } => push_basic(&mut out, username, password),
            Credentials::Token(token) => out.push_str(token),
            Credentials::Parameters(parameters) => parameters.push_to(&mut out),
        }
        f.write_str(&out)
    }
}

impl TryFrom<Authorization<'_>> for http::HeaderValue {
    type Error = FieldError;

    /// The value is marked sensitive, so that its `Debug` shows nothing.
    fn try_from(value: Authorization<'_>) -> Result<Self, Self::Error> {
        Self::try_from(&value)
    }
}

impl TryFrom<&Authorization<'_>> for http::HeaderValue {
    type Error = FieldError;

    /// The value is marked sensitive, so that its `Debug` shows nothing.
    fn try_from(value: &Authorization<'_>) -> Result<Self, Self::Error> {
        let mut value = crate::value::header_value(value.to_string())?;
        value.set_sensitive(true);
        Ok(value)
    }
}

borrowed_field_fallible!(Authorization);
