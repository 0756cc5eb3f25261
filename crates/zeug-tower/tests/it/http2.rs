//! A handler under hyper, by HTTP/2: many blocking handlers behind one connection.

use std::sync::{Arc, Barrier};

use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::time::timeout;
use zeug_messages::{Request, Response};
use zeug_tower::HandlerService;

use crate::{Hyper, PATIENCE};

#[test]
fn requests_of_one_connection_run_at_once() {
    // Eight handlers that wait for each other: one after the other they would never end.
    let barrier = Arc::new(Barrier::new(8));
    let app = move |request: Request| {
        barrier.wait();
        let cookies = [request.cookies().get("a"), request.cookies().get("b")]
            .map(|cookie| cookie.unwrap_or("-").to_owned());
        Response::text(format!(
            "{} {} {}",
            request.url().unwrap(),
            cookies.join(" "),
            request.bytes().unwrap().len()
        ))
    };
    let hyper = Hyper::serve(HandlerService::new(app));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let stream = TcpStream::connect(hyper.address).await.unwrap();
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        let asked: Vec<_> = (0..8)
            .map(|at| {
                let mut sender = sender.clone();
                tokio::spawn(async move {
                    let request = http::Request::post(format!("http://example.org/{at}"))
                        .header("cookie", "a=1")
                        .header("cookie", "b=2")
                        .body(Full::new(bytes::Bytes::from(vec![b'x'; 100_000 + at])))
                        .unwrap();
                    let answer = timeout(PATIENCE, sender.send_request(request))
                        .await
                        .unwrap()
                        .unwrap();
                    assert_eq!(answer.version(), http::Version::HTTP_2);
                    answer.into_body().collect().await.unwrap().to_bytes()
                })
            })
            .collect();
        for (at, answer) in asked.into_iter().enumerate() {
            let expected = format!("http://example.org/{at} 1 2 {}", 100_000 + at);
            assert_eq!(answer.await.unwrap(), expected);
        }
    });
}
