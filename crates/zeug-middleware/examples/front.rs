//! A small front: files of a folder at `/static`, another server below `/app`, and behind a proxy of its own.
//!
//! `cargo run -p zeug-middleware --example front -- 127.0.0.1:8080 ./public http://127.0.0.1:5000`

use std::error::Error;

use http::StatusCode;
use zeug_gateway::{HandlerExt, IntoHandler, Request};
use zeug_middleware::{HttpProxy, Lint, ProxyFix, SharedData, Upstream};
use zeug_serving::Server;

fn missing(_: Request) -> StatusCode {
    StatusCode::NOT_FOUND
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, folder, upstream] = &arguments[..] else {
        return Err("usage: front ADDRESS FOLDER UPSTREAM-URL".into());
    };
    let files = SharedData::new()
        .folder("/static", folder)?
        .index("index.html")
        .redirect_folders()
        .without_hidden();
    let proxy = HttpProxy::new().upstream("/app", Upstream::parse(upstream)?.without_prefix())?;
    let app = missing
        .into_handler()
        .with(proxy)
        .with(files)
        .with(Lint::default())
        .with(ProxyFix::behind(["127.0.0.0/8", "::1"])?);
    Server::bind(address)?.stop_on_signals().serve(app)?;
    Ok(())
}
