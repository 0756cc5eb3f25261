//! Owns what is kept of a refusal that is told at every call.

use std::error::Error;
use std::sync::Arc;

use http::StatusCode;

use crate::HttpError;

/// Why a part of the request was refused.
pub(super) struct Failure {
    status: StatusCode,
    source: Arc<dyn Error + Send + Sync>,
}

impl Failure {
    /// A refusal with the status that the error hints at.
    pub(super) fn new(status_hint: u16, source: impl Error + Send + Sync + 'static) -> Self {
        Self {
            status: StatusCode::from_u16(status_hint).unwrap_or(StatusCode::BAD_REQUEST),
            source: Arc::new(source),
        }
    }

    /// The refusal as an error: the client is told what was wrong with its request, and nothing of what went wrong here.
    #[track_caller]
    pub(super) fn error(&self) -> HttpError {
        let error = HttpError::new(self.status).with_shared_source(Arc::clone(&self.source));
        if self.status.is_server_error() {
            error
        } else {
            error.with_description(self.source.to_string())
        }
    }
}
