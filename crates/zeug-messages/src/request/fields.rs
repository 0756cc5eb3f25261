//! Owns the typed fields of a request's head. A field that cannot be read counts as absent; the rules of each stand in `zeug-http`.

use std::borrow::Cow;
use std::sync::LazyLock;

use zeug_datastructures::{AsFieldName, FieldName, MultiDict, names};
use zeug_http::{
    Accept, AcceptCharset, AcceptEncoding, AcceptLanguage, Authorization, Conditions, ContentType,
    CookieLimits, Cookies, CorsNames, ETags, FieldList, HttpDate, IfRange, Range,
    RequestCacheControl, SecFetchDest, SecFetchMode, SecFetchSite, SecFetchUser,
};
use zeug_urls::content_length;

use super::Request;
use super::failure::Failure;
use crate::HttpError;

/// What is given for cookies that were refused.
static NOTHING: LazyLock<MultiDict> = LazyLock::new(MultiDict::new);

/// The view of a field, borrowed where the text is.
macro_rules! view {
    ($type:ident, $text:expr) => {
        match $text {
            None => $type::default(),
            Some(Cow::Borrowed(text)) => $type::parse(text),
            Some(Cow::Owned(text)) => $type::parse(&text).into_owned(),
        }
    };
}

/// The same for a field that may be absent or refused.
macro_rules! try_view {
    ($type:ident, $text:expr) => {
        match $text? {
            Cow::Borrowed(text) => $type::parse(text).ok(),
            Cow::Owned(text) => $type::parse(&text).ok().map($type::into_owned),
        }
    };
}

impl Request {
    /// The text of a field; several lines of that name are joined by commas. Bytes that are not UTF-8 are read as ISO-8859-1.
    ///
    /// ```
    /// use zeug_gateway::Body;
    /// use zeug_messages::Request;
    ///
    /// let request = Request::from(http::Request::get("/").header("x-a", "1").header("x-a", "2").body(Body::empty())?);
    /// assert_eq!(request.field("X-A").as_deref(), Some("1,2"));
    /// assert_eq!(request.field("x-b"), None);
    /// # Ok::<(), http::Error>(())
    /// ```
    #[must_use]
    pub fn field(&self, name: impl AsFieldName) -> Option<Cow<'_, str>> {
        let mut lines = self.headers().get_all(name);
        let first = text(lines.next()?.as_bytes());
        let Some(second) = lines.next() else {
            return Some(first);
        };
        let mut joined = first.into_owned();
        for line in std::iter::once(second).chain(lines) {
            joined.push(',');
            joined.push_str(&text(line.as_bytes()));
        }
        Some(Cow::Owned(joined))
    }

    /// The type of the body, with its parameters; empty where none is given.
    #[must_use]
    #[doc(alias = "mimetype_params")]
    pub fn content_type(&self) -> ContentType<'_> {
        view!(ContentType, self.field(names::CONTENT_TYPE))
    }

    /// The media type of the body in lower case, without parameters; empty where none is given.
    #[must_use]
    #[doc(alias = "mimetype")]
    pub fn media_type(&self) -> String {
        self.content_type().essence().to_lowercase()
    }

    /// Whether the body is JSON by its type: `application/json` or `application/*+json`.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.content_type().is_json()
    }

    /// How many bytes the body has by its `Content-Length` field; `None` where there is none, or the body is chunked.
    ///
    /// A value that is no number counts as 0, as [`content_length`](zeug_urls::content_length) has it.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        content_length(
            self.field(names::CONTENT_LENGTH).as_deref(),
            self.field(names::TRANSFER_ENCODING).as_deref(),
        )
    }

    /// The codings of the body, in the order in which they were applied
    /// ([RFC 9110 section 8.4](https://www.rfc-editor.org/rfc/rfc9110#section-8.4)).
    #[must_use]
    pub fn content_encoding(&self) -> FieldList<'_> {
        view!(FieldList, self.field(names::CONTENT_ENCODING))
    }

    /// Where the client comes from, as it says.
    #[must_use]
    #[doc(alias = "referrer")]
    pub fn referer(&self) -> Option<Cow<'_, str>> {
        self.field(names::REFERER)
    }

    /// The origin that the request was made from, as a browser says.
    #[must_use]
    pub fn origin(&self) -> Option<Cow<'_, str>> {
        self.field(names::ORIGIN)
    }

    /// The client's name for itself.
    #[must_use]
    pub fn user_agent(&self) -> Option<Cow<'_, str>> {
        self.field(names::USER_AGENT)
    }

    /// When the request was made, by the client's clock.
    #[must_use]
    pub fn date(&self) -> Option<HttpDate> {
        self.date_field(names::DATE)
    }

    fn date_field(&self, name: FieldName<'static>) -> Option<HttpDate> {
        HttpDate::parse(&self.field(name)?).ok()
    }

    /// How often the request may still be passed on ([RFC 9110 section 7.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-7.6.2)).
    #[must_use]
    pub fn max_forwards(&self) -> Option<u64> {
        let text = self.field(names::MAX_FORWARDS)?;
        let digits = text.trim_matches([' ', '\t']);
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().ok()).flatten()
    }

    /// The media types that the client takes.
    #[must_use]
    #[doc(alias = "accept_mimetypes")]
    pub fn accept(&self) -> Accept<'_> {
        view!(Accept, self.field(names::ACCEPT))
    }

    /// The character sets that the client takes.
    #[must_use]
    #[doc(alias = "accept_charsets")]
    pub fn accept_charset(&self) -> AcceptCharset<'_> {
        view!(AcceptCharset, self.field(names::ACCEPT_CHARSET))
    }

    /// The codings that the client takes.
    #[must_use]
    #[doc(alias = "accept_encodings")]
    pub fn accept_encoding(&self) -> AcceptEncoding<'_> {
        view!(AcceptEncoding, self.field(names::ACCEPT_ENCODING))
    }

    /// The languages that the client takes.
    #[must_use]
    #[doc(alias = "accept_languages")]
    pub fn accept_language(&self) -> AcceptLanguage<'_> {
        view!(AcceptLanguage, self.field(names::ACCEPT_LANGUAGE))
    }

    /// The client's credentials.
    #[must_use]
    pub fn authorization(&self) -> Option<Authorization<'_>> {
        try_view!(Authorization, self.field(names::AUTHORIZATION))
    }

    /// What caches on the way are told.
    #[must_use]
    pub fn cache_control(&self) -> RequestCacheControl<'_> {
        view!(RequestCacheControl, self.field(names::CACHE_CONTROL))
    }

    /// The tags one of which the resource must have.
    #[must_use]
    pub fn if_match(&self) -> ETags<'_> {
        view!(ETags, self.field(names::IF_MATCH))
    }

    /// The tags none of which the resource may have.
    #[must_use]
    pub fn if_none_match(&self) -> ETags<'_> {
        view!(ETags, self.field(names::IF_NONE_MATCH))
    }

    /// The moment since which the resource must have changed.
    #[must_use]
    pub fn if_modified_since(&self) -> Option<HttpDate> {
        self.date_field(names::IF_MODIFIED_SINCE)
    }

    /// The moment since which the resource must not have changed.
    #[must_use]
    pub fn if_unmodified_since(&self) -> Option<HttpDate> {
        self.date_field(names::IF_UNMODIFIED_SINCE)
    }

    /// What must still hold for [`range`](Self::range) to be answered.
    #[must_use]
    pub fn if_range(&self) -> Option<IfRange<'_>> {
        try_view!(IfRange, self.field(names::IF_RANGE))
    }

    /// The parts of the body that are asked for.
    #[must_use]
    pub fn range(&self) -> Option<Range<'_>> {
        try_view!(Range, self.field(names::RANGE))
    }

    /// All conditions of the request and its range, for [`evaluate`](zeug_http::evaluate).
    #[must_use]
    pub fn conditions(&self) -> Conditions<'_> {
        let sent = |name: FieldName<'static>| self.headers().contains(name);
        Conditions {
            if_match: sent(names::IF_MATCH).then(|| self.if_match()),
            if_none_match: sent(names::IF_NONE_MATCH).then(|| self.if_none_match()),
            if_modified_since: sent(names::IF_MODIFIED_SINCE)
                .then(|| self.if_modified_since())
                .flatten(),
            if_unmodified_since: sent(names::IF_UNMODIFIED_SINCE)
                .then(|| self.if_unmodified_since())
                .flatten(),
            if_range: sent(names::IF_RANGE).then(|| self.if_range()).flatten(),
            range: sent(names::RANGE).then(|| self.range()).flatten(),
        }
    }

    /// The fields that a preflight request announces.
    #[must_use]
    pub fn access_control_request_headers(&self) -> Option<CorsNames<'_>> {
        let field = self.field(names::ACCESS_CONTROL_REQUEST_HEADERS);
        field.is_some().then(|| view!(CorsNames, field))
    }

    /// The method that a preflight request announces.
    #[must_use]
    pub fn access_control_request_method(&self) -> Option<Cow<'_, str>> {
        self.field(names::ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// How the origin that made the request stands to this one. `None` for a word that is not known.
    #[must_use]
    pub fn sec_fetch_site(&self) -> Option<SecFetchSite> {
        SecFetchSite::parse(&self.field(names::SEC_FETCH_SITE)?).ok()
    }

    /// The mode in which a browser made the request. `None` for a word that is not known.
    #[must_use]
    pub fn sec_fetch_mode(&self) -> Option<SecFetchMode> {
        SecFetchMode::parse(&self.field(names::SEC_FETCH_MODE)?).ok()
    }

    /// Whether the user caused the navigation, as a browser says.
    #[must_use]
    pub fn sec_fetch_user(&self) -> bool {
        self.field(names::SEC_FETCH_USER)
            .and_then(|text| SecFetchUser::parse(&text).ok())
            .is_some_and(SecFetchUser::is_activated)
    }

    /// What a browser uses the answer for. `None` for a word that is not known.
    #[must_use]
    pub fn sec_fetch_dest(&self) -> Option<SecFetchDest> {
        SecFetchDest::parse(&self.field(names::SEC_FETCH_DEST)?).ok()
    }

    /// The cookies of all `Cookie` fields; parsed at the first call. Empty where there are too many: see [`try_cookies`](Self::try_cookies).
    ///
    /// Read leniently, in their order, repeats kept; those without a name are dropped.
    #[must_use]
    pub fn cookies(&self) -> &MultiDict {
        match self.parsed_cookies() {
            Ok(cookies) => cookies,
            Err(_) => &NOTHING,
        }
    }

    /// The cookies of all `Cookie` fields, or why they were refused.
    ///
    /// # Errors
    ///
    /// 431 for more cookies than [`CookieLimits`] allows by default (3,000).
    pub fn try_cookies(&self) -> Result<&MultiDict, HttpError> {
        self.parsed_cookies().map_err(Failure::error)
    }

    fn parsed_cookies(&self) -> Result<&MultiDict, &Failure> {
        let parse = || {
            let mut lines = self.headers().get_all(names::COOKIE);
            let mut text = match lines.next() {
                Some(first) => String::from_utf8_lossy(first.as_bytes()),
                None => Cow::Borrowed(""),
            };
            for line in lines {
                let text = text.to_mut();
                text.push_str("; ");
                text.push_str(&String::from_utf8_lossy(line.as_bytes()));
            }
            Cookies::parse(&text)
                .to_multi_dict(CookieLimits::default())
                .map_err(|error| Failure::new(error.status_hint(), error))
        };
        let cookies = self.cookies.get_or_init(|| Box::new(parse()));
        (**cookies).as_ref()
    }
}

/// The text of a field line: UTF-8, else ISO-8859-1, which has a character for each byte.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}
