//! `Accept` (RFC 9110 section 12.5.1): media ranges and the best of the media types on offer.

use crate::accept_macro::accept_field;
use crate::error::{FieldError, FieldErrorKind};
use crate::text::{from, same, split_once, to, trim_end, trim_start};
use crate::weighted::{Item, Parameters, Rule, best, items};

accept_field! {
    /// The media types a client can take: `text/html, application/json;q=0.9, */*;q=0.1`.
    ///
    /// Ranges compare by specificity from the left: `*/*` before `text/*` before `text/html` before `text/html;level=1`, and of
    /// those that fit an offer the most specific one gives its quality
    /// ([RFC 9110 section 12.5.1](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1)). Parameters other than `q` belong to
    /// the type and must all be equal, in any order; case never matters. `*/plain` fits nothing.
    ///
    /// # Limits
    ///
    /// Asking for the best match allocates nothing for the fields that browsers send, and takes one pass over the field for each
    /// eight offers. The field's size is the caller's limit.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_http::Accept;
    ///
    /// let accept = Accept::parse("text/html, application/json;q=0.9, */*;q=0.1");
    /// assert_eq!(accept.best_match(["application/json", "text/html"]), Some("text/html"));
    /// assert_eq!(accept.quality("image/png"), 0.1);
    /// // Quality 0 refuses; a quality above 1 makes the item void.
    /// assert_eq!(Accept::parse("text/html;q=0, a/b;q=7").best_match(["text/html", "a/b"]), None);
    /// ```
    #[doc(alias = "MIMEAccept")]
    #[doc(alias = "parse_accept_header")]
    Accept, MediaRule, "media ranges"
}

impl Accept<'_> {
    /// Returns the offer that the client likes best: by quality, then by how specifically it was named, then by your order.
    ///
    /// `None` where no offer is acceptable, and also where the field was absent: then the choice is yours.
    /// An offer without a slash is never acceptable; [`try_best_match`](Self::try_best_match) reports it.
    #[must_use]
    pub fn best_match<'o>(&self, offers: impl IntoIterator<Item = &'o str>) -> Option<&'o str> {
        best::<MediaRule>(&self.text, offers)
    }

    /// Returns what [`best_match`](Self::best_match) returns, and refuses offers that are no media types.
    ///
    /// # Errors
    ///
    /// `InvalidMediaType`, its offset counting offers, where the field holds a media range and an offer lacks a slash or stars its
    /// type but not its subtype.
    ///
    /// # Example
    ///
    /// ```
    /// let accept = zeug_http::Accept::parse("text/html");
    /// assert_eq!(accept.try_best_match(["text/html"])?, Some("text/html"));
    /// assert!(accept.try_best_match(["html"]).is_err());
    /// # Ok::<(), zeug_http::FieldError>(())
    /// ```
    pub fn try_best_match<'o, I>(&self, offers: I) -> Result<Option<&'o str>, FieldError>
    where
        I: IntoIterator<Item = &'o str>,
        I::IntoIter: Clone,
    {
        let offers = offers.into_iter();
        if items(&self.text).any(|item| is_range(&item)) {
            for (at, offer) in offers.clone().enumerate() {
                check(offer).map_err(|error| FieldError::new(error.kind(), at))?;
            }
        }
        Ok(self.best_match(offers))
    }

    /// Returns what [`quality`](Self::quality) returns, and refuses an offer that is no media type.
    ///
    /// # Errors
    ///
    /// `InvalidMediaType` as in [`try_best_match`](Self::try_best_match).
    pub fn try_quality(&self, offer: &str) -> Result<f64, FieldError> {
        if items(&self.text).any(|item| is_range(&item)) {
            check(offer)?;
        }
        Ok(self.quality(offer))
    }

    /// Returns whether HTML is acceptable, as HTML or as XHTML.
    #[must_use]
    pub fn accepts_html(&self) -> bool {
        self.contains("text/html") || self.accepts_xhtml()
    }

    /// Returns whether XHTML is acceptable, as such or as XML.
    #[must_use]
    pub fn accepts_xhtml(&self) -> bool {
        self.contains("application/xhtml+xml") || self.contains("application/xml")
    }

    /// Returns whether JSON is acceptable.
    #[must_use]
    pub fn accepts_json(&self) -> bool {
        self.contains("application/json")
    }
}

/// Whether the item is a media range at all.
fn is_range(item: &Item<'_>) -> bool {
    item.essence.contains('/')
        || matches!(&item.parameters, Parameters::Whole(text) if text.contains('/'))
}

/// Refuses an offer that is no media range.
fn check(offer: &str) -> Result<(), FieldError> {
    let mut pieces = pieces(offer);
    let kind = pieces.next().unwrap_or("");
    let subtype = pieces.next().unwrap_or("");
    if !offer.contains('/') || (kind == "*" && subtype != "*") {
        return Err(FieldError::new(FieldErrorKind::InvalidMediaType, 0));
    }
    Ok(())
}

/// The text cut at each slash and semicolon: type, subtype, parameters.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    // Blanks go with the semicolon beside them.
    let last = text.split(';').count() - 1;
    text.split(';').enumerate().flat_map(move |(at, part)| {
        let part = if at > 0 { trim_start(part) } else { part };
        let part = if at < last { trim_end(part) } else { part };
        part.split('/')
    })
}

/// The rule of media ranges.
#[derive(Debug)]
pub(crate) struct MediaRule;

/// What is known of a media type on offer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Offer {
    /// `type/subtype` without stars and parameters, as almost all are: compared as it stands.
    Plain,
    /// Any other, taken apart to be compared.
    Parts,
    /// No media type: nothing covers it.
    Void,
}

/// A media type or range, taken apart.
#[derive(Debug)]
pub(crate) struct Media<'o> {
    kind: &'o str,
    subtype: &'o str,
    /// Everything behind the subtype, as it stands.
    parameters: &'o str,
}

/// Type, subtype, and what stands behind them; `None` without a slash.
#[inline]
fn media(text: &str) -> Option<Media<'_>> {
    let (kind, rest) = split_once(text, b'/')?;
    let (subtype, parameters) = match rest.bytes().position(|byte| byte == b';' || byte == b'/') {
        Some(at) => {
            let (subtype, parameters) = (to(rest, at), from(rest, at + 1));
            if rest.as_bytes().get(at) == Some(&b';') {
                (trim_end(subtype), trim_start(parameters))
            } else {
                (subtype, parameters)
            }
        }
        None => (rest, ""),
    };
    Some(Media {
        kind,
        subtype,
        parameters,
    })
}

/// Whether both hold the same parameters in any order.
fn same_parameters(left: &str, right: &str) -> bool {
    if left.is_empty() || right.is_empty() {
        return left.is_empty() && right.is_empty();
    }
    if !left.contains(['/', ';']) && !right.contains(['/', ';']) {
        return same(left, right);
    }
    let sorted = |text: &str| {
        let mut all: Vec<String> = pieces(text).map(str::to_lowercase).collect();
        all.sort_unstable();
        all
    };
    sorted(left) == sorted(right)
}

impl Rule for MediaRule {
    type Offer = Offer;

    #[inline]
    fn offer(text: &str) -> Offer {
        let mut slashes = 0;
        let mut odd = false;
        for byte in text.bytes() {
            slashes += u32::from(byte == b'/');
            odd |= byte == b'*' || byte == b';';
        }
        if slashes == 1 && !odd {
            return Offer::Plain;
        }
        match media(text) {
            Some(media) if media.kind != "*" || media.subtype == "*" => Offer::Parts,
            _ => Offer::Void,
        }
    }

    #[inline]
    fn covers(item: &Item<'_>, text: &str, offer: Offer) -> bool {
        match (offer, &item.parameters) {
            (Offer::Void, _) => false,
            // A plain offer holds one slash and no star, so what equals it is a media type.
            (Offer::Plain, Parameters::None) if !item.star => same(&item.essence, text),
            // Of what has parameters only a star covers what has none.
            (Offer::Plain, Parameters::One(..)) if !item.star => false,
            (Offer::Plain, Parameters::None) if item.essence == "*/*" => true,
            _ => covers_parts(item, text),
        }
    }

    #[inline]
    fn specificity(item: &Item<'_>) -> u64 {
        match &item.parameters {
            Parameters::None if !item.star => {
                let slashes = item.essence.bytes().filter(|&byte| byte == b'/').count();
                WORDS.get(slashes).copied().unwrap_or(u64::MAX)
            }
            _ => pieces(&item.value())
                .zip(POWERS)
                .map(|(piece, power)| rank(piece) * power)
                .sum(),
        }
    }
}

/// What a piece adds: nothing is less than a star is less than a word.
#[inline]
fn rank(piece: &str) -> u64 {
    if piece == "*" { 1 } else { 2 }
}

/// What that many slashes between words without stars make.
const WORDS: [u64; 40] = {
    let mut sums = [2 * POWERS[0]; 40];
    let mut at = 1;
    while at < 40 {
        sums[at] = sums[at - 1] + 2 * POWERS[at];
        at += 1;
    }
    sums
};

/// The places of a number in base three, highest first: pieces compare from the left.
const POWERS: [u64; 40] = {
    let mut powers = [1; 40];
    let mut at = 39;
    while at > 0 {
        powers[at - 1] = powers[at] * 3;
        at -= 1;
    }
    powers
};

/// Whether the item covers the offer, both taken apart.
#[cold]
fn covers_parts(item: &Item<'_>, offer: &str) -> bool {
    let text = item.value();
    match (media(&text), media(offer)) {
        (Some(range), Some(offer)) => range_covers(&range, &offer),
        _ => false,
    }
}

/// Whether the range covers the offer.
fn range_covers(range: &Media<'_>, offer: &Media<'_>) -> bool {
    if range.kind == "*" {
        return range.subtype == "*";
    }
    if offer.kind == "*" && offer.subtype == "*" {
        return true;
    }
    same(range.kind, offer.kind)
        && (range.subtype == "*"
            || offer.subtype == "*"
            || (same(range.subtype, offer.subtype)
                && same_parameters(range.parameters, offer.parameters)))
}
