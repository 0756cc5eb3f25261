//! Owns the loading of a line's image into the process that runs it: it was linked with this program where it stands, and for one place. What is in it was decided by `zeug-console`.

use std::ffi::{c_char, c_void};

/// The words that an image begins with.
#[repr(C)]
struct Head {
    magic: [u8; 8],
    at: usize,
    /// How much of it is read and executed; the rest is read and written.
    code: usize,
    size: usize,
    unwinding: *const c_void,
    imports: *const Import,
    count: usize,
    /// What the standard library knows of the panic that is told.
    hook: *mut u8,
    hook_size: usize,
    /// From the thread pointer.
    panics: isize,
    panics_size: usize,
}

/// A word that becomes the address of what a library has.
#[repr(C)]
struct Import {
    word: *mut *mut c_void,
    name: *const c_char,
}

// The unwinder that the standard library is linked with.
unsafe extern "C" {
    fn __register_frame(begin: *const c_void);
}

/// Loads an image; or why not.
///
/// # Safety
///
/// This is the process of a line, alone with its one thread, and the image was linked for it.
pub(super) unsafe fn load(path: *const c_char) -> Result<(), *const c_char> {
    const ANOTHER: *const c_char = c"the line's image is not there".as_ptr();
    const TAKEN: *const c_char = c"the place of the line's image is taken".as_ptr();
    const MISSING: *const c_char = c"a library does not have what the line calls".as_ptr();
    // SAFETY: the head is plain data. The mapping is a new one, since nothing is replaced; all that is written to lies in it, but for the words of the standard library: those have the
    // sizes that the program's symbols tell, and zero is what they began as. The thread pointer is what `pthread_self` tells, with the program's thread-locals below it.
    unsafe {
        let file = libc::open(path, libc::O_RDONLY | libc::O_CLOEXEC);
        let mut head: Head = std::mem::zeroed();
        let read = libc::read(file, (&raw mut head).cast(), size_of::<Head>());
        if read != size_of::<Head>().cast_signed() || head.magic != *b"zeugline" {
            return Err(ANOTHER);
        }
        let (readable, written) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE);
        let flags = written | libc::MAP_FIXED_NOREPLACE;
        let at = head.at as *mut c_void;
        let mapped = libc::mmap(at, head.size, readable, flags, file, 0);
        libc::close(file);
        if mapped != at {
            return Err(TAKEN);
        }
        for index in 0..head.count {
            let import = head.imports.add(index);
            let found = libc::dlsym(libc::RTLD_DEFAULT, (*import).name);
            if found.is_null() {
                return Err(MISSING);
            }
            *(*import).word = found;
        }
        if libc::mprotect(at, head.code, libc::PROT_READ | libc::PROT_EXEC) != 0 {
            return Err(TAKEN);
        }
        if !head.unwinding.is_null() {
            __register_frame(head.unwinding);
        }
        std::ptr::write_bytes(head.hook, 0, head.hook_size);
        let thread = libc::pthread_self() as *mut u8;
        std::ptr::write_bytes(thread.offset(head.panics), 0, head.panics_size);
        Ok(())
    }
}
