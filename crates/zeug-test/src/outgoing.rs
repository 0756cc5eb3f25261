//! Owns a request that is ready to be sent: the builder makes it, redirects change it, the application or a socket gets it.

use std::net::SocketAddr;

use http::{Extensions, Method, Uri, Version};
use percent_encoding::percent_decode_str;
use zeug_datastructures::{FieldName, FieldValue, Headers, names};
use zeug_gateway::{Body, Received};
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
    pub(crate) fn to_request(
        &self,
        extensions: Extensions,
        body: Body,
    ) -> Result<http::Request<Body>, TestError> {
        let fields = (&self.headers)
            .try_into()
            .map_err(|error| TestError::because(TestErrorKind::InvalidField, "", error))?;
        let mut request = http::Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.version_mut() = self.version;
        *request.headers_mut() = fields;
        *request.extensions_mut() = extensions;
        let received = Received::new(self.headers.clone())
            .with_scheme(self.base.scheme)
            .with_peer(Some(self.peer));
        request.extensions_mut().insert(received);
        if !self.base.root.is_empty() && request.extensions().get::<Site>().is_none() {
            let root = percent_decode_str(&self.base.root).decode_utf8_lossy();
            request
                .extensions_mut()
                .insert(Site::default().root_path(root));
        }
        Ok(request)
    }
}
