//! axum inside of zeug and zeug inside of axum, each over a real server.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::time::Duration;

use axum::Router;
use axum::body::Body as AxumBody;
use axum::http::StatusCode;
use axum::routing::{get, post};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tower::limit::ConcurrencyLimitLayer;
use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
use zeug_middleware::Dispatcher;
use zeug_test::LiveServer;
use zeug_tower::{HandlerService, ServiceHandler};

use crate::{PATIENCE, connect, read_until};

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

/// A body that gives each piece when its channel does.
struct Pieces(mpsc::Receiver<&'static str>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        task: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0
            .poll_recv(task)
            .map(|piece| piece.map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes())))))
    }
}

/// Counts the bytes of its request as they come, and answers in pieces of its own time.
fn router() -> Router {
    async fn count(body: AxumBody) -> String {
        let (mut body, mut bytes) = (body, 0);
        while let Some(Ok(frame)) = body.frame().await {
            bytes += frame.data_ref().map_or(0, Bytes::len);
        }
        bytes.to_string()
    }
    async fn tick() -> AxumBody {
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(async move {
            for piece in ["one ", "two ", "three"] {
                tokio::time::sleep(Duration::from_millis(20)).await;
                sender.send(piece).await.unwrap_or_default();
            }
        });
        AxumBody::new(Pieces(receiver))
    }
    Router::new()
        .route("/count", post(count))
        .route("/tick", get(tick))
        .route("/fail", get(async || StatusCode::IM_A_TEAPOT))
}

#[test]
fn a_router_is_mounted_in_a_dispatcher() {
    let runtime = runtime();
    let inner = ServiceHandler::new(router(), runtime.handle().clone());
    let app = (|_: Request| "zeug")
        .into_handler()
        .with(Dispatcher::new().mount("/axum", inner).unwrap());
    let server = LiveServer::start(app).unwrap();
    let client = || server.client();
    client().get("/").send().assert_text("zeug");
    client()
        .get("/axum/tick")
        .send()
        .assert_status(200)
        .assert_text("one two three");
    client().get("/axum/fail").send().assert_status(418);
    client().get("/axum/none").send().assert_status(404);
    client()
        .post("/axum/count")
        .body(vec![b'x'; 1_500_000])
        .send()
        .assert_text("1500000");

    // The request's pieces reach axum as they come.
    let mut stream = connect(server.address());
    stream
        .write_all(b"POST /axum/count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        .unwrap();
    for _ in 0..3 {
        stream.write_all(b"3\r\nabc\r\n").unwrap();
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("\r\n\r\n9"), "{answer}");
}

#[test]
fn a_service_that_fails_is_a_500_with_its_cause() {
    let runtime = runtime();
    let service = tower::service_fn(async |_: http::Request<zeug_tower::BodyStream>| {
        Err::<http::Response<String>, _>(std::io::Error::other("no luck"))
    });
    let handler = ServiceHandler::new(service, runtime.handle().clone());
    let answer = handler.handle(Request::default());
    assert_eq!(answer.status(), 500);
    let cause = zeug_gateway::Cause::of(answer.extensions()).unwrap();
    assert_eq!(cause.to_string(), "no luck");
}

#[test]
fn a_body_that_fails_midway_is_no_whole_answer() {
    let runtime = runtime();
    let router = Router::new().route(
        "/",
        get(async || {
            let pieces = [
                Ok(Frame::data(Bytes::from_static(b"begun"))),
                Err(std::io::Error::other("disk")),
            ];
            AxumBody::new(StreamBody::new(tokio_pieces(pieces)))
        }),
    );
    let server = LiveServer::start(ServiceHandler::new(router, runtime.handle().clone())).unwrap();
    let mut stream = connect(server.address());
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(!answer.ends_with(b"0\r\n\r\n"), "an end that is none");
}

/// A stream of what there is.
fn tokio_pieces<T: Unpin>(
    pieces: impl IntoIterator<Item = T, IntoIter: Unpin>,
) -> impl futures_core::Stream<Item = T> {
    struct Given<I>(I);
    impl<I: Iterator + Unpin> futures_core::Stream for Given<I> {
        type Item = I::Item;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<I::Item>> {
            std::task::Poll::Ready(self.0.next())
        }
    }
    Given(pieces.into_iter())
}

#[test]
fn a_handler_is_a_route_of_axum_inside_of_tower_layers() {
    let runtime = runtime();
    let zeug = HandlerService::new(|request: Request| format!("zeug at {}", request.uri().path()));
    let router = Router::new()
        .route("/", get(async || "axum"))
        .nest_service("/zeug", zeug)
        .layer(ConcurrencyLimitLayer::new(1));
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move { axum::serve(listener, router).await });
    let ask = |path: &str| {
        let mut stream = connect(address);
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(ask("/").ends_with("axum"));
    assert!(ask("/zeug/a").ends_with("zeug at /a"));
}

#[test]
fn both_ways_at_once() {
    // hyper -> zeug -> axum: the outer handler runs on a blocking thread, where waiting is allowed.
    let inner = runtime();
    let handler = ServiceHandler::new(router(), inner.handle().clone());
    let hyper = crate::Hyper::serve(HandlerService::new(handler));
    let mut stream = hyper.connect();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
        .write_all(b"GET /tick HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let answer = read_until(&mut stream, b"0\r\n\r\n");
    assert!(
        answer.contains("4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n"),
        "{answer}"
    );
}
