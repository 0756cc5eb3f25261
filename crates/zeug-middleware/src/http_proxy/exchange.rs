//! Owns one request handed on: its head written anew, its body streamed, the answer's head read. It never passes a byte on that it has not understood.

use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::net::IpAddr;

use http::{Method, StatusCode};
use zeug_datastructures::{Headers, names};
use zeug_gateway::{Body, BodyError, Received, Request, RequestParts, Response, Trailers};
use zeug_h1::{
    BodyDecoder, BodyEncoder, BodyLength, Limits, Persistence, ResponseHead, ResponseHeadDecoder,
};
use zeug_http::remove_hop_by_hop;
use zeug_messages::Site;

use super::answer::Answer;
use super::link::Link;
use super::{HostField, Trouble, Upstream, pool, target, upgrade};

/// How much of a body is read at once; Werkzeug's chunk size.
const PIECE: usize = 16 * 1024;
/// How many interim answers may come before the last one.
const MOST_INTERIM: usize = 16;

/// The other server's answer to the request.
pub(super) fn hand_on(
    upstream: &Upstream,
    prefix: &str,
    request: Request,
) -> Result<Response, Trouble> {
    let (request, told) = Told::of(request);
    let received = request.received().clone();
    let (parts, mut body) = request.into_parts();
    let target = target::of(upstream, prefix, parts.uri.path(), parts.uri.query())?;
    // A body that has come with its trailers is in memory: they go on behind chunks.
    let trails = upstream.trailers && received.trailers().is_some();
    let length = match body.len() {
        _ if trails => BodyLength::Chunked,
        Some(0) => BodyLength::None,
        Some(len) => BodyLength::Fixed(len),
        None => BodyLength::Chunked,
    };
    let method = parts.method.clone();
    let wanted = upgrade::wanted(&parts, length);
    let asks = Asks {
        method: &method,
        length,
        upgrade: wanted.as_deref(),
        received: &received,
        wants_trailers: upstream.trailers && wants_trailers(&parts.headers),
    };
    let head = head(upstream, prefix, &target, parts, &told, &asks)?;
    let again = length == BodyLength::None
        && matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);

    let (link, used) = pool::connect(upstream, false)?;
    match exchange(upstream, link, &asks, &head, &mut body) {
        // The server closed an idle connection at the same moment: it has not seen the request.
        Err(Failed { begun: false, .. }) if used && again => {
            let (link, _) = pool::connect(upstream, true)?;
            exchange(upstream, link, &asks, &head, &mut body)
        }
        other => other,
    }
    .map_err(|failed| failed.trouble)
}

/// What of the request decides about its exchange.
struct Asks<'a> {
    method: &'a Method,
    length: BodyLength,
    /// The protocols that the client would change to.
    upgrade: Option<&'a str>,
    received: &'a Received,
    /// Whether trailers of the answer go on to the client.
    wants_trailers: bool,
}

/// What went wrong, and whether the answer had begun.
struct Failed {
    trouble: Trouble,
    begun: bool,
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Self {
        Self {
            trouble,
            begun: true,
        }
    }
}

/// Writes the request and reads the head of its answer.
fn exchange(
    upstream: &Upstream,
    link: Link,
    asks: &Asks<'_>,
    head: &[u8],
    body: &mut Body,
) -> Result<Response, Failed> {
    let sent = match (&link).write_all(head) {
        Ok(()) => send_body(upstream, &link, asks, body)?,
        Err(error) => Sent::Stopped(Some(error)),
    };
    let (answer, rest) = match (read_head(&link, asks.method), &sent) {
        (Ok(answer), _) => answer,
        (Err(failed), Sent::Stopped(Some(error))) if !failed.begun || is_late(error) => {
            let trouble = if is_late(error) {
                Trouble::late("The server behind this one does not take the request.")
            } else {
                Trouble::gateway("The server behind this one broke the connection.")
            };
            let begun = failed.begun;
            return Err(Failed { trouble, begun });
        }
        (Err(failed), _) => return Err(failed),
    };
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Ok(upgrade::switch(link, answer, rest, asks.upgrade)?);
    }
    let whole = matches!(sent, Sent::Whole);
    Ok(response(upstream, link, answer, rest, asks, whole))
}

/// How far the request's body was sent.
enum Sent {
    Whole,
    /// The server answered before the end, or took no more.
    Stopped(Option<io::Error>),
}

fn send_body(
    upstream: &Upstream,
    mut link: &Link,
    asks: &Asks<'_>,
    body: &mut Body,
) -> Result<Sent, Failed> {
    let length = asks.length;
    if length == BodyLength::None {
        return Ok(Sent::Whole);
    }
    let mut encoder = BodyEncoder::new(length);
    let mut piece = vec![0; PIECE];
    let mut wire = Vec::with_capacity(PIECE + 32);
    let too_long = |error: zeug_h1::H1Error| {
        Trouble::new(
            StatusCode::BAD_REQUEST,
            "The body is not as long as stated.",
        )
        .because(error)
    };
    let mut first = true;
    loop {
        let count = match body.read(&mut piece) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // A client that waits for the answer to what it has sent gets it.
            Err(_) if !first && !link.is_silent() => return Ok(Sent::Stopped(None)),
            Err(error) => {
                let error = BodyError::from(error);
                let status = StatusCode::from_u16(error.status_hint());
                let status = status.unwrap_or(StatusCode::BAD_REQUEST);
                let message = "The body of the request could not be read.";
                return Err(Trouble::new(status, message).because(error).into());
            }
        };
        wire.clear();
        if count == 0 {
            match asks.received.trailers().filter(|_| upstream.trailers) {
                Some(fields) => {
                    let fields = upstream.passing_trailers(fields);
                    encoder.finish_with_trailers(&fields, &mut wire)
                }
                None => encoder.finish(&mut wire),
            }
            .map_err(too_long)?;
        } else {
            let data = piece.get(..count).unwrap_or_default();
            encoder.data(data, &mut wire).map_err(too_long)?;
        }
        if !first && !link.is_silent() {
            return Ok(Sent::Stopped(None));
        }
        first = false;
        if let Err(error) = link.write_all(&wire) {
            return Ok(Sent::Stopped(Some(error)));
        }
        if count == 0 {
            return Ok(Sent::Whole);
        }
    }
}

/// The head of the last answer, and the bytes that came behind it.
fn read_head(mut link: &Link, method: &Method) -> Result<(ResponseHead, Vec<u8>), Failed> {
    let mut decoder = ResponseHeadDecoder::new(Limits::default());
    let mut input: Vec<u8> = Vec::new();
    let mut piece = vec![0; PIECE];
    let mut interim = 0;
    loop {
        let decoded = decoder.decode(&input, method).map_err(|error| {
            Trouble::gateway("The server behind this one answered what is no HTTP.").because(error)
        })?;
        if let Some((head, taken)) = decoded {
            input.drain(..taken);
            if head.is_coded() {
                let message = "The server behind this one answered in a coding nobody asked for.";
                return Err(Trouble::gateway(message).into());
            }
            if !head.is_interim() {
                return Ok((head, input));
            }
            interim += 1;
            if interim > MOST_INTERIM {
                let message = "The server behind this one does not come to an end.";
                return Err(Trouble::gateway(message).into());
            }
            continue;
        }
        let begun = interim > 0 || !input.is_empty();
        match link.read(&mut piece) {
            Ok(0) => {
                let message = "The server behind this one closed the connection.";
                let trouble = Trouble::gateway(message);
                return Err(Failed { trouble, begun });
            }
            Ok(count) => input.extend_from_slice(piece.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if is_late(&error) => {
                let message = "The server behind this one does not answer.";
                return Err(Trouble::late(message).because(error).into());
            }
            Err(error) => {
                let message = "The server behind this one broke the connection.";
                let trouble = Trouble::gateway(message).because(error);
                return Err(Failed { trouble, begun });
            }
        }
    }
}

pub(super) fn is_late(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// The answer as the client gets it.
fn response(
    upstream: &Upstream,
    link: Link,
    head: ResponseHead,
    rest: Vec<u8>,
    asks: &Asks<'_>,
    whole: bool,
) -> Response {
    let head = head.into_parts();
    let mut response = Response::default();
    *response.status_mut() = head.status;
    if let Ok(reason) = str::from_utf8(&head.reason)
        && !reason.is_empty()
        && head.status.canonical_reason() != Some(reason)
    {
        *response.reason_mut() = Some(reason.into());
    }
    *response.headers_mut() = head.headers;
    remove_hop_by_hop(response.headers_mut());
    response.headers_mut().remove("proxy-connection");
    let keeps = whole && head.persistence == Persistence::KeepAlive;
    let decoder = BodyDecoder::new(head.body, Limits::default());
    let pool = keeps.then(|| upstream.pool.clone());
    let trailers = asks.wants_trailers.then(Trailers::default);
    if let Some(trailers) = &trailers {
        response.extensions_mut().insert(trailers.clone());
    }
    let answer = Answer::new(link, rest, decoder, trailers, pool);
    *response.body_mut() = match head.body {
        BodyLength::None | BodyLength::Fixed(0) => {
            drop(answer);
            Body::empty()
        }
        BodyLength::Fixed(len) => Body::sized_reader(answer, len),
        BodyLength::Chunked | BodyLength::UntilClose => Body::reader(answer),
    };
    response
}

/// Whether the client has asked for trailers.
fn wants_trailers(fields: &Headers) -> bool {
    fields.get_all(names::TE).any(|value| {
        let text = value.to_utf8_lossy();
        text.split(',')
            .any(|coding| coding.trim().eq_ignore_ascii_case("trailers"))
    })
}

/// The head of the request as it is handed on.
fn head(
    upstream: &Upstream,
    prefix: &str,
    target: &str,
    parts: Box<RequestParts>,
    told: &Told,
    asks: &Asks<'_>,
) -> Result<Vec<u8>, Trouble> {
    let method = &parts.method;
    let stated = parts.headers.contains(names::CONTENT_LENGTH);
    let host = match parts.uri.authority() {
        Some(authority) => Some(authority.as_str().to_owned()),
        None => parts
            .headers
            .get(names::HOST)
            .map(|host| host.to_utf8_lossy().into_owned()),
    };
    let mut fields = parts.headers;
    remove_hop_by_hop(&mut fields);
    fields.retain(|name, _| {
        !name.as_bytes().contains(&b'_')
            && ![
                "host",
                "content-length",
                "expect",
                "proxy-connection",
                "http2-settings",
            ]
            .iter()
            .any(|other| name == *other)
    });
    let refused = |error: zeug_datastructures::HeaderError| {
        let message = "A field of the request cannot be handed on.";
        Trouble::new(StatusCode::BAD_REQUEST, message).because(error)
    };
    if upstream.forwarding {
        let root = upstream.strips.then_some(prefix);
        tell_of_client(&mut fields, told, host.as_deref(), root).map_err(refused)?;
    }
    let via = fields
        .get_all(names::VIA)
        .map(|value| value.to_utf8_lossy().into_owned())
        .chain(["1.1 zeug".to_owned()])
        .collect::<Vec<_>>()
        .join(", ");
    fields.try_insert(names::VIA, via).map_err(refused)?;
    for (name, value) in &upstream.rules {
        match value {
            Some(value) => fields.try_insert(name.as_str(), value).map_err(refused)?,
            None => {
                fields.remove(name.as_str());
            }
        }
    }
    let host = match &upstream.host_field {
        HostField::Upstream => &upstream.authority,
        HostField::Named(name) => name,
        HostField::Kept => host.as_ref().unwrap_or(&upstream.authority),
    };
    let mut wire = Vec::with_capacity(512);
    for part in [
        method.as_str(),
        " ",
        target,
        " HTTP/1.1\r\nHost: ",
        host,
        "\r\n",
    ] {
        wire.extend_from_slice(part.as_bytes());
    }
    if let Some(protocols) = asks.upgrade {
        let lines = ["Connection: upgrade\r\nUpgrade: ", protocols, "\r\n"];
        wire.extend_from_slice(lines.concat().as_bytes());
    }
    if asks.wants_trailers && asks.upgrade.is_none() {
        wire.extend_from_slice(b"Connection: TE\r\nTE: trailers\r\n");
    }
    match asks.length {
        BodyLength::Fixed(len) => {
            wire.extend_from_slice(format!("Content-Length: {len}\r\n").as_bytes());
        }
        BodyLength::Chunked | BodyLength::UntilClose => {
            wire.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
        }
        BodyLength::None => {
            // Methods that are made for a body say that there is none (RFC 9110 section 8.6).
            if stated || matches!(*method, Method::POST | Method::PUT | Method::PATCH) {
                wire.extend_from_slice(b"Content-Length: 0\r\n");
            }
        }
    }
    for (name, value) in &fields {
        wire.extend_from_slice(name.as_bytes());
        wire.extend_from_slice(b": ");
        wire.extend_from_slice(value.as_bytes());
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b"\r\n");
    Ok(wire)
}

/// What this program knows of the client: from its own connection, or from what it believes proxies in front.
struct Told {
    client: Option<IpAddr>,
    /// Whether the client is not who made the connection.
    by_proxy: bool,
    scheme: Cow<'static, str>,
}

impl Told {
    /// Reads it of a request, which stays as it is.
    fn of(request: Request) -> (Request, Self) {
        let received = request.received();
        let peer = received.peer().map(|peer| peer.ip().to_canonical());
        if request.extensions().get::<Site>().is_none() {
            let told = Self {
                client: peer,
                by_proxy: false,
                scheme: received.scheme().as_str().into(),
            };
            return (request, told);
        }
        let method = request.method().clone();
        let seen = zeug_messages::Request::from(request);
        let client = seen.remote_addr().map(|address| address.to_canonical());
        let told = Self {
            client,
            by_proxy: client != peer,
            scheme: seen.scheme().to_owned().into(),
        };
        let mut request = Request::from(seen);
        *request.method_mut() = method;
        (request, told)
    }
}

/// Says where the request came from, and takes away what a client may have made up. The last address is always the client's, as this program knows it.
fn tell_of_client(
    fields: &mut Headers,
    told: &Told,
    host: Option<&str>,
    root: Option<&str>,
) -> Result<(), zeug_datastructures::HeaderError> {
    if let Some(client) = told.client {
        let before = fields
            .get_all(names::X_FORWARDED_FOR)
            .map(|value| value.to_utf8_lossy().into_owned())
            .filter(|_| !told.by_proxy);
        let all: Vec<_> = before.chain([client.to_string()]).collect();
        fields.try_insert(names::X_FORWARDED_FOR, all.join(", "))?;
    }
    for name in [
        names::FORWARDED,
        names::X_FORWARDED_PROTO,
        names::X_FORWARDED_HOST,
        names::X_FORWARDED_PORT,
        names::X_FORWARDED_PREFIX,
    ] {
        fields.remove(name);
    }
    fields.try_insert(names::X_FORWARDED_PROTO, &*told.scheme)?;
    if let Some(host) = host {
        fields.try_insert(names::X_FORWARDED_HOST, host)?;
    }
    if let Some(root) = root.filter(|root| !root.is_empty()) {
        fields.try_insert(names::X_FORWARDED_PREFIX, root)?;
    }
    Ok(())
}
