//! A server behind an `HttpProxy`, under the names by which the sweep of smuggled requests asks for a server: both ends are zeug's, the front decides.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use zeug_gateway::{HandlerExt, IntoHandler, Request};
use zeug_middleware::{HttpProxy, Upstream};
use zeug_serving::Server;
use zeug_test::LiveServer;

pub(crate) struct Running {
    front: LiveServer,
    _backend: LiveServer,
}

impl Running {
    pub(crate) fn start<M>(
        settings: impl FnOnce(Server) -> Server,
        app: impl IntoHandler<M>,
    ) -> Self {
        let backend = LiveServer::configured(settings, app).unwrap();
        let upstream = Upstream::parse(&backend.url("")).unwrap();
        let front = (|_: Request| http::StatusCode::NOT_FOUND)
            .into_handler()
            .with(HttpProxy::new().upstream("/", upstream).unwrap());
        Self {
            front: LiveServer::start(front).unwrap(),
            _backend: backend,
        }
    }

    /// All that comes for these bytes until the front closes.
    pub(crate) fn exchange(&self, wire: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.front.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream.write_all(wire).unwrap();
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
}
