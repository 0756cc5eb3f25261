//! Owns memory that is used again: of the last request, and of the last answer's fields, that were dropped on a thread. Nothing of what they held can be
//! seen through it, and it keeps no more than a typical message needs.

use std::cell::Cell;

use http::{Extensions, Method, Uri, Version};
use zeug_datastructures::Headers;

use crate::{Received, RequestParts};

/// Fields beyond this many bytes are not kept.
const MOST_BYTES: usize = 8 * 1024;

thread_local! {
    static PARTS: Cell<Option<Box<RequestParts>>> = const { Cell::new(None) };
    static FIELDS: Cell<Option<Headers>> = const { Cell::new(None) };
}

/// An empty list of fields, in the memory of those of the last answer that was dropped on this thread: for whoever makes answers.
///
/// ```
/// assert!(zeug_gateway::spare_headers().is_empty());
/// ```
#[must_use]
pub fn spare_headers() -> Headers {
    // While the thread ends there is nothing to be had.
    FIELDS
        .try_with(Cell::take)
        .ok()
        .flatten()
        .unwrap_or_default()
}

/// Keeps the memory of an answer's fields.
pub(crate) fn keep_headers(headers: &mut Headers) {
    let size = headers.capacity();
    if size > 0 && size <= MOST_BYTES {
        let mut kept = std::mem::take(headers);
        kept.clear();
        // What was kept before is freed; while the thread ends all is.
        let _ = FIELDS.try_with(|fields| fields.set(Some(kept)));
    }
}

/// The parts of `GET /`, in the memory of the last request that was dropped on this thread.
pub(crate) fn parts() -> Box<RequestParts> {
    PARTS
        .try_with(Cell::take)
        .ok()
        .flatten()
        .unwrap_or_default()
}

/// Keeps the memory of a request's parts, and drops what they hold.
pub(crate) fn keep_parts(mut parts: Box<RequestParts>) {
    let RequestParts {
        method,
        uri,
        version,
        headers,
        received,
        extensions,
    } = &mut *parts;
    *method = Method::GET;
    *uri = Uri::default();
    *version = Version::HTTP_11;
    *received = Received::default();
    *extensions = Extensions::new();
    if headers.capacity() > MOST_BYTES {
        *headers = Headers::new();
    } else {
        headers.clear();
    }
    let _ = PARTS.try_with(|kept| kept.set(Some(parts)));
}
