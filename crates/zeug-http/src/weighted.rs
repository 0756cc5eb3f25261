//! Items with a quality value (RFC 9110 section 12.4.2) and the search for the best offer among them. Which item covers which offer, a [`Rule`] says.

use std::borrow::Cow;

use crate::list::RawItems;
use crate::options::OptionsField;
use crate::parts::split;
use crate::quote::{quoted, unquote};
use crate::text::{find, from, split_once, to, trim};

/// One item of an Accept field as it was read, its text put together only when asked for.
#[derive(Clone, Debug)]
pub(crate) struct Item<'a> {
    /// The text before the first semicolon.
    pub(crate) essence: Cow<'a, str>,
    pub(crate) parameters: Parameters<'a>,
    pub(crate) quality: f64,
    /// Whether the essence holds a star anywhere.
    pub(crate) star: bool,
}

/// The parameters of an item other than its quality.
#[derive(Clone, Debug)]
pub(crate) enum Parameters<'a> {
    None,
    /// One plain `key=token`.
    One(&'a str, &'a str),
    /// The whole item, parameters included, as it is written.
    Whole(String),
}

impl<'a> Item<'a> {
    /// The item's text with its parameters and without its quality.
    pub(crate) fn value(&self) -> Cow<'_, str> {
        match &self.parameters {
            Parameters::None => Cow::Borrowed(&self.essence),
            Parameters::One(key, value) => Cow::Owned(format!(
                "{}; {}={value}",
                self.essence,
                key.to_ascii_lowercase()
            )),
            Parameters::Whole(text) => Cow::Borrowed(text),
        }
    }

    /// The same text, borrowed from the field where it can be.
    fn into_value(self) -> Cow<'a, str> {
        match self.parameters {
            Parameters::None => self.essence,
            Parameters::One(..) => Cow::Owned(self.value().into_owned()),
            Parameters::Whole(text) => Cow::Owned(text),
        }
    }

    /// Reads one item of the list; `None` where its quality is no number from 0 to 1.
    #[inline]
    fn read(raw: &'a str) -> Option<Self> {
        if quoted(raw).is_some() {
            return Self::read_whole(&unquote(raw)).map(Item::into_owned);
        }
        let (essence, mut parts) = split(raw);
        let mut item = Item {
            essence: Cow::Borrowed(essence),
            parameters: Parameters::None,
            quality: 1.0,
            star: essence.as_bytes().contains(&b'*'),
        };
        let mut weight = None;
        for (key, value) in &mut parts {
            if key.as_bytes().contains(&b'*') || value.starts_with('"') || value.contains('%') {
                return Self::read_whole(raw);
            }
            if key.eq_ignore_ascii_case("q") {
                // Of several the last counts.
                weight = Some(value);
            } else if matches!(item.parameters, Parameters::None) {
                item.parameters = Parameters::One(key, value);
            } else {
                return Self::read_whole(raw);
            }
        }
        if let Some(weight) = weight {
            item.quality = quality(weight)?;
        }
        Some(item)
    }

    /// As [`read`](Self::read), by way of all the parameters.
    #[cold]
    fn read_whole(raw: &str) -> Option<Item<'a>> {
        let mut field = OptionsField::parse(raw);
        let quality = match field.remove("q") {
            Some(text) => quality(crate::text::trim(&text))?,
            None => 1.0,
        };
        let essence: Cow<'_, str> = Cow::Owned(field.value().to_owned());
        let parameters = if field.iter().next().is_none() {
            Parameters::None
        } else {
            Parameters::Whole(field.to_string())
        };
        Some(Item {
            star: essence.contains('*'),
            essence,
            parameters,
            quality,
        })
    }

    fn into_owned(self) -> Item<'static> {
        Item {
            parameters: match &self.parameters {
                Parameters::None => Parameters::None,
                _ => Parameters::Whole(self.value().into_owned()),
            },
            essence: Cow::Owned(self.essence.into_owned()),
            quality: self.quality,
            star: self.star,
        }
    }
}

/// A quality as the field writes it: digits, and perhaps a point and more digits, from 0 to 1.
#[inline]
fn quality(text: &str) -> Option<f64> {
    let (text, most) = match text.as_bytes() {
        [b'0'] => return Some(0.0),
        [b'1'] => return Some(1.0),
        [b'0', b'.', digit @ b'0'..=b'9'] => return Some(f64::from(digit - b'0') / 10.0),
        // A negative zero is zero.
        [b'-', ..] => (text.get(1..)?, 0.0),
        _ => (text, 1.0),
    };
    let (whole, fraction) = match split_once(text, b'.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let all_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || fraction.is_some_and(|fraction| !all_digits(fraction)) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    (value <= most).then_some(value)
}

/// The items of an Accept field in the order in which they stand; none where a quote is never closed.
#[inline]
pub(crate) fn items(text: &str) -> Items<'_> {
    if text.as_bytes().contains(&b'"') {
        Items {
            rest: "",
            raw: RawItems::new(text),
        }
    } else {
        Items {
            rest: text,
            raw: RawItems::new(""),
        }
    }
}

/// The items, read one by one: `rest` without any quote, or `raw` with some.
#[derive(Clone, Debug)]
pub(crate) struct Items<'a> {
    rest: &'a str,
    raw: RawItems<'a>,
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        while !self.rest.is_empty() {
            let text = self.rest;
            let mut star = false;
            let end = text
                .bytes()
                .position(|byte| {
                    star |= byte == b'*';
                    byte == b',' || byte == b';'
                })
                .unwrap_or(text.len());
            let essence = trim(to(text, end));
            let behind = from(text, end);
            let Some(parameters) = behind.strip_prefix(';') else {
                self.rest = from(behind, 1);
                if essence.is_empty() {
                    continue;
                }
                return Some(Item {
                    essence: Cow::Borrowed(essence),
                    parameters: Parameters::None,
                    quality: 1.0,
                    star,
                });
            };
            // Nearly all items have no parameter but their quality.
            if let Some((quality, rest)) = lone_quality(parameters)
                && !essence.is_empty()
            {
                self.rest = rest;
                return Some(Item {
                    essence: Cow::Borrowed(essence),
                    parameters: Parameters::None,
                    quality,
                    star,
                });
            }
            let len = find(behind, b',').unwrap_or(behind.len());
            let raw = trim(to(text, end + len));
            self.rest = from(behind, len + 1);
            if let Some(item) = Item::read(raw) {
                return Some(item);
            }
        }
        self.raw.by_ref().find_map(Item::read)
    }
}

/// The quality that stands alone up to the next comma, in its usual spellings, and what stands behind that comma.
#[inline]
fn lone_quality(parameters: &str) -> Option<(f64, &str)> {
    let text = parameters.strip_prefix(' ').unwrap_or(parameters);
    let (quality, len) = match text.as_bytes() {
        [b'q', b'=', b'0', b'.', digit @ b'0'..=b'9', ..] => (f64::from(digit - b'0') / 10.0, 5),
        [b'q', b'=', b'0', ..] => (0.0, 3),
        [b'q', b'=', b'1', ..] => (1.0, 3),
        _ => return None,
    };
    match text.as_bytes().get(len) {
        None => Some((quality, "")),
        Some(b',') => Some((quality, from(text, len + 1))),
        Some(_) => None,
    }
}

/// Which item covers which offer, and how specific an item is.
pub(crate) trait Rule {
    /// What is known of an offer before it is compared.
    type Offer: Copy;

    /// Looks at an offer.
    fn offer(text: &str) -> Self::Offer;

    /// Whether the item covers the offer.
    fn covers(item: &Item<'_>, text: &str, offer: Self::Offer) -> bool;

    /// How specific the item is: at least 1, and more is more specific.
    fn specificity(item: &Item<'_>) -> u64;
}

/// An offer and the best item that covers it so far.
#[derive(Clone, Copy)]
struct Slot<'o, O> {
    text: &'o str,
    offer: O,
    quality: f64,
    /// 0 until an item covers the offer.
    specificity: u64,
}

/// How many offers are compared in one pass over the field.
const AT_ONCE: usize = 8;

/// The offer that the peer likes best: by quality, then by the specificity of the item, then by the order of the offers.
#[inline]
pub(crate) fn best<'o, R: Rule>(
    text: &str,
    offers: impl IntoIterator<Item = &'o str>,
) -> Option<&'o str> {
    best_among::<R, _>(|| items(text), offers)
}

/// As [`best`], for items from anywhere.
pub(crate) fn best_among<'a, 'o, R: Rule, I: Iterator<Item = Item<'a>>>(
    items: impl Fn() -> I,
    offers: impl IntoIterator<Item = &'o str>,
) -> Option<&'o str> {
    let mut offers = offers.into_iter();
    let mut best = None;
    let (mut best_quality, mut best_specificity) = (0.0, 0);
    let mut slots: [Option<Slot<'o, R::Offer>>; AT_ONCE] = [None; AT_ONCE];
    loop {
        let mut filled = 0;
        for slot in &mut slots {
            let Some(text) = offers.next() else { break };
            *slot = Some(Slot {
                text,
                offer: R::offer(text),
                quality: 0.0,
                specificity: 0,
            });
            filled += 1;
        }
        for item in items() {
            let mut specificity = 0;
            for slot in slots.iter_mut().take(filled).flatten() {
                if !R::covers(&item, slot.text, slot.offer) {
                    continue;
                }
                if specificity == 0 {
                    specificity = R::specificity(&item);
                }
                if specificity > slot.specificity
                    || (specificity == slot.specificity && item.quality > slot.quality)
                {
                    slot.quality = item.quality;
                    slot.specificity = specificity;
                }
            }
        }
        for slot in slots.iter().take(filled).flatten() {
            // Nothing is worth less than the quality 0 that the search begins with.
            if slot.quality > best_quality
                || (slot.quality == best_quality
                    && slot.quality > 0.0
                    && slot.specificity > best_specificity)
            {
                best = Some(slot.text);
                best_quality = slot.quality;
                best_specificity = slot.specificity;
            }
        }
        if filled < AT_ONCE {
            return best;
        }
    }
}

/// The most specific item, of the highest quality among those, that covers the offer: its quality.
pub(crate) fn quality_of<R: Rule>(text: &str, offer: &str) -> Option<f64> {
    let known = R::offer(offer);
    let mut found: Option<(u64, f64)> = None;
    for item in items(text) {
        if R::covers(&item, offer, known) {
            let worth = (R::specificity(&item), item.quality);
            if found.is_none_or(|found| worth > found) {
                found = Some(worth);
            }
        }
    }
    found.map(|(_, quality)| quality)
}

/// The items by falling specificity, then falling quality, then their order in the field.
pub(crate) fn sorted<R: Rule>(text: &str) -> Vec<(Item<'_>, u64)> {
    let mut all: Vec<_> = items(text)
        .map(|item| {
            let specificity = R::specificity(&item);
            (item, specificity)
        })
        .collect();
    all.sort_by(|(left, left_specificity), (right, right_specificity)| {
        right_specificity
            .cmp(left_specificity)
            .then(right.quality.total_cmp(&left.quality))
    });
    all
}

/// The sorted items as text and quality.
pub(crate) fn sorted_values<R: Rule>(text: &str) -> Vec<(Cow<'_, str>, f64)> {
    sorted::<R>(text)
        .into_iter()
        .map(|(item, _)| {
            let quality = item.quality;
            (item.into_value(), quality)
        })
        .collect()
}

/// Appends an item and its quality as they are written; a quality of 1 is left out.
pub(crate) fn push_item(out: &mut String, value: &str, quality: f64) {
    use std::fmt::Write;
    out.push_str(value);
    if quality != 1.0 {
        // Writing into a string cannot fail.
        let _ = if quality.fract() == 0.0 {
            write!(out, ";q={quality:.1}")
        } else {
            write!(out, ";q={quality}")
        };
    }
}
