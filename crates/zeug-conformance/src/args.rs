//! Reading a question's arguments: absent and null are the same; a wrong type is a driver's mistake and reads as absent.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use zeug_datastructures::Headers;

/// A text argument.
pub(crate) fn text<'a>(args: &'a Value, name: &str) -> Option<&'a str> {
    args[name].as_str()
}

/// A bytes argument, given in base64; empty if absent.
pub(crate) fn bytes(args: &Value, name: &str) -> Vec<u8> {
    text(args, name)
        .and_then(|text| STANDARD.decode(text).ok())
        .unwrap_or_default()
}

/// A number argument that counts something.
pub(crate) fn count(args: &Value, name: &str) -> Option<usize> {
    args[name]
        .as_u64()
        .and_then(|count| usize::try_from(count).ok())
}

/// A pairs argument; empty if absent.
pub(crate) fn pairs<'a>(args: &'a Value, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    args[name]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|pair| Some((pair[0].as_str()?, pair[1].as_str()?)))
}

/// Bytes as the protocol shows them.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Header fields as the protocol shows them.
pub(crate) fn header_pairs(headers: &Headers) -> Vec<Value> {
    headers
        .iter()
        .map(|(name, value)| serde_json::json!([name.as_str(), value.to_utf8_lossy()]))
        .collect()
}

/// A list of texts; empty if absent.
pub(crate) fn texts<'a>(args: &'a Value, name: &str) -> Vec<&'a str> {
    args[name]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// A flag; false if absent.
pub(crate) fn flag(args: &Value, name: &str) -> bool {
    args[name].as_bool().unwrap_or(false)
}
