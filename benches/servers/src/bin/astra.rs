//! astra: blocking handlers on hyper. It has no TLS; the length is set by hand, since it sends every body in chunks otherwise.

use std::io::Read;

use astra::{Body, ConnectionInfo, Request, Response, ResponseBuilder, Server};
use zeug_servers::{HELLO, Options, TEXT, sleep};

fn answer(request: Request, _: ConnectionInfo) -> Response {
    let text = |body: String| {
        ResponseBuilder::new()
            .header("content-type", TEXT)
            .header("content-length", body.len())
            .body(Body::new(body))
            .expect("a valid head")
    };
    match request.uri().path() {
        "/" => text(HELLO.to_owned()),
        "/sleep" => {
            std::thread::sleep(sleep(request.uri().query()));
            text(HELLO.to_owned())
        }
        "/upload" => {
            let mut body = Vec::new();
            let _ = request.into_body().reader().read_to_end(&mut body);
            text(body.len().to_string())
        }
        _ => ResponseBuilder::new()
            .status(404)
            .body(Body::new("no"))
            .expect("a valid head"),
    }
}

fn main() -> std::io::Result<()> {
    let options = Options::read();
    let mut server = Server::bind(&options.address);
    if let Some(threads) = options.threads {
        server = server.max_workers(threads);
    }
    server.serve(answer)
}
