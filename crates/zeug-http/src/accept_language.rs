//! `Accept-Language` (RFC 9110 section 12.5.4, RFC 4647): language tags, with the fall back on the primary subtag.

use std::borrow::Cow;

use crate::accept_macro::accept_field;
use crate::text::same;
use crate::weighted::{Item, Parameters, Rule, best, best_among, items};

accept_field! {
    /// The languages a client can take: `de-AT, de;q=0.9, en;q=0.5`.
    ///
    /// Tags compare without regard to case, and `_` counts as `-`
    /// ([RFC 9110 section 12.5.4](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4)).
    ///
    /// # Limits
    ///
    /// Asking for the best match takes at most three passes over the field for each eight offers. The field's size is the
    /// caller's limit.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_http::AcceptLanguage;
    ///
    /// let accept = AcceptLanguage::parse("de-AT, en;q=0.5");
    /// assert_eq!(accept.best_match(["en", "de_AT"]), Some("de_AT"));
    /// assert_eq!(AcceptLanguage::parse("en").best_match(["en-US"]), Some("en-US"));
    /// // Two regions of one language do not fit each other.
    /// assert_eq!(AcceptLanguage::parse("en-GB").best_match(["en-US"]), None);
    /// ```
    #[doc(alias = "LanguageAccept")]
    AcceptLanguage, LanguageRule, "language tags"
}

impl AcceptLanguage<'_> {
    /// Returns the offer that the client likes best, in your spelling: by quality, then by your order.
    ///
    /// Exact tags are tried first, then the client's primary subtags (`en-US` takes `en`), then the offers' (`en` takes
    /// `en-US`), which is the look-up of [RFC 4647 section 3.4](https://www.rfc-editor.org/rfc/rfc4647#section-3.4) cut to two
    /// steps. So an exact tag of low quality wins over a fall back of high quality. `None` where nothing fits.
    #[must_use]
    pub fn best_match<'o, I>(&self, offers: I) -> Option<&'o str>
    where
        I: IntoIterator<Item = &'o str>,
        I::IntoIter: Clone,
    {
        let offers = offers.into_iter();
        best::<LanguageRule>(&self.text, offers.clone())
            .or_else(|| {
                best_among::<PlainRule, _>(|| items(&self.text).map(primary_item), offers.clone())
            })
            .or_else(|| {
                let found = best::<LanguageRule>(&self.text, offers.clone().map(primary))?;
                offers.clone().find(|offer| primary(offer) == found)
            })
    }
}

/// The first subtag.
fn primary(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or(tag)
}

/// The item cut to its first subtag.
fn primary_item(item: Item<'_>) -> Item<'_> {
    let essence: Cow<'_, str> = match item.essence {
        Cow::Borrowed(text) if matches!(item.parameters, Parameters::None) => {
            Cow::Borrowed(primary(text))
        }
        _ => Cow::Owned(primary(&item.value()).to_owned()),
    };
    Item {
        star: essence == "*",
        essence,
        parameters: Parameters::None,
        quality: item.quality,
    }
}

/// The rule of language tags.
#[derive(Debug)]
pub(crate) struct LanguageRule;

impl Rule for LanguageRule {
    type Offer = ();

    #[inline]
    fn offer(_: &str) {}

    #[inline]
    fn covers(item: &Item<'_>, offer: &str, (): ()) -> bool {
        match &item.parameters {
            Parameters::None => item.essence == "*" || same_tag(&item.essence, offer),
            _ => same_tag(&item.value(), offer),
        }
    }

    #[inline]
    fn specificity(item: &Item<'_>) -> u64 {
        PlainRule::specificity(item)
    }
}

/// Equality of tags: `_` is `-`, and case does not matter.
#[inline]
fn same_tag(left: &str, right: &str) -> bool {
    let fold = |byte: u8| {
        if byte == b'_' {
            b'-'
        } else {
            byte.to_ascii_lowercase()
        }
    };
    left.len() == right.len() && left.bytes().map(fold).eq(right.bytes().map(fold))
}

/// The rule of plain words: a star covers everything, else words are equal without regard to case.
#[derive(Debug)]
pub(crate) struct PlainRule;

impl Rule for PlainRule {
    type Offer = ();

    #[inline]
    fn offer(_: &str) {}

    #[inline]
    fn covers(item: &Item<'_>, offer: &str, (): ()) -> bool {
        match &item.parameters {
            Parameters::None => item.essence == "*" || same(&item.essence, offer),
            _ => same(&item.value(), offer),
        }
    }

    #[inline]
    fn specificity(item: &Item<'_>) -> u64 {
        1 + u64::from(!matches!(item.parameters, Parameters::None) || item.essence != "*")
    }
}
