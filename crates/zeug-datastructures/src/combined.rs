//! `CombinedMultiDict`, several maps read as one. It owns nothing and changes nothing.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use crate::error::MultiDictError;
use crate::multi_dict::{DictValue, MultiDict};

/// Several [`MultiDict`]s read as one, without copying: `values` of a request, which are its `args` and its `form`.
///
/// The first map that has a key gives the first value; all values of a key are those of all maps, in the order of the maps.
///
/// # Limits
///
/// A look-up asks one map after the other.
///
/// # Deviations
///
/// [`keys`](Self::keys) come in the order in which they were first seen, where Werkzeug gives an unordered set.
///
/// # Example
///
/// ```
/// use zeug_datastructures::{CombinedMultiDict, MultiDict};
///
/// let args = MultiDict::from([("page", "two"), ("q", "owl")]);
/// let form = MultiDict::from([("page", "3")]);
/// let values = CombinedMultiDict::new([&args, &form]);
///
/// assert_eq!(values.get("page"), Some("two"));
/// assert_eq!(values.get_as::<u32>("page")?, Some(3));
/// assert!(values.get_as::<u32>("q").is_err());
/// assert_eq!(values.get_all("page").collect::<Vec<_>>(), ["two", "3"]);
/// # Ok::<(), zeug_datastructures::MultiDictError>(())
/// ```
pub struct CombinedMultiDict<'a, V: DictValue + ?Sized = str> {
    dicts: Vec<&'a MultiDict<V>>,
}

impl<'a> CombinedMultiDict<'a> {
    /// The first value of the key that converts, over all maps; `None` when no map has the key.
    ///
    /// Of each map only the first value is tried.
    ///
    /// # Errors
    ///
    /// [`Conversion`](crate::MultiDictErrorKind::Conversion) of the first map that has the key, when none converts.
    pub fn get_as<T>(&self, key: &str) -> Result<Option<T>, MultiDictError>
    where
        T: FromStr<Err: Into<Box<dyn Error + Send + Sync>>>,
    {
        let mut first_error = None;
        for dict in &self.dicts {
            match dict.get_as(key) {
                Ok(None) => {}
                Ok(found) => return Ok(found),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        first_error.map_or(Ok(None), Err)
    }

    /// All values of the key in all maps, each converted.
    ///
    /// # Errors
    ///
    /// Each item as [`MultiDict::get_as`].
    pub fn get_all_as<'k, T>(
        &self,
        key: &'k str,
    ) -> impl Iterator<Item = Result<T, MultiDictError>> + use<'_, 'a, 'k, T>
    where
        T: FromStr<Err: Into<Box<dyn Error + Send + Sync>>>,
    {
        self.dicts.iter().flat_map(move |dict| dict.get_all_as(key))
    }
}

impl<'a, V: DictValue + ?Sized> CombinedMultiDict<'a, V> {
    /// The view of these maps, the first of which wins.
    pub fn new(dicts: impl IntoIterator<Item = &'a MultiDict<V>>) -> Self {
        Self {
            dicts: dicts.into_iter().collect(),
        }
    }

    /// The maps.
    pub fn dicts(&self) -> &[&'a MultiDict<V>] {
        &self.dicts
    }

    /// Whether no map has a pair.
    pub fn is_empty(&self) -> bool {
        self.dicts.iter().all(|dict| dict.is_empty())
    }

    /// How many pairs all maps have.
    pub fn len(&self) -> usize {
        self.dicts.iter().map(|dict| dict.len()).sum()
    }

    /// How many different keys there are.
    pub fn key_count(&self) -> usize {
        self.keys().count()
    }

    /// Whether a map has the key.
    pub fn contains(&self, key: &str) -> bool {
        self.dicts.iter().any(|dict| dict.contains(key))
    }

    /// The first value of the key in the first map that has it.
    pub fn get(&self, key: &str) -> Option<&'a V> {
        self.dicts.iter().find_map(|dict| dict.get(key))
    }

    /// The first value of the key, which has to be there.
    ///
    /// # Errors
    ///
    /// [`Missing`](crate::MultiDictErrorKind::Missing) when no map has the key.
    #[doc(alias = "__getitem__")]
    pub fn require(&self, key: &str) -> Result<&'a V, MultiDictError> {
        self.get(key).ok_or_else(|| MultiDictError::missing(key))
    }

    /// All values of the key in all maps.
    #[doc(alias = "getlist")]
    pub fn get_all<'k>(&self, key: &'k str) -> impl Iterator<Item = &'a V> + use<'_, 'a, 'k, V> {
        self.dicts.iter().flat_map(move |dict| dict.get_all(key))
    }

    /// All pairs of all maps.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a V)> {
        self.dicts.iter().flat_map(|dict| dict.iter())
    }

    /// The different keys, in the order in which they were first seen.
    pub fn keys(&self) -> impl Iterator<Item = &'a str> {
        let keys = self
            .dicts
            .iter()
            .enumerate()
            .flat_map(|(at, dict)| dict.keys().map(move |key| (at, key)));
        keys.filter(|(at, key)| !self.dicts.iter().take(*at).any(|dict| dict.contains(key)))
            .map(|(_, key)| key)
    }

    /// Each key with its first value.
    #[doc(alias = "items")]
    pub fn firsts(&self) -> impl Iterator<Item = (&'a str, &'a V)> {
        self.keys().filter_map(|key| Some((key, self.get(key)?)))
    }

    /// Each key with all its values.
    #[doc(alias = "listvalues")]
    pub fn lists(&self) -> impl Iterator<Item = (&'a str, impl Iterator<Item = &'a V>)> {
        self.keys().map(|key| (key, self.get_all(key)))
    }
}

impl CombinedMultiDict<'_> {
    /// A map of its own with all pairs of all maps.
    #[doc(alias = "copy")]
    pub fn to_multi_dict(&self) -> MultiDict {
        self.iter().collect()
    }
}

impl<V: DictValue + ?Sized> Clone for CombinedMultiDict<'_, V> {
    fn clone(&self) -> Self {
        Self {
            dicts: self.dicts.clone(),
        }
    }
}

impl<V: DictValue + fmt::Debug + ?Sized> fmt::Debug for CombinedMultiDict<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.dicts).finish()
    }
}
