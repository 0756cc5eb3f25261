//! Owns `multipart/form-data` on the wire: what stands between two delimiters, decoded and encoded. Refuses nothing itself; its rooms do.

mod body;
mod decoder;
mod delimiter;
mod encoder;
mod head;
mod search;

pub use self::{
    body::MultipartBody,
    decoder::{Events, MultipartDecoder},
    encoder::MultipartEncoder,
    head::PartHead,
};

/// One step through a multipart body.
///
/// A body is: `Preamble` up to the one that is `last`, then for each part one `Field` or `File` and its `Data` up to the one that is `last`, then `End`,
/// then `Epilogue`s, usually none.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a body has no other pieces (RFC 2046 section 5.1.1), and a match over all of them is how it is read"
)]
pub enum MultipartEvent<'a> {
    /// Bytes before the first delimiter; they mean nothing.
    Preamble {
        /// The bytes; only a last piece may be empty.
        bytes: &'a [u8],
        /// Whether the first delimiter follows them.
        last: bool,
    },
    /// A part without a file name begins.
    Field(PartHead<'a>),
    /// A part with a file name, maybe an empty one, begins.
    File(PartHead<'a>),
    /// Bytes of the part that began last.
    Data {
        /// The bytes; only a last piece may be empty.
        bytes: &'a [u8],
        /// Whether the part ends with them.
        last: bool,
    },
    /// The last delimiter has been seen.
    End,
    /// Bytes after the last delimiter; they mean nothing.
    Epilogue(&'a [u8]),
}

/// How closely a multipart body has to follow the RFCs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Dialect {
    /// What Werkzeug reads, and with it every client in use: CRLF, LF or CR end a line, header fields may be folded, text may stand around the parts.
    #[default]
    Tolerant,
    /// What RFC 7578 writes, so that no firewall in front can read a body differently: only CRLF ends a line; header fields are `token: value` on one line,
    /// each at most once; `Content-Disposition` is `form-data` with a `name` and without `filename*`; nothing stands around the parts.
    Strict,
}
