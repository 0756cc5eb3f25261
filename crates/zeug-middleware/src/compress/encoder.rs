//! Owns the codings: bytes in, compressed bytes out, as they come or at once. It decides nothing about requests and answers.

use std::io::{self, Read, Write};

use zeug_gateway::Body;

/// How much of a body is read before it is compressed.
const READ_AT_ONCE: usize = 16 * 1024;

/// The window of brotli, as a power of two: 512 KiB, as nginx has it. The whole window would be 4 MiB for each answer that is being sent.
#[cfg(feature = "brotli")]
const BROTLI_WINDOW: u32 = 19;

/// A content coding ([RFC 9110 section 8.4.1](https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1)), one for each of the features `brotli`, `gzip` and `zstd`.
///
/// There is no `deflate`: browsers and servers never agreed whether it has zlib's wrapping, and whoever takes it takes gzip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Coding {
    /// `br` ([RFC 7932](https://www.rfc-editor.org/rfc/rfc7932)); level 0 to 11.
    #[cfg(feature = "brotli")]
    Brotli,
    /// `gzip` ([RFC 1952](https://www.rfc-editor.org/rfc/rfc1952)); level 1 to 9.
    #[cfg(feature = "gzip")]
    Gzip,
    /// `zstd` ([RFC 8878](https://www.rfc-editor.org/rfc/rfc8878)); level 1 to 19.
    #[cfg(feature = "zstd")]
    Zstd,
}

impl Coding {
    /// All codings that are compiled in, those first that give more for their time.
    pub(super) const ALL: &'static [Self] = &[
        #[cfg(feature = "zstd")]
        Self::Zstd,
        #[cfg(feature = "brotli")]
        Self::Brotli,
        #[cfg(feature = "gzip")]
        Self::Gzip,
    ];

    /// The name in `Content-Encoding`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            #[cfg(feature = "brotli")]
            Self::Brotli => "br",
            #[cfg(feature = "gzip")]
            Self::Gzip => "gzip",
            #[cfg(feature = "zstd")]
            Self::Zstd => "zstd",
        }
    }

    /// The level that is used unless another one is set, and the least and the most.
    pub(super) fn levels(self) -> (u32, u32, u32) {
        match self {
            // Beyond 4 brotli is too slow for what is compressed once for each request.
            #[cfg(feature = "brotli")]
            Self::Brotli => (4, 0, 11),
            // That of gzip itself.
            #[cfg(feature = "gzip")]
            Self::Gzip => (6, 1, 9),
            // That of zstd itself. Beyond 19 clients need more memory than browsers allow.
            #[cfg(feature = "zstd")]
            Self::Zstd => (3, 1, 19),
        }
    }
}

/// A coding at work; what it has ready is in its `Vec`.
pub(super) enum Engine {
    #[cfg(feature = "brotli")]
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    #[cfg(feature = "gzip")]
    Gzip(flate2::write::GzEncoder<Vec<u8>>),
    #[cfg(feature = "zstd")]
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
}

impl Engine {
    /// The coding at that level. Only zstd may fail: where there is no memory for its state.
    pub(super) fn new(coding: Coding, level: u32) -> io::Result<Self> {
        Ok(match coding {
            #[cfg(feature = "brotli")]
            Coding::Brotli => Self::Brotli(Box::new(brotli::CompressorWriter::new(
                Vec::new(),
                READ_AT_ONCE,
                level,
                BROTLI_WINDOW,
            ))),
            #[cfg(feature = "gzip")]
            Coding::Gzip => Self::Gzip(flate2::write::GzEncoder::new(
                Vec::new(),
                flate2::Compression::new(level),
            )),
            #[cfg(feature = "zstd")]
            Coding::Zstd => Self::Zstd(zstd::stream::write::Encoder::new(
                Vec::new(),
                level.cast_signed(),
            )?),
        })
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            #[cfg(feature = "brotli")]
            Self::Brotli(writer) => writer,
            #[cfg(feature = "gzip")]
            Self::Gzip(writer) => writer,
            #[cfg(feature = "zstd")]
            Self::Zstd(writer) => writer,
        }
    }

    fn ready(&mut self) -> &mut Vec<u8> {
        match self {
            #[cfg(feature = "brotli")]
            Self::Brotli(writer) => writer.get_mut(),
            #[cfg(feature = "gzip")]
            Self::Gzip(writer) => writer.get_mut(),
            #[cfg(feature = "zstd")]
            Self::Zstd(writer) => writer.get_mut(),
        }
    }

    /// What is left when no more bytes come, with the end of the format.
    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            #[cfg(feature = "brotli")]
            Self::Brotli(writer) => Ok(writer.into_inner()),
            #[cfg(feature = "gzip")]
            Self::Gzip(writer) => writer.finish(),
            #[cfg(feature = "zstd")]
            Self::Zstd(writer) => writer.finish(),
        }
    }
}

/// These bytes, compressed.
pub(super) fn at_once(mut engine: Engine, bytes: &[u8]) -> io::Result<Vec<u8>> {
    engine.writer().write_all(bytes)?;
    engine.finish()
}

/// A body that is compressed as it is read. A source that fails leaves it without its end, so that no client takes it for whole.
pub(super) struct Compressing {
    body: Body,
    /// `None` once the end is written.
    engine: Option<Engine>,
    input: Box<[u8]>,
    ready: Vec<u8>,
    /// How much of `ready` has been given.
    given: usize,
    flushes: bool,
}

impl Compressing {
    /// `flushes`: what one read of the body gives is sent before the next.
    pub(super) fn new(body: Body, engine: Engine, flushes: bool) -> Self {
        Self {
            body,
            engine: Some(engine),
            input: vec![0; READ_AT_ONCE].into(),
            ready: Vec::new(),
            given: 0,
            flushes,
        }
    }

    /// Reads and compresses until something is ready, or nothing is left.
    fn fill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.given = 0;
        while self.ready.is_empty() {
            let Some(engine) = &mut self.engine else {
                return Ok(());
            };
            let count = self.body.read(&mut self.input)?;
            if count == 0 {
                self.ready = self.engine.take().map_or(Ok(Vec::new()), Engine::finish)?;
                return Ok(());
            }
            let writer = engine.writer();
            writer.write_all(self.input.get(..count).unwrap_or_default())?;
            if self.flushes {
                writer.flush()?;
            }
            std::mem::swap(&mut self.ready, engine.ready());
        }
        Ok(())
    }
}

impl Read for Compressing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() {
            self.fill()?;
        }
        let left = self.ready.get(self.given..).unwrap_or_default();
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.given += count;
        Ok(count)
    }
}
