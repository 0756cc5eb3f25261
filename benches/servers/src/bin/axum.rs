//! axum on hyper and tokio; files are tower-http's to share.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, RawQuery};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tower_http::services::ServeDir;
use zeug_servers::{HELLO, Options, TEXT, UPLOAD};

async fn root() -> impl IntoResponse {
    ([(CONTENT_TYPE, TEXT)], HELLO)
}

async fn sleep(RawQuery(query): RawQuery) -> impl IntoResponse {
    let time = zeug_servers::sleep(query.as_deref());
    let _ = tokio::task::spawn_blocking(move || std::thread::sleep(time)).await;
    ([(CONTENT_TYPE, TEXT)], HELLO)
}

async fn upload(body: Bytes) -> String {
    body.len().to_string()
}

fn main() -> std::io::Result<()> {
    let options = Options::read();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.enable_all();
    if let Some(threads) = options.threads {
        runtime.max_blocking_threads(threads);
    }
    runtime.build()?.block_on(async {
        let files = options.folder.clone().unwrap_or_default();
        let files = ServeDir::new(files)
            .precompressed_br()
            .precompressed_zstd()
            .precompressed_gzip();
        let app = Router::new()
            .nest_service("/static", files)
            .route("/", get(root))
            .route("/sleep", get(sleep))
            .route("/upload", post(upload))
            .layer(DefaultBodyLimit::max(UPLOAD));
        let listener = TcpListener::bind(&options.address).await?;
        axum::serve(listener, app).await
    })
}
