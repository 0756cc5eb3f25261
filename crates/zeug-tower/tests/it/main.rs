//! The adapters under real hyper and axum, over real sockets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod axum_inside;
mod extractors;
mod http1;
mod http2;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use zeug_gateway::{Handler, Received};
use zeug_tower::HandlerService;

/// What none of these tests may wait for longer than.
const PATIENCE: Duration = Duration::from_secs(30);

/// hyper, with one thread, serving HTTP/1.1 and HTTP/2 on a free port; it stops when this is dropped.
struct Hyper {
    address: SocketAddr,
    _runtime: Runtime,
}

impl Hyper {
    fn serve(service: HandlerService<impl Handler>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                let received = Received::default()
                    .with_peer(Some(peer))
                    .with_local(stream.local_addr().ok());
                let service = TowerToHyperService::new(service.clone().received(received));
                tokio::spawn(async move {
                    let _ = auto::Builder::new(TokioExecutor::new())
                        .serve_connection_with_upgrades(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self {
            address,
            _runtime: runtime,
        }
    }

    fn connect(&self) -> TcpStream {
        connect(self.address)
    }

    /// All that comes back on a connection of its own, until it is closed.
    fn raw(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Reads until what came ends with `end`.
fn read_until(stream: &mut impl Read, end: &[u8]) -> String {
    let mut read = Vec::new();
    while !read.ends_with(end) {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        read.extend(byte);
    }
    String::from_utf8_lossy(&read).into_owned()
}
