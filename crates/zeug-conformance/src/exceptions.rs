//! The area `exceptions`: errors as answers. Escaping and fields are zeug's; the texts are not compared.

use ::http::header::{CONTENT_RANGE, HeaderValue};
use ::http::{Method, StatusCode};
use serde_json::{Value, json};
use zeug_gateway::IntoResponse;
use zeug_http::{ContentRange, HttpDate, RetryAfter, WwwAuthenticate};
use zeug_messages::{ErrorForm, HttpError, Response};

use crate::args::{text, texts};
use crate::http::auth;
use crate::{Failure, Outcome};

pub(crate) fn answer(op: &str, args: &Value) -> Outcome {
    match op {
        "exceptions.describe" => describe(args),
        "exceptions.abort" => Ok(show(error(args)?, None)),
        _ => Err(Failure::unsupported()),
    }
}

/// The error of the code; the reference knows the errors that have a description, and so does zeug.
fn error(args: &Value) -> Result<HttpError, Failure> {
    args["code"]
        .as_u64()
        .and_then(|code| u16::try_from(code).ok())
        .and_then(|code| StatusCode::from_u16(code).ok())
        .map(HttpError::new)
        .filter(|error| !error.description().is_empty())
        .ok_or(Failure::new("lookup_error"))
}

fn describe(args: &Value) -> Outcome {
    let mut error = error(args)?;
    if !args["valid_methods"].is_null() {
        let methods = texts(args, "valid_methods");
        let methods = methods
            .iter()
            .filter_map(|method| Method::from_bytes(method.as_bytes()).ok());
        error = HttpError::method_not_allowed(methods);
    }
    if let Some(seconds) = args["retry_after"].as_u64() {
        error = error.with_retry_after(RetryAfter::Seconds(seconds));
    }
    if let Some(date) = args["retry_after"]["date"].as_i64() {
        error = error.with_retry_after(RetryAfter::Date(HttpDate::from_unix_seconds(date)));
    }
    if let Some(length) = args["length"].as_u64() {
        let refused = |_| Failure::new("value_error");
        let range = ContentRange::new(text(args, "units").unwrap_or("bytes"), None, Some(length));
        let range = HeaderValue::try_from(range.map_err(refused)?).map_err(refused)?;
        error = error.with_header(&CONTENT_RANGE, &range);
    }
    for challenge in args["www_authenticate"].as_array().into_iter().flatten() {
        let challenge = WwwAuthenticate::new(
            text(challenge, "type").unwrap_or_default(),
            auth::credentials(challenge),
        );
        error = error
            .try_with_challenge(&challenge)
            .map_err(|_| Failure::new("value_error"))?;
    }
    let given = text(args, "description");
    if let Some(description) = given {
        error = error.with_description(description.to_owned());
    }
    Ok(show(error, given))
}

fn show(error: HttpError, given: Option<&str>) -> Value {
    let page = error.body(ErrorForm::Html);
    let shown = page
        .split_once("<p>")
        .and_then(|(_, rest)| rest.split_once("</p>"))
        .map(|(description, _)| description.to_owned());
    let (code, name) = (error.status().as_u16(), error.name());
    let has_description = !error.description().is_empty();
    let answer = error.into_response();
    let headers: Vec<Value> = answer
        .headers()
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect();
    let response = Response::from(answer);
    let mut shown_error = json!({
        "code": code,
        "name": name,
        "status": response.status_line().to_string().to_uppercase(),
        "headers": headers,
        "mimetype": response.headers().get("content-type").map(|value| {
            let value = value.to_utf8_lossy();
            value.split(';').next().unwrap_or_default().to_owned()
        }),
        "has_description": has_description,
    });
    if given.is_some() {
        shown_error["body_has_description"] = shown.is_some().into();
        shown_error["description_html"] = shown.into();
    }
    shown_error
}
