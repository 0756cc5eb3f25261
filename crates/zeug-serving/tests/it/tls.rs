//! Encrypted connections, with a rustls client and a certificate made for the test.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use zeug_gateway::{Body, BodyError, Request};
use zeug_serving::{ServeErrorKind, Server, Tls};

use crate::running::Running;

/// Writes a new self-signed certificate and its key.
fn certificate(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(folder.join("crt"), made.cert.pem()).unwrap();
    fs::write(folder.join("key"), made.signing_key.serialize_pem()).unwrap();
    CertificateDer::from_pem_slice(made.cert.pem().as_bytes()).unwrap()
}

fn connect(
    server: &Running,
    trusted: &CertificateDer<'static>,
) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(
        ClientConnection::new(Arc::new(config), name).unwrap(),
        server.connect(),
    )
}

fn app(mut request: Request) -> Result<Body, BodyError> {
    let scheme = request.received().scheme();
    let body = std::mem::take(request.body_mut());
    match request.uri().path() {
        "/large" => Ok(vec![b'x'; 5_000_000].into()),
        "/echo" => Ok(body.into_bytes(2_000_000)?.into()),
        _ => Ok(scheme.to_string().into()),
    }
}

/// Sends a request and reads to the connection's end; the body of the last answer.
fn ask(stream: &mut StreamOwned<ClientConnection, TcpStream>, request: &[u8]) -> Vec<u8> {
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let head = answer
        .windows(4)
        .rposition(|four| four == b"\r\n\r\n")
        .unwrap();
    answer.split_off(head + 4)
}

#[test]
fn requests_and_answers_of_every_size_are_encrypted() {
    let folder = tempfile::tempdir().unwrap();
    let trusted = certificate(folder.path());
    let tls = Tls::from_files(folder.path().join("crt"), folder.path().join("key")).unwrap();
    let server = Running::start(|server: Server| server.tls(tls), app);
    let mut stream = connect(&server, &trusted);
    let twice =
        b"GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    assert_eq!(ask(&mut stream, twice), b"https");
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    let mut stream = connect(&server, &trusted);
    let large = ask(
        &mut stream,
        b"GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    );
    assert_eq!(large.len(), 5_000_000);
    let body = vec![b'y'; 1_500_000];
    let mut request =
        b"POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 1500000\r\n\r\n"
            .to_vec();
    request.extend_from_slice(&body);
    assert!(ask(&mut connect(&server, &trusted), &request) == body);
}

#[test]
fn a_certificate_is_renewed_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let first = certificate(folder.path());
    let tls = Tls::from_files(folder.path().join("crt"), folder.path().join("key")).unwrap();
    let kept = tls.clone();
    let server = Running::start(|server: Server| server.tls(tls), app);
    let request = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    assert_eq!(ask(&mut connect(&server, &first), request), b"https");
    let second = certificate(folder.path());
    kept.reload().unwrap();
    assert_eq!(ask(&mut connect(&server, &second), request), b"https");
    assert!(
        connect(&server, &first).write_all(request).is_err(),
        "the former certificate is not shown any more"
    );
    // A broken file changes nothing.
    fs::write(folder.path().join("crt"), "nothing").unwrap();
    assert_eq!(
        kept.reload().unwrap_err().kind(),
        ServeErrorKind::Certificate
    );
    assert_eq!(ask(&mut connect(&server, &second), request), b"https");
}

#[test]
fn plain_text_at_the_encrypted_door_ends_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    let tls = Tls::from_files(folder.path().join("crt"), folder.path().join("key")).unwrap();
    let server = Running::start(|server: Server| server.tls(tls), app);
    let answer = server.exchange(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert!(!answer.contains("HTTP/1.1 200"), "{answer:?}");
}

#[test]
fn files_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    fs::rename(folder.path().join("key"), folder.path().join("other")).unwrap();
    certificate(folder.path());
    for (chain, key) in [
        ("crt", "other"),
        ("key", "key"),
        ("crt", "crt"),
        ("crt", "none"),
    ] {
        let error =
            Tls::from_files(folder.path().join(chain), folder.path().join(key)).unwrap_err();
        assert_eq!(
            error.kind(),
            ServeErrorKind::Certificate,
            "{chain} {key}: {error}"
        );
    }
}

#[cfg(feature = "adhoc")]
mod adhoc {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    use super::*;
    use zeug_serving::make_dev_certificate;

    #[test]
    fn a_certificate_made_for_this_process_encrypts() {
        let tls = Tls::adhoc().unwrap();
        tls.reload().unwrap();
        let server = Running::start(|server: Server| server.tls(tls), app);
        let url = format!("https://{}/", server.address);
        let curl = |more: &[&str]| {
            let output = Command::new("curl")
                .args(["-s", "--max-time", "20", &url])
                .args(more)
                .output();
            output.unwrap_or_else(|error| panic!("curl: {error}; `cargo xtask test` installs it"))
        };
        assert_eq!(curl(&["-k"]).stdout, b"https");
        assert_eq!(curl(&[]).status.code(), Some(60), "nobody trusts it");
    }

    #[test]
    fn a_certificate_for_development_is_trusted_by_name_and_address() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("shop.dev");
        std::fs::write(folder.path().join("shop.dev.key"), "readable by all").unwrap();
        let (chain, key) = make_dev_certificate(&base, "shop.test").unwrap();
        assert_eq!(chain, folder.path().join("shop.dev.crt"));
        let mode = |file: &Path| std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&key), 0o600);
        let tls = Tls::from_files(&chain, &key).unwrap();
        let server = Running::start(|server: Server| server.tls(tls), app);
        let port = server.address.port();
        for (host, trusted) in [
            ("shop.test", true),
            ("till.shop.test", true),
            ("localhost", true),
            ("127.0.0.1", true),
            ("other.test", false),
            ("shop.test.evil", false),
        ] {
            let output = Command::new("curl")
                .args(["-s", "--max-time", "20", "--cacert"])
                .arg(&chain)
                .args(["--connect-to", &format!("{host}:{port}:127.0.0.1:{port}")])
                .arg(format!("https://{host}:{port}/"))
                .output()
                .unwrap_or_else(|error| panic!("curl: {error}; `cargo xtask test` installs it"));
            assert_eq!(output.stdout == b"https", trusted, "{host}: {output:?}");
        }
    }

    #[test]
    fn what_is_no_host_gets_no_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("dev");
        for host in [
            "",
            "a b",
            "a..b",
            ".a",
            "-a",
            "*.a",
            "é.test",
            "a/b",
            "a:1",
            &"a".repeat(64),
            "a\0b",
        ] {
            let error = make_dev_certificate(&base, host).unwrap_err();
            assert_eq!(error.kind(), ServeErrorKind::Certificate, "{host:?}");
            assert!(error.to_string().contains("no host name"), "{error}");
        }
        assert!(!folder.path().join("dev.key").exists());
        let error = make_dev_certificate(folder.path().join("no/such"), "localhost").unwrap_err();
        assert_eq!(error.kind(), ServeErrorKind::Certificate);
        for host in ["a", "1.2.3.4", "::1", "my_host.a-b.test"] {
            make_dev_certificate(&base, host).unwrap();
        }
    }
}
