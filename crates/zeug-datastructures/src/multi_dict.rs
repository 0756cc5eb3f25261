//! `MultiDict`, the ordered map with several values a key: one buffer of text and a span a key. It refuses nothing that is text.

mod convert;
mod entry;
mod hash;
mod index;
mod iter;
#[cfg(feature = "serde")]
mod serde;
mod value;

use std::error::Error;
use std::str::FromStr;

pub use self::entry::MultiDictEntry;
use self::index::Index;
pub use self::iter::{MultiDictGetAll, MultiDictIntoIter, MultiDictIter, MultiDictKeys};
pub use self::value::{DictValue, IntoDictValue, Span};
use crate::error::{MultiDictError, MultiDictErrorKind};

/// An ordered map in which a key may have several values: a query string, a form, its files.
///
/// Without a type it maps text to text, and [`get`](Self::get) gives `Option<&str>`. `MultiDict<T>` maps text to any `T`. All pairs keep the order in
/// which they came; a key stands where it was first seen.
///
/// Two maps are equal when each key has the same values in the same order; how different keys stand to each other does not count.
///
/// # Limits
///
/// One allocation for the text and one for the spans, 16 bytes a pair. Up to 8 pairs a look-up is a scan; in a larger map that is asked
/// often an index is built behind it, hashed with random keys, and with std's `SipHash` should keys collide: chosen keys cannot slow it down. Removing is linear in the
/// number of pairs. How many pairs there may be is for the parser that fills the map to limit. All text together may have 4 GiB.
///
/// # Deviations
///
/// [`len`](Self::len) counts pairs, where Werkzeug's counts keys ([`key_count`](Self::key_count)). No key has an empty list of values.
///
/// # Example
///
/// ```
/// use zeug_datastructures::MultiDict;
///
/// let args = MultiDict::from([("tag", "a"), ("page", "2"), ("tag", "b")]);
/// assert_eq!(args.get("tag"), Some("a"));
/// assert_eq!(args.get("name").unwrap_or("World"), "World");
/// assert_eq!(args.get_all("tag").collect::<Vec<_>>(), ["a", "b"]);
/// assert_eq!(args.get_as::<u32>("page")?, Some(2));
/// assert!(args.get_as::<u32>("tag").is_err());
/// # Ok::<(), zeug_datastructures::MultiDictError>(())
/// ```
#[doc(alias = "ImmutableMultiDict")]
#[doc(alias = "TypeConversionDict")]
pub struct MultiDict<V: DictValue + ?Sized = str> {
    /// Keys, and values that are text, and bytes that nothing refers to any more.
    text: String,
    /// How many bytes of `text` belong to pairs that were removed.
    dead: usize,
    pairs: Vec<(Span, V::Slot)>,
    index: Index,
}

/// Dead bytes are tolerated up to this many, and beyond it up to half of the text.
const TOLERATED_DEAD: usize = 1024;

impl MultiDict {
    /// An empty map of text to text; nothing is allocated. For other values there is `MultiDict::<T>::default()`.
    pub fn new() -> Self {
        Self::default()
    }

    /// The map of what a parser found: `text` is kept as it is, and `pairs` say where each key and each value stands in it.
    ///
    /// # Errors
    ///
    /// [`SpanOutOfBounds`](MultiDictErrorKind::SpanOutOfBounds) for a span that reaches out of the text or cuts a character in two;
    /// [`TooLarge`](MultiDictErrorKind::TooLarge) above 4 GiB.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_datastructures::{MultiDict, Span};
    ///
    /// let pairs = vec![(Span::new(0, 1), Span::new(2, 5))];
    /// let args = MultiDict::from_spans("q=owl".to_owned(), pairs.clone())?;
    /// assert_eq!(args.get("q"), Some("owl"));
    /// assert!(MultiDict::from_spans("q=é".to_owned(), pairs).is_err());
    /// # Ok::<(), zeug_datastructures::MultiDictError>(())
    /// ```
    #[inline]
    pub fn from_spans(text: String, pairs: Vec<(Span, Span)>) -> Result<Self, MultiDictError> {
        if u32::try_from(text.len()).is_err() {
            return Err(MultiDictError::at(
                MultiDictErrorKind::TooLarge,
                u32::MAX as usize,
            ));
        }
        let wrong = pairs
            .iter()
            .flat_map(|(key, value)| [key, value])
            .find(|span| span.get(&text).is_none());
        if let Some(span) = wrong {
            return Err(MultiDictError::at(
                MultiDictErrorKind::SpanOutOfBounds,
                span.start(),
            ));
        }
        Ok(Self {
            text,
            dead: 0,
            pairs,
            index: Index::default(),
        })
    }

    /// The first value of the key, converted; `None` when the key is not there.
    ///
    /// # Errors
    ///
    /// [`Conversion`](MultiDictErrorKind::Conversion) when it does not convert: the error names the key, and its source says what was wrong. To take a
    /// default for a key that is missing or wrong, write `.ok().flatten().unwrap_or(default)`.
    #[doc(alias = "get")]
    pub fn get_as<T>(&self, key: &str) -> Result<Option<T>, MultiDictError>
    where
        T: FromStr<Err: Into<Box<dyn Error + Send + Sync>>>,
    {
        self.get_all_as(key).next().transpose()
    }

    /// All values of the key, each converted. Where values that do not convert are to be passed over, `.flatten()` does it.
    ///
    /// # Errors
    ///
    /// Each item as [`get_as`](Self::get_as).
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_datastructures::MultiDict;
    ///
    /// let args = MultiDict::from([("id", "42"), ("id", "x"), ("id", "7")]);
    /// assert_eq!(args.get_all_as::<u32>("id").flatten().collect::<Vec<_>>(), [42, 7]);
    /// assert!(args.get_all_as::<u32>("id").collect::<Result<Vec<_>, _>>().is_err());
    /// ```
    #[doc(alias = "getlist")]
    pub fn get_all_as<'a, 'k, T>(
        &'a self,
        key: &'k str,
    ) -> impl Iterator<Item = Result<T, MultiDictError>> + use<'a, 'k, T>
    where
        T: FromStr<Err: Into<Box<dyn Error + Send + Sync>>>,
    {
        self.get_all(key).map(move |value| {
            value
                .parse()
                .map_err(|error| MultiDictError::conversion(key, error))
        })
    }
}

impl<V: DictValue + ?Sized> MultiDict<V> {
    /// How many pairs there are, several values of a key counted each.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there are no pairs.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// How many different keys there are.
    pub fn key_count(&self) -> usize {
        self.keys().count()
    }

    /// Whether the key is there.
    pub fn contains(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// The first value of the key.
    pub fn get(&self, key: &str) -> Option<&V> {
        self.find(key).and_then(|at| self.value_at(at))
    }

    /// The first value of the key, which has to be there.
    ///
    /// # Errors
    ///
    /// [`Missing`](MultiDictErrorKind::Missing) when the key is not there: the error names it and suggests status 400.
    #[doc(alias = "__getitem__")]
    #[doc(alias = "BadRequestKeyError")]
    pub fn require(&self, key: &str) -> Result<&V, MultiDictError> {
        self.get(key).ok_or_else(|| MultiDictError::missing(key))
    }

    /// All values of the key, in order.
    #[doc(alias = "getlist")]
    pub fn get_all<'a, 'k>(&'a self, key: &'k str) -> MultiDictGetAll<'a, 'k, V> {
        MultiDictGetAll::new(self, key, self.find(key))
    }

    /// All pairs, in the order in which they came.
    pub fn iter(&self) -> MultiDictIter<'_, V> {
        MultiDictIter::new(self)
    }

    /// The different keys, in the order in which they were first seen.
    pub fn keys(&self) -> MultiDictKeys<'_, V> {
        MultiDictKeys::new(self)
    }

    /// Each key with its first value.
    #[doc(alias = "items")]
    #[doc(alias = "to_dict")]
    pub fn firsts(&self) -> impl Iterator<Item = (&str, &V)> {
        self.lists()
            .filter_map(|(key, mut values)| Some((key, values.next()?)))
    }

    /// Each key with all its values.
    #[doc(alias = "listvalues")]
    pub fn lists(&self) -> impl Iterator<Item = (&str, MultiDictGetAll<'_, '_, V>)> {
        let mut keys = self.keys();
        std::iter::from_fn(move || {
            let (at, key) = keys.next_at()?;
            Some((key, MultiDictGetAll::new(self, key, Some(at))))
        })
    }

    /// All values, in the order in which they came.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> + DoubleEndedIterator {
        self.iter().map(|(_, value)| value)
    }

    /// The key's place in the map, to be looked at or filled.
    #[doc(alias = "setdefault")]
    pub fn entry<'a, 'k>(&'a mut self, key: &'k str) -> MultiDictEntry<'a, 'k, V> {
        let at = self.find(key);
        MultiDictEntry::new(self, key, at)
    }

    /// Adds a value to the key's values.
    ///
    /// # Panics
    ///
    /// When all text together would have more than 4 GiB; as do all methods that add.
    #[doc(alias = "add")]
    pub fn append(&mut self, key: &str, value: impl IntoDictValue<V>) {
        let span = self.write_key(key);
        let slot = value.into_slot(&mut self.text);
        self.pairs.push((span, slot));
        self.index.added(&self.text, &self.pairs);
    }

    /// Replaces all values of the key by this one, at the place of the first; adds the key at the end when it is new.
    ///
    /// # Panics
    ///
    /// As [`append`](Self::append).
    #[doc(alias = "__setitem__")]
    pub fn insert(&mut self, key: &str, value: impl IntoDictValue<V>) {
        let Some(at) = self.find(key) else {
            return self.append(key, value);
        };
        self.remove_behind(at, key);
        let slot = value.into_slot(&mut self.text);
        assert!(
            u32::try_from(self.text.len()).is_ok(),
            "a map with more than 4 GiB of text"
        );
        if let Some((_, old)) = self.pairs.get_mut(at) {
            self.dead += V::size(old);
            *old = slot;
        }
        self.tidy();
    }

    /// Replaces all values of the key by these: the first goes where the first was, the others to the end. No values remove the key.
    #[doc(alias = "setlist")]
    pub fn set_all(&mut self, key: &str, values: impl IntoIterator<Item: IntoDictValue<V>>) {
        let mut values = values.into_iter();
        match values.next() {
            Some(first) => self.insert(key, first),
            None => drop(self.remove(key)),
        }
        for value in values {
            self.append(key, value);
        }
    }

    /// Removes the key; its first value comes back.
    #[doc(alias = "pop")]
    pub fn remove(&mut self, key: &str) -> Option<V::Owned> {
        self.remove_all(key).into_iter().next()
    }

    /// Removes the key; all its values come back, none when it was not there.
    #[doc(alias = "poplist")]
    pub fn remove_all(&mut self, key: &str) -> Vec<V::Owned> {
        let Some(at) = self.find(key) else {
            return Vec::new();
        };
        let values = self.extract(at, key);
        self.tidy();
        values
    }

    /// Removes the key that was added last; it comes back with all its values.
    #[doc(alias = "popitem")]
    #[doc(alias = "popitemlist")]
    pub fn pop(&mut self) -> Option<(String, Vec<V::Owned>)> {
        let (_, key) = self.keys().last_at()?;
        let key = key.to_owned();
        let values = self.remove_all(&key);
        Some((key, values))
    }

    /// Keeps the pairs for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &V) -> bool) {
        let Self {
            text,
            dead,
            pairs,
            index,
        } = self;
        pairs.retain(|(key, slot)| {
            let kept = keep(key.get(text).unwrap_or_default(), V::view(slot, text));
            *dead += if kept { 0 } else { key.len() + V::size(slot) };
            kept
        });
        index.forget();
        self.tidy();
    }

    /// Removes all pairs and keeps the room.
    pub fn clear(&mut self) {
        self.text.clear();
        self.dead = 0;
        self.pairs.clear();
        self.index.forget();
    }

    /// The first pair with this key.
    fn find(&self, key: &str) -> Option<usize> {
        self.index.find(&self.text, &self.pairs, key)
    }

    fn key_at(&self, at: usize) -> Option<&str> {
        self.pairs.get(at).and_then(|(key, _)| key.get(&self.text))
    }

    fn value_at(&self, at: usize) -> Option<&V> {
        self.pairs
            .get(at)
            .map(|(_, slot)| V::view(slot, &self.text))
    }

    fn write_key(&mut self, key: &str) -> Span {
        let span = Span::write(key, &mut self.text);
        assert!(
            u32::try_from(self.text.len()).is_ok(),
            "a map with more than 4 GiB of text"
        );
        span
    }

    /// Removes the pairs of this key behind `at`, where the first stands.
    fn remove_behind(&mut self, at: usize, key: &str) {
        // Looked up first: to remove nothing, as is usual, must not cost the index.
        if self.index.next(&self.text, &self.pairs, key, at).is_some() {
            self.extract(at + 1, key);
        }
    }

    /// Takes the pairs of this key from `from` on out of the list.
    fn extract(&mut self, from: usize, key: &str) -> Vec<V::Owned> {
        let Self {
            text,
            dead,
            pairs,
            index,
        } = self;
        index.forget();
        let taken = pairs.extract_if(from.., |(span, _)| span.get(text) == Some(key));
        taken
            .map(|(span, slot)| {
                *dead += span.len() + V::size(&slot);
                V::take(slot, text)
            })
            .collect()
    }

    /// Copies the text without its dead bytes, when these have become too many.
    fn tidy(&mut self) {
        if self.dead <= TOLERATED_DEAD.max(self.text.len() / 2) {
            return;
        }
        let mut text = String::with_capacity(self.text.len() - self.dead.min(self.text.len()));
        for (key, slot) in &mut self.pairs {
            *key = key.carry(&self.text, &mut text);
            V::carry(slot, &self.text, &mut text);
        }
        self.text = text;
        self.dead = 0;
    }
}

impl<T> MultiDict<T> {
    /// The first value of the key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        let at = self.find(key)?;
        self.pairs.get_mut(at).map(|(_, value)| value)
    }

    /// All pairs in order, the values to be changed.
    pub fn iter_mut(
        &mut self,
    ) -> impl ExactSizeIterator<Item = (&str, &mut T)> + DoubleEndedIterator {
        let text = &self.text;
        self.pairs
            .iter_mut()
            .map(move |(key, value)| (key.get(text).unwrap_or_default(), value))
    }
}
