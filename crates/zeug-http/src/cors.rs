//! The CORS fields (Fetch section 3.2): origins, and lists of methods or names that may be the star. Applies no policy.

use std::borrow::Cow;
use std::fmt;

use crate::error::{FieldError, FieldErrorKind};
use crate::list::FieldList;
use crate::macros::{borrowed_field, borrowed_field_fallible, into_header_value};
use crate::text::trim;

/// The value of `Origin` and of `Access-Control-Allow-Origin`
/// ([Fetch section 3.2](https://fetch.spec.whatwg.org/#http-access-control-allow-origin)).
///
/// # Example
///
/// ```
/// use zeug_http::AllowOrigin;
///
/// let sent = AllowOrigin::parse("https://a.example")?;
/// assert!(AllowOrigin::Any.allows(&sent));
/// assert!(!AllowOrigin::parse("https://b.example")?.allows(&sent));
/// // One origin, never a list.
/// assert!(AllowOrigin::parse("https://a.example https://b.example").is_err());
/// # Ok::<(), zeug_http::FieldError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "Fetch has these three forms")]
pub enum AllowOrigin<'a> {
    /// `*`: any origin, for requests without credentials.
    Any,
    /// `null`: an origin that has no name.
    Null,
    /// One origin: scheme, host and perhaps port, as the browser writes it.
    Origin(Cow<'a, str>),
}

impl<'a> AllowOrigin<'a> {
    /// Returns the origin of the field. That it is well formed beyond scheme and host is not looked at.
    ///
    /// # Errors
    ///
    /// `Empty` for an empty field, `UnexpectedByte` for one with blanks, commas or controls, `UnexpectedEnd` for one without `://`.
    pub fn parse(text: &'a str) -> Result<Self, FieldError> {
        let text = trim(text);
        let bad = |byte: u8| byte <= b' ' || byte == b',' || byte == 0x7f;
        match text {
            "" => Err(FieldError::new(FieldErrorKind::Empty, 0)),
            "*" => Ok(Self::Any),
            "null" => Ok(Self::Null),
            _ => match text.bytes().position(bad) {
                Some(at) => Err(FieldError::new(FieldErrorKind::UnexpectedByte, at)),
                None if !text.contains("://") => {
                    Err(FieldError::new(FieldErrorKind::UnexpectedEnd, text.len()))
                }
                None => Ok(Self::Origin(Cow::Borrowed(text))),
            },
        }
    }

    /// Returns whether a request from that origin is allowed; browsers compare byte for byte.
    #[must_use]
    pub fn allows(&self, origin: &AllowOrigin<'_>) -> bool {
        *self == Self::Any || self == origin
    }

    /// Returns the same value with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> AllowOrigin<'static> {
        match self {
            AllowOrigin::Any => AllowOrigin::Any,
            AllowOrigin::Null => AllowOrigin::Null,
            AllowOrigin::Origin(origin) => AllowOrigin::Origin(Cow::Owned(origin.into_owned())),
        }
    }
}

impl fmt::Display for AllowOrigin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "*",
            Self::Null => "null",
            Self::Origin(origin) => origin,
        })
    }
}

borrowed_field_fallible!(AllowOrigin);
into_header_value!(AllowOrigin<'_>);

/// The value of `Access-Control-Allow-Methods`, `-Allow-Headers`, `-Expose-Headers` and `-Request-Headers`: names, or the star
/// ([Fetch section 3.2.4](https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches)).
///
/// The star means any name, for requests without credentials; `Authorization` must be named all the same.
///
/// # Example
///
/// ```
/// use zeug_http::CorsNames;
///
/// let names = CorsNames::parse("X-Trace, Content-Type");
/// assert!(names.allows("x-trace"));
/// assert!(!names.allows("x-other"));
/// assert!(CorsNames::parse("*").allows("x-other"));
/// assert!(!CorsNames::parse("*").allows("authorization"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorsNames<'a> {
    names: FieldList<'a>,
}

impl<'a> CorsNames<'a> {
    /// Returns the names of the field.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        Self {
            names: FieldList::parse(text),
        }
    }

    /// Returns whether the name is allowed; case does not matter. For requests with credentials ask [`names`](Self::names).
    #[must_use]
    pub fn allows(&self, name: &str) -> bool {
        self.names.iter().any(|other| {
            other.eq_ignore_ascii_case(name)
                || (other == "*" && !name.eq_ignore_ascii_case("authorization"))
        })
    }

    /// Returns the names as they stand.
    #[must_use]
    pub fn names(&self) -> &FieldList<'a> {
        &self.names
    }

    /// Returns the names, to change them.
    pub fn names_mut(&mut self) -> &mut FieldList<'a> {
        &mut self.names
    }

    /// Returns the same names with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> CorsNames<'static> {
        CorsNames {
            names: self.names.into_owned(),
        }
    }
}

impl fmt::Display for CorsNames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.names.fmt(f)
    }
}

borrowed_field!(CorsNames);
into_header_value!(CorsNames<'_>);
