//! A running server, and raw connections to it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use zeug_gateway::IntoHandler;
use zeug_serving::Server;

/// A server on a thread of its own; stopped, and waited for, when dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    shutdown: zeug_serving::Shutdown,
    thread: Option<JoinHandle<zeug_serving::Result>>,
}

impl Running {
    /// Starts a server with settings.
    pub(crate) fn start<M>(set: impl FnOnce(Server) -> Server, app: impl IntoHandler<M>) -> Self {
        let server = set(Server::bind("127.0.0.1:0").unwrap());
        let (address, shutdown) = (server.local_addr().unwrap(), server.shutdown_handle());
        let app = app.into_handler();
        let thread = std::thread::spawn(move || server.serve(app));
        Self {
            address,
            shutdown,
            thread: Some(thread),
        }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream
    }

    /// Sends a request that closes, and gives all that is answered.
    pub(crate) fn get(&self, path: &str) -> String {
        self.exchange(
            format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").as_bytes(),
        )
    }

    pub(crate) fn exchange(&self, request: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        read_all(&mut stream)
    }

    /// Asks the server to stop.
    pub(crate) fn stop(&self) {
        self.shutdown.shutdown();
    }

    /// Waits for the server's end.
    pub(crate) fn join(mut self) -> zeug_serving::Result {
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads to the end, or to a reset.
pub(crate) fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
