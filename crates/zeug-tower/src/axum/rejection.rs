//! Owns `Rejection`: why an extractor refused a request, as an answer.

use std::fmt;

use axum_core::response::{IntoResponse, Response};
use http::StatusCode;

/// Why an extractor refused: a status, and what was wrong and where, which the client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    status: StatusCode,
    reason: String,
}

impl Rejection {
    /// A hint of a status that is none is a 500.
    pub(super) fn new(status_hint: u16, reason: impl fmt::Display) -> Self {
        Self {
            status: StatusCode::from_u16(status_hint).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            reason: reason.to_string(),
        }
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Rejection {}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        (self.status, self.reason).into_response()
    }
}
