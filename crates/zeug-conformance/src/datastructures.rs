//! The area `datastructures`: scripts of method calls on maps, header lists and header sets. An unknown method is unsupported.

use std::error::Error;
use std::str::FromStr;

use serde_json::{Value, json};
use zeug_datastructures::{
    CombinedMultiDict, HeaderError, HeaderErrorKind, HeaderSet, Headers, MultiDict, MultiDictError,
    MultiDictErrorKind,
};

use crate::args::{header_pairs, pairs, text, texts};
use crate::{Failure, Outcome, members};

pub(crate) fn answer(op: &str, args: &Value) -> Outcome {
    match op {
        "datastructures.multidict_script" => multi_dict(args),
        "datastructures.combined_multidict_script" => combined(args),
        "datastructures.headers_script" => headers(args),
        "datastructures.headerset_script" => header_set(args),
        _ => Err(Failure::unsupported()),
    }
}

impl From<MultiDictError> for Failure {
    fn from(error: MultiDictError) -> Self {
        Self::new(match error.kind() {
            MultiDictErrorKind::Missing => "key_error",
            _ => "value_error",
        })
    }
}

impl From<HeaderError> for Failure {
    fn from(error: HeaderError) -> Self {
        Self::new(match error.kind() {
            HeaderErrorKind::NoSuchIndex => "index_error",
            _ => "value_error",
        })
    }
}

/// Answers each call of the script in turn.
fn run(args: &Value, mut call: impl FnMut(&str, &Value) -> Outcome) -> Vec<Value> {
    let calls = args["calls"].as_array().into_iter().flatten();
    calls
        .map(|args| Value::Object(members(call(text(args, "m").unwrap_or_default(), args))))
        .collect()
}

/// Python's `int` of a text.
struct Int(i64);

impl FromStr for Int {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().parse().map(Self)
    }
}

/// Python's `float` of a text.
struct Float(f64);

impl FromStr for Float {
    type Err = std::num::ParseFloatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().parse().map(Self)
    }
}

/// The typed look-ups of all three maps, so that the type's name is read once.
trait Typed {
    fn first<T: FromStr<Err: Error + Send + Sync + 'static>>(&self, key: &str) -> Option<T>;
    fn all<T: FromStr<Err: Error + Send + Sync + 'static>>(&self, key: &str) -> Vec<T>;

    /// The first value, and the default where it is missing or does not convert.
    fn get_typed(&self, args: &Value) -> Value {
        let key = text(args, "key").unwrap_or_default();
        let found = match text(args, "type") {
            Some("int") => self.first(key).map(|Int(number)| json!(number)),
            Some("float") => self.first(key).map(|Float(number)| json!(number)),
            _ => self.first::<String>(key).map(Value::from),
        };
        found.unwrap_or_else(|| args["default"].clone())
    }

    /// All values that convert.
    fn get_all_typed(&self, args: &Value) -> Value {
        let key = text(args, "key").unwrap_or_default();
        match text(args, "type") {
            Some("int") => self
                .all(key)
                .into_iter()
                .map(|Int(number)| number)
                .collect(),
            Some("float") => self
                .all(key)
                .into_iter()
                .map(|Float(number)| number)
                .collect(),
            _ => self.all::<String>(key).into(),
        }
    }
}

macro_rules! typed {
    ($($map:ty),+) => {$(
        impl Typed for $map {
            fn first<T: FromStr<Err: Error + Send + Sync + 'static>>(&self, key: &str) -> Option<T> {
                self.get_as(key).ok().flatten()
            }

            fn all<T: FromStr<Err: Error + Send + Sync + 'static>>(&self, key: &str) -> Vec<T> {
                self.get_all_as(key).flatten().collect()
            }
        }
    )+};
}

typed!(MultiDict, CombinedMultiDict<'_>, Headers);

fn multi_dict(args: &Value) -> Outcome {
    let mut dict: MultiDict = pairs(args, "init").collect();
    let results = run(args, |method, args| {
        let key = text(args, "key").unwrap_or_default();
        let value = text(args, "value").unwrap_or_default();
        match method {
            "set" => dict.insert(key, value),
            "add" => dict.append(key, value),
            "setlist" => dict.set_all(key, texts(args, "values")),
            "update" => dict.extend(pairs(args, "pairs")),
            "clear" => dict.clear(),
            "delete" => drop(dict.remove(key).ok_or(Failure::new("key_error"))?),
            "setdefault" => {
                return Ok(dict
                    .entry(key)
                    .or_insert(text(args, "default").unwrap_or_default())
                    .into());
            }
            "setlistdefault" => {
                return Ok(dict
                    .entry(key)
                    .or_insert_all(texts(args, "default"))
                    .collect());
            }
            "pop" => return or_default(args, dict.remove(key).map(Value::from)),
            "poplist" => return Ok(dict.remove_all(key).into()),
            "popitem" => {
                let (key, values) = dict.pop().ok_or(Failure::new("key_error"))?;
                return Ok(json!([key, values.first()]));
            }
            "popitemlist" => return Ok(json!(dict.pop().ok_or(Failure::new("key_error"))?)),
            _ => return read(&CombinedMultiDict::new([&dict]), method, args),
        }
        Ok(Value::Null)
    });
    Ok(json!({"results": results, "pairs": grouped(&CombinedMultiDict::new([&dict]))}))
}

fn combined(args: &Value) -> Outcome {
    let dicts = args["dicts"].as_array().into_iter().flatten();
    let dicts: Vec<MultiDict> = dicts
        .map(|list| pairs(&json!({ "pairs": list }), "pairs").collect())
        .collect();
    let view = CombinedMultiDict::new(&dicts);
    let results = run(args, |method, args| match method {
        "keys" => {
            let mut keys: Vec<_> = view.keys().collect();
            keys.sort_unstable();
            Ok(keys.into())
        }
        "items" if args["multi"] == true => Ok(map_by_map(&view)),
        _ => read(&view, method, args),
    });
    Ok(json!({"results": results, "pairs": map_by_map(&view)}))
}

/// All pairs of a view, which the protocol shows map by map.
fn map_by_map(view: &CombinedMultiDict<'_>) -> Value {
    view.dicts()
        .iter()
        .flat_map(|dict| grouped(&CombinedMultiDict::new([*dict])))
        .collect()
}

/// The reading methods, which a map has as a view of itself has them.
fn read(dict: &CombinedMultiDict<'_>, method: &str, args: &Value) -> Outcome {
    let key = text(args, "key").unwrap_or_default();
    let lists = || {
        dict.lists()
            .map(|(key, values)| (key, values.collect::<Vec<_>>()))
    };
    Ok(match method {
        "get" => dict.get_typed(args),
        "getlist" => dict.get_all_typed(args),
        "getitem" => dict.require(key)?.into(),
        "keys" => dict.keys().collect(),
        "values" => dict.firsts().map(|(_, value)| value).collect(),
        "items" if args["multi"] == true => grouped(dict).into(),
        "items" => dict.firsts().map(|pair| json!(pair)).collect(),
        "to_dict" if args["flat"] == true => dict.firsts().map(|pair| json!(pair)).collect(),
        "lists" | "to_dict" => lists().map(|list| json!(list)).collect(),
        "listvalues" => lists().map(|(_, values)| json!(values)).collect(),
        "len" => dict.key_count().into(),
        "contains" => dict.contains(key).into(),
        _ => return Err(Failure::unsupported()),
    })
}

/// The pairs as the protocol shows them: all values of a key together.
fn grouped(dict: &CombinedMultiDict<'_>) -> Vec<Value> {
    dict.lists()
        .flat_map(|(key, values)| values.map(move |value| json!([key, value])))
        .collect()
}

/// What was found, else the default if there is one, else a missing key.
fn or_default(args: &Value, found: Option<Value>) -> Outcome {
    found
        .or_else(|| args.get("default").cloned())
        .ok_or(Failure::new("key_error"))
}

fn headers(args: &Value) -> Outcome {
    let mut headers = Headers::try_from_pairs(pairs(args, "init"))?;
    let results = run(args, |method, args| {
        headers_call(&mut headers, method, args)
    });
    Ok(json!({"results": results, "pairs": header_pairs(&headers)}))
}

fn headers_call(headers: &mut Headers, method: &str, args: &Value) -> Outcome {
    let key = text(args, "key").unwrap_or_default();
    let value = text(args, "value").unwrap_or_default();
    let default = text(args, "default").unwrap_or_default();
    let index = args["index"]
        .as_u64()
        .map_or(usize::MAX, |index| index as usize);
    let no_index = || Failure::new("index_error");
    // Parameters come as Python's keyword arguments, which cannot hold a hyphen.
    let params: Vec<_> = pairs(args, "options")
        .map(|(name, value)| (name.replace('_', "-"), value))
        .collect();
    let params = params
        .iter()
        .map(|(name, value)| (name.as_str(), Some(*value)));
    let lower = args["lower"] == true;
    match method {
        "add" => headers.try_append_with_params(key, value, params)?,
        "set" => headers.try_insert_with_params(key, value, params)?,
        "setlist" => headers.try_set_all(key, texts(args, "values"))?,
        "extend" => headers.try_extend(pairs(args, "pairs"))?,
        "update" => headers.try_update(pairs(args, "pairs"))?,
        "update_lists" => {
            for list in args["lists"].as_array().into_iter().flatten() {
                headers.try_set_all(list[0].as_str().unwrap_or_default(), texts_of(&list[1]))?;
            }
        }
        "remove" => drop(headers.remove(key)),
        "clear" => headers.clear(),
        "set_index" => headers.try_set_index(index, key, value)?,
        "del_index" => drop(headers.remove_at(index).ok_or_else(no_index)?),
        "setdefault" => {
            return Ok(headers
                .try_get_or_insert(key, default)?
                .to_utf8_lossy()
                .into());
        }
        "setlistdefault" => {
            let values = headers.try_get_all_or_insert(key, texts(args, "default"))?;
            return Ok(values.map(|value| value.to_utf8_lossy()).collect());
        }
        "pop" => {
            return or_default(
                args,
                headers.remove(key).map(|value| shown(value.as_bytes())),
            );
        }
        "popitem" | "pop_index" => {
            let field = if method == "popitem" {
                headers.pop()
            } else {
                headers.remove_at(index)
            };
            let (name, value) = field.ok_or_else(no_index)?;
            return Ok(json!([name, shown(value.as_bytes())]));
        }
        "get" => return Ok(headers.get_typed(args)),
        "getlist" => return Ok(headers.get_all_typed(args)),
        "getitem" => {
            return headers
                .get(key)
                .map(|value| shown(value.as_bytes()))
                .ok_or(Failure::new("key_error"));
        }
        "index" => {
            let (name, value) = headers.get_index(index).ok_or_else(no_index)?;
            return Ok(json!([name.as_str(), shown(value.as_bytes())]));
        }
        "contains" => return Ok(headers.contains(key).into()),
        "keys" if lower => return Ok(headers.names().map(|name| name.to_lowercase()).collect()),
        "keys" => return Ok(headers.names().map(|name| name.as_str()).collect()),
        "values" => {
            return Ok(headers
                .values()
                .map(|value| value.to_utf8_lossy())
                .collect());
        }
        "items" if lower => {
            return Ok(headers
                .iter()
                .map(|(name, value)| json!([name.to_lowercase(), value.to_utf8_lossy()]))
                .collect());
        }
        "items" => return Ok(header_pairs(headers).into()),
        "len" => return Ok(headers.len().into()),
        "text" => return Ok(headers.to_string().into()),
        _ => return Err(Failure::unsupported()),
    }
    Ok(Value::Null)
}

fn shown(bytes: &[u8]) -> Value {
    String::from_utf8_lossy(bytes).into()
}

fn texts_of(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn header_set(args: &Value) -> Outcome {
    let mut set: HeaderSet = texts(args, "init").into_iter().collect();
    let results = run(args, |method, args| header_set_call(&mut set, method, args));
    Ok(
        json!({"results": results, "items": set.iter().collect::<Vec<_>>(), "header": set.to_string()}),
    )
}

/// One call of a header set's method.
pub(crate) fn header_set_call(set: &mut HeaderSet, method: &str, args: &Value) -> Outcome {
    let value = text(args, "value").unwrap_or_default();
    let index = args["index"]
        .as_u64()
        .map_or(usize::MAX, |index| index as usize);
    let no_index = Failure::new("index_error");
    match method {
        "add" => drop(set.add(value)),
        "remove" if !set.remove(value) => return Err(Failure::new("key_error")),
        "remove" => {}
        "discard" => drop(set.remove(value)),
        "update" => set.extend(texts(args, "values")),
        "clear" => set.clear(),
        "find" => return Ok(set.position(value).map_or(json!(-1), Value::from)),
        "index" => return set.position(value).map(Value::from).ok_or(no_index),
        "contains" => return Ok(set.contains(value).into()),
        "get_index" => return set.get(index).map(Value::from).ok_or(no_index),
        "set_index" => drop(set.replace(index, value).ok_or(no_index)?),
        "del_index" => drop(set.remove_at(index).ok_or(no_index)?),
        "len" => return Ok(set.len().into()),
        "as_set" => {
            let keep = args["preserve_casing"] == true;
            let mut names: Vec<_> = set
                .iter()
                .map(|name| {
                    if keep {
                        name.to_owned()
                    } else {
                        name.to_lowercase()
                    }
                })
                .collect();
            names.sort_unstable();
            return Ok(names.into());
        }
        "header" => return Ok(set.to_string().into()),
        _ => return Err(Failure::unsupported()),
    }
    Ok(Value::Null)
}
