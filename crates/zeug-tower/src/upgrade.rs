//! Owns upgraded connections under hyper: a connection that is polled, given to a function that blocks.

use std::io::{self, Read, Write};

use hyper::upgrade::{OnUpgrade, Upgraded as Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::runtime::Handle;
use zeug_gateway::{Response, Upgrade, Upgraded};

use crate::pool::{Pool, Refused};

/// Takes out of a request what hyper will give the connection by.
pub(crate) fn expect<B>(mut request: http::Request<B>) -> (http::Request<B>, Option<OnUpgrade>) {
    let connection = request.extensions_mut().remove();
    (request, connection)
}

/// Where the answer is an upgrade: has its function called with the connection, once hyper has sent the answer.
pub(crate) fn begin(response: &mut Response, connection: Option<OnUpgrade>, pool: &Pool) {
    let Some(next) = Upgrade::take(response) else {
        return;
    };
    let Some(connection) = connection else {
        log::error!(
            "an upgrade where the server hands no connection over: is it hyper's, with upgrades?"
        );
        return;
    };
    let pool = pool.clone();
    tokio::spawn(async move {
        let connection = match connection.await {
            Ok(connection) => TokioIo::new(connection),
            Err(error) => return log::warn!("the connection ended before its upgrade: {error}"),
        };
        let (reader, writer) = tokio::io::split(connection);
        let upgraded = Upgraded::of_halves(
            Reader(reader, Handle::current()),
            Writer(writer, Handle::current()),
        );
        if let Err(Refused::Full) = pool.run(move || next(upgraded)).await {
            log::warn!("no thread is left for an upgraded connection: it is closed");
        }
    });
}

struct Reader(ReadHalf<TokioIo<Connection>>, Handle);

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1.block_on(self.0.read(buffer))
    }
}

struct Writer(WriteHalf<TokioIo<Connection>>, Handle);

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.block_on(self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.1.block_on(self.0.flush())
    }
}
