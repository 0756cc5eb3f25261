//! Owns a file on its way into an answer: its body and its validators. Which file it is others have chosen.

use std::time::SystemTime;

use http::StatusCode;
use zeug_gateway::{Body, IntoResponse, Response};
use zeug_http::{ETag, HttpDate};
use zeug_messages::HttpError;

use super::resolve::Opened;

/// Files up to this size, in bytes, are read and not left to the system to send.
const SMALL: usize = 16 * 1024;

/// A file that was found, under the name that its type is known by.
pub(super) struct Served {
    pub(super) name: String,
    pub(super) body: Body,
    pub(super) tag: ETag<'static>,
    pub(super) modified: Option<HttpDate>,
    pub(super) coding: Option<&'static str>,
}

impl Opened {
    /// The file as it is sent; `None` where it cannot be.
    pub(super) fn serve(self, name: String, coding: Option<&'static str>) -> Option<Served> {
        let (body, tag, modified) = match self {
            Self::Memory(bytes, tag) => (Body::from(bytes), tag, None),
            Self::File(file, meta) => {
                let modified = meta.modified().ok();
                let since = modified
                    .and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok())
                    .unwrap_or_default();
                let state = format!("{:x}-{:x}", since.as_nanos(), meta.len());
                let tag = ETag::strong(state).ok()?;
                let body = Body::opened_file(file, meta.len());
                (body, tag, modified.map(HttpDate::from))
            }
        };
        let tag = match coding {
            Some(coding) => ETag::strong(format!("{}-{coding}", tag.value())).ok()?,
            None => tag,
        };
        Some(Served {
            name,
            body,
            tag,
            modified,
            coding,
        })
    }
}

/// The answer with a small part of a file in memory: it then goes out with its head at once, which costs less than to have the system send it behind.
pub(super) fn gathered(mut response: Response) -> Response {
    let small = response
        .body()
        .as_file()
        .is_some_and(|(_, length)| length <= SMALL as u64);
    if !small {
        return response;
    }
    match std::mem::take(response.body_mut()).into_bytes(SMALL) {
        Ok(bytes) => {
            *response.body_mut() = bytes.into();
            response
        }
        // It has become shorter meanwhile.
        Err(error) => HttpError::new(StatusCode::INTERNAL_SERVER_ERROR)
            .with_source(error)
            .into_response(),
    }
}
