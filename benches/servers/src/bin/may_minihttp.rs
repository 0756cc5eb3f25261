//! may_minihttp: coroutines. It does not take bodies of a megabyte, and has neither TLS nor files.

use std::io;

use may_minihttp::{HttpServer, HttpService, Request, Response};
use zeug_servers::{HELLO, Options, SLEEP};

#[derive(Clone)]
struct Service;

impl HttpService for Service {
    fn call(&mut self, request: Request, response: &mut Response) -> io::Result<()> {
        match request.path() {
            "/" => {
                response.header("Content-Type: text/plain").body(HELLO);
            }
            "/sleep" => {
                may::coroutine::sleep(SLEEP);
                response.header("Content-Type: text/plain").body(HELLO);
            }
            _ => {
                response.status_code(404, "Not Found").body("no");
            }
        }
        Ok(())
    }
}

fn main() {
    let server = HttpServer(Service)
        .start(Options::read().address)
        .expect("the address is free");
    let _ = server.join();
}
