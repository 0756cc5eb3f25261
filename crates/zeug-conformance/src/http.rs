//! Area `http`: header field values. Credentials, cookies and conditions stand in their own files.

pub(crate) mod auth;
pub(crate) mod cookies;
pub(crate) mod ranges;

use serde_json::{Value, json};
use zeug_datastructures::HeaderSet;
use zeug_http::{
    Accept, AcceptCharset, AcceptEncoding, AcceptLanguage, Age, ContentSecurityPolicy, Directive,
    ETag, ETags, FieldDict, FieldList, HttpDate, KEPT_WITHOUT_BODY, OptionsField, Quoting,
    RequestCacheControl, ResponseCacheControl, is_entity_field, is_hop_by_hop, quote,
    remove_entity_fields, remove_hop_by_hop, status_phrase, unquote,
};

use crate::args::{flag, pairs, text, texts};
use crate::{Failure, Outcome};

/// Answers an operation of this area.
pub(crate) fn answer(op: &str, args: &Value) -> Outcome {
    let value = text(args, "value");
    let given = value.unwrap_or("");
    match op.strip_prefix("http.").unwrap_or(op) {
        "parse_list_header" => Ok(FieldList::parse(given).iter().collect()),
        "parse_set_header" => {
            let set: HeaderSet = FieldList::parse(given).iter().collect();
            Ok(json!({"items": set.iter().collect::<Vec<_>>(), "header": set.to_string()}))
        }
        "parse_dict_header" => Ok(optional_pairs(FieldDict::parse(given).iter())),
        "parse_options_header" => {
            let field = OptionsField::parse(given);
            Ok(json!({"value": field.value(), "options": field.iter().collect::<Vec<_>>()}))
        }
        "dump_header_list" => Ok(texts(args, "items")
            .into_iter()
            .collect::<FieldList>()
            .to_string()
            .into()),
        "dump_header_dict" => Ok(dict(args, "items").to_string().into()),
        "dump_options_header" => {
            let mut field = value.map_or_else(OptionsField::default, OptionsField::new);
            for (key, value) in dict(args, "options").iter() {
                if let Some(value) = value {
                    field
                        .insert(key.to_owned(), value.to_owned())
                        .map_err(refused)?;
                }
            }
            Ok(field.to_string().into())
        }
        "quote_header_value" => {
            let quoting = if flag(args, "allow_token") {
                Quoting::WhenNeeded
            } else {
                Quoting::Always
            };
            Ok(quote(given, quoting).into())
        }
        "unquote_header_value" => Ok(unquote(given).into()),
        "parse_accept" | "accept_quality" | "accept_best_match" | "accept_shortcuts" => {
            accept(op, args, given)
        }
        "parse_cache_control" => Ok(match text(args, "kind") {
            Some("request") => request_cache(&RequestCacheControl::parse(given)),
            _ => response_cache(&ResponseCacheControl::parse(given)),
        }),
        "cache_control_script" => Ok(response_cache(&cache_script(given, &args["set"]))),
        "parse_csp" => Ok(policy(&ContentSecurityPolicy::parse(given))),
        "csp_script" => {
            let mut csp = ContentSecurityPolicy::parse(given);
            for (directive, value) in named(&args["set"]) {
                match value.as_str() {
                    Some(value) => csp.insert(directive, value),
                    None => {
                        csp.remove(directive);
                    }
                }
            }
            Ok(policy(&csp))
        }
        "parse_authorization" => auth::parse_authorization(given),
        "parse_www_authenticate" => auth::parse_www_authenticate(given),
        "dump_authorization" => auth::dump_authorization(args),
        "dump_www_authenticate" => auth::dump_www_authenticate(args),
        "parse_etags" => Ok(etags(args, given)),
        "quote_etag" => {
            let tag = text(args, "etag").unwrap_or("");
            let tag = if flag(args, "weak") {
                ETag::weak(tag)
            } else {
                ETag::strong(tag)
            };
            Ok(tag.map_err(refused)?.to_string().into())
        }
        "unquote_etag" => Ok(match ETag::parse(given) {
            Ok(tag) => json!({"etag": tag.value(), "weak": tag.is_weak()}),
            Err(_) => json!({"etag": null, "weak": null}),
        }),
        "parse_date" => Ok(HttpDate::parse(given)
            .ok()
            .map(HttpDate::unix_seconds)
            .into()),
        "http_date" => {
            let seconds = args["timestamp"]
                .as_i64()
                .unwrap_or_else(|| args["timestamp"].as_f64().unwrap_or(0.0).floor() as i64);
            Ok(HttpDate::from_unix_seconds(seconds).to_string().into())
        }
        "parse_age" => Ok(Age::parse(given).ok().map(Age::seconds).into()),
        "dump_age" => match args["age"].as_i64() {
            None => Ok(Value::Null),
            Some(age) => Ok(Age::try_from(age).map_err(refused)?.to_string().into()),
        },
        "is_hop_by_hop_header" => Ok(is_hop_by_hop(text(args, "name").unwrap_or("")).into()),
        "is_entity_header" => Ok(is_entity_field(text(args, "name").unwrap_or("")).into()),
        "remove_entity_headers" => {
            let mut headers: Vec<_> = pairs(args, "headers").collect();
            match &args["allowed"] {
                Value::Null => remove_entity_fields(&mut headers, &KEPT_WITHOUT_BODY),
                _ => remove_entity_fields(&mut headers, &texts(args, "allowed")),
            }
            Ok(json!(headers))
        }
        "remove_hop_by_hop_headers" => {
            let mut headers: Vec<_> = pairs(args, "headers").collect();
            remove_hop_by_hop(&mut headers);
            Ok(json!(headers))
        }
        "status_phrase" => Ok(args["code"]
            .as_u64()
            .and_then(|code| u16::try_from(code).ok())
            .and_then(status_phrase)
            .into()),
        "parse_cookie" => Ok(cookies::parse(given)),
        "dump_cookie" => cookies::dump(args),
        "parse_range"
        | "range_for_length"
        | "parse_content_range"
        | "dump_content_range"
        | "parse_if_range"
        | "is_byte_range_valid"
        | "is_resource_modified" => ranges::answer(op, args, given),
        _ => Err(Failure::unsupported()),
    }
}

/// What the crate refuses.
pub(crate) fn refused(_: zeug_http::FieldError) -> Failure {
    Failure::new("value_error")
}

fn optional_pairs<'a>(pairs: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> Value {
    pairs.map(|(key, value)| json!([key, value])).collect()
}

/// A list of `[name, anything]`.
pub(crate) fn named(list: &Value) -> impl Iterator<Item = (&str, &Value)> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|pair| Some((pair[0].as_str()?, &pair[1])))
}

/// A mapping of text to optional text.
fn dict<'a>(args: &'a Value, name: &str) -> FieldDict<'a> {
    named(&args[name])
        .map(|(key, value)| (key, value.as_str()))
        .collect()
}

/// An Accept field as the protocol shows it.
macro_rules! show_accept {
    ($field:expr) => {{
        let field = $field;
        json!({
            "provided": field.is_provided(),
            "items": field.items(),
            "best": field.best(),
            "header": field.to_string(),
        })
    }};
}
pub(crate) use show_accept;

/// The four Accept fields have one shape but are four types.
macro_rules! accept_op {
    ($field:expr, $op:expr, $args:expr) => {{
        let (field, args) = ($field, $args);
        match $op {
            "http.parse_accept" => show_accept!(field),
            "http.accept_quality" => {
                let key = text(args, "key").unwrap_or("");
                json!({
                    "quality": field.quality(key),
                    "contains": field.contains(key),
                    "index": field.position(key).map_or(-1, |at| at as i64),
                })
            }
            _ => field.best_match(texts(args, "matches")).or(text(args, "default")).into(),
        }
    }};
}

fn accept(op: &str, args: &Value, given: &str) -> Outcome {
    if op == "http.accept_shortcuts" {
        let accept = Accept::parse(given);
        return Ok(
            json!({"html": accept.accepts_html(), "xhtml": accept.accepts_xhtml(), "json": accept.accepts_json()}),
        );
    }
    Ok(match text(args, "kind") {
        Some("mime") => {
            let accept = Accept::parse(given);
            match op {
                "http.accept_quality" => {
                    accept
                        .try_quality(text(args, "key").unwrap_or(""))
                        .map_err(refused)?;
                }
                "http.accept_best_match" => {
                    accept
                        .try_best_match(texts(args, "matches"))
                        .map_err(refused)?;
                }
                _ => {}
            }
            accept_op!(accept, op, args)
        }
        Some("language") => accept_op!(AcceptLanguage::parse(given), op, args),
        Some("charset") => accept_op!(AcceptCharset::parse(given), op, args),
        _ => accept_op!(AcceptEncoding::parse(given), op, args),
    })
}

fn directive<T: Into<Value>>(value: Option<Directive<T>>) -> Value {
    match value {
        None => Value::Null,
        Some(Directive::Bare) => true.into(),
        Some(Directive::Value(value)) => value.into(),
    }
}

pub(crate) fn request_cache(field: &RequestCacheControl<'_>) -> Value {
    json!({
        "items": optional_pairs(field.iter()),
        "header": field.to_string(),
        "props": [
            ["no-store", field.no_store()],
            ["max-age", field.max_age()],
            ["no-transform", field.no_transform()],
            ["stale-if-error", field.stale_if_error()],
            ["no-cache", field.no_cache()],
            ["max-stale", directive(field.max_stale())],
            ["min-fresh", field.min_fresh()],
            ["only-if-cached", field.only_if_cached()],
        ],
    })
}

pub(crate) fn response_cache(field: &ResponseCacheControl<'_>) -> Value {
    json!({
        "items": optional_pairs(field.iter()),
        "header": field.to_string(),
        "props": [
            ["no-store", field.no_store()],
            ["max-age", field.max_age()],
            ["no-transform", field.no_transform()],
            ["stale-if-error", field.stale_if_error()],
            ["no-cache", directive(field.no_cache())],
            ["public", field.public()],
            ["private", directive(field.private())],
            ["must-revalidate", field.must_revalidate()],
            ["proxy-revalidate", field.proxy_revalidate()],
            ["s-maxage", field.s_maxage()],
            ["immutable", field.immutable()],
            ["must-understand", field.must_understand()],
            ["stale-while-revalidate", field.stale_while_revalidate()],
        ],
    })
}

/// Runs `[directive, value]` settings: true adds it bare, false and null remove it.
pub(crate) fn cache_script<'a>(given: &'a str, script: &'a Value) -> ResponseCacheControl<'a> {
    let mut field = ResponseCacheControl::parse(given);
    for (name, value) in named(script) {
        match value {
            Value::Bool(true) => field.insert(name, None),
            Value::Number(number) => field.insert(name, Some(number.to_string().into())),
            Value::String(text) => field.insert(name, Some(text.as_str().into())),
            _ => {
                field.remove(name);
            }
        }
    }
    field
}

pub(crate) fn policy(csp: &ContentSecurityPolicy<'_>) -> Value {
    json!({"items": csp.iter().collect::<Vec<_>>(), "header": csp.to_string()})
}

/// A list of tags as the protocol shows it.
pub(crate) fn show_etags(tags: &ETags<'_>) -> Value {
    let sorted = |weak: bool| {
        let mut all: Vec<&str> = tags
            .iter()
            .filter(|tag| tag.is_weak() == weak)
            .map(ETag::value)
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let (strong, weak) = (sorted(false), sorted(true));
    let header = (strong.len() <= 1 && weak.len() <= 1).then(|| {
        if tags.is_star() {
            return tags.to_string();
        }
        // A set: the strong tag, then the weak one, each once.
        let first = |weak: bool| tags.iter().find(|tag| tag.is_weak() == weak).cloned();
        [false, true]
            .into_iter()
            .filter_map(first)
            .collect::<ETags<'_>>()
            .to_string()
    });
    json!({"star": tags.is_star(), "strong": strong, "weak": weak, "header": header})
}

fn etags(args: &Value, given: &str) -> Value {
    let tags = ETags::parse(given);
    let checks: Vec<Value> = texts(args, "check")
        .into_iter()
        .map(|tag| {
            let own = ETag::strong(tag);
            json!({
                "tag": tag,
                "is_strong": tags.is_strong(tag),
                "is_weak": tags.is_weak(tag),
                "contains": own.as_ref().is_ok_and(|own| tags.matches_strongly(own)),
                "contains_weak": own.as_ref().is_ok_and(|own| tags.matches_weakly(own)),
            })
        })
        .collect();
    let raw: Vec<Value> = texts(args, "check_raw")
        .into_iter()
        .map(|tag| json!([tag, ETag::parse(tag).is_ok_and(|own| tags.contains(&own))]))
        .collect();
    let mut shown = show_etags(&tags);
    shown["checks"] = checks.into();
    shown["raw_checks"] = raw.into();
    shown
}
