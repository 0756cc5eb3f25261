//! Area `utils`: file names, paths, redirects, content types and files.

use serde_json::{Value, json};
use zeug_http::{ETag, HttpDate};
use zeug_messages::{Response, SendFile, append_slash_redirect, redirect, with_charset};
use zeug_security::{safe_join, secure_file_name};

use crate::args::{bytes, flag, text, texts};
use crate::http::refused;
use crate::response::{not_conditional, show_sent, show_status};
use crate::{Failure, Outcome, request};

pub(crate) fn answer(op: &str, args: &Value) -> Outcome {
    match op {
        "utils.secure_filename" => {
            Ok(secure_file_name(text(args, "filename").unwrap_or_default()).into())
        }
        "utils.safe_join" => {
            let directory = text(args, "directory").unwrap_or_default();
            let path = safe_join(directory, texts(args, "parts")).ok();
            Ok(path.as_deref().and_then(std::path::Path::to_str).into())
        }
        "utils.redirect" => {
            let location = text(args, "location").unwrap_or_default();
            show_redirect(redirect(location), args)
        }
        "utils.append_slash_redirect" => {
            let path = text(args, "path").unwrap_or_default();
            show_redirect(
                append_slash_redirect(path, text(args, "query_string")),
                args,
            )
        }
        "utils.get_content_type" => Ok(with_charset(
            text(args, "mimetype").unwrap_or_default(),
            text(args, "charset").unwrap_or_default(),
        )
        .into()),
        "utils.send_file" => send_file(args),
        _ => Err(Failure::unsupported()),
    }
}

fn show_redirect(response: Response, args: &Value) -> Outcome {
    let code = args["code"]
        .as_u64()
        .and_then(|code| u16::try_from(code).ok());
    let mut response = response.with_status(code.unwrap_or(302));
    let location = response.location().unwrap_or_default().into_owned();
    let content_type = response.content_type().unwrap_or_default().to_string();
    let body = response.buffer(1 << 20).unwrap_or_default();
    let page = String::from_utf8_lossy(&body);
    let link = [
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ("\"", "&#34;"),
        ("'", "&#39;"),
    ]
    .iter()
    .fold(location.clone(), |link, (from, to)| link.replace(from, to));
    Ok(json!({
        "status": show_status(response.status_line()),
        "location": location,
        "content_type": content_type,
        "link_escaped": page.contains(&format!("href=\"{link}\"")),
    }))
}

fn send_file(args: &Value) -> Outcome {
    let request = request::build(&args["request"])?;
    let now = HttpDate::from_unix_seconds(args["now"].as_i64().unwrap_or(1_700_000_000));
    let mut file = SendFile::new(bytes(args, "data_b64")).at(now);
    if let Some(media_type) = text(args, "mimetype") {
        file = file.media_type(media_type.to_owned());
    }
    if let Some(name) = text(args, "download_name") {
        file = file.download_name(name);
    }
    if flag(args, "as_attachment") {
        file = file.as_attachment();
    }
    if !flag(args, "conditional") {
        file = file.unconditional();
    }
    if let Some(tag) = text(args, "etag") {
        file = file.etag(ETag::strong(tag.to_owned()).map_err(refused)?);
    }
    if let Some(seconds) = args["last_modified"].as_f64() {
        file = file.last_modified(HttpDate::from_unix_seconds(seconds.floor() as i64));
    }
    if let Some(seconds) = args["max_age"].as_u64() {
        file = file.max_age(seconds);
    }
    let mut response = file
        .respond(&request)
        .map_err(|error| not_conditional(&error))?;
    response.finish_for(&request);
    Ok(Value::Object(show_sent(response)))
}
