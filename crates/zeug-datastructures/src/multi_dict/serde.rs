//! `MultiDict` in serde's forms: written as a map of lists; text is read from a map of texts or lists, or from a list of pairs.

use std::fmt;
use std::iter;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::value::DictValue;
use super::{MultiDict, MultiDictGetAll};

/// A map of each key to the list of its values.
impl<V: DictValue + Serialize + ?Sized> Serialize for MultiDict<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.lists().map(|(key, values)| (key, List(values))))
    }
}

struct List<'a, V: DictValue + ?Sized>(MultiDictGetAll<'a, 'a, V>);

impl<V: DictValue + Serialize + ?Sized> Serialize for List<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

/// A map whose values are texts or lists of texts, or a list of pairs of texts.
impl<'de> Deserialize<'de> for MultiDict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Pairs)
    }
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = MultiDict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of texts or lists of texts, or a list of pairs")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MultiDict, A::Error> {
        let mut dict = MultiDict::new();
        while let Some((key, Values(values))) = map.next_entry::<String, Values>()? {
            dict.extend(iter::repeat(&key).zip(values));
        }
        Ok(dict)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<MultiDict, A::Error> {
        let mut dict = MultiDict::new();
        while let Some((key, value)) = pairs.next_element::<(String, String)>()? {
            dict.append(&key, value);
        }
        Ok(dict)
    }
}

/// One text, or a list of texts.
struct Values(Vec<String>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValuesVisitor)
    }
}

struct ValuesVisitor;

impl<'de> Visitor<'de> for ValuesVisitor {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }

    fn visit_str<E>(self, text: &str) -> Result<Values, E> {
        Ok(Values(vec![text.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Values, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Values(values))
    }
}
