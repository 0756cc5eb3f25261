//! A context for each request, over real sockets: while the handler runs, while its answer is read, while an upgraded connection lives.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use zeug_gateway::{
    Body, Handler, HandlerExt, IntoHandler, IntoResponse, Request, Response, Upgrade,
};
use zeug_local::{Context, Local, RequestScope};
use zeug_test::LiveServer;

static PATH: Local<String> = Local::new("path");
static ENDING: Local<Ending> = Local::new("ending");

/// Tells when it is dropped.
struct Ending(Mutex<Sender<&'static str>>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.lock().unwrap().send("released").unwrap_or_default();
    }
}

fn path() -> String {
    PATH.get()
        .map_or_else(|error| error.to_string(), |path| path.to_string())
}

/// Answers with the path that a helper sees, in one of four ways; what `ends` has is told at the context's end.
fn app(ends: Sender<&'static str>) -> impl Handler {
    let ends = Mutex::new(ends);
    let app = move |request: Request| -> Response {
        PATH.set(request.uri().path().to_owned()).unwrap();
        let ends = ends.lock().unwrap().clone();
        ENDING.set(Ending(Mutex::new(ends))).unwrap();
        match request.uri().path() {
            "/chunks" => {
                let chunks = (0..3).map(|_| Ok(format!("{},", path())));
                Response::new(Body::chunks(chunks))
            }
            "/thread" => {
                let thread = Context::current().unwrap().spawn(path).unwrap();
                Response::new(thread.join().unwrap())
            }
            "/panic" => panic!("as asked"),
            "/upgrade" => Upgrade::to("path", |mut connection| {
                let mut asked = [0; 1];
                while connection.read_exact(&mut asked).is_ok() {
                    connection.write_all(path().as_bytes()).unwrap_or_default();
                }
            })
            .unwrap()
            .into_response(),
            _ => Response::new(path()),
        }
    };
    app.into_handler().with(RequestScope)
}

fn start() -> (LiveServer, Receiver<&'static str>) {
    let (sender, receiver) = channel();
    (LiveServer::start(app(sender)).unwrap(), receiver)
}

#[track_caller]
fn released(ends: &Receiver<&'static str>) {
    assert_eq!(ends.recv_timeout(Duration::from_secs(20)), Ok("released"));
}

#[test]
fn helpers_see_their_request() {
    let (server, ends) = start();
    for (path, expected) in [
        ("/plain", "/plain"),
        ("/thread", "/thread"),
        ("/chunks", "/chunks,/chunks,/chunks,"),
        ("/again", "/again"),
    ] {
        server.client().get(path).send().assert_text(expected);
        released(&ends);
    }
}

#[test]
fn a_panic_releases_the_context() {
    let (sender, ends) = channel();
    let app = app(sender);
    let asked = http_request("/panic");
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| app.handle(asked))).is_err());
    released(&ends);
    assert_eq!(Context::current(), None);
}

#[test]
fn a_body_that_is_given_up_releases_the_context() {
    let (sender, ends) = channel();
    let app = app(sender);
    let mut response = app.handle(http_request("/chunks"));
    let mut first = [0; 7];
    response.body_mut().read_exact(&mut first).unwrap();
    assert_eq!((&first, ends.try_recv().is_err()), (b"/chunks", true));
    drop(response);
    released(&ends);
}

#[test]
fn an_upgraded_connection_stays_in_the_context() {
    let (server, ends) = start();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
        .write_all(
            b"GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: path\r\n\r\n",
        )
        .unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    for _ in 0..2 {
        stream.write_all(b"?").unwrap();
        let mut path = [0; 8];
        stream.read_exact(&mut path).unwrap();
        assert_eq!(&path, b"/upgrade");
    }
    assert!(
        ends.try_recv().is_err(),
        "it lives as long as the connection"
    );
    drop(stream);
    released(&ends);
}

fn http_request(path: &str) -> Request {
    http::Request::get(path).body(()).unwrap().into()
}
