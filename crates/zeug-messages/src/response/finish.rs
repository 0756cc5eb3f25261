//! Owns the last step of an answer: URLs in ASCII, no body where there can be none, the length. It decides no status.

use http::Method;
use zeug_datastructures::{FieldName, names};
use zeug_gateway::Body;
use zeug_http::{KEPT_WITHOUT_BODY, remove_entity_fields};
use zeug_urls::{iri_to_uri, join};

use super::Response;
use crate::Request;

/// How `Location` is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 9110 section 10.2.2 has these two forms"
)]
pub enum LocationForm {
    /// As it was set: relative ones stay relative, which clients resolve by themselves.
    #[default]
    AsSet,
    /// As an absolute URL, resolved against the request's by [`finish_for`](Response::finish_for).
    Absolute,
}

impl Response {
    /// Sets how `Location` is sent.
    #[must_use]
    #[doc(alias = "autocorrect_location_header")]
    pub fn with_location_form(mut self, form: LocationForm) -> Self {
        self.location = form;
        self
    }

    /// Does what the rules of HTTP ask of an answer, whatever the request. It happens by itself where the answer becomes an `http::Response`.
    ///
    /// - `Location` and `Content-Location` become URLs in ASCII; one that cannot stays as it is.
    /// - 1xx, 204 and 304 have no body. The first two have no `Content-Length`
    ///   ([RFC 9110 section 8.6](https://www.rfc-editor.org/rfc/rfc9110#section-8.6)), the last none of the fields that describe a body
    ///   ([section 15.4.5](https://www.rfc-editor.org/rfc/rfc9110#section-15.4.5)) but `Expires` and `Content-Location`.
    /// - Else the length of the body is stated where it is known and not stated yet.
    ///
    /// ```
    /// use zeug_messages::Response;
    ///
    /// let mut response = Response::text("body").with_status(304).try_with_header("Location", "/é x")?;
    /// response.finish();
    /// assert_eq!(response.headers().to_string(), "Location: /%C3%A9%20x\r\n\r\n");
    /// assert!(response.body().is_empty());
    /// # Ok::<(), zeug_datastructures::HeaderError>(())
    /// ```
    #[doc(alias = "get_wsgi_headers")]
    pub fn finish(&mut self) {
        for name in [names::LOCATION, names::CONTENT_LOCATION] {
            if self.headers.contains(name) {
                self.write_url(name, None);
            }
        }
        match self.status.code() {
            100..=199 | 204 => {
                self.headers.remove(names::CONTENT_LENGTH);
            }
            304 => remove_entity_fields(&mut self.headers, &KEPT_WITHOUT_BODY),
            _ => {
                if self.states_length
                    && let Some(len) = self.body.len()
                    && !self.headers.contains(names::CONTENT_LENGTH)
                    && !self.headers.contains(names::TRANSFER_ENCODING)
                {
                    self.state_length(len);
                }
            }
        }
        if self.status.is_bodiless() {
            self.body = Body::empty();
        }
    }

    /// As [`finish`](Self::finish), and what depends on the request: the answer to `HEAD` has no body, and `Location` is absolute where
    /// [`LocationForm::Absolute`] asks for it.
    ///
    /// ```
    /// use zeug_gateway::Body;
    /// use zeug_messages::{LocationForm, Request, Response};
    ///
    /// let request = Request::from(http::Request::get("/a/b").header("host", "example.org").body(Body::empty())?);
    /// let mut response = Response::text("").try_with_header("Location", "c")?.with_location_form(LocationForm::Absolute);
    /// response.finish_for(&request);
    /// assert_eq!(response.headers().get("location").unwrap(), "http://example.org/a/c");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "get_wsgi_response")]
    #[doc(alias = "get_app_iter")]
    pub fn finish_for(&mut self, request: &Request) {
        if self.location == LocationForm::Absolute
            && self.headers.contains(names::LOCATION)
            && let Ok(base) = request.base_url()
            && let Ok(base) = iri_to_uri(&base)
        {
            self.write_url(names::LOCATION, Some(&base));
        }
        self.finish();
        if *request.method() == Method::HEAD {
            self.body = Body::empty();
        }
    }

    /// Writes the URL of that field in ASCII, resolved against `base`.
    fn write_url(&mut self, name: FieldName<'static>, base: Option<&str>) {
        let mut values = self.headers.get_all(name);
        let Some(first) = values.next() else {
            return;
        };
        // The last counts, and stays alone: two URLs would be read differently by different clients.
        let last = values.last();
        let value = last.unwrap_or(first);
        if base.is_none() && last.is_none() && is_plain(value.as_bytes()) {
            return;
        }
        let text = value.to_utf8_lossy();
        let Ok(mut url) = iri_to_uri(&text) else {
            return;
        };
        if let Some(base) = base {
            url = join(base, &url);
        }
        if last.is_some() || url.as_bytes() != value.as_bytes() {
            // What was in a field and is in ASCII now can be in a field.
            let _ = self.headers.try_insert(name, url);
        }
    }
}

/// Whether it is a path, perhaps with a query, that is a URL in ASCII as it stands; most are.
fn is_plain(url: &[u8]) -> bool {
    // An empty query would be dropped, and two slashes begin a host.
    url.starts_with(b"/")
        && !url.starts_with(b"//")
        && !url.ends_with(b"?")
        && url.iter().all(|&byte| PLAIN[usize::from(byte)])
}

/// The bytes that stand in URLs as they are, whatever comes before and behind them.
static PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric()
            || matches!(
                byte as u8,
                b'-' | b'.' | b'_' | b'~' | b'/' | b'?' | b'=' | b'&'
            );
        byte += 1;
    }
    table
};
