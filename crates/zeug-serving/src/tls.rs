//! Owns TLS: the certificate that the server shows, and a connection's encrypted stream over rustls. It offers HTTP/1.1 alone (ALPN), TLS 1.2 and 1.3.

#[cfg(feature = "adhoc")]
pub(crate) mod adhoc;

use std::fmt;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, ServerConnection};

use crate::stream::Socket;
use crate::sync::lock;
use crate::{Result, ServeError};

/// How much plain text is taken before it must be sent.
const BUFFER: usize = 64 * 1024;

/// What a server shows to prove who it is: a certificate chain and its key, in PEM files.
///
/// Cheap to clone: each clone shows the same certificate, so one that is kept can [`reload`](Self::reload) it while the server runs.
///
/// ```
/// use zeug_serving::{ServeErrorKind, Tls};
///
/// let refused = Tls::from_files("no/such.crt", "no/such.key").unwrap_err();
/// assert_eq!(refused.kind(), ServeErrorKind::Certificate);
/// ```
#[derive(Clone)]
#[doc(alias = "ssl_context")]
pub struct Tls {
    /// None where the certificate was made for this process.
    files: Option<Arc<(PathBuf, PathBuf)>>,
    shown: Arc<Shown>,
    config: Arc<ServerConfig>,
}

/// The certificate that is shown now.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(
            &self.0.read().unwrap_or_else(PoisonError::into_inner),
        ))
    }
}

impl Tls {
    /// Reads a certificate chain (the server's own first) and its private key from PEM files.
    ///
    /// # Errors
    ///
    /// [`Certificate`](crate::ServeErrorKind::Certificate) for files that cannot be read, hold none, or do not belong together.
    pub fn from_files(chain: impl AsRef<Path>, key: impl AsRef<Path>) -> Result<Self> {
        let files = (chain.as_ref().to_owned(), key.as_ref().to_owned());
        let shown = read(&files)?;
        Self::showing(shown, Some(files))
    }

    /// A self-signed certificate that is made for this process: for `localhost` and the names below it, `127.0.0.1` and `::1`.
    ///
    /// Browsers warn of it, once in each run: with a `Reloader` all programs of a run show the same. For one that can be trusted over restarts there is
    /// [`make_dev_certificate`](crate::make_dev_certificate). Nothing is written.
    ///
    /// # Errors
    ///
    /// [`Certificate`](crate::ServeErrorKind::Certificate) where the system gives no randomness.
    #[cfg(feature = "adhoc")]
    #[doc(alias = "generate_adhoc_ssl_context")]
    pub fn adhoc() -> Result<Self> {
        let wrong = |error| ServeError::certificate(Path::new("a certificate made here"), error);
        let text = adhoc::pem().map_err(wrong)?.as_bytes();
        let parts = || {
            let certificates =
                CertificateDer::pem_slice_iter(text).collect::<std::result::Result<_, _>>();
            Ok((certificates?, PrivateKeyDer::from_pem_slice(text)?))
        };
        let (certificates, key) = parts()
            .map_err(|error: rustls::pki_types::pem::Error| wrong(io::Error::other(error)))?;
        let shown = CertifiedKey::from_der(certificates, key, &ring::default_provider());
        Self::showing(shown.map_err(|error| wrong(io::Error::other(error)))?, None)
    }

    fn showing(shown: CertifiedKey, files: Option<(PathBuf, PathBuf)>) -> Result<Self> {
        let shown = Arc::new(Shown(RwLock::new(Arc::new(shown))));
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let mut config = builder
            .with_safe_default_protocol_versions()
            .map_err(|error| ServeError::system(io::Error::other(error)))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&shown) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            files: files.map(Arc::new),
            shown,
            config: Arc::new(config),
        })
    }

    /// Reads the files again; connections from here on see what they hold now. A certificate that was made for this process has none, and stays.
    ///
    /// # Errors
    ///
    /// As [`from_files`](Self::from_files); the former certificate is shown on then.
    pub fn reload(&self) -> Result {
        let Some(files) = &self.files else {
            return Ok(());
        };
        let fresh = Arc::new(read(files)?);
        *self.shown.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// The server's side of a connection that begins.
    pub(crate) fn accept(&self, socket: Socket) -> io::Result<TlsStream> {
        let mut state =
            ServerConnection::new(Arc::clone(&self.config)).map_err(io::Error::other)?;
        state.set_buffer_limit(Some(BUFFER));
        Ok(TlsStream {
            socket,
            state: Mutex::new(state),
        })
    }
}

impl fmt::Debug for Tls {
    /// The files' names, and nothing of what they hold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

/// Reads a chain and its key.
fn read((chain, key): &(PathBuf, PathBuf)) -> Result<CertifiedKey> {
    let wrong = |file: &Path| {
        let file = file.to_owned();
        move |error: rustls::pki_types::pem::Error| {
            ServeError::certificate(&file, io::Error::other(error))
        }
    };
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(chain)
        .map_err(wrong(chain))?
        .collect::<std::result::Result<_, _>>()
        .map_err(wrong(chain))?;
    if certificates.is_empty() {
        return Err(ServeError::certificate(
            chain,
            io::Error::other("no certificate in it"),
        ));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(wrong(key))?;
    let provider = ring::default_provider();
    CertifiedKey::from_der(certificates, private, &provider)
        .map_err(|error| ServeError::certificate(key, io::Error::other(error)))
}

/// An encrypted connection.
#[derive(Debug)]
pub(crate) struct TlsStream {
    socket: Socket,
    state: Mutex<ServerConnection>,
}

/// A socket as rustls reads and writes it.
struct Wire<'a>(&'a Socket);

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TlsStream {
    pub(crate) fn socket(&self) -> &Socket {
        &self.socket
    }

    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = lock(&self.state);
        loop {
            match state.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // A client that ends without saying so within TLS: what HTTP knows of lengths decides whether anything is missing.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                other => return other,
            }
            if state.read_tls(&mut Wire(&self.socket))? == 0 {
                continue;
            }
            let processed = state.process_new_packets();
            // Handshake messages and alerts; what cannot be sent now is sent with the next write or flush.
            let sent = send(&mut state, &self.socket);
            if let Err(error) = processed {
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
            match sent {
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
        }
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = lock(&self.state);
        let taken = state.writer().write(bytes)?;
        match send(&mut state, &self.socket) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && taken > 0 => Ok(taken),
            Err(error) => Err(error),
            Ok(()) if taken > 0 => Ok(taken),
            // There was no room, and now there is.
            Ok(()) => state.writer().write(bytes),
        }
    }

    pub(crate) fn flush(&self) -> io::Result<()> {
        send(&mut lock(&self.state), &self.socket)
    }

    /// Says within TLS that nothing more is sent.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.send_close_notify();
        // Where this fails the other side sees the socket's end.
        let _ = send(&mut state, &self.socket);
    }
}

/// Sends all that rustls wants to send.
fn send(state: &mut ServerConnection, socket: &Socket) -> io::Result<()> {
    while state.wants_write() {
        state.write_tls(&mut Wire(socket))?;
    }
    Ok(())
}
