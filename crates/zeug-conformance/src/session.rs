//! Area `session`: Flask's session cookie and its tagged JSON.

use serde_json::json;
use zeug_http::HttpDate;
use zeug_securecookie::{
    Dict, KeyRing, Session, SessionSettings, Value, from_tagged_json, to_tagged_json,
};

use crate::args::{base64, text, texts};
use crate::signing::{max_age, now, show_token};
use crate::{Failure, Outcome};

pub(crate) fn answer(op: &str, args: &serde_json::Value) -> Outcome {
    match op {
        "session.encode" => {
            let settings = settings(args)?;
            let mut session = Session::new();
            if let Value::Dict(dict) = untyped(&args["value"]) {
                *session.values_mut() = dict;
            }
            let token = settings.encode(&session, now(args))?;
            let back = settings.decode(&token, now(args))?;
            Ok(show_token(token, typed_dict(back.values())))
        }
        "session.decode" => {
            let cookie = text(args, "cookie").unwrap_or_default();
            Ok(typed_dict(
                settings(args)?.decode(cookie, now(args))?.values(),
            ))
        }
        "session.tag_dumps" => Ok(to_tagged_json(&untyped(&args["value"]))?.into()),
        "session.tag_loads" => from_tagged_json(text(args, "text").unwrap_or_default())
            .map(|value| typed(&value))
            .map_err(|_| Failure::new("value_error")),
        _ => Err(Failure::unsupported()),
    }
}

fn settings(args: &serde_json::Value) -> Result<SessionSettings, Failure> {
    let mut keys = texts(args, "fallbacks");
    keys.push(text(args, "secret_key").unwrap_or_default());
    let settings = SessionSettings::new(KeyRing::oldest_first(keys)?)?;
    Ok(match max_age(args) {
        Some(max_age) => settings.lifetime(max_age),
        None => settings,
    })
}

/// A value of the protocol's typed values.
fn untyped(value: &serde_json::Value) -> Value {
    let items = |value: &serde_json::Value| -> Vec<Value> {
        value
            .as_array()
            .into_iter()
            .flatten()
            .map(untyped)
            .collect()
    };
    let object = match value {
        serde_json::Value::Array(_) => return items(value).into(),
        serde_json::Value::Object(object) => object,
        other => return Value::from_serde(other).unwrap_or_default(),
    };
    let Some((tag, inner)) = object.iter().next() else {
        return Value::Null;
    };
    let text = inner.as_str().unwrap_or_default();
    match tag.as_str() {
        "$tuple" => Value::Tuple(items(inner)),
        "$bytes_b64" => Value::Bytes(crate::args::bytes(value, tag)),
        "$markup" => Value::Markup(text.to_owned()),
        "$uuid" => Value::Uuid(
            u128::from_str_radix(&text.replace('-', ""), 16)
                .unwrap_or_default()
                .to_be_bytes(),
        ),
        "$datetime" => HttpDate::from_unix_seconds(inner.as_i64().unwrap_or_default()).into(),
        _ => {
            let pairs = inner.as_array().into_iter().flatten();
            pairs
                .map(|pair| (pair[0].as_str().unwrap_or_default(), untyped(&pair[1])))
                .collect::<Dict>()
                .into()
        }
    }
}

fn typed_dict(dict: &Dict) -> serde_json::Value {
    let pairs: Vec<_> = dict
        .iter()
        .map(|(key, value)| json!([key, typed(value)]))
        .collect();
    json!({"$dict": pairs})
}

/// Typed values of a value.
fn typed(value: &Value) -> serde_json::Value {
    let items = |items: &[Value]| -> Vec<serde_json::Value> { items.iter().map(typed).collect() };
    match value {
        Value::List(list) => items(list).into(),
        Value::Tuple(tuple) => json!({"$tuple": items(tuple)}),
        Value::Dict(dict) => typed_dict(dict),
        Value::Bytes(bytes) => json!({"$bytes_b64": base64(bytes)}),
        Value::Markup(text) => json!({"$markup": text}),
        // As text it has hyphens.
        Value::Uuid(_) => json!({"$uuid": plain(value)}),
        Value::DateTime(date) => json!({"$datetime": date.unix_seconds()}),
        other => plain(other),
    }
}

fn plain(value: &Value) -> serde_json::Value {
    value.to_serde().unwrap_or_default()
}
