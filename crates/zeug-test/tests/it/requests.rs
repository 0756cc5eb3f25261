//! What a builder makes of its options.

use std::io::Read;

use http::{Method, Version};
use zeug_forms::{FileStorage, FormParser};
use zeug_gateway::{Body, Scheme};
use zeug_http::Authorization;
use zeug_messages::{Request, Response};
use zeug_test::{Client, FilePart, RequestBuilder, TestErrorKind};

use crate::{answer, mirror};

#[track_caller]
fn sends(builder: RequestBuilder, expected: &str) {
    Client::new(mirror)
        .open(builder)
        .send()
        .assert_text(expected);
}

#[track_caller]
fn refuses(builder: RequestBuilder, kind: TestErrorKind) {
    let error = Client::new(mirror).open(builder).try_send().unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
}

fn post(target: &str) -> RequestBuilder {
    RequestBuilder::new(Method::POST, target)
}

fn get(target: &str) -> RequestBuilder {
    RequestBuilder::new(Method::GET, target)
}

#[test]
fn defaults_are_werkzeugs() {
    sends(get("/"), "GET /\nHost: localhost\n\n");
    sends(get(""), "GET /\nHost: localhost\n\n");
    let request = get("/").build().unwrap();
    let received = request.received();
    assert_eq!(
        (request.version(), received.scheme()),
        (Version::HTTP_11, Scheme::Http)
    );
    assert_eq!(received.peer().unwrap().ip().to_string(), "127.0.0.1");
}

#[test]
fn targets_are_encoded_once() {
    sends(
        get("/föö bar?q=ä"),
        "GET /f%C3%B6%C3%B6%20bar?q=%C3%A4\nHost: localhost\n\n",
    );
    sends(
        get("/foo%40bar#frag"),
        "GET /foo%40bar\nHost: localhost\n\n",
    );
    sends(get("relative"), "GET /relative\nHost: localhost\n\n");
    sends(
        get("http://other.test:8080/p?q"),
        "GET /p?q\nHost: other.test:8080\n\n",
    );
    refuses(get("http://a b/"), TestErrorKind::InvalidUrl);
    refuses(get("ftp://a/"), TestErrorKind::UnsupportedScheme);
}

#[test]
fn base_urls_have_scheme_and_host() {
    let builder = || get("/x").base_url("https://Example.org:8443");
    sends(builder(), "GET /x\nHost: example.org:8443\n\n");
    let request = builder().build().unwrap();
    assert_eq!(request.received().scheme(), Scheme::Https);
    refuses(
        get("/").base_url("http://a/?q"),
        TestErrorKind::InvalidBaseUrl,
    );
    refuses(
        get("/").base_url("http://a/#f"),
        TestErrorKind::InvalidBaseUrl,
    );
    refuses(get("/").base_url("/app"), TestErrorKind::InvalidBaseUrl);
    let client = Client::new(mirror).base_url("nonsense");
    assert_eq!(
        client.get("/").try_send().unwrap_err().kind(),
        TestErrorKind::InvalidBaseUrl
    );
}

#[test]
fn queries_are_given_once() {
    sends(get("/?a=1&b"), "GET /?a=1&b\nHost: localhost\n\n");
    sends(
        get("/").query([("a", 1), ("b", 2)]).query([("c", "x y&ä")]),
        "GET /?a=1&b=2&c=x+y%26%C3%A4\nHost: localhost\n\n",
    );
    sends(
        get("/").query([] as [(&str, i32); 0]),
        "GET /\nHost: localhost\n\n",
    );
    refuses(get("/?a=1").query([("b", 2)]), TestErrorKind::QueryTwice);
    refuses(
        get("/")
            .query([("b", 2)])
            .query([("b", 2)])
            .header("a b", ""),
        TestErrorKind::InvalidField,
    );
}

#[test]
fn fields_keep_order_spelling_and_repeats() {
    sends(
        get("/")
            .header("X-B", "1")
            .header("x-a", "2")
            .header("X-B", "3"),
        "GET /\nHost: localhost\nX-B: 1\nx-a: 2\nX-B: 3\n\n",
    );
    sends(get("/").header("host", "own"), "GET /\nhost: own\n\n");
    refuses(
        get("/").header("a", "b\r\nc: d"),
        TestErrorKind::InvalidField,
    );
    refuses(RequestBuilder::new("G T", "/"), TestErrorKind::InvalidField);
    sends(
        RequestBuilder::new("PROPFIND", "/"),
        "PROPFIND /\nHost: localhost\n\n",
    );
    let client = Client::new(mirror)
        .default_header("Accept", "text/html")
        .default_header("X-A", "1");
    client
        .get("/")
        .header("accept", "*/*")
        .send()
        .assert_text("GET /\nHost: localhost\nX-A: 1\naccept: */*\n\n");
}

#[test]
fn credentials() {
    sends(
        get("/").basic_auth("user", "pass:word"),
        "GET /\nHost: localhost\nAuthorization: Basic dXNlcjpwYXNzOndvcmQ=\n\n",
    );
    sends(
        get("/").authorization(&Authorization::bearer("abc")),
        "GET /\nHost: localhost\nAuthorization: Bearer abc\n\n",
    );
    refuses(
        get("/").basic_auth("us:er", "x"),
        TestErrorKind::InvalidField,
    );
}

#[test]
fn bodies_have_a_length_or_are_chunked() {
    sends(
        post("/").body("text"),
        "POST /\nHost: localhost\nContent-Length: 4\n\ntext",
    );
    sends(post("/"), "POST /\nHost: localhost\nContent-Length: 0\n\n");
    sends(
        RequestBuilder::new("DELETE", "/").body("x"),
        "DELETE /\nHost: localhost\nContent-Length: 1\n\nx",
    );
    sends(
        post("/").body(Body::chunks(["a", "b"].map(Ok))),
        "POST /\nHost: localhost\nTransfer-Encoding: chunked\n\nab",
    );
    sends(
        post("/")
            .body(Body::sized_reader(&b"abc"[..], 3))
            .content_type("text/x"),
        "POST /\nHost: localhost\nContent-Type: text/x\nContent-Length: 3\n\nabc",
    );
    sends(
        post("/").body("abc").header("Content-Length", "7"),
        "POST /\nHost: localhost\nContent-Length: 7\n\nabc",
    );
}

#[cfg(feature = "json")]
#[test]
fn json_has_its_content_type() {
    use std::collections::BTreeMap;
    let value = BTreeMap::from([("a", 1)]);
    sends(
        post("/").json(&value),
        "POST /\nHost: localhost\nContent-Type: application/json\nContent-Length: 7\n\n{\"a\":1}",
    );
    sends(
        post("/").content_type("application/geo+json").json(&value),
        "POST /\nHost: localhost\nContent-Type: application/geo+json\nContent-Length: 7\n\n{\"a\":1}",
    );
    refuses(post("/").json(&value).body("x"), TestErrorKind::BodyTwice);
    refuses(
        post("/").form([("a", 1)]).json(&value),
        TestErrorKind::BodyTwice,
    );
    refuses(
        post("/").json(&BTreeMap::from([((1, 2), 3)])),
        TestErrorKind::InvalidBody,
    );
}

#[test]
fn forms_are_urlencoded() {
    sends(
        post("/").form([("a", "x y"), ("a", "ä")]).form([("n", 5)]),
        "POST /\nHost: localhost\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 18\n\na=x+y&a=%C3%A4&n=5",
    );
}

/// Name, file name and content type of each file, then the fields.
fn parse(request: zeug_gateway::Request) -> String {
    let content_type = request
        .headers()
        .get("content-type")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let length = request
        .headers()
        .get("content-length")
        .unwrap()
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    let form = FormParser::new(&content_type)
        .content_length(length)
        .parse(request.into_body())
        .unwrap();
    let mut text = String::new();
    for (name, value) in form.fields.iter() {
        text += &format!("{name}={value};");
    }
    for (name, file) in form.files.iter() {
        let length = file.stream().len().unwrap();
        text += &format!(
            "{name}:{}:{}:{length};",
            file.filename(),
            file.content_type().unwrap_or_default()
        );
    }
    text
}

#[test]
fn forms_with_files_are_multipart() {
    let client = Client::new(parse).body_limit(None);
    let answer = client
        .post("/")
        .form([("a", "1")])
        .file("f", ("a b.txt", "hello"))
        .file("f", ("x.bin", vec![0; 700_000], "image/png"))
        .file("empty", ("", ""))
        .file("s", FileStorage::new("other", "größe.html", &b"<p>"[..]))
        .file(
            "r",
            FilePart::reader("r", std::io::repeat(b'x').take(100_000)).header("X-Custom", "1"),
        )
        .send();
    answer.assert_text(
        "a=1;f:a b.txt:text/plain:5;f:x.bin:image/png:700000;empty::application/octet-stream:0;s:größe.html:text/html:3;r:r:application/octet-stream:100000;",
    );
    client
        .post("/")
        .form([("a", "1")])
        .content_type("multipart/form-data")
        .send()
        .assert_text("a=1;");
    let chosen = post("/")
        .content_type("multipart/form-data; boundary=xyz")
        .form([("a", 1)])
        .build()
        .unwrap();
    assert_eq!(
        chosen.headers().get("content-type").unwrap(),
        "multipart/form-data; boundary=xyz"
    );
    let body = "\r\n--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--xyz--\r\n";
    assert_eq!(chosen.into_body().into_bytes(1000).unwrap(), body);
}

#[test]
fn forms_that_cannot_be_written_are_refused() {
    refuses(
        post("/").file("a\r\nb", ("x", "y")),
        TestErrorKind::InvalidBody,
    );
    refuses(
        post("/").file("a", FilePart::new("x", "y").content_type("a\nb")),
        TestErrorKind::InvalidField,
    );
    refuses(
        post("/").file("a", FilePart::new("x", "y").header("a b", "c")),
        TestErrorKind::InvalidField,
    );
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("broken"))
        }
    }
    refuses(
        post("/").file("a", FilePart::reader("x", Broken)),
        TestErrorKind::Io,
    );
}

#[test]
fn requests_go_there_and_back() {
    let built = post("/a%20b?c=d")
        .base_url("https://example.org:8443")
        .header("X-B", "1")
        .header("x-a", "2")
        .peer("192.0.2.1:5".parse().unwrap())
        .version(Version::HTTP_10)
        .extension(5_u8)
        .cookie("k", "a b")
        .body("text")
        .build()
        .unwrap();
    let again = RequestBuilder::from(built).build().unwrap();
    assert_eq!(again.uri(), "/a%20b?c=d");
    assert_eq!(
        (again.method(), again.version()),
        (&Method::POST, Version::HTTP_10)
    );
    let received = again.received();
    assert_eq!(
        (received.scheme(), received.peer().unwrap().to_string()),
        (Scheme::Https, "192.0.2.1:5".to_owned())
    );
    assert_eq!(
        again.headers().to_string(),
        "Host: example.org:8443\r\nX-B: 1\r\nx-a: 2\r\nContent-Length: 4\r\nCookie: k=\"a b\"\r\n\r\n",
    );
    assert_eq!(again.extensions().get::<u8>(), Some(&5));
    assert_eq!(again.into_body().into_bytes(10).unwrap(), "text");
}

#[test]
fn a_request_made_by_hand_is_sent() {
    let raw = http::Request::put("http://x.test/p")
        .header("a", "b")
        .body(Body::from("text"))
        .unwrap();
    sends(
        raw.into(),
        "PUT /p\nHost: x.test\na: b\nContent-Length: 4\n\ntext",
    );
    let raw = http::Request::get("/p")
        .header("host", "y.test")
        .body(Body::empty())
        .unwrap();
    sends(raw.into(), "GET /p\nHost: y.test\n\n");
}

#[test]
fn what_the_application_does_to_a_request_stays_there() {
    let client = Client::new(|mut request: zeug_gateway::Request| {
        request.headers_mut().clear();
        request.extensions_mut().clear();
        *request.uri_mut() = "/changed".parse().unwrap();
        "done"
    });
    let answer = client.get("/p").header("a", "b").send();
    assert_eq!(
        (
            answer.request().uri().path(),
            answer.request().headers().len()
        ),
        ("/p", 2)
    );
}

#[test]
fn builders_share_nothing() {
    let first = get("/").header("a", "1").query([("q", 1)]).form([("f", 1)]);
    assert_eq!(get("/").build().unwrap().headers().len(), 1);
    assert_eq!(first.build().unwrap().headers().len(), 4);
}

#[test]
fn the_application_may_be_mounted_below_a_path() {
    let client = Client::new(|request: Request| {
        let urls = [
            request.root_path(),
            &request.path(),
            &request.url().unwrap(),
        ]
        .join(" ");
        match request.raw_path() {
            "/in" => answer(
                302,
                &[
                    ("Location", "/my%20app/x?q"),
                    ("Set-Cookie", "a=1; Path=/my%20app"),
                ],
            ),
            "/out" => answer(302, &[("Location", "/elsewhere")]),
            "/beside" => answer(302, &[("Location", "/my%20application")]),
            _ => Response::text(format!("{urls} {}", request.cookies().len())),
        }
    })
    .base_url("http://example.org/my app/")
    .follow_redirects();
    client
        .get("/a%20b")
        .send()
        .assert_text("/my app /a b http://example.org/my%20app/a%20b 0");
    client
        .get("/in")
        .send()
        .assert_text("/my app /x http://example.org/my%20app/x?q 1");
    client
        .get("/out")
        .send()
        .assert_text(" /elsewhere http://example.org/elsewhere 0");
    client
        .get("/beside")
        .send()
        .assert_text(" /my application http://example.org/my%20application 0");
    assert_eq!(client.get("/").send().request().root_path(), "/my app");
    assert_eq!(client.cookie("a").unwrap().path(), "/my%20app");
}
