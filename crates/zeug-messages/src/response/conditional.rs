//! Owns conditional answers: from a full answer and the request's conditions to 304, 412, 206 or 416. It is asked for, never applied by itself.

use std::borrow::Cow;
use std::ops::Range;
use std::time::SystemTime;

use http::{Method, StatusCode};
use zeug_datastructures::names;
use zeug_http::{
    Conditions, ContentRange, HttpDate, IfRange, Outcome, RangeSpec, Representation, evaluate,
};

use super::Response;
use super::byte_ranges::ByteRanges;
use crate::{HttpError, Request};

/// What [`Response::make_conditional`] may do: by default no ranges, and the clock's time.
///
/// # Example
///
/// ```
/// use zeug_http::HttpDate;
/// use zeug_messages::Conditional;
///
/// let options = Conditional::default().ranges().at(HttpDate::from_unix_seconds(0));
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default)]
#[doc(alias = "accept_ranges")]
#[doc(alias = "complete_length")]
pub struct Conditional {
    unit: Option<Cow<'static, str>>,
    length: Length,
    now: Option<HttpDate>,
}

/// Of what length ranges are served.
#[derive(Clone, Copy, Debug, Default)]
enum Length {
    #[default]
    NoRanges,
    OfBody,
    Of(u64),
}

impl Conditional {
    /// Announces ranges of bytes, and serves them of a body whose length is known.
    #[must_use]
    pub fn ranges(self) -> Self {
        Self {
            unit: Some("bytes".into()),
            length: Length::OfBody,
            ..self
        }
    }

    /// Announces ranges of bytes, and serves them of the body's first `length` bytes: for a body that does not know its length itself, such as a reader.
    #[must_use]
    pub fn ranges_of(self, length: u64) -> Self {
        Self {
            unit: Some("bytes".into()),
            length: Length::Of(length),
            ..self
        }
    }

    /// Announces ranges in that unit, or `none`, and serves none.
    #[must_use]
    pub fn announcing(self, unit: impl Into<Cow<'static, str>>) -> Self {
        Self {
            unit: Some(unit.into()),
            length: Length::NoRanges,
            ..self
        }
    }

    /// Sets the time that is written into `Date` and that decides whether a date is a strong validator.
    #[must_use]
    pub fn at(self, now: HttpDate) -> Self {
        Self {
            now: Some(now),
            ..self
        }
    }
}

impl Response {
    /// Makes this full answer the answer to a conditional request, by the order of
    /// [RFC 9110 section 13.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2).
    ///
    /// For `GET` and `HEAD` it states `Date` and the length where they are missing, announces ranges if asked to, and where the status is 200 compares
    /// `ETag` and `Last-Modified` with what the client has:
    ///
    /// | outcome | answer |
    /// | --- | --- |
    /// | the client has this already | 304 without a body |
    /// | `If-Match` or `If-Unmodified-Since` does not hold | 412, body kept |
    /// | one range of bytes | 206 with `Content-Range` |
    /// | 2 to 16 ranges in order that do not overlap | 206 as `multipart/byteranges`, where the body can be read several times |
    /// | other ranges: in another unit, more, out of order, overlapping; `If-Range` does not hold | 200, the whole |
    /// | ranges of which none is within the body, or one that cannot be read | the error |
    ///
    /// Other methods are left alone: their conditions must be checked *before* something is changed, with [`zeug_http::evaluate`].
    ///
    /// # Errors
    ///
    /// 416 with `Content-Range: bytes */length` where no range can be served; the answer is still the full one then. 500 where a file's position cannot be set.
    ///
    /// # Limits
    ///
    /// At most [`MAX_RANGES`](zeug_http::MAX_RANGES) ranges are served, and never more bytes than the body has.
    ///
    /// # Deviations
    ///
    /// Ranges count for `HEAD` as for `GET`, as in Werkzeug and nginx, so that both have the same fields
    /// ([section 9.3.2](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2)). Werkzeug answers ranges before conditions and gives 416 for
    /// several ranges, for unknown units, and for a suffix longer than the body; it takes no notice of `If-None-Match: *` without a tag. The RFC is followed here.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_gateway::Body;
    /// use zeug_http::ETag;
    /// use zeug_messages::{Conditional, Request, Response};
    ///
    /// let asks = |name: &str, value: &str| Request::from(http::Request::get("/").header(name, value).body(Body::empty()).unwrap());
    /// let page = || {
    ///     let mut page = Response::text("hello world");
    ///     page.set_etag(&ETag::strong("v1").unwrap());
    ///     page
    /// };
    ///
    /// let mut response = page();
    /// response.make_conditional(&asks("If-None-Match", "\"v1\""), Conditional::default())?;
    /// assert_eq!(response.status(), 304);
    ///
    /// let mut response = page();
    /// response.make_conditional(&asks("Range", "bytes=6-"), Conditional::default().ranges())?;
    /// assert_eq!(response.status(), 206);
    /// assert_eq!(response.headers().get("content-range").unwrap(), "bytes 6-10/11");
    /// assert_eq!(response.buffer(100).unwrap(), "world");
    ///
    /// let error = page().make_conditional(&asks("Range", "bytes=11-"), Conditional::default().ranges()).unwrap_err();
    /// assert_eq!((error.status().as_u16(), error.headers().get("content-range").unwrap()), (416, "bytes */11".try_into().unwrap()));
    /// # Ok::<(), zeug_messages::HttpError>(())
    /// ```
    pub fn make_conditional(
        &mut self,
        request: &Request,
        options: Conditional,
    ) -> Result<(), HttpError> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Ok(());
        }
        let now = options.now.unwrap_or_else(|| SystemTime::now().into());
        if !self.headers.contains(names::DATE) {
            self.set_date(now);
        }
        if let Some(unit) = &options.unit {
            self.set_accept_ranges(unit)?;
        }
        let result = self.answer_conditions(request, options.length, now);
        if self.states_length
            && !self.headers.contains(names::CONTENT_LENGTH)
            && let Some(len) = self.body.len()
        {
            self.state_length(len);
        }
        result
    }

    fn answer_conditions(
        &mut self,
        request: &Request,
        length: Length,
        now: HttpDate,
    ) -> Result<(), HttpError> {
        if self.status.code() != 200 || !has_conditions(request) {
            return Ok(());
        }
        let length = match length {
            Length::NoRanges => None,
            Length::OfBody => self.body.len(),
            Length::Of(length) => Some(self.body.len().map_or(length, |len| len.min(length))),
        };
        let conditions = conditions(request);
        let dated = conditions.if_modified_since.is_some()
            || conditions.if_unmodified_since.is_some()
            || matches!(conditions.if_range, Some(IfRange::Date(_)));
        let representation = Representation {
            etag: self.etag(),
            last_modified: dated.then(|| self.last_modified()).flatten(),
            length: length.filter(|&length| length > 0),
            now: Some(now),
            absent: false,
        };
        match evaluate(&Method::GET, &conditions, &representation) {
            Outcome::Proceed => {}
            Outcome::NotModified => self.set_status(StatusCode::NOT_MODIFIED),
            Outcome::PreconditionFailed => self.set_status(StatusCode::PRECONDITION_FAILED),
            Outcome::NotSatisfiable => {
                return Err(HttpError::range_not_satisfiable(length.unwrap_or(0)));
            }
            Outcome::Partial(parts) => self.keep_parts(&parts, length.unwrap_or(0))?,
        }
        Ok(())
    }

    /// Makes this the answer of those parts of the body.
    fn keep_parts(&mut self, parts: &[Range<u64>], length: u64) -> Result<(), HttpError> {
        let body = std::mem::take(&mut self.body);
        if let [part] = parts {
            let range = ContentRange::new("bytes", Some(part.clone()), Some(length))?;
            self.body = body.slice(part.clone())?;
            self.state_length(part.end - part.start);
            self.set_content_range(&range)?;
            self.set_status(StatusCode::PARTIAL_CONTENT);
            return Ok(());
        }
        let total: u64 = parts.iter().map(|part| part.end - part.start).sum();
        if total > length {
            self.body = body;
            return Ok(());
        }
        match body.parts(parts) {
            Err(body) => self.body = body,
            Ok(bodies) => {
                let content_type = self.headers.get(names::CONTENT_TYPE);
                let ranges = ByteRanges::new(content_type, length);
                let (content_type, body) = ranges.join(parts, bodies);
                self.headers.try_insert(names::CONTENT_TYPE, content_type)?;
                self.state_length(body.len().unwrap_or(0));
                self.body = body;
                self.set_status(StatusCode::PARTIAL_CONTENT);
            }
        }
        Ok(())
    }
}

/// Whether the request has a field that [`Conditions`] reads; most have none.
fn has_conditions(request: &Request) -> bool {
    [
        names::IF_MATCH,
        names::IF_NONE_MATCH,
        names::IF_MODIFIED_SINCE,
        names::IF_UNMODIFIED_SINCE,
        names::IF_RANGE,
        names::RANGE,
    ]
    .iter()
    .any(|name| request.headers().contains(name))
}

/// The request's conditions; what cannot be read of its range is none of the body.
fn conditions(request: &Request) -> Conditions<'_> {
    let mut conditions = request.conditions();
    if conditions.range.is_none()
        && let Some(range) = request.headers().get(names::RANGE)
        && is_one_of_bytes(&String::from_utf8_lossy(range.as_bytes()))
    {
        let beyond = RangeSpec::From(u64::MAX);
        conditions.range = Some(zeug_http::Range::bytes(vec![beyond]));
    }
    if conditions.if_range.is_none() && request.headers().contains(names::IF_RANGE) {
        // What cannot be read cannot hold, and then the range does not count (RFC 9110 section 13.1.5).
        conditions.range = None;
    }
    conditions
}

/// Whether a range that cannot be read is one of bytes: then none of it is within the body. Others do not count, nor do several that are out of order.
fn is_one_of_bytes(range: &str) -> bool {
    if range.contains(',') {
        return false;
    }
    match range.split_once('=') {
        Some((unit, _)) => unit.trim().eq_ignore_ascii_case("bytes"),
        None => !range.trim().is_empty(),
    }
}
