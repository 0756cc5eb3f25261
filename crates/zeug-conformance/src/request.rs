//! The area `request`: a request of the described shape, and its properties by their names in the reference.

use std::io::{Cursor, Read, Seek};

use ::http::header::{AUTHORIZATION, CONTENT_LENGTH, TRANSFER_ENCODING};
use ::http::{HeaderName, HeaderValue, Method, Uri};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::{Value, json};
use zeug_datastructures::HeaderSet;
use zeug_forms::{FormErrorKind, Limits};
use zeug_gateway::{Body, BodyError, BodyErrorKind, Received};
use zeug_http::{FieldList, HttpDate};
use zeug_messages::{FormOptions, HttpError, Request, Site};
use zeug_urls::{Host, UrlError};

use crate::args::{base64, bytes, count, flag, pairs, text, texts};
use crate::http::{auth, ranges, request_cache, show_accept, show_etags};
use crate::urls::grouped;
use crate::{Failure, Outcome, forms, members};

pub(crate) fn answer(op: &str, args: &Value) -> Outcome {
    let mut request = build(&args["request"])?;
    if op == "request.get_json" {
        return get_json(&request, flag(args, "force"), flag(args, "silent"));
    }
    Ok(texts(args, "props")
        .into_iter()
        .map(|name| {
            let outcome = property(&mut request, name);
            json!([name, Value::Object(members(outcome))])
        })
        .collect())
}

/// The request that a description stands for, as a server would hand it on.
pub(crate) fn build(description: &Value) -> Result<Request, Failure> {
    let path = text(description, "path").unwrap_or("/");
    let encoded = percent_encode(path.trim_start_matches('/').as_bytes(), NON_ALPHANUMERIC);
    let query = text(description, "query_string").unwrap_or_default();
    let method = text(description, "method").unwrap_or("GET");
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| Failure::new("value_error"))?;

    let mut raw = ::http::Request::new(Body::empty());
    *raw.method_mut() = method;
    *raw.uri_mut() =
        Uri::try_from(format!("/{encoded}")).map_err(|_| Failure::new("value_error"))?;
    for (name, value) in pairs(description, "headers") {
        let name = HeaderName::try_from(name).map_err(|_| Failure::new("value_error"))?;
        let value =
            HeaderValue::from_bytes(value.as_bytes()).map_err(|_| Failure::new("value_error"))?;
        raw.headers_mut().append(name, value);
    }
    let length = bytes(description, "body_b64").len();
    let framed =
        raw.headers().contains_key(CONTENT_LENGTH) || raw.headers().contains_key(TRANSFER_ENCODING);
    if text(description, "body_b64").is_some() && !framed {
        raw.headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    let mut raw = zeug_gateway::Request::from(raw);
    *raw.received_mut() = Received::default().with_target(format!("/{encoded}?{query}"));
    raw.extensions_mut().insert(site(description));

    let mut request = Request::from(raw);
    let body = body(description, request.content_length());
    let mut raw = zeug_gateway::Request::from(request);
    *raw.body_mut() = body;
    request = raw.into();
    let options = &description["options"];
    let limits = Limits::unlimited()
        .field(count(options, "max_form_memory_size").unwrap_or(500_000))
        .parts(count(options, "max_form_parts").unwrap_or(1000));
    request.set_form_options(FormOptions::default().limits(limits).ignore_malformed());
    Ok(request)
}

fn site(description: &Value) -> Site {
    let mut site = Site::default()
        .scheme(text(description, "scheme").unwrap_or("http").to_owned())
        .root_path(text(description, "root_path").unwrap_or_default());
    match &description["server"] {
        Value::Null if description.get("server").is_some() => {}
        Value::Null => site = site.server("localhost", Some(80)),
        server => {
            let port = server[1].as_u64().and_then(|port| u16::try_from(port).ok());
            site = site.server(server[0].as_str().unwrap_or_default(), port);
        }
    }
    if let Some(address) = text(description, "remote_addr").and_then(|text| text.parse().ok()) {
        site = site.remote_addr(address);
    }
    if !description["options"]["trusted_hosts"].is_null() {
        site = site.trusted_hosts(texts(&description["options"], "trusted_hosts"));
    }
    site
}

/// The body as a server frames it: to its length, or to its end where it has one of its own.
fn body(description: &Value, length: Option<u64>) -> Body {
    let options = &description["options"];
    let bytes = bytes(description, "body_b64");
    let limit = options["max_content_length"].as_u64();
    let too_long = limit.is_some_and(|limit| length.is_some_and(|length| length > limit));
    let mut body = match length {
        Some(length) if too_long || !flag(options, "input_terminated") => {
            Body::sized_reader(Cursor::new(bytes), length)
        }
        _ if flag(options, "input_terminated") => Body::reader(Cursor::new(bytes)),
        _ => Body::empty(),
    };
    body.set_limit(limit);
    body
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        if let Some(error) = error.find::<UrlError>() {
            return error.clone().into();
        }
        let disconnected = error
            .find::<BodyError>()
            .is_some_and(|error| error.kind() == BodyErrorKind::Disconnected)
            || error
                .find::<zeug_forms::FormError>()
                .is_some_and(|error| error.kind() == FormErrorKind::Disconnected);
        Self::new(match error.status().as_u16() {
            _ if disconnected => "client_disconnected",
            413 => "request_entity_too_large",
            415 => "unsupported_media_type",
            _ => "bad_request",
        })
    }
}

fn get_json(request: &Request, force: bool, silent: bool) -> Outcome {
    let value = if force {
        request.json_of_any_type()
    } else {
        request.json()
    };
    match value {
        // What silence passes over is a body of the wrong type or no JSON, not one that was not read.
        Err(error)
            if silent && (error.status() == 415 || error.find::<serde_json::Error>().is_some()) =>
        {
            Ok(Value::Null)
        }
        value => Ok(value?),
    }
}

fn property(request: &mut Request, name: &str) -> Outcome {
    let seconds = |date: Option<HttpDate>| json!(date.map(HttpDate::unix_seconds));
    let set = |list: FieldList<'_>| {
        let set: HeaderSet = list.iter().collect();
        json!({"items": set.iter().collect::<Vec<_>>(), "header": set.to_string()})
    };
    Ok(match name {
        "method" => request.method().as_str().into(),
        "scheme" => request.scheme().into(),
        "path" => request.path().into(),
        "full_path" => request.full_path().into(),
        "root_path" | "script_root" => request.root_path().into(),
        "url" => request.url()?.into(),
        "base_url" => request.base_url()?.into(),
        "root_url" | "url_root" => request.root_url()?.into(),
        "host_url" => request.host_url()?.into(),
        "host" => request.host()?.map_or("", Host::as_str).into(),
        "is_secure" => request.is_secure().into(),
        "remote_addr" => request.remote_addr().map(|address| address.to_string()).into(),
        "access_route" => request.access_route().iter().collect(),
        "args" => grouped(request.try_args()?),
        "form" => grouped(request.form()?),
        "values" => request
            .values()?
            .dicts()
            .iter()
            .flat_map(|dict| grouped(dict).as_array().cloned().unwrap_or_default())
            .collect(),
        "files" => return files(request),
        "cookies" => grouped(request.try_cookies()?),
        // The reference's `data` is the body that is no form.
        "data" => {
            request.form()?;
            base64(&request.bytes()?).into()
        }
        "json" => request.json()?,
        "is_json" => request.is_json().into(),
        "mimetype" => request.media_type().into(),
        "mimetype_params" => request.content_type().options().iter().map(|(key, value)| json!([key, value])).collect(),
        "content_length" => request.content_length().into(),
        "referrer" => request.referer().into(),
        "origin" => request.origin().into(),
        "user_agent" => request.user_agent().unwrap_or_default().into(),
        "date" => seconds(request.date()),
        "max_forwards" => request.max_forwards().into(),
        "content_type" | "content_encoding" | "content_md5" => {
            request.field(name.replace('_', "-").as_str()).into()
        }
        "pragma" => set(FieldList::parse(&request.field("pragma").unwrap_or_default())),
        "access_control_request_headers" => request
            .access_control_request_headers()
            .map(|names| set(names.names().clone()))
            .into(),
        "access_control_request_method" => request.access_control_request_method().into(),
        "accept_mimetypes" => show_accept!(request.accept()),
        "accept_charsets" => show_accept!(request.accept_charset()),
        "accept_encodings" => show_accept!(request.accept_encoding()),
        "accept_languages" => show_accept!(request.accept_language()),
        "authorization" => match request.authorization() {
            Some(given) => auth::show(given.scheme(), given.credentials(), given.to_string()),
            None => match request.field(AUTHORIZATION) {
                // The reference knows one error from the others, which are no credentials.
                Some(given) => return auth::parse_authorization(&given),
                None => Value::Null,
            },
        },
        "cache_control" => request_cache(&request.cache_control()),
        "if_match" => show_etags(&request.if_match()),
        "if_none_match" => show_etags(&request.if_none_match()),
        "if_modified_since" => seconds(request.if_modified_since()),
        "if_unmodified_since" => seconds(request.if_unmodified_since()),
        "if_range" => ranges::show_if_range(request.if_range().as_ref()),
        "range" => request.range().map_or(Value::Null, |range| {
            json!({"units": range.unit(), "ranges": ranges::specs(&range), "header": range.to_string()})
        }),
        _ => return Err(Failure::unsupported()),
    })
}

fn files(request: &mut Request) -> Outcome {
    let mut shown = Vec::new();
    let names: Vec<String> = request
        .files()?
        .lists()
        .map(|(name, _)| name.to_owned())
        .collect();
    let files = request.files_mut()?;
    for (name, file) in files.iter_mut() {
        let mut body = Vec::new();
        let stream = file.stream_mut();
        stream
            .rewind()
            .and_then(|()| stream.read_to_end(&mut body))
            .map_err(|_| Failure::new("value_error"))?;
        shown.push((name.to_owned(), forms::show_file_of(file, &body)));
    }
    Ok(names
        .iter()
        .flat_map(|name| shown.iter().filter(move |(own, _)| own == name))
        .map(|(_, file)| file.clone())
        .collect())
}
