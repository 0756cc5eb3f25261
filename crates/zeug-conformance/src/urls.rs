//! The area `urls`: IRIs, query strings, hosts, the current URL, and bodies kept to their length.

use std::io::{self, Read};

use serde_json::{Value, json};
use zeug_datastructures::MultiDict;
use zeug_urls::{
    InputOptions, InputStream, QueryLimits, TrustedHosts, UrlError, UrlErrorKind, content_length,
    current_url, encode_query, input_stream, iri_to_uri, parse_query, request_host, uri_to_iri,
};

use crate::args::{base64, bytes, pairs, text, texts};
use crate::{Failure, Outcome, members};

pub(crate) fn answer(op: &str, args: &Value) -> Outcome {
    let value = text(args, "value").unwrap_or_default();
    let scheme = text(args, "scheme").unwrap_or_default();
    let trusted = || TrustedHosts::new(texts(args, "trusted_hosts"));
    Ok(match op {
        "urls.iri_to_uri" => iri_to_uri(value)?.into(),
        "urls.uri_to_iri" => uri_to_iri(value)?.into(),
        "urls.urlencode" => encode_query(pairs(args, "pairs")).into(),
        "urls.parse_query" => grouped(&parse_query(
            text(args, "query").unwrap_or_default(),
            QueryLimits::default(),
        )?),
        "urls.get_host" => {
            let server = &args["server"];
            let port = server[1].as_u64().and_then(|port| u16::try_from(port).ok());
            let server = server[0].as_str().map(|name| (name, port));
            let host = request_host(scheme, text(args, "host_header"), server, &trusted())?;
            host.as_ref().map_or("", |host| host.as_str()).into()
        }
        "urls.host_is_trusted" => trusted()
            .trust(text(args, "host").unwrap_or_default())
            .into(),
        "urls.get_current_url" => {
            let query = text(args, "query_b64").map(|_| bytes(args, "query_b64"));
            let host = text(args, "host").unwrap_or_default();
            current_url(
                scheme,
                host,
                text(args, "root_path"),
                text(args, "path"),
                query.as_deref(),
            )?
            .into()
        }
        "urls.get_content_length" => json!(content_length(
            text(args, "content_length"),
            text(args, "transfer_encoding")
        )),
        // The path is decoded by the gateway; what is left is to read it as text, which is std's.
        "urls.get_path_info" => String::from_utf8_lossy(&bytes(args, "path_b64")).into(),
        "urls.input_stream" => return input(args),
        _ => return Err(Failure::unsupported()),
    })
}

impl From<UrlError> for Failure {
    fn from(error: UrlError) -> Self {
        Self::new(match error.kind() {
            UrlErrorKind::UntrustedHost => "security_error",
            UrlErrorKind::TooManyPairs { .. } | UrlErrorKind::BodyTooLarge { .. } => {
                "request_entity_too_large"
            }
            UrlErrorKind::ClientDisconnected { .. } => "client_disconnected",
            UrlErrorKind::InvalidDomain => "bad_host",
            _ => "value_error",
        })
    }
}

/// The pairs as the protocol shows them: all values of a key together.
pub(crate) fn grouped(dict: &MultiDict) -> Value {
    dict.lists()
        .flat_map(|(key, values)| values.map(move |value| json!([key, value])))
        .collect()
}

fn input(args: &Value) -> Outcome {
    let body = bytes(args, "body_b64");
    let encoding = (args["chunked"] == true).then_some("chunked");
    let mut options =
        InputOptions::default().length(content_length(text(args, "content_length"), encoding));
    if let Some(max) = args["max_content_length"].as_u64() {
        options = options.max(max);
    }
    if args["terminated"] == true {
        options = options.terminated();
    }
    let mut stream = input_stream(body.as_slice(), options)?;
    let mut read = |size: Option<usize>| -> Outcome {
        let mut out = vec![0; size.unwrap_or_default()];
        let len = match (size, &mut stream) {
            (Some(_), stream) => stream.read(&mut out),
            // Werkzeug reads up to the limit, and does not look whether the body ends there.
            (None, InputStream::Limited(stream)) if !stream.is_exhausted() => {
                stream.exhaust().map(|rest| {
                    out = rest;
                    out.len()
                })
            }
            (None, stream) => stream.read_to_end(&mut out),
        };
        out.truncate(len.map_err(refused)?);
        Ok(base64(&out).into())
    };
    let sizes: Vec<_> = match args["reads"].as_array() {
        Some(sizes) => sizes
            .iter()
            .map(|size| size.as_u64().map(|size| size as usize))
            .collect(),
        None => vec![None],
    };
    Ok(sizes
        .into_iter()
        .map(|size| Value::Object(members(read(size))))
        .collect())
}

fn refused(error: io::Error) -> Failure {
    error
        .downcast::<UrlError>()
        .map_or(Failure::new("client_disconnected"), Failure::from)
}
