//! Owns what of a request its answer is held against: noted before the handler has it. It holds the request itself against its own rules, too.

use http::{Method, Version};
use zeug_datastructures::names;
use zeug_gateway::{Request, Response};
use zeug_http::FieldList;

use super::Teller;

/// Fields that make a request conditional.
const CONDITIONS: [zeug_datastructures::FieldName<'static>; 5] = [
    names::IF_MATCH,
    names::IF_NONE_MATCH,
    names::IF_MODIFIED_SINCE,
    names::IF_UNMODIFIED_SINCE,
    names::IF_RANGE,
];

/// What a request has asked.
pub(super) struct Asked {
    pub(super) method: Method,
    for_a_range: bool,
    conditional: bool,
}

impl Asked {
    pub(super) fn of(request: &Request) -> Self {
        let fields = request.headers();
        Self {
            method: request.method().clone(),
            for_a_range: fields.contains(names::RANGE),
            conditional: CONDITIONS.into_iter().any(|field| fields.contains(field)),
        }
    }

    pub(super) fn is_head(&self) -> bool {
        self.method == Method::HEAD
    }

    /// Whether the status answers what was asked.
    pub(super) fn answered_by(&self, response: &Response, teller: &Teller) {
        match response.status().as_u16() {
            206 if !self.for_a_range => {
                teller.warn(
                    "status",
                    "206 to a request without Range",
                    "RFC 9110 section 15.3.7",
                );
            }
            304 if !self.conditional => {
                let message = "304 to a request without conditions";
                teller.warn("status", message, "RFC 9110 section 15.4.5");
            }
            304 if !matches!(self.method, Method::GET | Method::HEAD) => {
                let message = format!("304 to {}", self.method);
                teller.warn("status", message, "RFC 9110 section 13.2.2");
            }
            412 if !self.conditional => {
                let message = "412 to a request without conditions";
                teller.warn("status", message, "RFC 9110 section 15.5.13");
            }
            405 => {
                let names_it = response.headers().get_all(names::ALLOW).any(|value| {
                    let text = value.to_utf8_lossy();
                    FieldList::parse(&text)
                        .iter()
                        .any(|method| *method == *self.method.as_str())
                });
                if names_it {
                    let message = format!("{} is allowed and refused with 405", self.method);
                    teller.warn("allow", message, "RFC 9110 section 15.5.6");
                }
            }
            416 if !self.for_a_range => {
                teller.warn(
                    "status",
                    "416 to a request without Range",
                    "RFC 9110 section 15.5.17",
                );
            }
            _ => {}
        }
    }
}

/// What is wrong with the request, which a middleware or a test may have made.
pub(super) fn request(request: &Request, teller: &Teller) {
    let path = request.uri().path();
    if !path.starts_with('/') && !matches!(path, "*" | "") {
        teller.warn("target", "path without a slash", "RFC 9112 section 3.2.1");
    }
    if path == "*" && *request.method() != Method::OPTIONS {
        let message = format!("* is for OPTIONS, not for {}", request.method());
        teller.warn("target", message, "RFC 9112 section 3.2.4");
    }
    let hosts = request.headers().get_all(names::HOST).count();
    if request.version() == Version::HTTP_11 && request.received().peer().is_some() && hosts == 0 {
        teller.warn("host", "missing in HTTP/1.1", "RFC 9112 section 3.2");
    }
    if hosts > 1 {
        teller.warn("host", "stands more than once", "RFC 9112 section 3.2");
    }
    if let Some(stated) = request.headers().get(names::CONTENT_LENGTH) {
        let rule = "RFC 9110 section 8.6";
        match (stated.to_utf8_lossy().parse::<u64>(), request.body().len()) {
            (Err(_), _) => teller.warn("content-length", "not a number of bytes", rule),
            (Ok(stated), Some(length)) if stated != length => {
                let message = format!("{stated} stated, the request's body has {length} bytes");
                teller.warn("content-length", message, rule);
            }
            _ => {}
        }
    }
}
