//! Area `http`: ranges and conditions.

use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use zeug_http::{
    Conditions, ContentRange, ETag, HttpDate, IfRange, IfRangeUse, Range, RangeSpec,
    Representation, is_modified,
};

use super::refused;
use crate::args::{bytes, flag, pairs, text};
use crate::{Failure, Outcome};

pub(super) fn answer(op: &str, args: &Value, given: &str) -> Outcome {
    match op.strip_prefix("http.").unwrap_or(op) {
        "parse_range" => Ok(match Range::parse(given) {
            Err(_) => Value::Null,
            Ok(range) => {
                let lengths = args["lengths"]
                    .as_array()
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                let resolved: Vec<Value> = lengths
                    .iter()
                    .map(|length| resolved(&range, length.as_u64()))
                    .collect();
                json!({"units": range.unit(), "ranges": specs(&range), "header": range.to_string(), "for_length": resolved})
            }
        }),
        "range_for_length" => {
            let range = direct(args).map_err(refused)?;
            let mut answer = resolved(&range, args["length"].as_u64());
            answer["header"] = range.to_string().into();
            Ok(answer)
        }
        "parse_content_range" => Ok(ContentRange::parse(given)
            .ok()
            .map(|range| show(&range))
            .into()),
        "dump_content_range" => {
            let range = content_range(args).ok_or(Failure::new("value_error"))?;
            Ok(if text(args, "units").is_some() {
                range.to_string().into()
            } else {
                "".into()
            })
        }
        "parse_if_range" => Ok(show_if_range(IfRange::parse(given).ok().as_ref())),
        "is_byte_range_valid" => Ok(content_range(args).is_some().into()),
        _ => Ok(modified(args).into()),
    }
}

pub(crate) fn show_if_range(field: Option<&IfRange<'_>>) -> Value {
    match field {
        None => json!({"etag": null, "date": null, "header": ""}),
        Some(field) => json!({
            "etag": field.tag().map(ETag::value),
            "date": field.date().map(HttpDate::unix_seconds),
            // The reference writes a weak tag as a strong one, and none that holds a quote.
            "header": match field {
                IfRange::Tag(tag) => ETag::strong(tag.value()).ok().map(|tag| tag.to_string()),
                IfRange::Date(date) => Some(date.to_string()),
            },
        }),
    }
}

pub(crate) fn specs(range: &Range<'_>) -> Vec<Value> {
    range
        .specs()
        .iter()
        .map(|spec| match *spec {
            RangeSpec::Closed { first, last } => json!([first, last.saturating_add(1)]),
            RangeSpec::From(first) => json!([first, null]),
            RangeSpec::Suffix(count) => json!([-i64::try_from(count).unwrap_or(i64::MAX), null]),
        })
        .collect()
}

pub(crate) fn show(range: &ContentRange<'_>) -> Value {
    json!({
        "units": range.unit(),
        "start": range.range().map(|range| range.start),
        "stop": range.range().map(|range| range.end),
        "length": range.length(),
        "header": range.to_string(),
    })
}

fn resolved(range: &Range<'_>, length: Option<u64>) -> Value {
    let single = length.and_then(|length| range.single(length));
    let content_range = length.and_then(|length| range.content_range(length));
    json!({
        "length": length,
        "range": single.map(|range| [range.start, range.end]),
        "content_range": content_range.as_ref().map(show),
        "content_range_header": content_range.map(|range| range.to_string()),
    })
}

fn direct(args: &Value) -> Result<Range<'_>, zeug_http::FieldError> {
    let pairs = args["ranges"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let specs = pairs
        .iter()
        .map(|pair| {
            let stop = pair[1]
                .as_i64()
                .map(|stop| u64::try_from(stop).unwrap_or(0));
            RangeSpec::new(pair[0].as_i64().unwrap_or(0), stop)
        })
        .collect::<Result<_, _>>()?;
    Ok(Range::new(text(args, "units").unwrap_or(""), specs))
}

/// The arguments as a content range; negative numbers and half a range are none.
pub(crate) fn content_range(args: &Value) -> Option<ContentRange<'_>> {
    let number = |name: &str| match &args[name] {
        Value::Null => Some(None),
        value => value.as_u64().map(Some),
    };
    let range = match (number("start")?, number("stop")?) {
        (None, None) => None,
        (Some(start), Some(stop)) => Some(start..stop),
        _ => return None,
    };
    ContentRange::new(
        text(args, "units").unwrap_or("bytes"),
        range,
        number("length")?,
    )
    .ok()
}

fn modified(args: &Value) -> bool {
    let field = |name: &str| {
        pairs(args, "headers")
            .filter(|(other, _)| other.eq_ignore_ascii_case(name))
            .last()
            .map(|(_, value)| value)
    };
    let mut conditions = Conditions::default();
    if let Some(value) = field("If-Match") {
        conditions = conditions.if_match(value);
    }
    if let Some(value) = field("If-None-Match") {
        conditions = conditions.if_none_match(value);
    }
    if let Some(value) = field("If-Modified-Since") {
        conditions = conditions.if_modified_since(value);
    }
    if let Some(value) = field("If-Range") {
        conditions = conditions.if_range(value);
    }
    if let Some(value) = field("Range") {
        conditions = conditions.range(value);
    }
    let data = bytes(args, "data_b64");
    let hex: String = Sha1::digest(&data)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let etag = match text(args, "etag") {
        None if args["data_b64"].is_string() => ETag::strong(hex).ok(),
        None => None,
        Some(tag) => ETag::parse(tag).ok(),
    };
    let representation = Representation {
        etag,
        last_modified: args["last_modified"]
            .as_i64()
            .map(HttpDate::from_unix_seconds),
        ..Representation::default()
    };
    let if_range = if flag(args, "ignore_if_range") {
        IfRangeUse::Ignore
    } else {
        IfRangeUse::Consult
    };
    is_modified(&conditions, &representation, if_range)
}
