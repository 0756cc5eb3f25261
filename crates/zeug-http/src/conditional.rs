//! Conditional requests (RFC 9110 section 13): from the fields of a request and the validators of a representation to what to answer. Sends nothing.

use http::{Method, header};
use zeug_datastructures::Headers;

use crate::date::HttpDate;
use crate::etag::ETag;
use crate::etags::ETags;
use crate::if_range::IfRange;
use crate::range::Range;
use crate::text::decode;

/// How many ranges are answered at most; a request for more gets the whole body.
///
/// Precedent: a list of ranges is how CVE-2011-3192 and CVE-2025-62727 exhausted servers; browsers and download managers send one.
pub const MAX_RANGES: usize = 16;

/// The conditions of a request, as they were sent. Fields that could not be read are absent, which is how they are to be treated.
///
/// # Example
///
/// ```
/// use zeug_http::Conditions;
///
/// let conditions = Conditions::default().if_none_match("\"v1\"").range("bytes=0-");
/// assert!(conditions.range.is_some());
/// // A date that is none is as if the field were not there.
/// assert!(Conditions::default().if_modified_since("soon").if_modified_since.is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the fields of RFC 9110 section 13.1, and Range"
)]
pub struct Conditions<'a> {
    /// `If-Match`.
    pub if_match: Option<ETags<'a>>,
    /// `If-None-Match`.
    pub if_none_match: Option<ETags<'a>>,
    /// `If-Modified-Since`.
    pub if_modified_since: Option<HttpDate>,
    /// `If-Unmodified-Since`.
    pub if_unmodified_since: Option<HttpDate>,
    /// `If-Range`.
    pub if_range: Option<IfRange<'a>>,
    /// `Range`.
    pub range: Option<Range<'a>>,
}

impl<'a> Conditions<'a> {
    /// Returns the conditions that the fields of a request state; tags of several fields of one name are one list.
    #[must_use]
    pub fn from_headers(headers: &Headers) -> Conditions<'static> {
        let text = |name: header::HeaderName| {
            headers
                .get(&name)
                .map(|value| decode(value.as_bytes()).into_owned())
        };
        let tags = |name: header::HeaderName| {
            let fields: Vec<String> = headers
                .get_all(&name)
                .map(|value| decode(value.as_bytes()).into_owned())
                .collect();
            (!fields.is_empty()).then(|| ETags::parse(&fields.join(",")).into_owned())
        };
        let date = |name| text(name).and_then(|text| HttpDate::parse(&text).ok());
        Conditions {
            if_match: tags(header::IF_MATCH),
            if_none_match: tags(header::IF_NONE_MATCH),
            if_modified_since: date(header::IF_MODIFIED_SINCE),
            if_unmodified_since: date(header::IF_UNMODIFIED_SINCE),
            if_range: text(header::IF_RANGE)
                .and_then(|text| IfRange::parse(&text).ok().map(IfRange::into_owned)),
            range: text(header::RANGE)
                .and_then(|text| Range::parse(&text).ok().map(Range::into_owned)),
        }
    }

    /// Sets `If-Match` from its field value.
    #[must_use]
    pub fn if_match(mut self, text: &'a str) -> Self {
        self.if_match = Some(ETags::parse(text));
        self
    }

    /// Sets `If-None-Match` from its field value.
    #[must_use]
    pub fn if_none_match(mut self, text: &'a str) -> Self {
        self.if_none_match = Some(ETags::parse(text));
        self
    }

    /// Sets `If-Modified-Since` from its field value.
    #[must_use]
    pub fn if_modified_since(mut self, text: &str) -> Self {
        self.if_modified_since = HttpDate::parse(text).ok();
        self
    }

    /// Sets `If-Unmodified-Since` from its field value.
    #[must_use]
    pub fn if_unmodified_since(mut self, text: &str) -> Self {
        self.if_unmodified_since = HttpDate::parse(text).ok();
        self
    }

    /// Sets `If-Range` from its field value.
    #[must_use]
    pub fn if_range(mut self, text: &'a str) -> Self {
        self.if_range = IfRange::parse(text).ok();
        self
    }

    /// Sets `Range` from its field value.
    #[must_use]
    pub fn range(mut self, text: &'a str) -> Self {
        self.range = Range::parse(text).ok();
        self
    }
}

/// What is known of the representation that would be sent.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a plain description, built by the caller"
)]
pub struct Representation<'a> {
    /// Its entity tag.
    pub etag: Option<ETag<'a>>,
    /// When it was last modified.
    pub last_modified: Option<HttpDate>,
    /// The length of its body in bytes, where ranges of it can be sent.
    pub length: Option<u64>,
    /// The time of the answer. A modification less than a second before is no strong validator
    /// ([RFC 9110 section 8.8.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.2.2)); unknown, any modification is.
    pub now: Option<HttpDate>,
    /// Whether there is none: then `If-Match: *` fails and `If-None-Match: *` holds.
    pub absent: bool,
}

/// What a conditional request is to be answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "these are the ends of RFC 9110 section 13.2.2"
)]
pub enum Outcome {
    /// As if there were no condition and no range.
    Proceed,
    /// 304 Not Modified.
    NotModified,
    /// 412 Precondition Failed.
    PreconditionFailed,
    /// 206 Partial Content: those positions, one to [`MAX_RANGES`] of them, in the order of the request.
    Partial(Vec<std::ops::Range<u64>>),
    /// 416 Range Not Satisfiable.
    NotSatisfiable,
}

/// Returns what to answer, by the order of [RFC 9110 section 13.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2).
///
/// Ask only where the answer without conditions would be 200 (or 2xx, for methods that change something).
/// `If-Match` compares strongly and comes first; `If-Unmodified-Since` counts only without it; then `If-None-Match`, compared
/// weakly; `If-Modified-Since` only without that, and for GET and HEAD; then, for GET, `Range`, if `If-Range` allows it.
/// Ranges in other units, more than [`MAX_RANGES`] of them, or of a body of unknown length are ignored.
///
/// # Limits
///
/// Linear in the fields' lengths.
///
/// # Deviations
///
/// Werkzeug fails `If-Match: *`, lets it replace the other conditions, answers ranges before conditions and gives 416 for several
/// ranges; the RFC is followed here.
///
/// # Example
///
/// ```
/// use http::Method;
/// use zeug_http::{Conditions, ETag, Outcome, Representation, evaluate};
///
/// let page = Representation {
///     etag: Some(ETag::strong("v1")?),
///     length: Some(100),
///     ..Representation::default()
/// };
/// let sent = Conditions::default().if_none_match("\"v1\"");
/// assert_eq!(evaluate(&Method::GET, &sent, &page), Outcome::NotModified);
/// assert_eq!(evaluate(&Method::PUT, &sent, &page), Outcome::PreconditionFailed);
///
/// let sent = Conditions::default().if_range("\"v1\"").range("bytes=90-");
/// assert_eq!(evaluate(&Method::GET, &sent, &page), Outcome::Partial(vec![90..100]));
/// # Ok::<(), zeug_http::FieldError>(())
/// ```
#[must_use]
pub fn evaluate(
    method: &Method,
    conditions: &Conditions<'_>,
    representation: &Representation<'_>,
) -> Outcome {
    let reads = *method == Method::GET || *method == Method::HEAD;
    // Conditions mean nothing to methods that neither select nor change a representation (section 13.2.1).
    if matches!(*method, Method::CONNECT | Method::OPTIONS | Method::TRACE) {
        return Outcome::Proceed;
    }
    if let Some(outcome) = precondition(reads, conditions, representation) {
        return outcome;
    }
    if *method != Method::GET {
        return Outcome::Proceed;
    }
    match (&conditions.range, &conditions.if_range) {
        (None, _) => Outcome::Proceed,
        (Some(range), None) => partial(range, representation),
        (Some(range), Some(if_range)) if range_validator_holds(if_range, representation) => {
            partial(range, representation)
        }
        (Some(_), Some(_)) => Outcome::Proceed,
    }
}

/// Whether `If-Range` counts when [`is_modified`] is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it counts or it does not")]
pub enum IfRangeUse {
    /// It does not.
    #[default]
    Ignore,
    /// In a request with `Range` it stands in for the other conditions of its kind.
    Consult,
}

/// Returns whether the representation has to be sent anew, whatever the method: false stands for 304 and for 412 alike.
///
/// For callers that look at ranges themselves; [`evaluate`] does the whole of it. With [`IfRangeUse::Consult`] and a `Range` field,
/// an `If-Range` tag that equals the representation's means unmodified, and so does an `If-Range` date that equals its modification.
/// Of a representation without a tag only the dates are asked.
///
/// # Example
///
/// ```
/// use zeug_http::{Conditions, HttpDate, IfRangeUse, Representation, is_modified};
///
/// let page = Representation {
///     last_modified: Some(HttpDate::parse("Sun, 06 Nov 1994 08:49:37 GMT")?),
///     ..Representation::default()
/// };
/// let sent = Conditions::default().if_modified_since("Sun, 06 Nov 1994 08:49:37 GMT");
/// assert!(!is_modified(&sent, &page, IfRangeUse::Ignore));
/// let sent = Conditions::default().if_modified_since("Sun, 06 Nov 1994 08:49:36 GMT");
/// assert!(is_modified(&sent, &page, IfRangeUse::Ignore));
/// # Ok::<(), zeug_http::FieldError>(())
/// ```
#[doc(alias = "is_resource_modified")]
#[must_use]
pub fn is_modified(
    conditions: &Conditions<'_>,
    representation: &Representation<'_>,
    if_range: IfRangeUse,
) -> bool {
    if if_range == IfRangeUse::Consult
        && conditions.range.is_some()
        && let Some(if_range) = &conditions.if_range
    {
        match (if_range, &representation.etag) {
            (IfRange::Tag(tag), Some(own)) => return !tag.strongly_equals(own),
            (IfRange::Date(date), _) if representation.last_modified == Some(*date) => {
                return false;
            }
            _ => {}
        }
    }
    if representation.etag.is_none() {
        // Tags have nothing to be compared with; dates may.
        let dates = Conditions {
            if_modified_since: conditions.if_modified_since,
            if_unmodified_since: conditions.if_unmodified_since,
            ..Conditions::default()
        };
        return precondition(true, &dates, representation).is_none();
    }
    precondition(true, conditions, representation).is_none()
}

/// Steps 1 to 4: the answer where a condition does not hold.
fn precondition(
    reads: bool,
    conditions: &Conditions<'_>,
    representation: &Representation<'_>,
) -> Option<Outcome> {
    let present = |tags: &ETags<'_>| !tags.is_empty();
    if let Some(tags) = conditions.if_match.as_ref().filter(|tags| present(tags)) {
        let holds = match &representation.etag {
            _ if representation.absent => false,
            Some(own) => tags.matches_strongly(own),
            None => tags.is_star(),
        };
        if !holds {
            return Some(Outcome::PreconditionFailed);
        }
    } else if let (Some(since), Some(modified)) =
        (conditions.if_unmodified_since, representation.last_modified)
        && modified > since
    {
        return Some(Outcome::PreconditionFailed);
    }
    if let Some(tags) = conditions
        .if_none_match
        .as_ref()
        .filter(|tags| present(tags))
    {
        let matches = match &representation.etag {
            _ if representation.absent => false,
            Some(own) => tags.matches_weakly(own),
            None => tags.is_star(),
        };
        if matches {
            return Some(if reads {
                Outcome::NotModified
            } else {
                Outcome::PreconditionFailed
            });
        }
    } else if reads
        && let (Some(since), Some(modified)) =
            (conditions.if_modified_since, representation.last_modified)
        && modified <= since
    {
        return Some(Outcome::NotModified);
    }
    None
}

/// Step 5: whether the range request was made for this representation (section 13.1.5).
fn range_validator_holds(if_range: &IfRange<'_>, representation: &Representation<'_>) -> bool {
    match if_range {
        IfRange::Tag(tag) => representation
            .etag
            .as_ref()
            .is_some_and(|own| own.strongly_equals(tag)),
        IfRange::Date(date) => representation.last_modified.is_some_and(|modified| {
            let strong = representation
                .now
                .is_none_or(|now| modified.saturating_add(1) <= now);
            strong && modified == *date
        }),
    }
}

/// The parts that the ranges name.
fn partial(range: &Range<'_>, representation: &Representation<'_>) -> Outcome {
    let Some(length) = representation.length else {
        return Outcome::Proceed;
    };
    let count = range.specs().len();
    if range.unit() != "bytes" || count == 0 || count > MAX_RANGES {
        return Outcome::Proceed;
    }
    let parts = range.resolve(length);
    if !parts.is_empty() {
        return Outcome::Partial(parts);
    }
    // A suffix of an empty body is the whole of it, which a part cannot say.
    let suffix = |spec: &crate::RangeSpec| matches!(spec, crate::RangeSpec::Suffix(1..));
    if length == 0 && range.specs().iter().any(suffix) {
        return Outcome::Proceed;
    }
    Outcome::NotSatisfiable
}
