//! oxhttp: a thread a connection. It sends no date, and allows none to be sent.

use std::io::Read;
use std::net::ToSocketAddrs;
use std::time::Duration;

use oxhttp::Server;
use oxhttp::model::header::CONTENT_TYPE;
use oxhttp::model::{Body, Response, StatusCode};
use zeug_servers::{HELLO, Options, SLEEP, TEXT};

fn main() -> std::io::Result<()> {
    let options = Options::read();
    let mut server = Server::new(|request| {
        let text = |body: String| {
            Response::builder()
                .header(CONTENT_TYPE, TEXT)
                .body(Body::from(body))
                .expect("a valid head")
        };
        match request.uri().path() {
            "/" => text(HELLO.to_owned()),
            "/sleep" => {
                std::thread::sleep(SLEEP);
                text(HELLO.to_owned())
            }
            "/upload" => {
                let mut body = Vec::new();
                let _ = request.body_mut().read_to_end(&mut body);
                text(body.len().to_string())
            }
            _ => Response::builder()
                .status(StatusCode::NOT_FOUND)
                .body(Body::from("no"))
                .expect("a valid head"),
        }
    })
    .with_global_timeout(Duration::from_secs(60));
    for address in options.address.to_socket_addrs()? {
        server = server.bind(address);
    }
    server.spawn()?.join()
}
