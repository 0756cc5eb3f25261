//! Owns redirects: answers that send the client elsewhere. Whether a target may be trusted is the caller's to know.

use http::StatusCode;
use zeug_datastructures::{FieldValue, names};
use zeug_urls::iri_to_uri;

use crate::Response;
use crate::push_escaped;

/// An answer that sends the client to `location`, by `GET`: 303, with a page that links there.
///
/// The location is a URL in any script, absolute or relative; it is set as it is and sent in ASCII. For another status add
/// [`with_status`](Response::with_status): 307 and 308 keep the method and the body, 301 and 308 are remembered
/// ([RFC 9110 section 15.4](https://www.rfc-editor.org/rfc/rfc9110#section-15.4)).
///
/// A location that a client has given can lead anywhere: compare its host with your own first.
///
/// # Deviations
///
/// The status is 303, as in Werkzeug 3.2. Control characters are dropped or become escapes, where Werkzeug raises an error.
///
/// # Example
///
/// ```
/// use zeug_messages::redirect;
///
/// let response = redirect("/föö");
/// assert_eq!((response.status().as_u16(), response.location().unwrap().as_ref()), (303, "/föö"));
/// let sent = zeug_gateway::Response::from(response);
/// assert_eq!(sent.headers().get("location").unwrap(), "/f%C3%B6%C3%B6");
///
/// assert_eq!(redirect("/new").with_status(308).status(), 308);
/// assert_eq!(redirect("/a\r\nX: y").location().unwrap(), "/aX:%20y", "no field can be smuggled");
/// ```
#[must_use]
pub fn redirect(location: impl AsRef<str>) -> Response {
    let location = location.as_ref();
    match FieldValue::parse(location) {
        Ok(value) => redirect_to(location, value),
        Err(_) => {
            let location = without_controls(location);
            // Without control characters it can be in a field.
            let value = FieldValue::parse(&location).unwrap_or(FieldValue::from_static(""));
            redirect_to(&location, value)
        }
    }
}

/// The answer of that location, which is the value of its field too.
fn redirect_to(location: &str, value: FieldValue<'_>) -> Response {
    let mut page = String::with_capacity(160 + 2 * location.len());
    page.push_str("<!doctype html>\n<html lang=en>\n<title>Redirecting</title>\n<h1>Redirecting</h1>\n<p>This page is at <a href=\"");
    push_escaped(&mut page, location);
    page.push_str("\">");
    push_escaped(&mut page, location);
    page.push_str("</a>.\n");
    let mut response = Response::html(page);
    response.set_status(StatusCode::SEE_OTHER);
    response.headers_mut().insert(names::LOCATION, value);
    response
}

/// The URL in ASCII; where it is none, without the control characters.
fn without_controls(location: &str) -> String {
    match iri_to_uri(location) {
        Ok(url) if FieldValue::parse(&url).is_ok() => url,
        _ => location.chars().filter(|c| !c.is_control()).collect(),
    }
}

/// An answer that sends the client to the same path with a slash at the end: 308, which keeps method and body.
///
/// `raw_path` and `query` are as in the request's target, still percent-encoded. The location is relative, so that it is right wherever the application is
/// mounted: `/user/42` becomes `42/`. A path that ends in a slash becomes `./`: do not redirect those.
///
/// ```
/// use zeug_messages::append_slash_redirect;
///
/// assert_eq!(append_slash_redirect("/user/42", Some("a=b")).location().unwrap(), "42/?a=b");
/// assert_eq!(append_slash_redirect("//evil.example", None).location().unwrap(), "evil.example/", "never another host");
/// assert_eq!(append_slash_redirect("/data:x", None).location().unwrap(), "./data:x/", "never another scheme");
/// ```
///
/// # Deviations
///
/// Werkzeug takes the decoded path, so that a `%3F` in it ends the path of the location, and a colon in it a scheme.
#[must_use]
pub fn append_slash_redirect(raw_path: &str, query: Option<&str>) -> Response {
    let tail = raw_path.rsplit('/').next().unwrap_or_default();
    let mut location = String::with_capacity(tail.len() + query.map_or(0, str::len) + 4);
    // A segment with a colon would be read as a scheme (RFC 3986 section 4.2), and a backslash as a slash by browsers.
    if tail.is_empty() || tail.contains([':', '\\']) {
        location.push('.');
        location.push('/');
    }
    if !tail.is_empty() {
        location.push_str(tail);
        location.push('/');
    }
    if let Some(query) = query.filter(|query| !query.is_empty()) {
        location.push('?');
        location.push_str(query);
    }
    redirect(location).with_status(StatusCode::PERMANENT_REDIRECT)
}
