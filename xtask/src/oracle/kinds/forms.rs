//! Kinds of deliberate differences in bodies of forms.

use serde_json::Value;

use super::{Case, Kind, is_field, is_refused, is_token, items, text};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        ops: &["forms.multipart_encode"],
        reason: "a name, field or boundary that would end where it should not is refused",
        holds: |case| {
            let breaks = |text: &str| text.contains(['\r', '\n', '\0']) || text.contains("%22");
            let mut parts = items(&case.args["parts"]);
            is_refused(case)
                && (!is_boundary(text(&case.args["boundary"]))
                    || parts.any(|part| {
                        [&part["name"], &part["filename"]]
                            .into_iter()
                            .any(|name| breaks(text(name)))
                            || items(&part["headers"]).any(|pair| !is_field(pair))
                    }))
        },
    },
    Kind {
        ops: &["forms.multipart_encode"],
        reason: "a quote or a backslash in a name is escaped, so that the name reads back",
        holds: |case| {
            items(&case.args["parts"]).any(|part| {
                [&part["name"], &part["filename"]]
                    .into_iter()
                    .any(|name| text(name).contains(['"', '\\']))
            })
        },
    },
    Kind {
        ops: &["forms.multipart_events", "forms.parse_form"],
        reason: "a part without a name is refused",
        holds: |case| {
            // Werkzeug calls it `None`, or reads on until it misses the end.
            items(&case.theirs["ok"]["events"])
                .any(|event| event["type"] != "data" && event.get("name") == Some(&Value::Null))
                || items(&case.theirs["ok"]["form"]).any(|pair| pair[0].is_null())
                || items(&case.theirs["ok"]["files"]).any(|file| file["name"].is_null())
                || (is_given_up(case) && has_nameless_part(case.args))
        },
    },
    Kind {
        ops: &["forms.multipart_events"],
        reason: "a boundary that is empty, too long or no text of printable characters is refused (RFC 2046 section 5.1.1)",
        holds: |case| {
            let boundary = bytes(&case.args["boundary_b64"]);
            case.ours["ok"]["error"] == "value_error"
                && !str::from_utf8(&boundary).is_ok_and(is_boundary)
        },
    },
    Kind {
        ops: &["forms.multipart_events", "forms.parse_form"],
        reason: "`filename*` counts only where there is no `filename` (RFC 7578 section 4.2)",
        holds: |case| {
            let body = String::from_utf8_lossy(&bytes(&case.args["body_b64"])).to_lowercase();
            body.split(['\r', '\n'])
                .any(|line| line.contains("filename*") && line.contains("filename="))
        },
    },
    Kind {
        ops: &["forms.parse_form"],
        reason: "a file's header block keeps what can be a field",
        holds: |case| {
            let (ours, theirs) = (&case.ours["ok"], &case.theirs["ok"]);
            let mut files = items(&ours["files"]).zip(items(&theirs["files"]));
            ours["form"] == theirs["form"]
                && files.all(|(our, their)| {
                    let fields = items(&their["headers"]).filter(|pair| is_field(pair));
                    our["body_b64"] == their["body_b64"] && items(&our["headers"]).eq(fields)
                })
        },
    },
    Kind {
        ops: &["forms.parse_form"],
        reason: "the limit of a field is not that of the buffer",
        holds: |case| {
            let limit = case.args["max_form_memory_size"].as_u64();
            let size = bytes(&case.args["body_b64"]).len() as u64;
            case.theirs["err"] == "request_entity_too_large"
                && case.ours.get("ok").is_some()
                && limit.is_some_and(|limit| limit < size)
        },
    },
    Kind {
        ops: &["forms.parse_form"],
        reason: "a body that is as long as its limit is taken",
        holds: |case| {
            let size = bytes(&case.args["body_b64"]).len() as u64;
            case.theirs["err"] == "request_entity_too_large"
                && case.args["max_content_length"] == size
        },
    },
    Kind {
        ops: &["forms.parse_form"],
        reason: "a body beyond its limit is refused, and not cut off there",
        holds: |case| {
            let limit = case.args["max_content_length"].as_u64();
            let size = bytes(&case.args["body_b64"]).len() as u64;
            case.ours["err"] == "request_entity_too_large"
                && case.args["content_length"].is_null()
                && limit.is_some_and(|limit| limit < size)
        },
    },
];

/// Whether a boundary is one (RFC 2046 section 5.1.1, with what clients use beside).
fn is_boundary(text: &str) -> bool {
    let is_printable = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    (1..=70).contains(&text.len()) && text.bytes().all(is_printable) && !text.ends_with(' ')
}

/// Whether zeug gave a form up where Werkzeug goes on, until the end that does not come or the limit of parts.
fn is_given_up(case: &Case<'_>) -> bool {
    let (ours, theirs) = (&case.ours["ok"], &case.theirs["ok"]);
    let refused = |answer: &Value, kinds: &[&str]| kinds.iter().any(|kind| answer == kind);
    let is_empty = ours["form"] == Value::Array(Vec::new()) && ours["files"] == ours["form"];
    (is_empty
        || refused(&case.ours["err"], &["value_error"])
        || refused(&ours["error"], &["value_error"]))
        && (refused(
            &case.theirs["err"],
            &["client_disconnected", "request_entity_too_large"],
        ) || refused(&theirs["error"], &["request_entity_too_large"]))
}

/// Whether a part's `Content-Disposition` has no `name`.
fn has_nameless_part(args: &Value) -> bool {
    let body = String::from_utf8_lossy(&bytes(&args["body_b64"])).to_lowercase();
    let mut fields = body.split("content-disposition").skip(1);
    fields.any(|field| {
        let line = field.split(['\r', '\n']).next().unwrap_or_default();
        let value = line.split_once(':').map_or("", |(_, value)| value);
        if value.trim_start().starts_with(';') {
            return true;
        }
        let mut values = line
            .split(';')
            .filter_map(|part| part.trim().strip_prefix("name="));
        !values.any(|value| match value.strip_prefix('"') {
            Some(quoted) => quoted.contains('"'),
            None => value.starts_with(|char: char| is_token(char.encode_utf8(&mut [0; 4]))),
        })
    })
}

fn bytes(value: &Value) -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.decode(text(value)).unwrap_or_default()
}
