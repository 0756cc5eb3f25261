//! tiny_http, with four threads that take requests. It has no TLS by rustls that is still kept up.

use std::sync::Arc;
use std::thread;

use tiny_http::{Header, Response, Server};
use zeug_servers::{HELLO, Options, SLEEP, TEXT};

fn main() {
    let options = Options::read();
    let server = Arc::new(Server::http(&options.address).expect("the address is free"));
    let work = |server: Arc<Server>| {
        move || {
            for mut request in server.incoming_requests() {
                let text = |body: String| {
                    let kind = Header::from_bytes("Content-Type", TEXT).expect("a field");
                    Response::from_string(body).with_header(kind)
                };
                let response = match request.url() {
                    "/" => text(HELLO.to_owned()),
                    "/sleep" => {
                        thread::sleep(SLEEP);
                        text(HELLO.to_owned())
                    }
                    "/upload" => {
                        let mut body = Vec::new();
                        let _ = request.as_reader().read_to_end(&mut body);
                        text(body.len().to_string())
                    }
                    _ => Response::from_string("no").with_status_code(404),
                };
                let _ = request.respond(response);
            }
        }
    };
    let threads: Vec<_> = (0..options.threads.unwrap_or(4))
        .map(|_| thread::spawn(work(Arc::clone(&server))))
        .collect();
    for thread in threads {
        let _ = thread.join();
    }
}
