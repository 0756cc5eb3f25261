//! Owns what Rust's rules cannot vouch for: the walk up the stack, the fork and what the forked process does, the program's file as memory. It and the files below it are all that has `unsafe`, and know nothing of requests or types.
#![expect(
    unsafe_code,
    reason = "a fork, the unwinder and a file as memory have no safe interface"
)]

#[cfg(all(feature = "console", target_env = "gnu"))]
pub(crate) mod line;

use std::ffi::{c_int, c_void};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::time::Duration;

use rustix::mm::{MapFlags, ProtFlags, mmap};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

/// The registers that a called function must keep, by their DWARF numbers: those whose values in an outer frame the unwinder knows.
#[cfg(target_arch = "x86_64")]
pub(crate) const KEPT: [u16; 6] = [3, 6, 12, 13, 14, 15];
/// The stack pointer's DWARF number.
#[cfg(target_arch = "x86_64")]
pub(crate) const STACK_POINTER: u16 = 7;
#[cfg(target_arch = "aarch64")]
pub(crate) const KEPT: [u16; 11] = [19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29];
#[cfg(target_arch = "aarch64")]
pub(crate) const STACK_POINTER: u16 = 31;

/// The most frames that are walked.
const DEEPEST: usize = 512;

/// A frame of the stack as the processor knows it.
#[derive(Debug, Clone)]
pub(crate) struct RawFrame {
    /// An address inside the instruction that was running: for a caller, inside its call.
    pub(crate) address: u64,
    /// The stack pointer.
    pub(crate) stack: u64,
    /// The values of [`KEPT`].
    pub(crate) kept: [u64; KEPT.len()],
}

#[repr(C)]
struct Context {
    _opaque: [u8; 0],
}

/// The unwinder's answer to a trace function: go on.
const GO_ON: c_int = 0;
/// `_URC_END_OF_STACK`.
const STOP: c_int = 5;

type Trace = extern "C-unwind" fn(*mut Context, *mut c_void) -> c_int;

// The unwinder that the standard library is linked with.
unsafe extern "C-unwind" {
    fn _Unwind_Backtrace(trace: Trace, argument: *mut c_void) -> c_int;
    fn _Unwind_GetIPInfo(context: *mut Context, before_instruction: *mut c_int) -> usize;
    fn _Unwind_GetCFA(context: *mut Context) -> usize;
    fn _Unwind_GetGR(context: *mut Context, register: c_int) -> usize;
}

/// The frames of this thread, the innermost first.
#[inline(never)]
pub(crate) fn stack() -> Vec<RawFrame> {
    let mut frames: Vec<RawFrame> = Vec::with_capacity(64);
    // SAFETY: `note` takes its argument for what it is here, a vector that outlives the call, and does not unwind.
    unsafe {
        _Unwind_Backtrace(note, (&raw mut frames).cast());
    }
    frames
}

extern "C-unwind" fn note(context: *mut Context, frames: *mut c_void) -> c_int {
    // SAFETY: `stack` gives its vector, which nothing else refers to until the walk ends.
    let frames = unsafe { &mut *frames.cast::<Vec<RawFrame>>() };
    let mut before = 0;
    // SAFETY: the context is the unwinder's own, for the time of this call.
    let (address, stack) = unsafe {
        (
            _Unwind_GetIPInfo(context, &raw mut before),
            _Unwind_GetCFA(context),
        )
    };
    if address == 0 || frames.len() == DEEPEST {
        return STOP;
    }
    let mut kept = [0; KEPT.len()];
    for (value, register) in kept.iter_mut().zip(KEPT) {
        // SAFETY: as above; the unwinder keeps a place for each of these registers from the first frame on.
        *value = unsafe { _Unwind_GetGR(context, c_int::from(register)) } as u64;
    }
    frames.push(RawFrame {
        address: (address as u64).saturating_sub(u64::from(before == 0)),
        stack: stack as u64,
        kept,
    });
    GO_ON
}

/// A file as memory, until the program ends.
///
/// # Errors
///
/// The system's.
pub(crate) fn map_program(file: &File) -> io::Result<&'static [u8]> {
    let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    if length == 0 {
        return Ok(&[]);
    }
    // SAFETY: a new mapping, which is never taken away. The file is the running program's own, which Linux lets nobody write or truncate (ETXTBSY);
    // a build replaces it by another file.
    unsafe {
        let start = mmap(
            std::ptr::null_mut(),
            length,
            ProtFlags::READ,
            MapFlags::PRIVATE,
            file,
            0,
        )?;
        Ok(std::slice::from_raw_parts(start.cast::<u8>(), length))
    }
}

/// The longest message to a snapshot, in words.
const MESSAGE: usize = 1024;
/// The words before what a message carries.
const HEAD: usize = 4;
/// A message's first word.
const READ: u64 = 0;
#[cfg(all(feature = "console", target_env = "gnu"))]
const RUN_LIBRARY: u64 = 1;
#[cfg(all(feature = "console", target_env = "gnu"))]
const RUN_IMAGE: u64 = 2;

/// The question for `length` bytes at `address`. The answer is a byte 0 and the bytes; or a byte 1 alone where they are not all there.
pub(crate) fn ask_to_read(address: u64, length: usize) -> [u8; 8 * HEAD] {
    let mut message = [0; 8 * HEAD];
    let words = [READ, address, length as u64, 0];
    for (to, from) in message.chunks_exact_mut(8).zip(words) {
        to.copy_from_slice(&from.to_ne_bytes());
    }
    message
}

/// Forks; the child answers for its memory on `served`, until the other end is closed or `lifetime` is over.
///
/// # Errors
///
/// The system's: no memory or no process left, or a Linux without `pidfd_open` (before 5.3).
pub(crate) fn fork_serving(served: OwnedFd, lifetime: Duration) -> io::Result<OwnedFd> {
    let lifetime = i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX);
    // SAFETY: the sets are plain data, filled before they are used. Until the mask is put back no signal handler runs on this thread, so none runs in the
    // child, whose mask stays. After `fork` the child only makes system calls on data of its own: it takes no lock, allocates nothing and never returns.
    let child = unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
        let child = libc::fork();
        if child == 0 {
            serve(served.as_raw_fd(), lifetime);
        }
        let failure = io::Error::last_os_error();
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
        if child < 0 {
            return Err(failure);
        }
        child
    };
    let pid = Pid::from_raw(child).ok_or(io::ErrorKind::NotFound)?;
    pidfd_open(pid, PidfdFlags::empty()).map_err(|error| {
        // Without a handle it cannot be ended safely later; `served` is closed below, and the child sees that at once.
        // SAFETY: no memory is involved.
        unsafe {
            libc::kill(child, libc::SIGKILL);
            libc::waitpid(child, std::ptr::null_mut(), 0);
        }
        error.into()
    })
}

/// The whole life of the child. Nothing here may panic or allocate: another thread may have held any lock when the process was forked.
fn serve(socket: RawFd, lifetime: i64) -> ! {
    // SAFETY: system calls only, on data of this function. What is asked for may be any address: `sendmsg` reads it in the kernel, which answers EFAULT
    // where there is nothing.
    unsafe {
        // What is not the socket is the server's: a listening socket that stays open would keep its port.
        let number = socket.cast_unsigned();
        let below = number == 0 || libc::syscall(libc::SYS_close_range, 0, number - 1, 0) == 0;
        let next = number.wrapping_add(1);
        if !below || libc::syscall(libc::SYS_close_range, next, u32::MAX, 0) != 0 {
            // A Linux before 5.9, or a container that knows the call as little: the usual numbers.
            for other in (0..4096).filter(|other| *other != socket) {
                libc::close(other);
            }
        }
        libc::prctl(libc::PR_SET_NAME, c"zeug-snapshot".as_ptr());
        // Whoever keeps a line is collected by the system.
        libc::signal(libc::SIGCHLD, libc::SIG_IGN);
        let end = now().saturating_add(lifetime);
        loop {
            let left = end.saturating_sub(now());
            let mut waited = libc::pollfd {
                fd: socket,
                events: libc::POLLIN,
                revents: 0,
            };
            let left = if left > 0 { left as c_int } else { 0 };
            if libc::poll(&raw mut waited, 1, left) <= 0 {
                libc::_exit(0);
            }
            let mut message = [0_u64; MESSAGE];
            #[cfg_attr(
                not(all(feature = "console", target_env = "gnu")),
                expect(unused_variables, reason = "descriptors come with lines alone")
            )]
            let (size, given) = receive(socket, &mut message);
            let answered = match message {
                [READ, address, length, ..] if size >= 8 * HEAD => {
                    answer_read(socket, address, length)
                }
                // What is not written to is zero, and so the path ends.
                #[cfg(all(feature = "console", target_env = "gnu"))]
                [RUN_LIBRARY | RUN_IMAGE, ..] if (8 * HEAD..8 * MESSAGE).contains(&size) => {
                    line::begin(socket, given, &message)
                }
                _ => false,
            };
            if !answered {
                libc::_exit(0);
            }
        }
    }
}

/// The next message: its size, 0 at the end of file, and the two descriptors that may have come with it.
///
/// # Safety
///
/// None is asked of the caller but a child's care: nothing here allocates.
unsafe fn receive(socket: RawFd, message: &mut [u64; MESSAGE]) -> (usize, [RawFd; 2]) {
    let mut given = [-1, -1];
    let mut control = [0_u64; 8];
    // SAFETY: the header's pointers are to `message` and `control`, with their sizes; what the system wrote into `control` is walked by its own macros.
    unsafe {
        let mut part = libc::iovec {
            iov_base: message.as_mut_ptr().cast(),
            iov_len: size_of_val(message),
        };
        let mut header: libc::msghdr = std::mem::zeroed();
        header.msg_iov = &raw mut part;
        header.msg_iovlen = 1;
        header.msg_control = control.as_mut_ptr().cast();
        header.msg_controllen = size_of_val(&control) as _;
        let size = libc::recvmsg(socket, &raw mut header, 0);
        let first = libc::CMSG_FIRSTHDR(&raw const header);
        if size > 0
            && !first.is_null()
            && (*first).cmsg_type == libc::SCM_RIGHTS
            && (*first).cmsg_len as usize == libc::CMSG_LEN(size_of::<[RawFd; 2]>() as u32) as usize
        {
            given = libc::CMSG_DATA(first).cast::<[RawFd; 2]>().read_unaligned();
        }
        (size.max(0).cast_unsigned(), given)
    }
}

/// Sends what is at an address; whether the socket took the answer.
///
/// # Safety
///
/// The address may be any: `sendmsg` reads it in the kernel, which answers EFAULT where there is nothing.
unsafe fn answer_read(socket: RawFd, address: u64, length: u64) -> bool {
    let mut found = 0_u8;
    let mut parts = [
        libc::iovec {
            iov_base: (&raw mut found).cast(),
            iov_len: 1,
        },
        libc::iovec {
            iov_base: address as *mut c_void,
            iov_len: length as usize,
        },
    ];
    // SAFETY: system calls on data of this function, but for the second part, of which the caller was told.
    unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = parts.as_mut_ptr();
        message.msg_iovlen = 2;
        if libc::sendmsg(socket, &raw const message, libc::MSG_NOSIGNAL) >= 0 {
            return true;
        }
        (&raw mut found).write_volatile(1);
        message.msg_iovlen = 1;
        libc::sendmsg(socket, &raw const message, libc::MSG_NOSIGNAL) >= 0
    }
}

/// Milliseconds of a clock that only goes forward.
fn now() -> i64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the call fills in `time`.
    unsafe {
        libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time);
    }
    time.tv_sec
        .saturating_mul(1000)
        .saturating_add(time.tv_nsec / 1_000_000)
}
