//! The cross-origin policies of a response: opener, embedder and resource. One word each; reporting endpoints are not read.

use crate::word::word_field;

word_field! {
    /// `Cross-Origin-Opener-Policy`: whether a page shares its browsing context group with those it opens
    /// ([HTML section 7.1.3](https://html.spec.whatwg.org/multipage/browsers.html#cross-origin-opener-policies)).
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_http::CrossOriginOpenerPolicy;
    ///
    /// let policy = CrossOriginOpenerPolicy::parse("same-origin")?;
    /// assert_eq!(policy.to_string(), "same-origin");
    /// assert!(CrossOriginOpenerPolicy::parse("same-site").is_err());
    /// # Ok::<(), zeug_http::FieldError>(())
    /// ```
    #[doc(alias = "COOP")]
    CrossOriginOpenerPolicy {
        /// It does.
        UnsafeNone = "unsafe-none",
        /// It does with pop-ups that have no policy.
        SameOriginAllowPopups = "same-origin-allow-popups",
        /// It does with pages of the same origin and policy.
        SameOrigin = "same-origin",
        /// It does not with its opener, and does with its pop-ups.
        NoopenerAllowPopups = "noopener-allow-popups",
    }
}

word_field! {
    /// `Cross-Origin-Embedder-Policy`: what a page may embed of other origins
    /// ([HTML section 7.1.4](https://html.spec.whatwg.org/multipage/browsers.html#coep)).
    #[doc(alias = "COEP")]
    CrossOriginEmbedderPolicy {
        /// Anything.
        UnsafeNone = "unsafe-none",
        /// What allows it by CORS or by its resource policy.
        RequireCorp = "require-corp",
        /// Anything, requested without credentials.
        Credentialless = "credentialless",
    }
}

word_field! {
    /// `Cross-Origin-Resource-Policy`: who may embed a resource
    /// ([Fetch section 3.7](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header)).
    #[doc(alias = "CORP")]
    CrossOriginResourcePolicy {
        /// Pages of the same site.
        SameSite = "same-site",
        /// Pages of the same origin.
        SameOrigin = "same-origin",
        /// Any page.
        CrossOrigin = "cross-origin",
    }
}
