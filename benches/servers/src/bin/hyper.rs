//! hyper 1 on tokio, with and without TLS by rustls.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use zeug_servers::{HELLO, Options, SLEEP, TEXT};

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let hello = || {
        let mut response = Response::new(Full::new(Bytes::from_static(HELLO.as_bytes())));
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(TEXT));
        response
    };
    Ok(match request.uri().path() {
        "/" => hello(),
        "/sleep" => {
            // A handler that blocks, as this server's users are told to run one.
            let _ = tokio::task::spawn_blocking(|| std::thread::sleep(SLEEP)).await;
            hello()
        }
        "/upload" => {
            let length = request
                .into_body()
                .collect()
                .await
                .map_or(0, |body| body.to_bytes().len());
            Response::new(Full::new(length.to_string().into()))
        }
        _ => {
            let mut response = Response::new(Full::new(Bytes::from_static(b"no")));
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    })
}

async fn serve(options: Options) -> Result<(), Failure> {
    let tls = match &options.tls {
        Some(folder) => {
            let chain = CertificateDer::pem_file_iter(folder.join("crt"))?
                .collect::<Result<Vec<_>, _>>()?;
            let key = PrivateKeyDer::from_pem_file(folder.join("key"))?;
            let mut config = rustls::ServerConfig::builder()
                .with_no_client_auth()
                .with_single_cert(chain, key)?;
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Some(TlsAcceptor::from(Arc::new(config)))
        }
        None => None,
    };
    let listener = TcpListener::bind(&options.address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let tls = tls.clone();
        tokio::spawn(async move {
            let mut http = http1::Builder::new();
            http.pipeline_flush(true).timer(TokioTimer::new());
            match tls {
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        let _ = http
                            .serve_connection(TokioIo::new(stream), service_fn(answer))
                            .await;
                    }
                }
                None => {
                    let _ = http
                        .serve_connection(TokioIo::new(stream), service_fn(answer))
                        .await;
                }
            }
        });
    }
}

fn main() -> Result<(), Failure> {
    let options = Options::read();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.enable_all();
    if let Some(threads) = options.threads {
        runtime.max_blocking_threads(threads);
    }
    runtime.build()?.block_on(serve(options))
}
