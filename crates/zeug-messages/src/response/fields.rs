//! Owns the typed fields of one value: dates, numbers, words, URLs, validators. What cannot be read is `None`, and what cannot be written is refused.

use std::borrow::Cow;

use bytes::Bytes;
use http::HeaderValue;
use zeug_datastructures::{HeaderError, names};
use zeug_gateway::BodyError;
use zeug_http::{
    Age, AllowOrigin, ContentRange, ContentType, CrossOriginEmbedderPolicy,
    CrossOriginOpenerPolicy, CrossOriginResourcePolicy, ETag, FieldError, HttpDate, RetryAfter,
    SetCookie,
};

use super::Response;
use crate::media_type::with_charset;

/// Fields whose every value can be written: the first line says how.
macro_rules! values {
    (|$headers:ident, $field:ident, $value:ident| $write:expr; $($get:ident, $set:ident: $type:ty, $name:ident, $text:literal, $what:literal, $rule:literal;)*) => {
        /// Fields of one value.
        impl Response {$(
            #[doc = concat!("`", $text, "`: ", $what, "; `None` where there is none or it cannot be read.")]
            #[doc = concat!("See [", $rule, ").")]
            #[must_use]
            pub fn $get(&self) -> Option<$type> {
                <$type>::parse_bytes(self.headers.get(names::$name)?.as_bytes()).ok()
            }

            #[doc = concat!("Sets `", $text, "`; `None` removes it.")]
            pub fn $set(&mut self, value: impl Into<Option<$type>>) {
                let ($headers, $field) = (&mut self.headers, names::$name);
                match value.into() {
                    Some($value) => $write,
                    None => {
                        $headers.remove($field);
                    }
                }
            }
        )*}
    };
}

values! {
    |headers, name, date| {
        // A date is ASCII, so this is never refused.
        let _ = headers.try_insert(name, date.to_bytes());
    };
    date, set_date: HttpDate, DATE, "Date", "when the answer was made",
        "RFC 9110 section 6.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1";
    expires, set_expires: HttpDate, EXPIRES, "Expires", "from when on the answer is stale",
        "RFC 9111 section 5.3](https://www.rfc-editor.org/rfc/rfc9111#section-5.3";
    last_modified, set_last_modified: HttpDate, LAST_MODIFIED, "Last-Modified", "when what is sent was changed last",
        "RFC 9110 section 8.8.2](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.2";
}

values! {
    |headers, name, value| headers.insert(name, &HeaderValue::from(value));
    age, set_age: Age, AGE, "Age", "how long ago the answer was made or validated, in seconds",
        "RFC 9111 section 5.1](https://www.rfc-editor.org/rfc/rfc9111#section-5.1";
    retry_after, set_retry_after: RetryAfter, RETRY_AFTER, "Retry-After", "when to ask again: in so many seconds, or from a date on",
        "RFC 9110 section 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3";
    cross_origin_opener_policy, set_cross_origin_opener_policy: CrossOriginOpenerPolicy, CROSS_ORIGIN_OPENER_POLICY,
        "Cross-Origin-Opener-Policy", "with which pages that it opens a page shares its context",
        "HTML section 7.1.3](https://html.spec.whatwg.org/multipage/browsers.html#cross-origin-opener-policies";
    cross_origin_embedder_policy, set_cross_origin_embedder_policy: CrossOriginEmbedderPolicy, CROSS_ORIGIN_EMBEDDER_POLICY,
        "Cross-Origin-Embedder-Policy", "what a page may embed",
        "HTML section 7.1.4](https://html.spec.whatwg.org/multipage/browsers.html#coep";
    cross_origin_resource_policy, set_cross_origin_resource_policy: CrossOriginResourcePolicy, CROSS_ORIGIN_RESOURCE_POLICY,
        "Cross-Origin-Resource-Policy", "who may embed what is sent",
        "Fetch section 3.7](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header";
}

/// Numbers.
macro_rules! numbers {
    ($($get:ident, $set:ident: $name:ident, $text:literal, $what:literal, $rule:literal;)*) => {
        /// Fields that are a number.
        impl Response {$(
            #[doc = concat!("`", $text, "`: ", $what, "; `None` where there is none or it is no number.")]
            #[doc = concat!("See [", $rule, ").")]
            #[must_use]
            pub fn $get(&self) -> Option<u64> {
                let text = self.headers.get(names::$name)?.to_str().ok()?;
                text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
            }

            #[doc = concat!("Sets `", $text, "`; `None` removes it.")]
            pub fn $set(&mut self, value: impl Into<Option<u64>>) {
                match value.into() {
                    Some(value) => self.headers.insert(names::$name, &HeaderValue::from(value)),
                    None => {
                        self.headers.remove(names::$name);
                    }
                }
            }
        )*}
    };
}

numbers! {
    content_length, set_content_length: CONTENT_LENGTH, "Content-Length", "how many bytes the body has",
        "RFC 9110 section 8.6](https://www.rfc-editor.org/rfc/rfc9110#section-8.6";
    access_control_max_age, set_access_control_max_age: ACCESS_CONTROL_MAX_AGE, "Access-Control-Max-Age",
        "for how many seconds a browser may keep what a preflight request was answered",
        "Fetch section 3.2.3](https://fetch.spec.whatwg.org/#http-access-control-max-age";
}

/// Text that is taken as it is.
macro_rules! texts {
    ($($get:ident, $set:ident: $name:ident, $text:literal, $what:literal, $rule:literal;)*) => {
        /// Fields that are text.
        impl Response {$(
            #[doc = concat!("`", $text, "`: ", $what, "; bytes that are not UTF-8 are U+FFFD.")]
            #[doc = concat!("See [", $rule, ").")]
            #[must_use]
            pub fn $get(&self) -> Option<Cow<'_, str>> {
                Some(self.headers.get(names::$name)?.to_utf8_lossy())
            }

            #[doc = concat!("Sets `", $text, "`.")]
            ///
            /// # Errors
            ///
            /// [`InvalidValueByte`](zeug_datastructures::HeaderErrorKind::InvalidValueByte) for a control character, such as CR or LF; nothing changes then.
            pub fn $set(&mut self, value: &str) -> Result<(), HeaderError> {
                self.headers.try_insert(names::$name, value)
            }
        )*}
    };
}

texts! {
    location, set_location: LOCATION, "Location", "where to go; a URL in any script, which is sent in ASCII",
        "RFC 9110 section 10.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.2";
    content_location, set_content_location: CONTENT_LOCATION, "Content-Location", "the URL of what is sent",
        "RFC 9110 section 8.7](https://www.rfc-editor.org/rfc/rfc9110#section-8.7";
    content_encoding, set_content_encoding: CONTENT_ENCODING, "Content-Encoding", "what the body was compressed with",
        "RFC 9110 section 8.4](https://www.rfc-editor.org/rfc/rfc9110#section-8.4";
    content_md5, set_content_md5: CONTENT_MD5, "Content-MD5", "a digest of the body, which HTTP has given up",
        "RFC 2616 section 14.15](https://www.rfc-editor.org/rfc/rfc2616#section-14.15";
    accept_ranges, set_accept_ranges: ACCEPT_RANGES, "Accept-Ranges", "the unit of ranges that can be asked for, or `none`",
        "RFC 9110 section 14.3](https://www.rfc-editor.org/rfc/rfc9110#section-14.3";
}

/// The body's type, its validators, and cookies.
impl Response {
    /// `Content-Type`: the body's media type and its parameters.
    /// See [RFC 9110 section 8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.3).
    #[must_use]
    #[doc(alias = "mimetype")]
    #[doc(alias = "mimetype_params")]
    pub fn content_type(&self) -> Option<ContentType<'_>> {
        let value = self.headers.get(names::CONTENT_TYPE)?;
        Some(ContentType::parse_bytes(value.as_bytes()))
    }

    /// Sets `Content-Type` as it is.
    ///
    /// # Errors
    ///
    /// A control character in a parameter; nothing changes then.
    pub fn set_content_type(&mut self, value: &ContentType<'_>) -> Result<(), HeaderError> {
        self.headers
            .try_insert(names::CONTENT_TYPE, value.to_string())
    }

    /// Sets `Content-Type` to this media type, with `charset=utf-8` where it is text: see [`with_charset`].
    ///
    /// ```
    /// use zeug_messages::Response;
    ///
    /// let mut response = Response::text("{}");
    /// response.set_media_type("application/json")?;
    /// assert!(response.is_json());
    /// assert!(response.set_media_type("text/\n").is_err());
    /// # Ok::<(), zeug_datastructures::HeaderError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A control character; nothing changes then.
    #[doc(alias = "mimetype")]
    pub fn set_media_type(&mut self, media_type: &str) -> Result<(), HeaderError> {
        self.headers.try_insert(
            names::CONTENT_TYPE,
            with_charset(media_type, "utf-8").as_ref(),
        )
    }

    /// Whether the media type is `application/json` or `application/*+json`.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.content_type().is_some_and(|field| field.is_json())
    }

    /// `ETag`: what tells this state of the resource from others.
    /// See [RFC 9110 section 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3).
    #[must_use]
    #[doc(alias = "get_etag")]
    pub fn etag(&self) -> Option<ETag<'_>> {
        ETag::parse_bytes(self.headers.get(names::ETAG)?.as_bytes()).ok()
    }

    /// Sets `ETag`.
    pub fn set_etag(&mut self, tag: &ETag<'_>) {
        // A tag holds no control character, so this is never refused.
        let _ = self.headers.try_insert(names::ETAG, String::from(tag));
    }

    /// Sets `ETag` to a hash of the body, unless there is one already. The body is read into memory for it.
    ///
    /// ```
    /// use zeug_messages::Response;
    ///
    /// let mut response = Response::text("body");
    /// response.add_etag(1024)?;
    /// assert_eq!(response.etag().unwrap().value().len(), 22);
    /// assert!(Response::text("body").add_etag(3).is_err(), "the body is larger than that");
    /// # Ok::<(), zeug_gateway::BodyError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`buffer`](Self::buffer): a body above `limit` bytes, or one that fails.
    pub fn add_etag(&mut self, limit: usize) -> Result<(), BodyError> {
        if !self.headers.contains(names::ETAG) {
            let bytes = self.buffer(limit)?;
            self.set_etag(&ETag::of(&bytes));
        }
        Ok(())
    }

    /// Reads the body into memory, states its length and [adds a tag](Self::add_etag): what can be kept and sent many times.
    ///
    /// # Errors
    ///
    /// As [`buffer`](Self::buffer): a body above `limit` bytes, or one that fails.
    pub fn freeze(&mut self, limit: usize) -> Result<Bytes, BodyError> {
        let bytes = self.buffer(limit)?;
        self.state_length(bytes.len() as u64);
        self.add_etag(limit)?;
        Ok(bytes)
    }

    /// `Content-Range`: which part of what is asked for this is.
    /// See [RFC 9110 section 14.4](https://www.rfc-editor.org/rfc/rfc9110#section-14.4).
    #[must_use]
    pub fn content_range(&self) -> Option<ContentRange<'_>> {
        ContentRange::parse_bytes(self.headers.get(names::CONTENT_RANGE)?.as_bytes()).ok()
    }

    /// Sets `Content-Range`.
    ///
    /// # Errors
    ///
    /// A unit with a control character; nothing changes then.
    pub fn set_content_range(&mut self, value: &ContentRange<'_>) -> Result<(), HeaderError> {
        self.headers
            .try_insert(names::CONTENT_RANGE, String::from(value))
    }

    /// `Access-Control-Allow-Origin`: the pages that may read the answer.
    /// See [Fetch section 3.2.3](https://fetch.spec.whatwg.org/#http-access-control-allow-origin).
    #[must_use]
    pub fn access_control_allow_origin(&self) -> Option<AllowOrigin<'_>> {
        let value = self.headers.get(names::ACCESS_CONTROL_ALLOW_ORIGIN)?;
        AllowOrigin::parse_bytes(value.as_bytes()).ok()
    }

    /// Sets `Access-Control-Allow-Origin`.
    ///
    /// # Errors
    ///
    /// An origin with a control character; nothing changes then.
    pub fn set_access_control_allow_origin(
        &mut self,
        origin: &AllowOrigin<'_>,
    ) -> Result<(), HeaderError> {
        self.headers
            .try_insert(names::ACCESS_CONTROL_ALLOW_ORIGIN, origin.to_string())
    }

    /// Whether `Access-Control-Allow-Credentials` says that pages may read answers to requests with credentials.
    /// See [Fetch section 3.2.3](https://fetch.spec.whatwg.org/#http-access-control-allow-credentials).
    #[must_use]
    pub fn access_control_allow_credentials(&self) -> bool {
        self.headers
            .get(names::ACCESS_CONTROL_ALLOW_CREDENTIALS)
            .is_some_and(|value| value == "true")
    }

    /// Sets `Access-Control-Allow-Credentials`; without the field they may not.
    pub fn set_access_control_allow_credentials(&mut self) {
        self.headers.insert(
            names::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            zeug_datastructures::FieldValue::from_static("true"),
        );
    }

    /// Adds a `Set-Cookie` field. To take a cookie back, add its [removal](SetCookie::removal) with the same path and domain.
    ///
    /// ```
    /// use zeug_http::SetCookie;
    /// use zeug_messages::Response;
    ///
    /// let mut response = Response::text("");
    /// response.set_cookie(&SetCookie::new("id", "7").http_only())?;
    /// response.set_cookie(&SetCookie::removal("old"))?;
    /// assert_eq!(response.headers().get("set-cookie").unwrap(), "id=7; HttpOnly; Path=/");
    /// assert!(response.set_cookie(&SetCookie::new("a=b", "")).is_err());
    /// # Ok::<(), zeug_http::FieldError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A name or a domain that would be read as something else.
    #[doc(alias = "delete_cookie")]
    pub fn set_cookie(&mut self, cookie: &SetCookie<'_>) -> Result<(), FieldError> {
        let value = HeaderValue::try_from(cookie)?;
        self.headers.append(names::SET_COOKIE, &value);
        Ok(())
    }
}
