//! actix-web.

use actix_web::http::header::ContentType;
use actix_web::web::{self, Bytes, PayloadConfig};
use actix_web::{App, HttpResponse, HttpServer};
use zeug_servers::{HELLO, Options, SLEEP, UPLOAD};

fn hello() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("content-type", "text/plain"))
        .body(HELLO)
}

async fn root() -> HttpResponse {
    hello()
}

async fn sleep() -> HttpResponse {
    let _ = web::block(|| std::thread::sleep(SLEEP)).await;
    hello()
}

async fn upload(body: Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::plaintext())
        .body(body.len().to_string())
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let options = Options::read();
    HttpServer::new(|| {
        App::new()
            .app_data(PayloadConfig::new(UPLOAD))
            .route("/", web::get().to(root))
            .route("/sleep", web::get().to(sleep))
            .route("/upload", web::post().to(upload))
    })
    .bind(&options.address)?
    .run()
    .await
}
