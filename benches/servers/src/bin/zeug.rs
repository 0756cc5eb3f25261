//! zeug as a program has it: requests and answers of the messages crate, no access log.

use std::fs::File;
use std::thread;

use zeug::datastructures::{FieldValue, names};
use zeug::gateway::{Body, HandlerExt, IntoHandler};
use zeug::middleware::SharedData;
use zeug::serving::{Limits, Server, Tls};
use zeug::{HttpError, Request, Response};
use zeug_servers::{HELLO, Options, TEXT, UPLOAD, sleep};

fn main() -> zeug::Result<()> {
    let options = Options::read();
    let file = options.file.clone().unwrap_or_default();
    let app = move |request: Request| -> Result<Response, HttpError> {
        match request.raw_path() {
            "/" => Ok(hello()),
            "/sleep" => {
                thread::sleep(sleep(request.uri().query()));
                Ok(hello())
            }
            "/file" => Ok(Response::new(Body::file(File::open(&file)?)?)),
            "/upload" => {
                let length = request.bytes()?.len();
                Ok(Response::text(length.to_string()))
            }
            _ => Ok(Response::text("no").with_status(zeug::http::StatusCode::NOT_FOUND)),
        }
    };
    let mut limits = Limits::default()
        .body(Some(UPLOAD as u64))
        .requests_per_connection(u64::MAX);
    if let Some(threads) = options.threads {
        limits = limits.threads(threads);
    }
    let mut server = Server::bind(&options.address)?.limits(limits);
    if let Some(folder) = &options.tls {
        server = server.tls(Tls::from_files(folder.join("crt"), folder.join("key"))?);
    }
    let Some(folder) = &options.folder else {
        return server.serve(app);
    };
    let files = SharedData::new()
        .folder("/static", folder)
        .unwrap_or_else(|error| {
            eprintln!("{error}");
            std::process::exit(2);
        });
    server.serve(app.into_handler().with(files.precompressed()))
}

fn hello() -> Response {
    Response::new(HELLO).with_header(names::CONTENT_TYPE, FieldValue::from_static(TEXT))
}
