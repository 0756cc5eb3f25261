//! Owns what a test sends as a body: given bytes, a stream, or a form that is written here. Large forms go to a temporary file.

use std::fs::File;
use std::io::{self, Read, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use zeug_datastructures::Headers;
use zeug_forms::{FormError, MultipartEncoder};
use zeug_gateway::Body;
use zeug_urls::encode_query;

use crate::{FilePart, TestError, TestErrorKind};

/// Bytes of a multipart body that stay in memory; as many as an uploaded file may have there.
const MEMORY: usize = 500 << 10;

/// A body as the builder has it.
#[derive(Default)]
pub(crate) enum Content {
    #[default]
    None,
    Ready(Payload),
    Form {
        fields: Vec<(String, String)>,
        files: Vec<(String, FilePart)>,
    },
}

/// A body as it is sent.
#[derive(Default)]
pub(crate) enum Payload {
    #[default]
    None,
    Bytes(Bytes),
    Disk(File, u64),
    /// Read once.
    Stream(Body),
    /// A stream that was sent.
    Spent,
}

impl Payload {
    pub(crate) fn of(body: Body) -> Self {
        match body.as_bytes() {
            // Bytes in memory are neither copied nor refused.
            Some(_) => body.into_bytes(usize::MAX).map_or(Self::None, Self::Bytes),
            None => Self::Stream(body),
        }
    }

    /// How many bytes there are, where that is known.
    pub(crate) fn len(&self) -> Option<u64> {
        match self {
            Self::None => Some(0),
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Disk(_, len) => Some(*len),
            Self::Stream(body) => body.len(),
            Self::Spent => None,
        }
    }

    /// The body to send, again and again but for a stream.
    pub(crate) fn body(&mut self) -> Result<Body, TestError> {
        match self {
            Self::None => Ok(Body::empty()),
            Self::Bytes(bytes) => Ok(bytes.clone().into()),
            Self::Disk(file, len) => file
                .try_clone()
                .and_then(|file| Body::file_range(file, 0, *len))
                .map_err(failed),
            Self::Stream(_) => match std::mem::replace(self, Self::Spent) {
                Self::Stream(body) => Ok(body),
                _ => Ok(Body::empty()),
            },
            Self::Spent => Err(TestError::new(TestErrorKind::BodySpent, "")),
        }
    }
}

/// Pairs as `application/x-www-form-urlencoded`.
pub(crate) fn urlencoded(fields: &[(String, String)]) -> Payload {
    Payload::Bytes(encode_query(fields.iter().map(|(name, value)| (name, value))).into())
}

/// Fields and files as `multipart/form-data`, with the content type that names the boundary.
pub(crate) fn multipart(
    boundary: Option<&str>,
    fields: Vec<(String, String)>,
    files: Vec<(String, FilePart)>,
) -> Result<(Payload, String), TestError> {
    let own = boundary.map_or_else(new_boundary, str::to_owned);
    let mut encoder = MultipartEncoder::new(&own).map_err(|error| unwritable(&own, error))?;
    let mut out = Spill::default();
    for (name, value) in fields {
        let refused = |error| unwritable(&name, error);
        encoder
            .field(&name, &Headers::new(), &mut out.memory)
            .map_err(refused)?;
        encoder
            .data(value.as_bytes(), &mut out.memory)
            .map_err(refused)?;
        out.spill().map_err(failed)?;
    }
    let mut buffer = vec![0; 16 << 10];
    for (name, file) in files {
        let refused = |error| unwritable(&name, error);
        let (filename, headers, mut content) = file.into_parts()?;
        encoder
            .file(&name, &filename, &headers, &mut out.memory)
            .map_err(refused)?;
        let mut any = false;
        loop {
            let count = content.read(&mut buffer).map_err(failed)?;
            if count > 0 || !any {
                any = true;
                let piece = buffer.get(..count).unwrap_or_default();
                encoder.data(piece, &mut out.memory).map_err(refused)?;
                out.spill().map_err(failed)?;
            }
            if count == 0 {
                break;
            }
        }
    }
    encoder
        .finish(&mut out.memory)
        .map_err(|error| unwritable(&own, error))?;
    let payload = out.finish().map_err(failed)?;
    Ok((payload, encoder.content_type()))
}

/// A boundary that no value holds by accident.
fn new_boundary() -> String {
    use std::hash::{BuildHasher, RandomState};
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.subsec_nanos());
    // The hasher's keys are random.
    let random = RandomState::new().hash_one(nanos);
    format!("---------------zeug-form-{random:016x}{nanos:08x}")
}

/// Bytes in memory until there are too many.
#[derive(Default)]
struct Spill {
    memory: Vec<u8>,
    disk: Option<(File, u64)>,
}

impl Spill {
    fn spill(&mut self) -> io::Result<()> {
        if self.memory.len() <= MEMORY {
            return Ok(());
        }
        let (file, len) = match &mut self.disk {
            Some(disk) => disk,
            empty => empty.insert((tempfile::tempfile()?, 0)),
        };
        file.write_all(&self.memory)?;
        *len += self.memory.len() as u64;
        self.memory.clear();
        Ok(())
    }

    fn finish(self) -> io::Result<Payload> {
        let Some((mut file, len)) = self.disk else {
            return Ok(Payload::Bytes(self.memory.into()));
        };
        file.write_all(&self.memory)?;
        Ok(Payload::Disk(file, len + self.memory.len() as u64))
    }
}

fn unwritable(what: &str, error: FormError) -> TestError {
    TestError::because(TestErrorKind::InvalidBody, what, error)
}

fn failed(error: io::Error) -> TestError {
    TestError::because(TestErrorKind::Io, "a body or a file of it", error)
}
