//! `Accept-Encoding` (RFC 9110 section 12.5.3): content codings, and that `identity` is acceptable unless refused.

use crate::accept_language::PlainRule;
use crate::accept_macro::accept_field;
use crate::weighted::{best, quality_of};

accept_field! {
    /// The content codings a client can take: `gzip, br;q=0.9, *;q=0`.
    ///
    /// Words compare without regard to case; a star fits any that is not named
    /// ([RFC 9110 section 12.5.3](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3)). The same grammar serves `TE` and any
    /// other field of words with qualities.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_http::AcceptEncoding;
    ///
    /// let accept = AcceptEncoding::parse("gzip;q=0.5, br");
    /// assert_eq!(accept.best_match(["gzip", "br"]), Some("br"));
    /// // A coding that is not named is refused, but the identity is not.
    /// assert_eq!(accept.best_match(["zstd"]), None);
    /// assert!(accept.accepts_identity());
    /// assert!(!AcceptEncoding::parse("identity;q=0").accepts_identity());
    /// ```
    #[doc(alias = "Accept")]
    AcceptEncoding, PlainRule, "content codings"
}

impl AcceptEncoding<'_> {
    /// Returns the coding that the client likes best: by quality, then named before starred, then by your order.
    ///
    /// `None` where no offer is acceptable: send the body as it is, if [`accepts_identity`](Self::accepts_identity).
    #[must_use]
    pub fn best_match<'o>(&self, offers: impl IntoIterator<Item = &'o str>) -> Option<&'o str> {
        best::<PlainRule>(&self.text, offers)
    }

    /// Returns whether a body without any coding is acceptable: always, but for `identity;q=0` or a lone `*;q=0`.
    #[must_use]
    pub fn accepts_identity(&self) -> bool {
        quality_of::<PlainRule>(&self.text, "identity").is_none_or(|quality| quality > 0.0)
    }
}
