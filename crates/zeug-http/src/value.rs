//! Finished text into a `HeaderValue`: the one gate that refuses control characters.

use http::HeaderValue;

use crate::error::{FieldError, FieldErrorKind};

/// The text as a field value.
pub(crate) fn header_value(text: String) -> Result<HeaderValue, FieldError> {
    let bad = text
        .bytes()
        .position(|byte| byte != b'\t' && byte.is_ascii_control());
    if let Some(offset) = bad {
        return Err(FieldError::new(FieldErrorKind::ControlCharacter, offset));
    }
    HeaderValue::from_maybe_shared(text.into_bytes())
        .map_err(|_| FieldError::new(FieldErrorKind::ControlCharacter, 0))
}

/// The text of a value that consists of visible ASCII by construction.
pub(crate) fn ascii_value(text: String) -> HeaderValue {
    HeaderValue::from_maybe_shared(text.into_bytes())
        .unwrap_or_else(|_| HeaderValue::from_static(""))
}
