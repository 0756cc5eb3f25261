//! rouille on tiny_http.

use std::io::Read;

use rouille::Response;
use zeug_servers::{HELLO, Options, SLEEP, TEXT};

fn main() {
    let options = Options::read();
    rouille::start_server(options.address, |request| match request.raw_url() {
        "/" => Response::from_data(TEXT, HELLO),
        "/sleep" => {
            std::thread::sleep(SLEEP);
            Response::from_data(TEXT, HELLO)
        }
        "/upload" => {
            let mut body = Vec::new();
            if let Some(mut data) = request.data() {
                let _ = data.read_to_end(&mut body);
            }
            Response::from_data(TEXT, body.len().to_string())
        }
        _ => Response::text("no").with_status_code(404),
    })
}
