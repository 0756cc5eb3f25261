//! Owns a request that is ready to be sent: the builder makes it, redirects change it, the application or a socket gets it.

use std::net::SocketAddr;

use http::{Extensions, Method, Uri, Version};
use percent_encoding::percent_decode_str;
use zeug_datastructures::{FieldName, FieldValue, Headers, names};
use zeug_gateway::{Body, Received, Request, RequestParts};
use zeug_messages::Site;

use crate::body::Payload;
use crate::cookie::Cause;
use crate::url::Base;
use crate::{TestError, TestErrorKind};

/// A request ready to be sent; what a redirect changes.
pub(crate) struct Outgoing {
    pub(crate) head: Head,
    /// Whether the test has set the field `Cookie` itself, which then stays.
    pub(crate) own_cookie_field: bool,
    /// The test's own cookies, as a field has them.
    pub(crate) cookies: String,
    pub(crate) payload: Payload,
    pub(crate) extensions: Extensions,
    pub(crate) cause: Cause,
}

/// A request but for its body and its extensions.
#[derive(Clone)]
pub(crate) struct Head {
    pub(crate) method: Method,
    pub(crate) base: Base,
    pub(crate) uri: Uri,
    pub(crate) version: Version,
    /// All fields; the cookies come last.
    pub(crate) headers: Headers,
    pub(crate) peer: SocketAddr,
}

/// Adds a field whose value comes from outside.
pub(crate) fn append(
    headers: &mut Headers,
    name: FieldName<'static>,
    value: &[u8],
) -> Result<(), TestError> {
    match FieldValue::parse_bytes(value) {
        Ok(value) => headers.append(name, value),
        Err(error) => {
            return Err(TestError::because(
                TestErrorKind::InvalidField,
                name.as_str(),
                error,
            ));
        }
    }
    Ok(())
}

impl Outgoing {
    /// Adds the field `Cookie`, unless the test has set one.
    pub(crate) fn set_cookies(&mut self, cookies: &str) -> Result<(), TestError> {
        if cookies.is_empty() || self.own_cookie_field {
            return Ok(());
        }
        append(&mut self.head.headers, names::COOKIE, cookies.as_bytes())
    }
}

impl Head {
    /// The request as a server hands it to its handler.
    pub(crate) fn to_request(&self, extensions: Extensions, body: Body) -> Request {
        let mut parts = RequestParts::default();
        parts.method = self.method.clone();
        parts.uri = self.uri.clone();
        parts.version = self.version;
        parts.headers = self.headers.clone();
        parts.received = Received::default()
            .with_scheme(self.base.scheme)
            .with_peer(Some(self.peer));
        parts.extensions = extensions;
        if !self.base.root.is_empty() && parts.extensions.get::<Site>().is_none() {
            let root = percent_decode_str(&self.base.root).decode_utf8_lossy();
            parts.extensions.insert(Site::default().root_path(root));
        }
        Request::from_parts(parts, body)
    }
}
