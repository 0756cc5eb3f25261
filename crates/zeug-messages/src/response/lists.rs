//! Owns the typed fields that are lists: names, directives, challenges. Several fields of one name are one list; an empty one is no field.

use std::borrow::Cow;

use zeug_datastructures::{FieldName, HeaderError, HeaderSet, names};
use zeug_http::{
    ContentSecurityPolicy, CorsNames, FieldList, ResponseCacheControl, Vary, WwwAuthenticate,
};

use super::Response;

/// Ordered sets of names.
macro_rules! sets {
    ($($get:ident, $set:ident: $name:ident, $text:literal, $what:literal, $rule:literal;)*) => {
        /// Fields that are a set of names. Get, change and set again; what is set may be a [`HeaderSet`] or any names.
        impl Response {$(
            #[doc = concat!("`", $text, "`: ", $what, "; empty where there are none.")]
            #[doc = concat!("See [", $rule, ").")]
            #[must_use]
            pub fn $get(&self) -> HeaderSet {
                self.set_of(names::$name)
            }

            #[doc = concat!("Sets `", $text, "`; without names there is no field.")]
            ///
            /// # Errors
            ///
            /// A name with a control character; nothing changes then.
            pub fn $set<N: Into<String>>(&mut self, names: impl IntoIterator<Item = N>) -> Result<(), HeaderError> {
                let set: HeaderSet = names.into_iter().collect();
                self.set_or_remove(names::$name, set.to_string())
            }
        )*}
    };
}

sets! {
    vary, set_vary: VARY, "Vary", "the request fields that the answer depends on",
        "RFC 9110 section 12.5.5](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.5";
    allow, set_allow: ALLOW, "Allow", "the methods that there are",
        "RFC 9110 section 10.2.1](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.1";
    content_language, set_content_language: CONTENT_LANGUAGE, "Content-Language", "the languages of those it is for",
        "RFC 9110 section 8.5](https://www.rfc-editor.org/rfc/rfc9110#section-8.5";
}

/// Names of CORS.
macro_rules! cors {
    ($($get:ident, $set:ident: $name:ident, $text:literal, $what:literal, $rule:literal;)*) => {
        /// Fields of CORS that are names, or the star.
        impl Response {$(
            #[doc = concat!("`", $text, "`: ", $what, "; `None` where there is no such field.")]
            #[doc = concat!("See [", $rule, ").")]
            #[must_use]
            pub fn $get(&self) -> Option<CorsNames<'_>> {
                Some(match self.combined(names::$name)? {
                    Cow::Borrowed(bytes) => CorsNames::parse_bytes(bytes),
                    Cow::Owned(bytes) => CorsNames::parse_bytes(&bytes).into_owned(),
                })
            }

            #[doc = concat!("Sets `", $text, "`; without names there is no field.")]
            ///
            /// # Errors
            ///
            /// A name with a control character; nothing changes then.
            pub fn $set<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) -> Result<(), HeaderError> {
                let list: FieldList<'_> = names.into_iter().collect();
                self.set_or_remove(names::$name, list.to_string())
            }
        )*}
    };
}

cors! {
    access_control_allow_headers, set_access_control_allow_headers: ACCESS_CONTROL_ALLOW_HEADERS,
        "Access-Control-Allow-Headers", "the fields that a page may send",
        "Fetch section 3.2.3](https://fetch.spec.whatwg.org/#http-access-control-allow-headers";
    access_control_allow_methods, set_access_control_allow_methods: ACCESS_CONTROL_ALLOW_METHODS,
        "Access-Control-Allow-Methods", "the methods that a page may use",
        "Fetch section 3.2.3](https://fetch.spec.whatwg.org/#http-access-control-allow-methods";
    access_control_expose_headers, set_access_control_expose_headers: ACCESS_CONTROL_EXPOSE_HEADERS,
        "Access-Control-Expose-Headers", "the fields of the answer that a page may read",
        "Fetch section 3.2.3](https://fetch.spec.whatwg.org/#http-access-control-expose-headers";
}

/// Directives and challenges.
impl Response {
    /// Adds a name to `Vary`, unless it is there in any case, or the star is.
    ///
    /// ```
    /// use zeug_messages::Response;
    ///
    /// let mut response = Response::text("");
    /// response.add_vary("Accept")?;
    /// response.add_vary("accept")?;
    /// response.add_vary("Cookie")?;
    /// assert_eq!(response.vary().to_string(), "Accept, Cookie");
    /// assert!(response.add_vary("a\nb").is_err());
    /// # Ok::<(), zeug_datastructures::HeaderError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A control character in the name; nothing changes then.
    pub fn add_vary(&mut self, name: &str) -> Result<(), HeaderError> {
        let text = self.combined(names::VARY).unwrap_or_default();
        let mut vary = Vary::parse_bytes(&text);
        if vary.contains(name) {
            return Ok(());
        }
        vary.insert(name);
        let text = vary.to_string();
        self.headers.try_insert(names::VARY, text)
    }

    /// `Cache-Control`: who may keep the answer, and for how long. Get, change and set again.
    /// See [RFC 9111 section 5.2.2](https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2).
    ///
    /// ```
    /// use zeug_messages::Response;
    ///
    /// let mut response = Response::text("");
    /// let mut cache = response.cache_control().into_owned();
    /// cache.set_public();
    /// cache.set_max_age(60);
    /// response.set_cache_control(&cache)?;
    /// assert_eq!(response.headers().get("cache-control").unwrap(), "public, max-age=60");
    ///
    /// cache.insert("x", Some("\r".into()));
    /// assert!(response.set_cache_control(&cache).is_err());
    /// # Ok::<(), zeug_datastructures::HeaderError>(())
    /// ```
    #[must_use]
    pub fn cache_control(&self) -> ResponseCacheControl<'_> {
        match self.combined(names::CACHE_CONTROL).unwrap_or_default() {
            Cow::Borrowed(bytes) => ResponseCacheControl::parse_bytes(bytes),
            Cow::Owned(bytes) => ResponseCacheControl::parse_bytes(&bytes).into_owned(),
        }
    }

    /// Sets `Cache-Control`; without directives there is no field.
    ///
    /// # Errors
    ///
    /// A control character in a directive; nothing changes then.
    pub fn set_cache_control(
        &mut self,
        value: &ResponseCacheControl<'_>,
    ) -> Result<(), HeaderError> {
        self.set_or_remove(names::CACHE_CONTROL, value.to_string())
    }

    /// `Content-Security-Policy`: where a page's parts may come from; the first policy, where there are several.
    /// See [CSP section 3.1](https://www.w3.org/TR/CSP3/#csp-header).
    #[must_use]
    pub fn content_security_policy(&self) -> ContentSecurityPolicy<'_> {
        self.policy(names::CONTENT_SECURITY_POLICY)
    }

    /// Sets `Content-Security-Policy`, in place of all; without directives there is no field.
    ///
    /// # Errors
    ///
    /// A control character in a directive; nothing changes then.
    pub fn set_content_security_policy(
        &mut self,
        value: &ContentSecurityPolicy<'_>,
    ) -> Result<(), HeaderError> {
        self.set_or_remove(names::CONTENT_SECURITY_POLICY, value.to_string())
    }

    /// `Content-Security-Policy-Report-Only`: a policy that is not enforced; the first, where there are several.
    /// See [CSP section 3.2](https://www.w3.org/TR/CSP3/#cspro-header).
    #[must_use]
    pub fn content_security_policy_report_only(&self) -> ContentSecurityPolicy<'_> {
        self.policy(names::CONTENT_SECURITY_POLICY_REPORT_ONLY)
    }

    /// Sets `Content-Security-Policy-Report-Only`, in place of all; without directives there is no field.
    ///
    /// # Errors
    ///
    /// A control character in a directive; nothing changes then.
    pub fn set_content_security_policy_report_only(
        &mut self,
        value: &ContentSecurityPolicy<'_>,
    ) -> Result<(), HeaderError> {
        self.set_or_remove(
            names::CONTENT_SECURITY_POLICY_REPORT_ONLY,
            value.to_string(),
        )
    }

    /// `WWW-Authenticate`: how a client may say who it is; one challenge a field, in order.
    /// See [RFC 9110 section 11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1).
    pub fn www_authenticate(&self) -> impl Iterator<Item = WwwAuthenticate<'_>> {
        self.headers
            .get_all(names::WWW_AUTHENTICATE)
            .filter_map(|value| WwwAuthenticate::parse_bytes(value.as_bytes()).ok())
    }

    /// Sets `WWW-Authenticate`, a field for each challenge, in place of all.
    ///
    /// ```
    /// use zeug_http::WwwAuthenticate;
    /// use zeug_messages::Response;
    ///
    /// let mut response = Response::text("").with_status(401);
    /// response.set_www_authenticate(&[WwwAuthenticate::bearer(), WwwAuthenticate::basic("home")])?;
    /// assert_eq!(response.www_authenticate().count(), 2);
    /// assert!(response.set_www_authenticate(&[WwwAuthenticate::basic("a\nb")]).is_err());
    /// # Ok::<(), zeug_datastructures::HeaderError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A control character in a challenge; nothing changes then.
    pub fn set_www_authenticate(
        &mut self,
        challenges: &[WwwAuthenticate<'_>],
    ) -> Result<(), HeaderError> {
        let texts: Vec<_> = challenges.iter().map(ToString::to_string).collect();
        self.headers.try_set_all(names::WWW_AUTHENTICATE, &texts)
    }

    fn policy(&self, name: FieldName<'static>) -> ContentSecurityPolicy<'_> {
        match self.headers.get(name) {
            Some(value) => ContentSecurityPolicy::parse_bytes(value.as_bytes()),
            None => ContentSecurityPolicy::default(),
        }
    }

    fn set_of(&self, name: FieldName<'static>) -> HeaderSet {
        let text = self.combined(name).unwrap_or_default();
        let list = FieldList::parse_bytes(&text);
        list.iter().collect()
    }

    /// The values of all fields of that name as one list.
    fn combined(&self, name: FieldName<'static>) -> Option<Cow<'_, [u8]>> {
        let mut values = self.headers.get_all(name).map(|value| value.as_bytes());
        let mut all = Cow::Borrowed(values.next()?);
        for value in values {
            let all = all.to_mut();
            all.extend_from_slice(b", ");
            all.extend_from_slice(value);
        }
        Some(all)
    }

    fn set_or_remove(
        &mut self,
        name: FieldName<'static>,
        value: String,
    ) -> Result<(), HeaderError> {
        if value.is_empty() {
            self.headers.remove(name);
            return Ok(());
        }
        self.headers.try_insert(name, value)
    }
}
