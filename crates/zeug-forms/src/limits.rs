//! Owns the ceilings of the form decoders and their defaults. Refuses nothing itself: the decoders do, and name the ceiling they hit.

/// Ceilings of one form body, all inclusive: a value equal to its ceiling passes.
///
/// Every default is finite, so that a decoder made with `Limits::default()` holds a known amount of memory whatever a client sends.
/// The first ceiling that is passed ends decoding with a [`FormError`](crate::FormError) whose kind names it.
///
/// # Example
///
/// ```
/// use zeug_forms::Limits;
///
/// let uploads = Limits::default().body(64 << 20).file(32 << 20).parts(20);
/// assert_eq!(uploads.parts, 20);
/// assert_eq!(uploads.field, 500_000); // the rest keeps its default
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the whole body.
    pub body: u64,
    /// Bytes of one text field's value in a multipart body.
    pub field: usize,
    /// Bytes of all text fields together, names and values; of an urlencoded body all bytes.
    pub fields: usize,
    /// Bytes of one file.
    pub file: u64,
    /// Parts of a multipart body, files and fields together.
    pub parts: usize,
    /// Bytes of one part's header block.
    pub head: usize,
    /// Header fields of one part.
    pub head_fields: usize,
    /// Bytes before the first delimiter.
    pub preamble: u64,
    /// Bytes after the last delimiter.
    pub epilogue: u64,
    /// Pairs of an urlencoded body.
    pub pairs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // axum's DefaultBodyLimit
            body: 2 << 20,
            // Werkzeug's Request.max_form_memory_size
            field: 500_000,
            // Go's ParseMultipartForm: 10 MiB for all parts that are not files
            fields: 10 << 20,
            // ours: the body's own ceiling is far lower until it is raised
            file: 1 << 30,
            // Werkzeug's Request.max_form_parts
            parts: 1000,
            // one nginx header buffer (large_client_header_buffers), form-net's max_part_header_bytes
            head: 8 << 10,
            // browsers send two; form-net allows eight, mail gateways add a handful
            head_fields: 32,
            // ours: a sentence or two for old mail readers (RFC 2046 section 5.1.1), with room
            preamble: 16 << 10,
            epilogue: 16 << 10,
            // Werkzeug's max_form_parts, applied to both encodings; PHP's max_input_vars
            pairs: 1000,
        }
    }
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        impl Limits {
            $($(#[$doc])*
            #[must_use]
            pub fn $name(mut self, ceiling: $type) -> Self {
                self.$name = ceiling;
                self
            })*
        }
    };
}

setters! {
    /// These limits with another ceiling for the whole body, in bytes.
    body: u64,
    /// These limits with another ceiling for one text field, in bytes.
    #[doc(alias = "max_form_memory_size")]
    field: usize,
    /// These limits with another ceiling for all text fields together, in bytes.
    fields: usize,
    /// These limits with another ceiling for one file, in bytes.
    file: u64,
    /// These limits with another ceiling for the number of parts.
    #[doc(alias = "max_form_parts")]
    parts: usize,
    /// These limits with another ceiling for a part's header block, in bytes.
    head: usize,
    /// These limits with another ceiling for the number of header fields of a part.
    head_fields: usize,
    /// These limits with another ceiling for the text before the first delimiter, in bytes.
    preamble: u64,
    /// These limits with another ceiling for the text after the last delimiter, in bytes.
    epilogue: u64,
    /// These limits with another ceiling for the pairs of an urlencoded body.
    pairs: usize,
}

impl Limits {
    /// Limits that never bite: for trusted input, and for callers with ceilings of their own.
    #[must_use]
    pub fn unlimited() -> Self {
        Self {
            body: u64::MAX,
            field: usize::MAX,
            fields: usize::MAX,
            file: u64::MAX,
            parts: usize::MAX,
            head: usize::MAX,
            head_fields: usize::MAX,
            preamble: u64::MAX,
            epilogue: u64::MAX,
            pairs: usize::MAX,
        }
    }
}
