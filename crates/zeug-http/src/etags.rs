//! The tag lists of `If-Match` and `If-None-Match` (RFC 9110 sections 13.1.1 and 13.1.2). Decides nothing about the request.

use std::fmt;

use crate::etag::{ETag, literal};
use crate::macros::{borrowed_field, into_header_value};
use crate::text::{find, from, to, trim_start};

/// A list of entity tags, or the star that stands for any.
///
/// Reading is lenient: tags without quotes count, parts that are no tags are skipped up to the next comma.
///
/// # Limits
///
/// Linear in the field's length; asking for a tag takes one pass over the tags. The first 10,000 tags are read: one that is left out
/// does not match, which costs an answer in full or a 412.
///
/// # Example
///
/// ```
/// use zeug_http::{ETag, ETags};
///
/// let tags = ETags::parse("\"a\", W/\"b\", c");
/// assert!(tags.matches_strongly(&ETag::strong("a")?));
/// assert!(tags.matches_weakly(&ETag::strong("b")?));
/// assert!(!tags.matches_strongly(&ETag::strong("b")?));
/// // What is no tag is skipped.
/// assert!(ETags::parse(", \"open").is_empty());
/// # Ok::<(), zeug_http::FieldError>(())
/// ```
#[doc(alias = "parse_etags")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ETags<'a> {
    star: bool,
    tags: Vec<ETag<'a>>,
}

impl<'a> ETags<'a> {
    /// How many tags of a field are read.
    const MOST: usize = 10_000;

    /// Returns the tags of the field, or the star where the field is one.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        if text == "*" {
            return Self::star();
        }
        let mut tags = Vec::new();
        let mut rest = text;
        while tags.len() < Self::MOST {
            match tag(rest) {
                Some((tag, None)) => {
                    tags.push(tag);
                    break;
                }
                Some((tag, Some(behind))) => {
                    tags.push(tag);
                    rest = behind;
                }
                None => match find(rest, b',') {
                    Some(comma) => rest = from(rest, comma + 1),
                    None => break,
                },
            }
        }
        Self { star: false, tags }
    }

    /// Returns the star, which any tag matches.
    #[must_use]
    pub const fn star() -> Self {
        Self {
            star: true,
            tags: Vec::new(),
        }
    }

    /// Returns whether this is the star.
    #[must_use]
    pub const fn is_star(&self) -> bool {
        self.star
    }

    /// Returns whether there is neither a star nor a tag.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.star && self.tags.is_empty()
    }

    /// Returns the tags in order.
    pub fn iter(&self) -> impl Iterator<Item = &ETag<'a>> {
        self.tags.iter()
    }

    /// Adds a tag at the end; the star gives way to it.
    pub fn push(&mut self, tag: ETag<'a>) {
        self.star = false;
        self.tags.push(tag);
    }

    /// Returns whether a strong tag of that text is in the list; the star does not count.
    #[must_use]
    pub fn is_strong(&self, value: &str) -> bool {
        self.tags
            .iter()
            .any(|tag| !tag.is_weak() && tag.value() == value)
    }

    /// Returns whether a weak tag of that text is in the list.
    #[must_use]
    pub fn is_weak(&self, value: &str) -> bool {
        self.tags
            .iter()
            .any(|tag| tag.is_weak() && tag.value() == value)
    }

    /// Returns whether the tag, which must be strong, equals a strong tag of the list; the star matches any tag
    /// ([RFC 9110 section 13.1.1](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1)).
    #[doc(alias = "contains")]
    #[must_use]
    pub fn matches_strongly(&self, tag: &ETag<'_>) -> bool {
        self.star || self.tags.iter().any(|other| other.strongly_equals(tag))
    }

    /// Returns whether the tag equals one of the list, weak or not; the star matches any tag
    /// ([RFC 9110 section 13.1.2](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2)).
    #[doc(alias = "contains_weak")]
    #[must_use]
    pub fn matches_weakly(&self, tag: &ETag<'_>) -> bool {
        self.star || self.tags.iter().any(|other| other.weakly_equals(tag))
    }

    /// Returns whether the list holds the tag: a weak one compares weakly, a strong one strongly.
    #[doc(alias = "contains_raw")]
    #[must_use]
    pub fn contains(&self, tag: &ETag<'_>) -> bool {
        if tag.is_weak() {
            self.matches_weakly(tag)
        } else {
            self.matches_strongly(tag)
        }
    }

    /// Returns the same list with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> ETags<'static> {
        ETags {
            star: self.star,
            tags: self.tags.into_iter().map(ETag::into_owned).collect(),
        }
    }
}

/// The tag at the start and what stands behind its comma, `None` behind the last; nothing where no tag stands.
fn tag(text: &str) -> Option<(ETag<'_>, Option<&str>)> {
    let start = trim_start(text);
    let mark = if start.starts_with("W/") || start.starts_with("w/") {
        2
    } else {
        0
    };
    let body = from(start, mark);
    let len = match body.strip_prefix('"') {
        Some(inner) => find(inner, b'"')? + 2,
        None => body
            .bytes()
            .position(|byte| matches!(byte, b'"' | b' ' | b'\t' | b','))
            .unwrap_or(body.len()),
    };
    let tag = match (len, mark) {
        (0, 0) => return None,
        // The mark alone is a tag of that spelling.
        (0, _) => literal(to(start, mark)),
        _ => ETag::parse(to(start, mark + len)).ok()?,
    };
    let behind = trim_start(from(start, mark + len));
    match behind.as_bytes().first() {
        None => Some((tag, None)),
        Some(b',') => Some((tag, Some(from(behind, 1)))),
        Some(_) => None,
    }
}

impl fmt::Display for ETags<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.star {
            return f.write_str("*");
        }
        for (at, tag) in self.tags.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            tag.fmt(f)?;
        }
        Ok(())
    }
}

impl<'a> FromIterator<ETag<'a>> for ETags<'a> {
    fn from_iter<I: IntoIterator<Item = ETag<'a>>>(tags: I) -> Self {
        Self {
            star: false,
            tags: tags.into_iter().collect(),
        }
    }
}

borrowed_field!(ETags);
into_header_value!(ETags<'_>);
