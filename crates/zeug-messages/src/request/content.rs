//! Owns the request's body as far as it was read: whole as bytes or text, or on to whoever reads it piece by piece. It knows no format.

use bytes::Bytes;
use zeug_gateway::{Body, BodyError, BodyErrorKind};

use super::Request;
use crate::HttpError;

/// A body, as far as it was read.
pub(super) enum Content {
    Unread(Body),
    Read(Bytes),
    Failed(BodyErrorKind),
}

impl Content {
    pub(super) fn into_body(self) -> Body {
        match self {
            Self::Unread(body) => body,
            Self::Read(bytes) => bytes.into(),
            Self::Failed(kind) => Body::chunks([Err::<Bytes, _>(BodyError::new(kind).into())]),
        }
    }
}

impl Request {
    /// Sets how many bytes of the body may be read; `None` lifts the limit that the server has set.
    #[doc(alias = "max_content_length")]
    pub fn set_body_limit(&mut self, limit: Option<u64>) {
        if let Content::Unread(body) = self.body.get_mut() {
            body.set_limit(limit);
        }
    }

    /// The whole body; read at the first call and kept. Of a form that was read as a form before, nothing is left.
    ///
    /// # Errors
    ///
    /// 413 beyond the body's limit, or 2 MiB where it has none; 408 or 400 as the connection fails. The [`BodyError`] is the source. A second call gives an
    /// error of the same kind.
    #[doc(alias = "get_data")]
    #[doc(alias = "data")]
    pub fn bytes(&self) -> Result<Bytes, HttpError> {
        let mut content = self.body.borrow_mut();
        match &mut *content {
            Content::Read(bytes) => Ok(bytes.clone()),
            Content::Failed(kind) => Err(BodyError::new(*kind).into()),
            Content::Unread(body) => {
                let limit = body.limit().map_or(Self::BODY_LIMIT, |own| {
                    usize::try_from(own).unwrap_or(usize::MAX)
                });
                let result = std::mem::take(body).into_bytes(limit);
                *content = match &result {
                    Ok(bytes) => Content::Read(bytes.clone()),
                    Err(error) => Content::Failed(error.kind()),
                };
                Ok(result?)
            }
        }
    }

    /// The whole body as text: UTF-8, with U+FFFD for what is not.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes).
    pub fn text(&self) -> Result<String, HttpError> {
        Ok(String::from_utf8_lossy(&self.bytes()?).into_owned())
    }

    /// The body, to be read piece by piece; what was read already is given again.
    #[must_use]
    #[doc(alias = "stream")]
    pub fn into_body(self) -> Body {
        self.body.into_inner().into_body()
    }
}
