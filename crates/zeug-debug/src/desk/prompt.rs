//! Owns what a page asks of a frame's prompt, and the JSON of the answers. Whoever asks was let in before.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Map, Value, json};
use zeug_gateway::Response;

use super::{Refusal, ended, refusal, typed_json};
use crate::console::{self, Reply};
use crate::failure::Failure;

/// What is asked of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// A line is to be answered.
    Evaluate,
    /// A line is begun: what may follow.
    Complete,
    /// What is known of the frame.
    About,
    /// The line that is being answered is not wanted any more.
    Stop,
}

impl Deed {
    /// By the last segment of its address.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "evaluate" => Some(Self::Evaluate),
            "complete" => Some(Self::Complete),
            "frame" => Some(Self::About),
            "stop" => Some(Self::Stop),
            _ => None,
        }
    }
}

/// The answer to a question with a frame, and for some deeds a line.
pub(super) fn answer(
    failure: Option<Arc<Failure>>,
    deed: Deed,
    asked: &Value,
) -> Result<Response, Refusal> {
    let failure = failure.ok_or_else(ended)?;
    let frame = asked["frame"]
        .as_u64()
        .and_then(|frame| usize::try_from(frame).ok());
    let needs_line = matches!(deed, Deed::Evaluate | Deed::Complete);
    let (Some(frame), Some(line)) = (
        frame,
        asked["line"].as_str().or((!needs_line).then_some("")),
    ) else {
        return Err(refusal(
            StatusCode::BAD_REQUEST,
            "request",
            "a question names a frame and a line",
        ));
    };
    let no_frame = || {
        refusal(
            StatusCode::NOT_FOUND,
            "frame",
            "there is no such frame to ask",
        )
    };
    let told = match deed {
        Deed::Evaluate => {
            let reply = console::answer(&failure, frame, line).ok_or_else(no_frame)?;
            let status = match reply.wrong {
                Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
                None => StatusCode::OK,
            };
            return Ok(typed_json(status, &json_of(reply)));
        }
        Deed::Complete => match console::complete(&failure, frame, line).ok_or_else(no_frame)? {
            Ok(completed) => json!({"start": completed.start, "names": completed.names}),
            Err(why) => return Err(refusal(StatusCode::UNPROCESSABLE_ENTITY, "line", &why)),
        },
        Deed::About => {
            let about = console::about(&failure, frame).ok_or_else(no_frame)?;
            json!({"compiles": about.compiles, "note": about.note, "bound": about.bound, "missing": about.missing})
        }
        Deed::Stop => {
            console::stop(&failure, frame).ok_or_else(no_frame)?;
            json!({"stopped": true})
        }
    };
    Ok(typed_json(StatusCode::OK, &told))
}

/// What there is of a reply: `value` and `type`, or `error` and `message`; and beside them what it printed and what is to be said.
fn json_of(reply: Reply) -> Value {
    let mut told = Map::new();
    match reply.wrong {
        None => {
            told.insert("value".to_owned(), reply.value.into());
            told.insert("type".to_owned(), reply.type_name.into());
        }
        Some(wrong) => {
            told.insert("error".to_owned(), wrong.kind.into());
            told.insert("message".to_owned(), wrong.text.into());
            told.extend(wrong.html.map(|html| ("html".to_owned(), html.into())));
        }
    }
    if !reply.output.is_empty() {
        told.insert("output".to_owned(), reply.output.into());
        told.insert("cut".to_owned(), reply.cut.into());
    }
    if !reply.warnings.is_empty() {
        told.insert("warnings".to_owned(), reply.warnings.into());
    }
    told.extend(reply.note.map(|note| ("note".to_owned(), note.into())));
    Value::Object(told)
}
