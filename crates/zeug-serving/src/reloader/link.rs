//! Owns what the reloader and its program say to each other: a Unix socket over which the listening sockets go to the program and back, and orders of one byte. Its
//! end is an order, too: a program whose reloader is gone ends at once, so that no process is left behind.

use std::ffi::{OsStr, OsString};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::thread;

use rustix::io::FdFlags;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};

use crate::Shutdown;
use crate::listener::Listener;
use crate::sync::lock;

/// The variable that tells a program of its reloader: version, the reloader's process, the socket's path.
pub(super) const VARIABLE: &str = "ZEUG_RELOADER";
const VERSION: &str = "1";

/// How many sockets are passed at the most. The system takes 253.
const SOCKETS: usize = 64;

/// How long what is said beside the sockets may be: a certificate and its key take 2 KiB.
const TEXT: usize = 64 * 1024;

/// What the program is told, and what it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Word {
    /// Accept no more connections; what is in flight is finished.
    Pause = b'P',
    /// The same, and end.
    End = b'E',
    /// From the program: it serves, and these are its sockets.
    Ready = b'R',
}

/// The value of [`VARIABLE`] for a program that is started now.
pub(super) fn variable(path: &Path) -> OsString {
    let mut value = OsString::from(format!("{VERSION}:{}:", std::process::id()));
    value.push(path);
    value
}

/// The socket of the reloader that started this process; `None` where none did. The variable is inherited further, by processes that are not meant.
pub(super) fn parent() -> Option<PathBuf> {
    let value = std::env::var_os(VARIABLE)?;
    let mut parts = value.as_bytes().splitn(3, |&byte| byte == b':');
    let [version, process, path] = [parts.next()?, parts.next()?, parts.next()?];
    let process: i32 = std::str::from_utf8(process).ok()?.parse().ok()?;
    let asked = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    let meant = version == VERSION.as_bytes() && asked == Some(process);
    meant.then(|| PathBuf::from(OsStr::from_bytes(path)))
}

/// Sends bytes and, with the first of them, descriptors.
fn send(stream: &UnixStream, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(SOCKETS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
        return Err(io::Error::other("too many listening sockets"));
    }
    let sent = rustix::net::sendmsg(
        stream,
        &[IoSlice::new(bytes)],
        &mut control,
        SendFlags::empty(),
    )?;
    // A short write has taken the descriptors along.
    (&*stream).write_all(bytes.get(sent..).unwrap_or_default())
}

/// Receives some bytes, and the sockets that come with them; no bytes at the end.
fn receive(stream: &UnixStream, buffer: &mut [u8]) -> io::Result<(usize, Vec<Listener>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(SOCKETS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut slices = [IoSliceMut::new(buffer)];
    let message = loop {
        match rustix::net::recvmsg(stream, &mut slices, &mut control, RecvFlags::empty()) {
            Err(rustix::io::Errno::INTR) => {}
            other => break other?,
        }
    };
    let mut listeners = Vec::new();
    for part in control.drain() {
        if let RecvAncillaryMessage::ScmRights(fds) = part {
            for fd in fds {
                listeners.push(listener(fd)?);
            }
        }
    }
    Ok((message.bytes, listeners))
}

/// A descriptor that was received, as the listening socket that it is.
fn listener(fd: OwnedFd) -> io::Result<Listener> {
    // Processes that the program starts have no business with it.
    rustix::io::fcntl_setfd(&fd, FdFlags::CLOEXEC)?;
    let family = rustix::net::getsockname(&fd)?.address_family();
    Ok(if family == AddressFamily::UNIX {
        UnixListener::from(fd).into()
    } else {
        TcpListener::from(fd).into()
    })
}

/// Gives a program that has just connected its sockets, and the certificate that was made for this run.
pub(super) fn welcome(stream: &UnixStream, listeners: &[Listener]) -> io::Result<()> {
    let text = certificate();
    let length = u32::try_from(text.len()).map_err(io::Error::other)?;
    let fds: Vec<BorrowedFd<'_>> = listeners.iter().map(Listener::as_fd).collect();
    send(stream, &length.to_le_bytes(), &fds)?;
    (&*stream).write_all(text.as_bytes())
}

/// Waits until a program says that it serves; the sockets that it serves on. An error where it ends before.
pub(super) fn ready(stream: &UnixStream) -> io::Result<Vec<Listener>> {
    let mut word = [0];
    let (count, listeners) = receive(stream, &mut word)?;
    if count == 0 || word != [Word::Ready as u8] {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(listeners)
}

/// Tells a program something.
pub(super) fn tell(stream: &UnixStream, word: Word) -> io::Result<()> {
    (&*stream).write_all(&[word as u8])
}

/// The certificate that was made in this process, and its key, as PEM.
fn certificate() -> &'static str {
    #[cfg(feature = "adhoc")]
    return crate::tls::adhoc::made().map_or("", String::as_str);
    #[cfg(not(feature = "adhoc"))]
    ""
}

/// The program's end of the link.
#[derive(Debug)]
pub(crate) struct Link {
    stream: UnixStream,
    /// Passed, and not yet taken.
    passed: Mutex<Vec<Listener>>,
    orders: Mutex<Orders>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Orders {
    servers: Vec<Shutdown>,
    paused: bool,
    ended: bool,
}

impl Link {
    /// The link of this process; `None` where no reloader started it.
    pub(crate) fn get() -> Option<&'static Self> {
        static LINK: OnceLock<Option<Link>> = OnceLock::new();
        static LISTENS: OnceLock<()> = OnceLock::new();
        let link = LINK
            .get_or_init(|| Self::connect(&parent()?).ok())
            .as_ref()?;
        LISTENS.get_or_init(|| {
            let listening = thread::Builder::new().name("zeug-reloaded".into());
            // Without it the program would outlive its reloader.
            if listening.spawn(|| link.obey()).is_err() {
                signal_hook::low_level::exit(1);
            }
        });
        Some(link)
    }

    fn connect(path: &Path) -> io::Result<Self> {
        let mut stream = UnixStream::connect(path)?;
        let mut length = [0; 4];
        let (count, passed) = receive(&stream, &mut length)?;
        stream.read_exact(length.get_mut(count..).unwrap_or_default())?;
        let length = u32::from_le_bytes(length) as usize;
        if length > TEXT {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut text = vec![0; length];
        stream.read_exact(&mut text)?;
        #[cfg(feature = "adhoc")]
        if let Some(text) = String::from_utf8(text).ok().filter(|text| !text.is_empty()) {
            crate::tls::adhoc::take(text);
        }
        Ok(Self {
            stream,
            passed: Mutex::new(passed),
            orders: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    /// Does what the reloader says, for the rest of the process.
    fn obey(&self) {
        let mut word = [0];
        loop {
            let pausing = match (&self.stream).read(&mut word) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Ok(1..) => word == [Word::Pause as u8],
                // The reloader is gone, and with it whoever keeps the sockets.
                _ => signal_hook::low_level::exit(1),
            };
            let mut orders = lock(&self.orders);
            orders.paused = true;
            orders.ended |= !pausing;
            orders.servers.iter().for_each(Shutdown::shutdown);
            drop(orders);
            self.changed.notify_all();
        }
    }

    /// The passed socket that listens on an address; of any port where it asks for a free one.
    pub(crate) fn tcp(&self, address: SocketAddr) -> Option<Listener> {
        self.take(|listener| {
            listener.local_addr().is_some_and(|local| {
                local.ip() == address.ip()
                    && (address.port() == 0 || local.port() == address.port())
            })
        })
    }

    /// The passed socket that listens at a path.
    pub(crate) fn unix(&self, path: &Path) -> Option<Listener> {
        self.take(|listener| listener.path().is_some_and(|local| local == path))
    }

    /// All passed sockets, where the reloader was passed them itself.
    pub(crate) fn all(&self) -> Vec<Listener> {
        std::mem::take(&mut lock(&self.passed))
    }

    fn take(&self, fits: impl Fn(&Listener) -> bool) -> Option<Listener> {
        let mut passed = lock(&self.passed);
        let index = passed.iter().position(fits)?;
        Some(passed.swap_remove(index))
    }

    /// Says that a server of this program serves; it is stopped when the reloader says so.
    pub(crate) fn serves(&self, listeners: &[Listener], shutdown: Shutdown) {
        let mut orders = lock(&self.orders);
        if orders.paused {
            shutdown.shutdown();
        }
        orders.servers.push(shutdown);
        drop(orders);
        let fds: Vec<BorrowedFd<'_>> = listeners.iter().map(Listener::as_fd).collect();
        // Where this fails the reloader is gone, which the other thread sees.
        let _ = send(&self.stream, &[Word::Ready as u8], &fds);
    }

    /// Waits, where the program was only told to pause, until it may end: whatever it does beside serving goes on until its successor is built.
    pub(crate) fn wait(&self) {
        let mut orders = lock(&self.orders);
        while orders.paused && !orders.ended {
            orders = self
                .changed
                .wait(orders)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}
