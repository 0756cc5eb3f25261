//! What zeug answers otherwise than Werkzeug on purpose, by kinds, each with its reason and how it is told from a fault. A kind looks at the question as well as at the answers,
//! so that it explains no more than it says.

mod forms;
mod http;
mod urls;

use serde_json::Value;

/// A question that the two answered differently.
pub(super) struct Case<'c> {
    pub(super) op: &'c str,
    pub(super) args: &'c Value,
    pub(super) ours: &'c Value,
    pub(super) theirs: &'c Value,
}

/// A sort of deliberate differences.
struct Kind {
    /// The operations, by the beginning of their name.
    ops: &'static [&'static str],
    reason: &'static str,
    holds: fn(&Case<'_>) -> bool,
}

/// Why this difference is deliberate.
pub(super) fn reason(case: &Case<'_>) -> Option<&'static str> {
    [forms::KINDS, http::KINDS, urls::KINDS]
        .into_iter()
        .flatten()
        .find(|kind| kind.ops.iter().any(|op| case.op.starts_with(op)) && (kind.holds)(case))
        .map(|kind| kind.reason)
}

/// Whether the reference failed where it should have answered: an error of Python escaped.
pub(super) fn is_accident(answer: &Value) -> bool {
    match answer {
        Value::String(text) => text.starts_with("accident:"),
        Value::Array(list) => list.iter().any(is_accident),
        Value::Object(members) => members.values().any(is_accident),
        _ => false,
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Whether zeug refuses what Werkzeug takes.
fn is_refused(case: &Case<'_>) -> bool {
    case.ours["err"] == "value_error" && case.theirs.get("ok").is_some()
}

fn is_token(text: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_known)
}

/// Whether a pair can be a header field.
fn is_field(pair: &Value) -> bool {
    is_token(text(&pair[0]))
        && !text(&pair[1]).contains(|char: char| char.is_control() && char != '\t')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Case, is_accident, reason};

    #[test]
    fn a_kind_explains_no_more_than_it_says() {
        let args = json!({"value": "a; b c"});
        let ours = json!({"ok": {"items": [["a", ""], ["b", "c"]]}});
        let theirs = json!({"ok": {"items": [["b", "c"]]}});
        let op = "http.parse_csp";
        let case = |ours, theirs| Case {
            op,
            args: &args,
            ours,
            theirs,
        };
        assert!(reason(&case(&ours, &theirs)).is_some());
        let other = json!({"ok": {"items": [["b", "d"]]}});
        assert!(reason(&case(&ours, &other)).is_none());
    }

    #[test]
    fn errors_of_python_are_no_answers() {
        assert!(is_accident(&json!({"ok": [{"err": "accident:TypeError"}]})));
        assert!(!is_accident(&json!({"err": "value_error"})));
    }
}
