//! Owns the processes of a compiled line: the one that keeps it, the one that loads and calls it, their files, limits and signals. What is told of it is read elsewhere.

use std::ffi::{CString, c_char, c_int, c_void};
use std::os::fd::RawFd;
use std::time::Duration;

mod image;

use super::{HEAD, MESSAGE, READ, RUN_IMAGE, RUN_LIBRARY, answer_read, receive};

/// A compiled line: what a process that is forked from the snapshot loads and calls.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) code: CString,
    /// Whether the code is an image for a place of its own, and not a library for the loader.
    pub(crate) is_image: bool,
    /// The address of its entry, in the library's file or in memory: an `extern "C" fn(*const *const u8, extern "C" fn(u32, *const u8, usize))`.
    pub(crate) entry: u64,
    /// Where the locals are, in the order that the entry takes them.
    pub(crate) locals: Vec<u64>,
    pub(crate) patience: Duration,
}

impl Order {
    /// The question, with which two descriptors go: the socket on which is told what happens (each message begins with a word of [`told`]), and what standard
    /// output and standard error become. The answer is a byte 0, or a byte 1 where there was no process to be had.
    ///
    /// None where it is too long for a message.
    pub(crate) fn to_bytes(&self) -> Option<Vec<u8>> {
        let patience = u64::try_from(self.patience.as_millis()).ok()?;
        let kind = if self.is_image {
            RUN_IMAGE
        } else {
            RUN_LIBRARY
        };
        let head = [kind, self.entry, self.locals.len() as u64, patience];
        let words = head.iter().chain(&self.locals);
        let mut message: Vec<u8> = words.flat_map(|word| word.to_ne_bytes()).collect();
        message.extend_from_slice(self.code.as_bytes_with_nul());
        (message.len() <= 8 * MESSAGE).then_some(message)
    }
}

/// The first word of what is told of a line that runs. Those below 16 are the library's.
pub(crate) mod told {
    /// The entry is done; it does not come back.
    pub(crate) const DONE: u32 = 0;
    /// The value as it shows itself.
    pub(crate) const VALUE: u32 = 1;
    /// The value's type.
    pub(crate) const TYPE: u32 = 2;
    /// The text of a panic.
    pub(crate) const PANIC: u32 = 3;
    /// The value shows itself in no way: its address and its size. Until a message of another kind comes, the process's memory can be read as a snapshot's.
    pub(crate) const BARE: u32 = 4;
    /// Why the line was not run.
    pub(crate) const REFUSED: u32 = 5;
    /// What was done before is of earlier lines: from here on what is printed is heard.
    pub(crate) const BEGINS: u32 = 6;
    /// Why the library could not be loaded.
    pub(crate) const UNLOADED: u32 = 16;
    /// A signal of the processor's, the address that it was about, and the stack pointer, eight bytes each.
    pub(crate) const FAULT: u32 = 17;
    /// The process has ended: its status as of `waitpid`, and whether that was for want of patience, eight bytes each.
    pub(crate) const ENDED: u32 = 18;
}

/// Begins the processes of a line, and says so on the snapshot's socket; whether that took it.
///
/// # Safety
///
/// This is the snapshot, and the message is an [`Order`]'s.
pub(super) unsafe fn begin(
    snapshot: RawFd,
    [report, output]: [RawFd; 2],
    message: &[u64; MESSAGE],
) -> bool {
    // SAFETY: `fork` and not the bare system call is used so that the allocator and the loader are whole in there. The rest are system calls.
    unsafe {
        let keeper = libc::fork();
        if keeper == 0 {
            libc::close(snapshot);
            keep(report, output, message);
        }
        libc::close(report);
        libc::close(output);
        let failed = u8::from(keeper < 0);
        libc::send(snapshot, (&raw const failed).cast(), 1, libc::MSG_NOSIGNAL) == 1
    }
}

/// The whole life of the process that keeps a line: it begins another, which loads and calls, ends it when the time is over or nobody listens any more, and tells how it
/// ended. As in the snapshot nothing here allocates or panics.
///
/// # Safety
///
/// This is a process of its own, forked for this.
unsafe fn keep(report: RawFd, output: RawFd, message: &[u64; MESSAGE]) -> ! {
    // SAFETY: system calls on data of this function.
    unsafe {
        libc::prctl(libc::PR_SET_NAME, c"zeug-keeper".as_ptr());
        libc::signal(libc::SIGCHLD, libc::SIG_DFL);
        let runner = libc::fork();
        if runner == 0 {
            run_line(report, output, message);
        }
        libc::close(output);
        // It has a group of its own, so that what it begins ends with it. It does the same, and either may be first.
        libc::setpgid(runner, runner);
        let mut status: c_int = 0;
        let mut late = false;
        let ended = libc::syscall(libc::SYS_pidfd_open, runner, 0) as RawFd;
        if runner > 0 {
            let mut waited =
                [(ended, libc::POLLIN), (report, 0)].map(|(fd, events)| libc::pollfd {
                    fd,
                    events,
                    revents: 0,
                });
            let patience = message[3].min(c_int::MAX as u64) as c_int;
            late = libc::poll(waited.as_mut_ptr(), 2, patience) == 0;
            libc::kill(-runner, libc::SIGKILL);
            libc::kill(runner, libc::SIGKILL);
            libc::waitpid(runner, &raw mut status, 0);
        }
        let end = [u64::from(status.cast_unsigned()), u64::from(late)];
        tell(report, told::ENDED, end.as_ptr().cast(), size_of_val(&end));
        libc::_exit(0);
    }
}

/// Where the process of a line has what it tells on, and what its output goes to.
const REPORT: RawFd = 3;
const OUTPUT: RawFd = 4;

/// How much more memory a line may take than the program had: 1 GiB.
const MEMORY: u64 = 1 << 30;

/// The whole life of the process that runs a line.
///
/// The program's other threads are not here. What they held when the snapshot was taken stays held, but for the allocator's and the loader's locks, which `fork`
/// sets free: a line that waits for another lock ends with its time.
///
/// # Safety
///
/// This is a process of its own, forked for this; the message is an [`Order`]'s, whose library has the entry that it says.
unsafe fn run_line(report: RawFd, output: RawFd, message: &[u64; MESSAGE]) -> ! {
    // SAFETY: up to the library's own code these are system calls on data of this function, and the loader's calls. The entry is called with what it was compiled for:
    // the compiled line takes that many addresses and this function.
    unsafe {
        libc::setpgid(0, 0);
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        libc::prctl(libc::PR_SET_NAME, c"zeug-line".as_ptr());
        arrange_files(report, output);
        limit(message[3]);
        arrange_signals();
        let count = (message[2] as usize).min(MESSAGE - HEAD);
        let locals = message.as_ptr().add(HEAD);
        let path: *const c_char = locals.add(count).cast();
        let loaded = match message[0] {
            RUN_IMAGE => image::load(path).map(|()| 0),
            _ => load(path),
        };
        let base = loaded.unwrap_or_else(|why| {
            tell(REPORT, told::UNLOADED, why.cast(), libc::strlen(why));
            libc::_exit(1)
        });
        let entry = base.wrapping_add(message[1] as usize);
        let entry: Entry = std::mem::transmute(entry as *const c_void);
        entry(locals.cast(), take);
        libc::_exit(0);
    }
}

/// Loads a library: its base, or why there is none.
///
/// # Safety
///
/// This is the process of a line, and the library one that was compiled for it: its initialisers run.
unsafe fn load(path: *const c_char) -> Result<usize, *const c_char> {
    // SAFETY: the loader's calls, on a path that ends with zero; what it says is there until it is called again.
    unsafe {
        let library = libc::dlopen(path, libc::RTLD_NOW | libc::RTLD_LOCAL);
        let mut place: *const LinkMap = std::ptr::null();
        if library.is_null()
            || libc::dlinfo(library, libc::RTLD_DI_LINKMAP, (&raw mut place).cast()) != 0
        {
            let why = libc::dlerror();
            let unknown = c"the loader does not say why".as_ptr();
            return Err(if why.is_null() { unknown } else { why });
        }
        Ok((*place).base)
    }
}

/// The beginning of the loader's `link_map`.
#[repr(C)]
struct LinkMap {
    base: usize,
}

type Entry = unsafe extern "C" fn(*const *const u8, extern "C" fn(u32, *const u8, usize));

/// What a compiled line tells.
extern "C" fn take(kind: u32, text: *const u8, length: usize) {
    // SAFETY: the library gives texts that are there for the time of the call; the rest are system calls.
    unsafe {
        match kind {
            told::BEGINS => {
                libc::dup2(OUTPUT, 1);
                libc::dup2(OUTPUT, 2);
            }
            told::BARE => {
                tell(REPORT, kind, text, length);
                let mut message = [0_u64; MESSAGE];
                while let (8.., _) = receive(REPORT, &mut message)
                    && let [READ, address, length, ..] = message
                    && answer_read(REPORT, address, length)
                {}
            }
            told::DONE => {
                tell(REPORT, kind, text, 0);
                libc::_exit(0);
            }
            _ => tell(REPORT, kind, text, length),
        }
    }
}

/// The most bytes of one message, and of all messages of one text.
const PIECE: usize = 16 << 10;
const TEXT: usize = 1 << 20;

/// Sends a text in as many messages of that kind as it takes; an end of a very long one is left out.
///
/// # Safety
///
/// `length` bytes are at `text`.
unsafe fn tell(report: RawFd, kind: u32, text: *const u8, length: usize) {
    let length = length.min(TEXT);
    let mut sent = 0;
    loop {
        let size = (length - sent).min(PIECE);
        // SAFETY: both parts are there, and the system only reads them.
        unsafe {
            let mut parts = [
                libc::iovec {
                    iov_base: (&raw const kind).cast_mut().cast(),
                    iov_len: size_of::<u32>(),
                },
                libc::iovec {
                    iov_base: text.wrapping_add(sent).cast_mut().cast(),
                    iov_len: size,
                },
            ];
            let mut message: libc::msghdr = std::mem::zeroed();
            message.msg_iov = parts.as_mut_ptr();
            message.msg_iovlen = 2;
            libc::sendmsg(report, &raw const message, libc::MSG_NOSIGNAL);
        }
        sent += size;
        if sent >= length {
            return;
        }
    }
}

/// Has the two descriptors at their places, nothing to read and nobody to hear what is printed, and nothing else open.
///
/// # Safety
///
/// Nothing else of this process uses descriptors.
unsafe fn arrange_files(report: RawFd, output: RawFd) {
    // SAFETY: system calls; those that fail leave what was not there.
    unsafe {
        let null = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR);
        // Out of the way first: these numbers may be any.
        let above = |file| libc::fcntl(file, libc::F_DUPFD, 16);
        let (report, output, null) = (above(report), above(output), above(null));
        for standard in 0..3 {
            libc::dup2(null, standard);
        }
        libc::dup3(report, REPORT, libc::O_CLOEXEC);
        libc::dup3(output, OUTPUT, libc::O_CLOEXEC);
        close_from(5);
    }
}

/// # Safety
///
/// As for [`arrange_files`].
unsafe fn close_from(first: u32) {
    // SAFETY: as in `arrange_files`.
    unsafe {
        if libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) != 0 {
            for file in first..4096 {
                libc::close(file.cast_signed());
            }
        }
    }
}

/// Limits what the process may take: processor time, memory, and no core.
///
/// # Safety
///
/// None is asked of the caller but that the limits are meant for this process.
unsafe fn limit(patience: u64) {
    // SAFETY: system calls on data of this function.
    unsafe {
        let mut text = [0_u8; 64];
        let file = libc::open(c"/proc/self/statm".as_ptr(), libc::O_RDONLY);
        libc::read(file, text.as_mut_ptr().cast(), text.len());
        libc::close(file);
        let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
        let pages = digits.fold(0_u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        let page = libc::sysconf(libc::_SC_PAGESIZE).max(0).cast_unsigned();
        let memory = pages.saturating_mul(page).saturating_add(MEMORY);
        let seconds = patience / 1000 + 1;
        for (kind, most) in [
            (libc::RLIMIT_CPU, seconds),
            (libc::RLIMIT_AS, memory),
            (libc::RLIMIT_CORE, 0),
        ] {
            let most = libc::rlimit {
                rlim_cur: most,
                rlim_max: most,
            };
            libc::setrlimit(kind, &raw const most);
        }
    }
}

/// Puts back what signals do, but for those that tell of a fault.
///
/// # Safety
///
/// This is a process of its own: the program's handlers are not meant for it.
unsafe fn arrange_signals() {
    const STACK: usize = 64 << 10;
    // SAFETY: a new mapping becomes the handler's stack; the handler only makes system calls.
    unsafe {
        for signal in 1..=64 {
            libc::signal(signal, libc::SIG_DFL);
        }
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
        let stack = libc::mmap(
            std::ptr::null_mut(),
            STACK,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        if stack != libc::MAP_FAILED {
            let stack = libc::stack_t {
                ss_sp: stack,
                ss_flags: 0,
                ss_size: STACK,
            };
            libc::sigaltstack(&raw const stack, std::ptr::null_mut());
            let mut action: libc::sigaction = std::mem::zeroed();
            let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = faulted;
            action.sa_sigaction = handler as usize;
            // Once: then the instruction faults again, and the process ends by it.
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESETHAND;
            for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE] {
                libc::sigaction(signal, &raw const action, std::ptr::null_mut());
            }
        }
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
}

extern "C" fn faulted(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the system gives both, of the kinds that they are here.
    unsafe {
        let about = (*info).si_addr() as u64;
        let machine = &(*context.cast::<libc::ucontext_t>()).uc_mcontext;
        #[cfg(target_arch = "x86_64")]
        let stack = machine.gregs[libc::REG_RSP as usize].cast_unsigned();
        #[cfg(target_arch = "aarch64")]
        let stack = machine.sp;
        let words = [u64::from(signal.cast_unsigned()), about, stack];
        tell(
            REPORT,
            told::FAULT,
            words.as_ptr().cast(),
            size_of_val(&words),
        );
    }
}
