//! Owns JSON answers: made of a value, and read into one. It chooses no format but JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeug_datastructures::FieldValue;

use super::Response;
use crate::HttpError;

impl Response {
    /// The value as JSON, as `application/json`.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use zeug_messages::Response;
    ///
    /// let response = Response::json(&BTreeMap::from([("number", 7)]))?;
    /// assert!(response.is_json());
    /// assert_eq!(response.body().as_bytes(), Some(&br#"{"number":7}"#[..]));
    ///
    /// let no_json = BTreeMap::from([((1, 2), "a key that is no text")]);
    /// assert_eq!(Response::json(&no_json).unwrap_err().status(), 500);
    /// # Ok::<(), zeug_messages::HttpError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// 500 for a value that is no JSON, such as a map with keys that are no text.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, HttpError> {
        let bytes = serde_json::to_vec(value)?;
        Ok(Self::typed(
            bytes,
            FieldValue::from_static("application/json"),
        ))
    }

    /// The body read as JSON into a value, whatever its type says (ask [`is_json`](Self::is_json)); it stays the answer's body.
    ///
    /// # Errors
    ///
    /// 413 for a body above `limit` bytes, 500 for one that is not this JSON.
    ///
    /// ```
    /// use zeug_messages::Response;
    ///
    /// let numbers: Vec<u8> = Response::text("[1, 2]").read_json(100)?;
    /// assert_eq!(numbers, [1, 2]);
    /// assert!(Response::text("[1, 2").read_json::<Vec<u8>>(100).is_err());
    /// # Ok::<(), zeug_messages::HttpError>(())
    /// ```
    #[doc(alias = "get_json")]
    pub fn read_json<T: DeserializeOwned>(&mut self, limit: usize) -> Result<T, HttpError> {
        let bytes = self.buffer(limit)?;
        Ok(serde_json::from_slice(&bytes)?)
    }
}
