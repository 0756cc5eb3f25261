//! `Forwarded` (RFC 7239): what proxies say about the request they passed on. Trusts none of them.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use crate::error::{FieldError, FieldErrorKind};
use crate::macros::{borrowed_field_fallible, into_header_value};
use crate::quote::{push_value, unquote};
use crate::text::{from, is_token, to, token_len, trim_start};

/// What one proxy says: `for=192.0.2.60;proto=https;by=203.0.113.43`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForwardedElement<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> ForwardedElement<'a> {
    /// Returns the value of a parameter; its case does not matter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_ref())
    }

    /// Returns who made the request to this proxy: an address with perhaps a port, `unknown`, or a made-up `_name`.
    #[must_use]
    pub fn for_node(&self) -> Option<&str> {
        self.get("for")
    }

    /// Returns the address of `for`, where it is one; brackets and port are taken off.
    #[must_use]
    pub fn for_address(&self) -> Option<IpAddr> {
        let node = self.for_node()?;
        if let Some(rest) = node.strip_prefix('[') {
            return rest.split_once(']')?.0.parse().ok();
        }
        node.split_once(':')
            .map_or(node, |(host, _)| host)
            .parse()
            .ok()
    }

    /// Returns the address at which the proxy was asked.
    #[must_use]
    pub fn by(&self) -> Option<&str> {
        self.get("by")
    }

    /// Returns the `Host` field that the proxy was sent.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.get("host")
    }

    /// Returns the scheme by which the proxy was asked.
    #[must_use]
    pub fn proto(&self) -> Option<&str> {
        self.get("proto")
    }

    /// Returns the parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// Returns this element with one more parameter.
    ///
    /// # Errors
    ///
    /// `InvalidName` if the name is no token or is there already.
    pub fn with(
        mut self,
        name: impl Into<Cow<'a, str>>,
        value: impl Into<Cow<'a, str>>,
    ) -> Result<Self, FieldError> {
        let name = name.into();
        if !is_token(&name) || self.get(&name).is_some() {
            return Err(FieldError::new(FieldErrorKind::InvalidName, 0));
        }
        self.pairs.push((name, value.into()));
        Ok(self)
    }

    fn into_owned(self) -> ForwardedElement<'static> {
        ForwardedElement {
            pairs: self
                .pairs
                .into_iter()
                .map(|(name, value)| {
                    (
                        Cow::Owned(name.into_owned()),
                        Cow::Owned(value.into_owned()),
                    )
                })
                .collect(),
        }
    }
}

/// What the proxies on the way say, the one nearest to the client first
/// ([RFC 7239 section 4](https://www.rfc-editor.org/rfc/rfc7239#section-4)).
///
/// Anyone can write the field: count trusted proxies from the end, with [`nth_from_end`](Self::nth_from_end). For that reason
/// reading is strict: a field that is not well formed is refused as a whole, as no count could be relied on.
///
/// # Limits
///
/// At most 100 elements of at most 16 parameters; linear in the field's length.
///
/// # Example
///
/// ```
/// use zeug_http::Forwarded;
///
/// let field = Forwarded::parse("for=192.0.2.43, for=\"[2001:db8::17]:4711\";proto=https")?;
/// let last = field.nth_from_end(0).ok_or("empty")?;
/// assert_eq!(last.for_address(), "2001:db8::17".parse().ok());
/// assert_eq!(last.proto(), Some("https"));
/// // An address of six must be in quotes.
/// assert!(Forwarded::parse("for=[2001:db8::17]").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forwarded<'a> {
    elements: Vec<ForwardedElement<'a>>,
}

impl<'a> Forwarded<'a> {
    /// Returns the elements of the field.
    ///
    /// # Errors
    ///
    /// `InvalidName` where a parameter's name is no token or stands twice in an element; `UnexpectedByte` where `=`, `;` or `,` is
    /// missing; `UnclosedQuote`; `UnexpectedEnd` where a value is missing; `TooMany` beyond the limits.
    pub fn parse(text: &'a str) -> Result<Self, FieldError> {
        const ELEMENTS: usize = 100;
        const PARAMETERS: usize = 16;
        let mut field = Self::default();
        let mut element = ForwardedElement::default();
        let mut rest = text;
        loop {
            rest = trim_start(rest);
            let error = |kind, rest: &str| FieldError::new(kind, text.len() - rest.len());
            let separator = match rest.as_bytes().first() {
                None | Some(b',') => rest.as_bytes().first().copied(),
                Some(b';') => Some(b';'),
                Some(_) => {
                    let len = token_len(rest);
                    let (name, behind) = (to(rest, len), from(rest, len));
                    if name.is_empty() || element.get(name).is_some() {
                        return Err(error(FieldErrorKind::InvalidName, rest));
                    }
                    let Some(value) = behind.strip_prefix('=') else {
                        return Err(error(FieldErrorKind::UnexpectedByte, behind));
                    };
                    let len = match value.strip_prefix('"') {
                        Some(inner) => {
                            quoted_len(inner).ok_or(error(FieldErrorKind::UnclosedQuote, value))?
                                + 2
                        }
                        None => token_len(value),
                    };
                    if len == 0 {
                        return Err(error(
                            if value.is_empty() {
                                FieldErrorKind::UnexpectedEnd
                            } else {
                                FieldErrorKind::UnexpectedByte
                            },
                            value,
                        ));
                    }
                    if element.pairs.len() == PARAMETERS {
                        let limit = PARAMETERS;
                        return Err(error(FieldErrorKind::TooMany { limit }, rest));
                    }
                    element
                        .pairs
                        .push((Cow::Borrowed(name), unquote(to(value, len))));
                    rest = trim_start(from(value, len));
                    match rest.as_bytes().first() {
                        None => None,
                        Some(&byte @ (b',' | b';')) => Some(byte),
                        Some(_) => return Err(error(FieldErrorKind::UnexpectedByte, rest)),
                    }
                }
            };
            if separator != Some(b';') && !element.pairs.is_empty() {
                if field.elements.len() == ELEMENTS {
                    let limit = ELEMENTS;
                    return Err(error(FieldErrorKind::TooMany { limit }, rest));
                }
                field.elements.push(std::mem::take(&mut element));
            }
            match separator {
                None => return Ok(field),
                Some(_) => rest = from(rest, 1),
            }
        }
    }

    /// Returns the elements, the one nearest to the client first.
    #[must_use]
    pub fn elements(&self) -> &[ForwardedElement<'a>] {
        &self.elements
    }

    /// Returns what the nearest proxy says (0), or one that many further away; `None` where so many did not speak.
    #[must_use]
    pub fn nth_from_end(&self, distance: usize) -> Option<&ForwardedElement<'a>> {
        self.elements.iter().rev().nth(distance)
    }

    /// Adds what a proxy says at the end.
    pub fn push(&mut self, element: ForwardedElement<'a>) {
        self.elements.push(element);
    }

    /// Returns the same field with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> Forwarded<'static> {
        Forwarded {
            elements: self
                .elements
                .into_iter()
                .map(ForwardedElement::into_owned)
                .collect(),
        }
    }
}

/// The length up to the closing quote.
fn quoted_len(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

impl fmt::Display for Forwarded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        for (at, element) in self.elements.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            for (at, (name, value)) in element.iter().enumerate() {
                if at > 0 {
                    out.push(';');
                }
                out.push_str(name);
                out.push('=');
                push_value(&mut out, value);
            }
        }
        f.write_str(&out)
    }
}

borrowed_field_fallible!(Forwarded);
into_header_value!(Forwarded<'_>);
