//! `HttpProxy` to servers behind TLS: streams and WebSockets go through, connections live on, and nobody is believed who cannot prove who he is.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tungstenite::{Message, client};
use zeug_gateway::{Body, Handler, HandlerExt, IntoHandler, Request, Response};
use zeug_middleware::{HttpProxy, MiddlewareErrorKind, TlsRoots, Upstream};
use zeug_serving::Tls;
use zeug_test::LiveServer;

use crate::programs::PATIENCE;
use crate::upgrades;

/// A server with a certificate for these names, and who vouches for it: itself.
fn server<M>(names: &[&str], app: impl IntoHandler<M>) -> (LiveServer, TlsRoots) {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (folder.path().join("crt"), folder.path().join("key"));
    fs::write(&chain, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = Tls::from_files(&chain, key).unwrap();
    let server = LiveServer::configured(|server| server.tls(tls), app).unwrap();
    (server, TlsRoots::from_pem_file(chain).unwrap())
}

fn proxy(backend: &LiveServer, roots: &TlsRoots) -> impl Handler + use<> {
    let url = backend.url("").replacen("http:", "https:", 1);
    let upstream = Upstream::encrypted(&url, roots).unwrap();
    (|_: Request| http::StatusCode::NOT_FOUND)
        .into_handler()
        .with(HttpProxy::new().upstream("/up", upstream).unwrap())
}

/// Sends the body back in pieces, and says which connection it came over.
fn echo(mut request: Request) -> Response {
    let mut all = Vec::new();
    request.body_mut().set_limit(None);
    request.body_mut().read_to_end(&mut all).unwrap();
    let peer = request.received().peer().unwrap().port();
    let scheme = request.received().scheme();
    let pieces = all.chunks(70_000).map(|piece| Ok(piece.to_vec()));
    let mut response = Response::new(Body::chunks(pieces.collect::<Vec<_>>()));
    for (name, value) in [
        ("x-connection", peer.to_string()),
        ("x-scheme", scheme.to_string()),
    ] {
        response.headers_mut().try_append(name, value).unwrap();
    }
    response
}

#[test]
fn bodies_stream_over_one_connection() {
    let (backend, roots) = server(&["127.0.0.1"], echo);
    let app = proxy(&backend, &roots);
    let content: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let mut connections = Vec::new();
    for sized in [true, false, true] {
        let reader = std::io::Cursor::new(content.clone());
        let body = if sized {
            Body::sized_reader(reader, content.len() as u64)
        } else {
            Body::reader(reader)
        };
        let request = http::Request::post("/up/").body(body).unwrap();
        let response = app.handle(request.into());
        let field = |name: &str| response.headers().get(name).unwrap().to_string();
        assert_eq!(field("x-scheme"), "https");
        connections.push(field("x-connection"));
        assert!(response.into_body().into_bytes(4 << 20).unwrap() == content);
    }
    connections.dedup();
    assert_eq!(connections.len(), 1, "it is used again");
}

#[test]
fn nobody_is_believed_without_proof() {
    let status = |backend: &LiveServer, roots: &TlsRoots| {
        let request = http::Request::get("/up/").body(()).unwrap();
        let response = proxy(backend, roots).handle(request.into());
        let status = response.status().as_u16();
        let bytes = response.into_body().into_bytes(10_000).unwrap();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    };
    let (right, roots) = server(&["127.0.0.1"], echo);
    let (other, others_roots) = server(&["127.0.0.1"], echo);
    let (named, named_roots) = server(&["elsewhere.test"], echo);
    assert_eq!(status(&right, &roots).0, 200);
    assert_eq!(status(&other, &others_roots).0, 200);
    // Who vouches for another; a certificate for another name; a server that does not encrypt.
    let plain = LiveServer::start(echo).unwrap();
    for (backend, roots) in [
        (&right, &others_roots),
        (&other, &roots),
        (&named, &named_roots),
        (&plain, &roots),
    ] {
        let (status, text) = status(backend, roots);
        assert_eq!(status, 502);
        assert!(text.contains("does not prove who it is"), "{text}");
    }
    for (url, wanted) in [
        ("http://a/", Some(0)),
        ("https://", Some(0)),
        ("https://a b/", Some(0)),
        ("https://user@a/", Some(8)),
        ("https://a/?q", Some(10)),
        ("https://[::1]:8443/base", None),
    ] {
        let refused = Upstream::encrypted(url, &roots).err();
        assert_eq!(
            refused.as_ref().map(|error| error.offset()),
            wanted,
            "{url}"
        );
    }
    let refused =
        TlsRoots::from_pem(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----");
    assert_eq!(
        refused.unwrap_err().kind(),
        &MiddlewareErrorKind::InvalidRoots
    );
}

#[test]
fn websockets_go_through() {
    let (backend, roots) = server(&["127.0.0.1"], upgrades::echo);
    let front = LiveServer::start(proxy(&backend, &roots)).unwrap();
    let stream = TcpStream::connect(front.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let url = format!("ws://{}/up/chat", front.address());
    let (mut socket, _) = client(url, stream).unwrap();
    assert_eq!(socket.read().unwrap().to_text().unwrap(), "welcome");
    for size in [0, 125, 126, 65_536, 1_000_000] {
        let message = Message::binary(vec![7; size]);
        socket.send(message.clone()).unwrap();
        assert_eq!(socket.read().unwrap(), message);
    }
    socket.close(None).unwrap();
    while socket.read().is_ok() {}
}

#[test]
fn an_end_that_tls_does_not_announce_is_no_end() {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let roots = TlsRoots::from_pem(made.cert.pem().as_bytes()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    for announced in [true, false] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let config = Arc::clone(&config);
        thread::spawn(move || {
            let (socket, _) = listener.accept().unwrap();
            let state = ServerConnection::new(config).unwrap();
            let mut stream = StreamOwned::new(state, socket);
            let _ = stream.read(&mut [0; 1024]).unwrap();
            // A body whose end is the connection's.
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nhalf").unwrap();
            if announced {
                stream.conn.send_close_notify();
            }
            stream.flush().unwrap();
        });
        let upstream = Upstream::encrypted(&format!("https://{address}"), &roots).unwrap();
        let app = (|_: Request| ())
            .into_handler()
            .with(HttpProxy::new().upstream("/", upstream).unwrap());
        let request = http::Request::get("/").body(()).unwrap();
        let body = app.handle(request.into()).into_body().into_bytes(100);
        assert_eq!(body.ok().as_deref(), announced.then_some(&b"half"[..]));
    }
}
