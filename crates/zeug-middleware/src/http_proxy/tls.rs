//! Owns TLS to another server, over rustls: who is believed, and the encrypted side of a connection. It offers HTTP/1.1 alone (ALPN), and never skips a certificate's check.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use crate::{MiddlewareError, MiddlewareErrorKind};

/// How much is read from the socket at once.
const PIECE: usize = 16 * 1024;

/// Whose certificates another server may show: the authorities that are believed.
///
/// They are read from PEM, and there is no list inside this crate, which would age with it. A server of one's own has an authority of one's own; for those of the
/// Web, systems keep a list of authorities in a file: `/etc/ssl/certs/ca-certificates.crt` on Debian, Alpine and Arch, `/etc/pki/tls/certs/ca-bundle.crt` on Fedora.
///
/// # Example
///
/// ```
/// use zeug_middleware::TlsRoots;
///
/// assert!(TlsRoots::from_pem(b"no certificate").is_err());
/// assert!(TlsRoots::from_pem_file("no/such.pem").is_err());
/// ```
#[derive(Clone)]
pub struct TlsRoots(Arc<ClientConfig>);

impl TlsRoots {
    /// The authorities of a PEM text; what else it holds is passed over.
    ///
    /// # Errors
    ///
    /// [`InvalidRoots`](MiddlewareErrorKind::InvalidRoots) for a text without a certificate, with a malformed one, or with one that is no authority's; with its number.
    pub fn from_pem(pem: &[u8]) -> Result<Self, MiddlewareError> {
        let refused = |at| MiddlewareError::new(MiddlewareErrorKind::InvalidRoots, at);
        let mut roots = RootCertStore::empty();
        for (at, certificate) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let certificate = certificate.map_err(|_| refused(at))?;
            roots.add(certificate).map_err(|_| refused(at))?;
        }
        if roots.is_empty() {
            return Err(refused(0));
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let mut config = builder
            .with_safe_default_protocol_versions()
            .map_err(|_| refused(0))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    /// As [`from_pem`](Self::from_pem), of a file.
    ///
    /// # Errors
    ///
    /// Those, and the same kind for a file that cannot be read.
    pub fn from_pem_file(path: impl AsRef<Path>) -> Result<Self, MiddlewareError> {
        let pem = std::fs::read(path)
            .map_err(|_| MiddlewareError::new(MiddlewareErrorKind::InvalidRoots, 0))?;
        Self::from_pem(&pem)
    }
}

impl fmt::Debug for TlsRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsRoots").finish_non_exhaustive()
    }
}

/// Which server is to be met, and who is believed that it is this one.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    roots: TlsRoots,
    name: ServerName<'static>,
}

impl Peer {
    /// `None` for a host that no certificate can name.
    pub(super) fn new(roots: TlsRoots, host: &str) -> Option<Self> {
        let name = ServerName::try_from(host.to_owned()).ok()?;
        Some(Self { roots, name })
    }

    /// Shakes hands.
    pub(super) fn meet(&self, mut socket: &TcpStream) -> io::Result<Tls> {
        let config = Arc::clone(&self.roots.0);
        let mut state =
            ClientConnection::new(config, self.name.clone()).map_err(io::Error::other)?;
        while state.is_handshaking() {
            state.complete_io(&mut socket)?;
        }
        Ok(Tls {
            state: Mutex::new(State {
                connection: state,
                input: Vec::new(),
            }),
            sending: Mutex::new(()),
        })
    }
}

/// The encrypted side of a connection. Neither lock is held while the other side is waited for, but that writers wait for each other.
#[derive(Debug)]
pub(super) struct Tls {
    state: Mutex<State>,
    /// Held from encrypting to the last byte's writing: records go out in their order.
    sending: Mutex<()>,
}

#[derive(Debug)]
struct State {
    connection: ClientConnection,
    /// What came and is not decrypted yet.
    input: Vec<u8>,
}

impl State {
    /// Plain bytes; `None` where more has to come first.
    fn plain(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            match self.connection.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => return other.map(Some),
            }
            if self.input.is_empty() {
                return Ok(None);
            }
            self.decrypt()?;
        }
    }

    /// Whether neither plain bytes nor the end have come; decrypts until it knows.
    fn is_silent(&mut self) -> bool {
        loop {
            match self.connection.process_new_packets() {
                Ok(come) if come.plaintext_bytes_to_read() == 0 && !come.peer_has_closed() => {}
                _ => return false,
            }
            if self.input.is_empty() {
                return true;
            }
            if self.decrypt().is_err() {
                return false;
            }
        }
    }

    /// Takes as much of the input as there is room for.
    fn decrypt(&mut self) -> io::Result<()> {
        let mut left = &self.input[..];
        self.connection.read_tls(&mut left)?;
        let taken = self.input.len() - left.len();
        self.input.drain(..taken);
        let decrypted = self.connection.process_new_packets();
        decrypted.map(drop).map_err(io::Error::other)
    }
}

impl Tls {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An end that the other side did not announce is an error: whoever can cut a connection could else cut a message short.
    pub(super) fn read(&self, mut socket: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(count) = self.state().plain(buffer)? {
                return Ok(count);
            }
            let mut piece = vec![0; PIECE];
            let count = socket.read(&mut piece)?;
            let mut state = self.state();
            if count == 0 {
                state.connection.read_tls(&mut io::empty())?;
            }
            state
                .input
                .extend_from_slice(piece.get(..count).unwrap_or_default());
        }
    }

    pub(super) fn write(&self, socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(PIECE);
        self.send(socket, |connection| {
            connection
                .writer()
                .write(bytes.get(..count).unwrap_or_default())
        })
    }

    pub(super) fn say_goodbye(&self, socket: &TcpStream) -> io::Result<()> {
        self.send(socket, |connection| {
            connection.send_close_notify();
            Ok(())
        })
    }

    fn send<T>(
        &self,
        mut socket: &TcpStream,
        what: impl FnOnce(&mut ClientConnection) -> io::Result<T>,
    ) -> io::Result<T> {
        let _order = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wire = Vec::new();
        let result = {
            let connection = &mut self.state().connection;
            let result = what(connection)?;
            while connection.wants_write() {
                connection.write_tls(&mut wire)?;
            }
            result
        };
        socket.write_all(&wire)?;
        Ok(result)
    }

    /// Whether nothing plain has come, on a socket that does not block.
    pub(super) fn is_silent(&self, mut socket: &TcpStream) -> bool {
        let mut state = self.state();
        let mut piece = [0; 4096];
        while state.is_silent() {
            match socket.read(&mut piece) {
                Ok(count @ 1..) => state
                    .input
                    .extend_from_slice(piece.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                _ => return false,
            }
        }
        false
    }
}
