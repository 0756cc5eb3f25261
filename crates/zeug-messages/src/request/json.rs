//! Owns the request's body as JSON: which types are taken for it and what a client is told of a body that is none.

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::Request;
use crate::HttpError;

impl Request {
    /// The body as JSON, where its type says that it is ([`is_json`](Self::is_json)). The body is read once and kept; each call makes a value of it.
    ///
    /// # Errors
    ///
    /// 415 for a body of another type; 400 for one that is not JSON, with the place where it stops being so, or JSON of another shape than `T`; otherwise as
    /// [`bytes`](Self::bytes). The [`serde_json::Error`] is the source.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_gateway::Body;
    /// use zeug_messages::Request;
    ///
    /// let post = |body| http::Request::post("/").header("content-type", "application/json").body(Body::from(body)).map(Request::from);
    /// assert_eq!(post("[1, 2]")?.json::<Vec<u8>>().unwrap(), [1, 2]);
    ///
    /// let error = post("[1, 2")?.json::<Vec<u8>>().unwrap_err();
    /// assert_eq!(error.to_string(), "400 Bad Request: not JSON: EOF while parsing a list at line 1 column 5");
    /// # Ok::<(), http::Error>(())
    /// ```
    #[doc(alias = "get_json")]
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        if !self.is_json() {
            return Err(HttpError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE)
                .with_description("The request's body is not JSON by its Content-Type."));
        }
        self.json_of_any_type()
    }

    /// The body as JSON, whatever its type says.
    ///
    /// # Errors
    ///
    /// As [`json`](Self::json), less the 415.
    #[doc(alias = "force")]
    pub fn json_of_any_type<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        let bytes = self.bytes()?;
        // A mark of the byte order may be passed over (RFC 8259 section 8.1).
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        serde_json::from_slice(text).map_err(|error| {
            let description = match error.classify() {
                Category::Data => format!(
                    "JSON of another shape than expected at line {} column {}",
                    error.line(),
                    error.column()
                ),
                _ => format!("not JSON: {error}"),
            };
            HttpError::new(StatusCode::BAD_REQUEST)
                .with_description(description)
                .with_source(error)
        })
    }
}
