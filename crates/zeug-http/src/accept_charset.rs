//! `Accept-Charset` (RFC 9110 section 12.5.2): charset names, with the spellings of the three that matter.

use crate::accept_language::PlainRule;
use crate::accept_macro::accept_field;
use crate::text::same;
use crate::weighted::{Item, Parameters, Rule, best};

accept_field! {
    /// The charsets a client can take: `utf-8, iso-8859-1;q=0.5`.
    ///
    /// The spellings of UTF-8, ISO-8859-1 and ASCII are one each (`utf8`, `latin1`, `us-ascii`); other names compare without
    /// regard to case. No browser sends the field, and servers may ignore it
    /// ([RFC 9110 section 12.5.2](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.2)).
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_http::AcceptCharset;
    ///
    /// let accept = AcceptCharset::parse("latin1, utf-8;q=0.7");
    /// assert_eq!(accept.best_match(["UTF8", "ISO-8859-1"]), Some("ISO-8859-1"));
    /// assert!(!accept.contains("utf-7"));
    /// ```
    #[doc(alias = "CharsetAccept")]
    AcceptCharset, CharsetRule, "charset names"
}

impl AcceptCharset<'_> {
    /// Returns the charset that the client likes best, in your spelling: by quality, then named before starred, then by your order.
    #[must_use]
    pub fn best_match<'o>(&self, offers: impl IntoIterator<Item = &'o str>) -> Option<&'o str> {
        best::<CharsetRule>(&self.text, offers)
    }
}

/// The charsets that have many names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Utf8,
    Latin1,
    Ascii,
}

/// The charset of that name, if it is one of the three.
fn known(name: &str) -> Option<Known> {
    const UTF8: [&str; 7] = [
        "utf_8",
        "utf8",
        "u8",
        "utf",
        "utf8_ucs2",
        "utf8_ucs4",
        "cp65001",
    ];
    const LATIN1: [&str; 13] = [
        "iso_8859_1",
        "latin1",
        "latin_1",
        "latin",
        "l1",
        "iso8859_1",
        "iso8859",
        "8859",
        "cp819",
        "ibm819",
        "iso_ir_100",
        "csisolatin1",
        "iso_8859_1_1987",
    ];
    const ASCII: [&str; 12] = [
        "us_ascii",
        "ascii",
        "us",
        "646",
        "ansi_x3_4_1968",
        "ansi_x3_4_1986",
        "cp367",
        "ibm367",
        "csascii",
        "iso646_us",
        "iso_646_irv_1991",
        "iso_ir_6",
    ];
    // The longest name above has 16 characters. Whatever is no letter or digit is one underscore.
    let mut folded = [0u8; 20];
    let mut len = 0;
    let mut gap = false;
    for byte in name.bytes() {
        if !byte.is_ascii_alphanumeric() {
            gap = len > 0;
            continue;
        }
        if std::mem::take(&mut gap) {
            *folded.get_mut(len)? = b'_';
            len += 1;
        }
        *folded.get_mut(len)? = byte.to_ascii_lowercase();
        len += 1;
    }
    let folded = folded.get(..len)?;
    let is = |names: &[&str]| names.iter().any(|name| name.as_bytes() == folded);
    if is(&UTF8) {
        Some(Known::Utf8)
    } else if is(&LATIN1) {
        Some(Known::Latin1)
    } else if is(&ASCII) {
        Some(Known::Ascii)
    } else {
        None
    }
}

/// The rule of charset names.
#[derive(Debug)]
pub(crate) struct CharsetRule;

impl Rule for CharsetRule {
    type Offer = Option<Known>;

    fn offer(offer: &str) -> Option<Known> {
        known(offer)
    }

    fn covers(item: &Item<'_>, offer: &str, charset: Option<Known>) -> bool {
        match &item.parameters {
            Parameters::None => {
                item.essence == "*"
                    || same(&item.essence, offer)
                    || (charset.is_some() && known(&item.essence) == charset)
            }
            _ => same(&item.value(), offer),
        }
    }

    fn specificity(item: &Item<'_>) -> u64 {
        PlainRule::specificity(item)
    }
}
