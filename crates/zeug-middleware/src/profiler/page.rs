//! Owns the profiler's page: who may see it, and which of its answers is asked for. It measures nothing.

use std::fmt;
use std::sync::Arc;

use http::Method;
use zeug_datastructures::{FieldName, FieldValue, names};
use zeug_gateway::{Body, Handler, Request, Response};

use super::Records;
use crate::{MiddlewareError, MiddlewareErrorKind};

/// Where the page is and who may see it.
#[derive(Clone)]
pub(super) struct Page {
    path: String,
    allowed: Arc<dyn Fn(&Request) -> bool + Send + Sync>,
}

impl Page {
    pub(super) fn new(
        path: &str,
        allowed: impl Fn(&Request) -> bool + Send + Sync + 'static,
    ) -> Result<Self, MiddlewareError> {
        if !path.starts_with('/') {
            return Err(MiddlewareError::new(MiddlewareErrorKind::InvalidPrefix, 0));
        }
        Ok(Self {
            path: path.to_owned(),
            allowed: Arc::new(allowed),
        })
    }

    /// Whether this request is for the page, and may be.
    pub(super) fn is_asked_by(&self, request: &Request) -> bool {
        *request.method() == Method::GET
            && request.uri().path() == self.path
            && (self.allowed)(request)
    }

    /// The page, or the flame graph that is asked for.
    #[cfg(all(feature = "flamegraph", unix))]
    pub(super) fn answer(
        &self,
        request: &Request,
        records: &Records,
        inner: &dyn Handler,
    ) -> Response {
        use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

        if let Some(wish) = super::flame::Wish::of(request) {
            return super::flame::answer(&wish, request, inner);
        }
        let link = |record: &super::Record| {
            let path = record.request().strip_prefix("GET ")?;
            let path = utf8_percent_encode(path, NON_ALPHANUMERIC);
            Some(format!("?flame={path}&times=20"))
        };
        html(records.to_html_with(link))
    }

    /// The page.
    #[cfg(not(all(feature = "flamegraph", unix)))]
    pub(super) fn answer(&self, _: &Request, records: &Records, _: &dyn Handler) -> Response {
        html(records.to_html())
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Page").field(&self.path).finish()
    }
}

fn html(page: String) -> Response {
    shown(page, "text/html; charset=utf-8", "default-src 'none'")
}

/// An answer that nobody keeps and that loads nothing from elsewhere.
pub(super) fn shown(
    body: impl Into<Body>,
    content_type: &'static str,
    policy: &'static str,
) -> Response {
    let mut response = Response::new(body);
    let fields: [(FieldName<'static>, &'static str); 4] = [
        (names::CONTENT_TYPE, content_type),
        (names::CONTENT_SECURITY_POLICY, policy),
        (names::CACHE_CONTROL, "no-store"),
        (names::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in fields {
        response
            .headers_mut()
            .append(name, FieldValue::from_static(value));
    }
    response
}
