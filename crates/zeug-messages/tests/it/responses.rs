//! Answers: status, fields, finishing, what is called at the end; and that nothing splits them.

use std::io::{self, Read};
use std::sync::{Arc, Mutex};

use http::StatusCode;
use proptest::prelude::*;
use zeug_gateway::Body;
use zeug_http::{
    Age, ContentRange, CrossOriginResourcePolicy, ETag, HttpDate, RetryAfter, SetCookie,
    WwwAuthenticate,
};
use zeug_messages::{LocationForm, Request, Response, Status, append_slash_redirect, redirect};

fn request(method: &str, uri: &str) -> Request {
    http::Request::builder()
        .method(method)
        .uri(uri)
        .header("host", "example.org")
        .body(Body::empty())
        .unwrap()
        .into()
}

#[test]
fn statuses() {
    let rows = [
        ("404", 404, "404 Not Found"),
        ("588", 588, "588 Unknown"),
        ("999 WTF", 999, "999 WTF"),
        ("wtf", 0, "0 wtf"),
        (" 204 ", 204, "204 No Content"),
        ("200  OK", 200, "200  OK"),
        ("-1", 0, "0 -1"),
        ("+5 x", 0, "0 +5 x"),
        ("70000", 0, "0 70000"),
    ];
    for (text, code, shown) in rows {
        let status = Status::parse(text).unwrap();
        assert_eq!((status.code(), status.to_string().as_str()), (code, shown));
    }
    assert_eq!(
        Status::parse("\t ").unwrap_err().to_string(),
        "blank status at byte 0"
    );
    let unsendable = Response::text("x").with_status(Status::parse("wtf").unwrap());
    assert_eq!(unsendable.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(zeug_gateway::Response::from(unsendable).status(), 500);
}

#[test]
fn fields_come_back_as_they_were_set() {
    let date = HttpDate::from_unix_seconds(784_111_777);
    let mut response = Response::text("");
    response.set_date(date);
    response.set_expires(date);
    response.set_last_modified(date);
    response.set_age(Age::from_seconds(5));
    response.set_retry_after(RetryAfter::Seconds(60));
    response.set_cross_origin_resource_policy(CrossOriginResourcePolicy::SameSite);
    response.set_access_control_max_age(600);
    response.set_location("/é").unwrap();
    response.set_allow(["GET", "HEAD"]).unwrap();
    response
        .set_access_control_allow_headers(["X-A", "X-B"])
        .unwrap();
    response.set_etag(&ETag::weak("v").unwrap());
    response
        .set_content_range(&ContentRange::new("bytes", Some(0..5), Some(11)).unwrap())
        .unwrap();
    response
        .set_www_authenticate(&[WwwAuthenticate::basic("x")])
        .unwrap();

    assert_eq!(
        (
            response.date(),
            response.expires(),
            response.last_modified()
        ),
        (Some(date), Some(date), Some(date))
    );
    assert_eq!(response.age(), Some(Age::from_seconds(5)));
    assert_eq!(response.retry_after(), Some(RetryAfter::Seconds(60)));
    assert_eq!(
        response.cross_origin_resource_policy(),
        Some(CrossOriginResourcePolicy::SameSite)
    );
    assert_eq!(response.access_control_max_age(), Some(600));
    assert_eq!(response.location().unwrap(), "/é");
    assert_eq!(response.allow().to_string(), "GET, HEAD");
    assert!(
        response
            .access_control_allow_headers()
            .unwrap()
            .allows("x-b")
    );
    assert_eq!(response.etag().unwrap().to_string(), "W/\"v\"");
    assert_eq!(
        response.content_range().unwrap().to_string(),
        "bytes 0-4/11"
    );
    assert_eq!(
        response.www_authenticate().next().unwrap().realm(),
        Some("x")
    );

    response.set_age(None);
    response.set_allow::<&str>([]).unwrap();
    response.set_www_authenticate(&[]).unwrap();
    assert_eq!(
        (
            response.age(),
            response.allow().len(),
            response.www_authenticate().count()
        ),
        (None, 0, 0)
    );
    assert!(!response.headers().contains("allow"));
}

#[test]
fn fields_that_cannot_be_read_are_none_and_stay() {
    let mut response = Response::default();
    for name in [
        "Age",
        "Date",
        "Retry-After",
        "Content-Length",
        "Content-Range",
        "Access-Control-Max-Age",
        "Cross-Origin-Opener-Policy",
    ] {
        response.headers_mut().try_append(name, "?").unwrap();
    }
    assert_eq!(response.age(), None);
    assert_eq!(response.date(), None);
    assert_eq!(response.retry_after(), None);
    assert_eq!(response.content_length(), None);
    assert_eq!(response.content_range(), None);
    assert_eq!(response.access_control_max_age(), None);
    assert_eq!(response.cross_origin_opener_policy(), None);
    assert_eq!(response.headers().len(), 7);
    for length in ["+1", "-1", " 1", "1 ", "99999999999999999999999", ""] {
        response
            .headers_mut()
            .try_insert("Content-Length", length)
            .unwrap();
        assert_eq!(response.content_length(), None, "{length:?}");
    }
}

#[test]
fn several_fields_of_one_name_are_one_list() {
    let mut response = Response::default();
    for (name, value) in [
        ("Vary", "Accept"),
        ("Vary", "Cookie"),
        ("Cache-Control", "public"),
        ("Cache-Control", "max-age=5"),
    ] {
        response.headers_mut().try_append(name, value).unwrap();
    }
    assert!(response.vary().contains("cookie"));
    assert_eq!(response.cache_control().max_age(), Some(5));
    response.add_vary("Origin").unwrap();
    assert_eq!(response.headers().get_all("vary").count(), 1);
    assert_eq!(
        response.headers().get("vary").unwrap(),
        "Accept, Cookie, Origin"
    );
    response.set_vary(["*"]).unwrap();
    response.add_vary("Origin").unwrap();
    assert_eq!(
        response.headers().get("vary").unwrap(),
        "*",
        "the star covers all"
    );
}

#[test]
fn bodiless_answers() {
    for (status, length, kept) in [
        (100, None, true),
        (101, None, true),
        (204, None, true),
        (304, None, false),
        (205, Some(4), true),
        (200, Some(4), true),
    ] {
        let mut response = Response::text("body").with_status(status);
        response.set_expires(HttpDate::from_unix_seconds(0));
        let sent = zeug_gateway::Response::from(response);
        assert_eq!(
            sent.headers().get("content-length").is_some(),
            length.is_some(),
            "{status}"
        );
        assert_eq!(sent.headers().contains("content-type"), kept, "{status}");
        assert!(sent.headers().contains("expires"), "{status}");
        assert_eq!(sent.body().len(), Some(length.unwrap_or(0)), "{status}");
    }
    let mut head = Response::text("body");
    head.finish_for(&request("HEAD", "/"));
    assert!(head.body().is_empty());
    assert_eq!(head.content_length(), Some(4));
}

#[test]
fn lengths() {
    let mut stream = Response::new(Body::reader(io::empty()));
    stream.finish();
    assert_eq!(stream.content_length(), None);
    let mut swapped = Response::default();
    *swapped.body_mut() = Body::from("abc");
    swapped.finish();
    assert_eq!(swapped.content_length(), Some(3));
    let mut as_stated = Response::default().with_length_as_stated();
    as_stated.set_body("abc");
    as_stated.finish();
    assert_eq!(as_stated.content_length(), None);
    let mut chunked = Response::default()
        .try_with_header("Transfer-Encoding", "chunked")
        .unwrap();
    *chunked.body_mut() = Body::from("abc");
    chunked.finish();
    assert_eq!(chunked.content_length(), None, "never both");
}

#[test]
fn locations() {
    let rows = [
        ("/é x", LocationForm::AsSet, "/%C3%A9%20x"),
        ("/\\x", LocationForm::AsSet, "/%5Cx"),
        ("http://☃.net/", LocationForm::AsSet, "http://xn--n3h.net/"),
        ("test", LocationForm::AsSet, "test"),
        ("/?", LocationForm::AsSet, "/"),
        (
            "test",
            LocationForm::Absolute,
            "http://example.org/a/b/test",
        ),
        ("/test", LocationForm::Absolute, "http://example.org/test"),
        ("?q", LocationForm::Absolute, "http://example.org/a/b/c?q"),
        ("https://x/", LocationForm::Absolute, "https://x/"),
        ("http://x:port/", LocationForm::AsSet, "http://x:port/"),
    ];
    for (set, form, sent) in rows {
        let mut response = Response::default()
            .try_with_header("location", set)
            .unwrap()
            .with_location_form(form);
        response.finish_for(&request("GET", "/a/b/c?d"));
        assert_eq!(response.location().unwrap(), sent, "{set}");
    }
    let mut twice = Response::default();
    twice.headers_mut().try_append("Location", "/a").unwrap();
    twice.headers_mut().try_append("Location", "/b").unwrap();
    twice.finish();
    assert_eq!(twice.headers().get_all("location").count(), 1);
}

#[test]
fn finishing_twice_is_finishing_once() {
    let mut response = redirect("/é b").with_location_form(LocationForm::Absolute);
    response.finish_for(&request("GET", "/a"));
    let once = response.headers().clone();
    response.finish_for(&request("GET", "/a"));
    assert_eq!(*response.headers(), once);
}

struct Noted(Arc<Mutex<Vec<&'static str>>>);

impl Read for Noted {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.lock().unwrap().push("body");
    }
}

#[test]
fn what_is_called_at_the_end_comes_after_the_body_and_in_order() {
    let notes = Arc::new(Mutex::new(Vec::new()));
    let note = |what: &'static str| {
        let notes = Arc::clone(&notes);
        move || notes.lock().unwrap().push(what)
    };
    let response = Response::new(Body::reader(Noted(Arc::clone(&notes))))
        .on_close(note("first"))
        .on_close(note("second"));
    let sent = zeug_gateway::Response::from(response);
    assert!(notes.lock().unwrap().is_empty());
    assert_eq!(sent.into_body().into_bytes(10).unwrap(), "");
    assert_eq!(*notes.lock().unwrap(), ["body", "first", "second"]);

    notes.lock().unwrap().clear();
    let sized = zeug_gateway::Response::from(Response::text("abc").on_close(note("closed")));
    assert_eq!(sized.body().len(), Some(3));
    drop(sized);
    drop(Response::text("never sent").on_close(note("dropped")));
    assert_eq!(*notes.lock().unwrap(), ["closed", "dropped"]);
}

#[test]
fn open_redirects() {
    let paths = [
        "//evil.example",
        "//evil.example/x",
        "/\\evil.example",
        "/%5cevil.example",
        "///evil.example",
        "/a//evil.example",
        "//evil.example/%2e%2e",
        "//evil.example/..",
        "/%2f%2fevil.example",
        "/%09/evil.example",
        "/x/\\\\evil.example",
        "/javascript:alert(1)",
        "/data:text/html,x",
        "/http://evil.example",
        "/http:evil.example",
        "//[::1]",
        "//user@evil.example",
        "/\u{2f}\u{2f}evil.example",
        "/;//evil.example",
        "/.//evil.example",
        "/..//evil.example",
        "/evil.example:80",
    ];
    for path in paths {
        for query in [None, Some("next=//evil.example")] {
            let mut response =
                append_slash_redirect(path, query).with_location_form(LocationForm::AsSet);
            response.finish();
            let location = response.location().unwrap().into_owned();
            assert!(!location.starts_with(['/', '\\']), "{path}: {location}");
            // What a browser makes of it, on the host that was asked.
            let joined = zeug_urls::join("http://own.example/x/y", &location);
            assert!(
                joined.starts_with("http://own.example/"),
                "{path}: {joined}"
            );
        }
    }
}

/// Text with what could end a line in it.
fn lines() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\r".to_owned()),
        Just("\n".to_owned()),
        Just("\0".to_owned()),
        Just("\r\n".to_owned()),
        Just("X: y".to_owned()),
        Just("\u{85}".to_owned()),
        Just("é".to_owned()),
        Just("a".to_owned()),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn locations_are_sent_as_uris(url in "[/?=&.~a-cA-Z0-9%# é-]{0,12}") {
        let mut response = Response::default();
        response.set_location(&url).unwrap();
        response.finish();
        if let Ok(uri) = zeug_urls::iri_to_uri(&url) {
            prop_assert_eq!(response.location().unwrap(), uri);
        }
    }

    #[test]
    fn lengths_are_written_in_digits(len in any::<u64>()) {
        let response = Response::new(Body::sized_reader(io::empty(), len));
        prop_assert_eq!(response.content_length(), Some(len));
    }

    #[test]
    fn nothing_splits_an_answer(text in lines()) {
        let mut response = redirect(&text);
        let _ = response.set_location(&text);
        let _ = response.set_content_location(&text);
        let _ = response.set_content_encoding(&text);
        let _ = response.set_media_type(&text);
        let _ = response.set_vary([text.as_str()]);
        let _ = response.add_vary(&text);
        let _ = response.set_cookie(&SetCookie::new("name", text.as_str()).path(text.as_str()));
        let _ = response.set_cookie(&SetCookie::new(text.as_str(), "value"));
        let _ = response.set_www_authenticate(&[WwwAuthenticate::basic(text.as_str())]);
        let _ = response.headers_mut().try_append(text.as_str(), "value");
        if let Ok(status) = Status::parse(&text) {
            response.set_status(status);
        }
        let sent = zeug_gateway::Response::from(response);
        for (name, value) in sent.headers() {
            prop_assert!(!name.as_str().contains(['\r', '\n', '\0']));
            prop_assert!(!value.as_bytes().iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
        }
        prop_assert_eq!(sent.headers().get_all("location").count().min(2), sent.headers().get_all("location").count());
    }
}
