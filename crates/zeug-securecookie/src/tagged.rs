//! Flask's tagged JSON, both ways: tuples, bytes, markup, UUIDs and times as objects of one member whose name begins with a blank.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use zeug_http::HttpDate;

use crate::error::SecureCookieError;
use crate::python_json::{self, Escapes};
use crate::value::{Dict, Value};

/// The members that stand for a type, in Flask's order.
const TAGS: [&str; 6] = [" di", " t", " b", " m", " u", " d"];

/// How deep a value may be nested, so that what is written can be read: a level takes up to two of JSON's, of which 128 are read.
const DEPTH: usize = 60;

/// The JSON of a value as Flask's session writes it: keys sorted, ASCII only, types tagged.
///
/// # Errors
///
/// `Unwritable` for a float that is no number or infinite, and for a value that is nested more than 60 deep.
///
/// # Example
///
/// ```
/// use zeug_securecookie::{Value, to_tagged_json};
///
/// let value = Value::Tuple(vec![1.into(), Value::Bytes(b"x".to_vec())]);
/// assert_eq!(to_tagged_json(&value)?, r#"{" t":[1,{" b":"eA=="}]}"#);
/// assert!(to_tagged_json(&Value::Float(f64::NAN)).is_err());
/// # Ok::<(), zeug_securecookie::SecureCookieError>(())
/// ```
#[doc(alias = "TaggedJSONSerializer")]
pub fn to_tagged_json(value: &Value) -> Result<String, SecureCookieError> {
    let json = python_json::write(&Tagged { value, depth: 0 }, Escapes::Ascii)?;
    // Only ASCII was written.
    Ok(String::from_utf8(json).unwrap_or_default())
}

/// The JSON of a dict, as bytes.
pub(crate) fn write_dict(dict: &Dict) -> Result<Vec<u8>, SecureCookieError> {
    python_json::write(&TaggedDict { dict, depth: 0 }, Escapes::Ascii)
}

/// The value of a JSON text as Flask's session reads it.
///
/// # Errors
///
/// `InvalidJson` for what is not JSON, is nested more than 128 deep, or has a tag over what cannot be of that type. A time that cannot be read is `Null`.
///
/// # Example
///
/// ```
/// use zeug_securecookie::{Value, from_tagged_json};
///
/// assert_eq!(from_tagged_json(r#"{" t":[1]}"#)?, Value::Tuple(vec![1.into()]));
/// assert!(from_tagged_json(r#"{" b":"not base64"}"#).is_err());
/// # Ok::<(), zeug_securecookie::SecureCookieError>(())
/// ```
pub fn from_tagged_json(json: &str) -> Result<Value, SecureCookieError> {
    read_value(json.as_bytes())
}

/// The value of JSON as bytes.
pub(crate) fn read_value(json: &[u8]) -> Result<Value, SecureCookieError> {
    python_json::read::<Untagged>(json).map(|untagged| untagged.0)
}

/// A value on its way out.
struct Tagged<'a> {
    value: &'a Value,
    depth: usize,
}

/// A dict on its way out.
struct TaggedDict<'a> {
    dict: &'a Dict,
    depth: usize,
}

/// The items of a list or tuple on their way out.
struct TaggedItems<'a> {
    items: &'a [Value],
    depth: usize,
}

impl Serialize for Tagged<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.depth > DEPTH {
            return Err(S::Error::custom("nested too deep"));
        }
        let depth = self.depth + 1;
        match self.value {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(flag) => serializer.serialize_bool(*flag),
            Value::Int(number) => serializer.serialize_i128(*number),
            Value::Float(number) if number.is_finite() => serializer.serialize_f64(*number),
            Value::Float(_) => Err(S::Error::custom("not a number")),
            Value::Text(text) => serializer.serialize_str(text),
            Value::List(items) => TaggedItems { items, depth }.serialize(serializer),
            Value::Tuple(items) => member(serializer, " t", &TaggedItems { items, depth }),
            Value::Dict(dict) => TaggedDict { dict, depth }.serialize(serializer),
            Value::Bytes(bytes) => member(serializer, " b", &STANDARD.encode(bytes)),
            Value::Markup(text) => member(serializer, " m", text),
            Value::Uuid(bytes) => {
                let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                member(serializer, " u", &text)
            }
            Value::DateTime(date) => member(serializer, " d", &date.to_string()),
        }
    }
}

/// An object of one member.
fn member<S: Serializer, T: Serialize + ?Sized>(
    serializer: S,
    name: &str,
    value: &T,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(name, value)?;
    map.end()
}

impl Serialize for TaggedItems<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.items.len()))?;
        for value in self.items {
            list.serialize_element(&Tagged {
                value,
                depth: self.depth,
            })?;
        }
        list.end()
    }
}

impl Serialize for TaggedDict<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let depth = self.depth;
        let mut pairs: Vec<(&str, &Value)> = self.dict.iter().collect();
        // A dict that looks like a tag says so.
        if let [(key, value)] = pairs[..]
            && TAGS.contains(&key)
        {
            struct Escaped<'a>(String, Tagged<'a>);
            impl Serialize for Escaped<'_> {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    member(serializer, &self.0, &self.1)
                }
            }
            let inner = Escaped(format!("{key}__"), Tagged { value, depth });
            return member(serializer, " di", &inner);
        }
        pairs.sort_unstable_by_key(|(key, _)| *key);
        let mut map = serializer.serialize_map(Some(pairs.len()))?;
        for (key, value) in pairs {
            map.serialize_entry(key, &Tagged { value, depth })?;
        }
        map.end()
    }
}

/// A value on its way in.
struct Untagged(Value);

impl<'de> Deserialize<'de> for Untagged {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Untagged)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Int(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Untagged(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((key, Untagged(value))) = map.next_entry::<String, _>()? {
            pairs.push((key, value));
        }
        untag(Dict::from_json_pairs(pairs)).ok_or_else(|| A::Error::custom("not what its tag says"))
    }
}

/// The value that a tag makes of a dict of one member; any other dict as it is.
fn untag(dict: Dict) -> Option<Value> {
    let (key, value) = match dict.into_only_pair() {
        Ok((key, value)) if TAGS.contains(&key.as_str()) => (key, value),
        Ok(pair) => return Some(Value::Dict(Dict::from_json_pairs(vec![pair]))),
        Err(dict) => return Some(Value::Dict(dict)),
    };
    Some(match (key.as_str(), value) {
        (" di", Value::Dict(inner)) => {
            let (mut key, value) = inner.into_first_pair()?;
            // The two characters that keep it from being a tag.
            key.pop();
            key.pop();
            Value::Dict(Dict::from_iter([(key, value)]))
        }
        (" t", Value::List(items)) => Value::Tuple(items),
        (" b", Value::Text(text)) => Value::Bytes(STANDARD.decode(text).ok()?),
        (" m", Value::Text(text)) => Value::Markup(text),
        (" u", Value::Text(text)) => Value::Uuid(uuid(&text)?),
        (" d", Value::Text(text)) => HttpDate::parse(&text).map_or(Value::Null, Value::DateTime),
        (" d", Value::Null) => Value::Null,
        _ => return None,
    })
}

/// The bytes of a UUID in one of the spellings that Python reads.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let digits: String = text
        .replace("urn:", "")
        .replace("uuid:", "")
        .trim_matches(['{', '}'])
        .replace('-', "");
    if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(&digits, 16)
        .ok()
        .map(u128::to_be_bytes)
}
