//! Area `http`: credentials and challenges.

use serde_json::{Value, json};
use zeug_http::{Authorization, Credentials, FieldErrorKind, WwwAuthenticate};

use super::{dict, optional_pairs, refused};
use crate::Outcome;
use crate::args::text;

pub(crate) fn show(scheme: &str, credentials: &Credentials<'_>, header: String) -> Value {
    let (params, token) = match credentials {
        Credentials::Basic { username, password } => (
            json!([["username", username], ["password", password]]),
            None,
        ),
        Credentials::Token(token) => (json!([]), Some(token.as_ref())),
        Credentials::Parameters(parameters) => (optional_pairs(parameters.iter()), None),
    };
    json!({"type": scheme, "params": params, "token": token, "header": header})
}

pub(crate) fn parse_authorization(given: &str) -> Outcome {
    match Authorization::parse(given) {
        Ok(auth) => Ok(show(auth.scheme(), auth.credentials(), auth.to_string())),
        // The reference knows this one error from the others, which are no credentials.
        Err(error) if error.kind() == FieldErrorKind::UnexpectedByte => Err(refused(error)),
        Err(_) => Ok(Value::Null),
    }
}

pub(super) fn parse_www_authenticate(given: &str) -> Outcome {
    Ok(WwwAuthenticate::parse(given)
        .ok()
        .map(|auth| show(auth.scheme(), auth.challenge(), auth.to_string()))
        .into())
}

pub(crate) fn credentials(args: &Value) -> Credentials<'_> {
    let parameters = dict(args, "params");
    match text(args, "token") {
        Some(token) => Credentials::Token(token.into()),
        None => Credentials::Parameters(parameters),
    }
}

pub(super) fn dump_authorization(args: &Value) -> Outcome {
    let scheme = text(args, "type").unwrap_or("");
    let parameters = dict(args, "params");
    let credentials = match (
        scheme,
        parameters.get("username"),
        parameters.get("password"),
    ) {
        ("basic", Some(Some(username)), Some(Some(password))) => Credentials::Basic {
            username: username.to_owned().into(),
            password: password.to_owned().into(),
        },
        _ => credentials(args),
    };
    Ok(Authorization::new(scheme, credentials).to_string().into())
}

pub(super) fn dump_www_authenticate(args: &Value) -> Outcome {
    Ok(
        WwwAuthenticate::new(text(args, "type").unwrap_or(""), credentials(args))
            .to_string()
            .into(),
    )
}
