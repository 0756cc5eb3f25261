//! The ceilings of the decoders, each with its precedent. A limit that is hit is an error that names it.

/// The ceilings of [`HeadDecoder`](crate::HeadDecoder), [`ResponseHeadDecoder`](crate::ResponseHeadDecoder) and
/// [`BodyDecoder`](crate::BodyDecoder), in bytes or in field lines.
///
/// # Example
///
/// ```
/// use zeug_h1::{H1ErrorKind, HeadDecoder, Limits};
///
/// let limits = Limits::default().fields(1);
/// let one = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/// assert!(HeadDecoder::new(limits).decode(one).is_ok());
///
/// let two = b"GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n";
/// let error = HeadDecoder::new(limits).decode(two).unwrap_err();
/// assert_eq!(error.kind(), H1ErrorKind::TooManyFields { limit: 1 });
/// assert_eq!(error.status_hint(), 431);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The most bytes of the first line, its line end included; beyond it 414.
    pub start_line: usize,
    /// The most bytes of the whole head, its blank line included; beyond it 431.
    pub head: usize,
    /// The most field lines of a head or of a trailer section; beyond it 431.
    pub fields: usize,
    /// The most bytes of chunk extensions in one body; beyond it 400.
    pub chunk_extensions: usize,
    /// The most bytes of a trailer section, its blank line included; beyond it 431.
    pub trailers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // RFC 9112 section 3 asks for 8000 at least; nginx has buffers of 8 KiB
            start_line: 8 * 1024,
            // between gunicorn's 100 fields of 8 KiB and nginx's four buffers of 8 KiB; hyper allows 408 KiB
            head: 64 * 1024,
            // gunicorn and hyper: 100
            fields: 100,
            // hyper: 16 KiB
            chunk_extensions: 4 * 1024,
            // hyper: 16 KiB
            trailers: 8 * 1024,
        }
    }
}

impl Limits {
    /// Sets the most bytes of the first line.
    #[must_use]
    pub const fn start_line(mut self, bytes: usize) -> Self {
        self.start_line = bytes;
        self
    }

    /// Sets the most bytes of the head.
    #[must_use]
    pub const fn head(mut self, bytes: usize) -> Self {
        self.head = bytes;
        self
    }

    /// Sets the most field lines of a head or of a trailer section.
    #[must_use]
    pub const fn fields(mut self, lines: usize) -> Self {
        self.fields = lines;
        self
    }

    /// Sets the most bytes of chunk extensions in one body.
    #[must_use]
    pub const fn chunk_extensions(mut self, bytes: usize) -> Self {
        self.chunk_extensions = bytes;
        self
    }

    /// Sets the most bytes of a trailer section.
    #[must_use]
    pub const fn trailers(mut self, bytes: usize) -> Self {
        self.trailers = bytes;
        self
    }
}
