//! Where a server may listen.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread;

use zeug_gateway::{Cause, Handler, HandlerExt, Request, Response, around};
use zeug_serving::{ServeErrorKind, Server};

fn app(request: Request) -> String {
    format!("{:?}", request.received().peer().is_some())
}

/// Asks through any stream and gives the answer's body.
fn ask(mut stream: impl Read + Write) -> String {
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn several_addresses_are_one_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let server = Server::bind("127.0.0.1:0").unwrap();
    let server = server
        .and_bind("[::1]:0")
        .unwrap()
        .and_bind(format!("unix:{}", path.display()))
        .unwrap();
    let urls = server.urls();
    assert!(
        urls[0].starts_with("http://127.0.0.1:") && urls[1].starts_with("http://[::1]:"),
        "{urls:?}"
    );
    assert_eq!(urls[2], format!("unix:{}", path.display()));
    let stop = server.shutdown_handle();
    let running = thread::spawn(|| server.serve(app));
    for url in &urls[..2] {
        assert_eq!(
            ask(TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap()),
            "true"
        );
    }
    assert_eq!(ask(UnixStream::connect(&path).unwrap()), "false");
    stop.shutdown();
    running.join().unwrap().unwrap();
    assert!(!path.exists(), "the socket's file is removed");
}

#[test]
fn a_unix_sockets_file_is_taken_over_from_the_dead_only() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("unix://{}", folder.path().join("s").display());
    let living = Server::bind(&address).unwrap();
    assert_eq!(
        Server::bind(&address).unwrap_err().kind(),
        ServeErrorKind::AddressInUse
    );
    drop(living);
    // A server that was killed leaves its file behind.
    drop(std::os::unix::net::UnixListener::bind(folder.path().join("s")).unwrap());
    assert!(folder.path().join("s").exists());
    drop(Server::bind(&address).unwrap());
    // What is no socket is nobody's to remove.
    std::fs::write(folder.path().join("s"), "text").unwrap();
    assert_eq!(
        Server::bind(&address).unwrap_err().kind(),
        ServeErrorKind::AddressInUse
    );
}

#[test]
fn processes_may_share_a_port() {
    let first = Server::bind_shared("127.0.0.1:0").unwrap();
    let address = first.local_addr().unwrap();
    let second = Server::bind_shared(address).unwrap();
    assert_eq!(second.local_addr(), Some(address));
    assert_eq!(
        Server::bind(address).unwrap_err().kind(),
        ServeErrorKind::AddressInUse
    );
}

#[test]
fn a_socket_that_listens_already_is_served() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::try_from(listener).unwrap();
    let stop = server.shutdown_handle();
    let running = thread::spawn(|| server.serve(app));
    assert_eq!(ask(TcpStream::connect(address).unwrap()), "true");
    stop.shutdown();
    running.join().unwrap().unwrap();
    assert!(
        Server::passed().unwrap().is_none(),
        "nothing was passed to this process"
    );
}

#[test]
fn what_is_no_address_is_refused_with_advice() {
    for address in ["", "localhost", "127.0.0.1", "127.0.0.1:http", "::1:80:"] {
        let error = Server::bind(address).unwrap_err();
        assert_eq!(error.kind(), ServeErrorKind::Address, "{address}");
        assert!(error.to_string().contains("host:port"), "{error}");
    }
    assert!(matches!(
        Server::bind("unix:/no/such/folder/s").unwrap_err().kind(),
        ServeErrorKind::Bind
    ));
}

/// What is for this machine alone.
struct Private;

impl Handler for Private {
    fn handle(&self, _: Request) -> Response {
        Response::new("private")
    }

    fn check_address(&self, local: SocketAddr) -> Result<(), Cause> {
        match local.ip().is_loopback() {
            true => Ok(()),
            false => Err(Cause::new("it is private")),
        }
    }
}

#[test]
fn an_application_may_refuse_an_address() {
    let layered = || Private.with(around(|request, next| next.handle(request)));
    let open = Server::bind("127.0.0.1:0").unwrap().and_bind("0.0.0.0:0");
    let refused = open.unwrap().serve(layered()).unwrap_err();
    assert_eq!(refused.kind(), ServeErrorKind::Refused);
    let told = refused.to_string();
    assert!(
        told.starts_with("not served at 0.0.0.0:") && told.ends_with("it is private"),
        "{told}"
    );
    let refused = zeug_serving::run_simple("0.0.0.0:0", layered().shared()).unwrap_err();
    assert_eq!(refused.kind(), ServeErrorKind::Refused);

    let server = Server::bind("127.0.0.1:0").unwrap();
    let (address, stop) = (server.local_addr().unwrap(), server.shutdown_handle());
    let running = thread::spawn(move || server.serve(layered()));
    assert_eq!(ask(TcpStream::connect(address).unwrap()), "private");
    stop.shutdown();
    running.join().unwrap().unwrap();
}
