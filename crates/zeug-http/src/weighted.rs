//! Items with a quality value (RFC 9110 section 12.4.2) and the search for the best offer among them. Which item covers which offer, a [`Rule`] says.

use std::borrow::Cow;

use crate::list::RawItems;
use crate::options::OptionsField;
use crate::parts::split;
use crate::quote::{quoted, unquote};
use crate::text::split_once;

/// One item of an Accept field as it was read, its text put together only when asked for.
#[derive(Clone, Debug)]
pub(crate) struct Item<'a> {
    /// The text before the first semicolon.
    pub(crate) essence: Cow<'a, str>,
    pub(crate) parameters: Parameters<'a>,
    pub(crate) quality: f64,
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
        };
        let mut weight = None;
        for (key, value) in &mut parts {
            if key.contains('*') || value.starts_with('"') || value.contains("%22") {
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
        let essence = Cow::Owned(field.value().to_owned());
        let parameters = if field.iter().next().is_none() {
            Parameters::None
        } else {
            Parameters::Whole(field.to_string())
        };
        Some(Item {
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

/// The items of an Accept field in the order in which they stand.
#[inline]
pub(crate) fn items(text: &str) -> impl Iterator<Item = Item<'_>> {
    RawItems::new(text).filter_map(Item::read)
}

/// Which item covers which offer, and how specific an item is.
pub(crate) trait Rule {
    /// An offer made ready for comparing.
    type Offer<'o>;

    /// Prepares an offer.
    fn offer(offer: &str) -> Self::Offer<'_>;

    /// Whether the item covers the offer.
    fn covers(item: &Item<'_>, offer: &Self::Offer<'_>) -> bool;

    /// How specific the item is: more is more specific.
    fn specificity(item: &Item<'_>) -> u64;
}

/// What an offer was worth to the peer.
#[derive(Clone, Copy, PartialEq)]
struct Worth {
    quality: f64,
    specificity: u64,
}

/// An offer as it came, made ready, and what it was worth so far.
type Slot<'o, R> = (&'o str, <R as Rule>::Offer<'o>, Option<Worth>);

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
    let mut best: Option<(&'o str, Worth)> = None;
    loop {
        let mut slots: [Option<Slot<'o, R>>; AT_ONCE] = [const { None }; AT_ONCE];
        let mut filled = 0;
        for slot in &mut slots {
            let Some(offer) = offers.next() else { break };
            *slot = Some((offer, R::offer(offer), None));
            filled += 1;
        }
        if filled == 0 {
            return best.map(|(offer, _)| offer);
        }
        for item in items() {
            let mut specificity = None;
            for (_, offer, found) in slots.iter_mut().take(filled).flatten() {
                if !R::covers(&item, offer) {
                    continue;
                }
                let specificity = *specificity.get_or_insert_with(|| R::specificity(&item));
                let better = found.is_none_or(|found| {
                    specificity > found.specificity
                        || (specificity == found.specificity && item.quality > found.quality)
                });
                if better {
                    *found = Some(Worth {
                        quality: item.quality,
                        specificity,
                    });
                }
            }
        }
        for (offer, _, worth) in slots.into_iter().take(filled).flatten() {
            let Some(worth) = worth else { continue };
            let better = best.is_none_or(|(_, best)| {
                worth.quality > best.quality
                    || (worth.quality == best.quality && worth.specificity > best.specificity)
            });
            if worth.quality > 0.0 && better {
                best = Some((offer, worth));
            }
        }
    }
}

/// The most specific item, of the highest quality among those, that covers the offer: its quality.
pub(crate) fn quality_of<R: Rule>(text: &str, offer: &str) -> Option<f64> {
    let prepared = R::offer(offer);
    let mut found: Option<Worth> = None;
    for item in items(text) {
        if R::covers(&item, &prepared) {
            let specificity = R::specificity(&item);
            if found.is_none_or(|found| {
                specificity > found.specificity
                    || (specificity == found.specificity && item.quality > found.quality)
            }) {
                found = Some(Worth {
                    quality: item.quality,
                    specificity,
                });
            }
        }
    }
    found.map(|found| found.quality)
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
