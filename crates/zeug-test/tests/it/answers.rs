//! Answers: what is made of them, what is asserted, what is printed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use http::StatusCode;
use zeug_gateway::{Body, IntoResponse};
use zeug_messages::{Request, Response};
use zeug_test::{Client, TestErrorKind, TestResponse};

use crate::answer;

/// The message that an assertion fails with.
fn failure(assertion: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(assertion)).unwrap_err();
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned());
    text.unwrap_or_else(|| payload.downcast_ref::<String>().unwrap().clone())
}

fn page() -> TestResponse {
    let client = Client::new(|_: Request| {
        answer(404, &[("X-A", "1"), ("Set-Cookie", "k=hidden; Path=/")]).with_header(
            &http::header::ETAG,
            &http::HeaderValue::from_static("\"x\""),
        )
    });
    client
        .get("/page")
        .header("Authorization", "Bearer hidden")
        .send()
}

#[test]
fn assertions_give_the_answer_back() {
    page()
        .assert_status(404)
        .assert_status(StatusCode::NOT_FOUND)
        .assert_header("x-a", "1")
        .assert_no_header("x-b")
        .assert_text("")
        .assert_lacks("x")
        .assert_contains("");
    assert_eq!(
        (page().header("X-A"), page().header("X-B")),
        (Some("1"), None)
    );
}

#[test]
fn assertions_print_the_answer_when_they_fail() {
    for message in [
        failure(|| drop(page().assert_status(200).text())),
        failure(|| drop(page().assert_status(20).text())),
        failure(|| drop(page().assert_header("x-a", "2").text())),
        failure(|| drop(page().assert_no_header("x-a").text())),
        failure(|| drop(page().assert_text("x").text())),
        failure(|| drop(page().assert_contains("x").text())),
        failure(|| drop(page().assert_lacks("").text())),
        failure(|| drop(page().assert_redirect("/").text())),
    ] {
        assert!(
            message.contains("> GET /page HTTP/1.1\n> Host: localhost\n"),
            "{message}"
        );
        assert!(message.contains("< 404 Not Found\n"), "{message}");
        assert!(
            message.contains("X-A: 1\n") && message.contains("ETag: \"x\"\n"),
            "{message}"
        );
        assert!(!message.contains("hidden"), "{message}");
    }
    let message = failure(|| drop(page().assert_cookie("k", "x").text()));
    assert!(
        message.starts_with("cookie k\n expected: Some(\"x\")\n    found: Some(\"hidden\")\n"),
        "{message}"
    );
    assert!(
        message.contains("< Set-Cookie: k=(secret); Path=/\n"),
        "{message}"
    );
    let message = failure(|| drop(page().assert_header("x-a", "2").text()));
    assert!(
        message.starts_with("field x-a\n expected: Some(\"2\")\n    found: Some(\"1\")\n"),
        "{message}"
    );
}

#[test]
fn long_and_binary_bodies_are_not_printed_whole() {
    let long = Client::new(|_: Request| Response::text("ä".repeat(5000)))
        .get("/")
        .send()
        .to_string();
    assert!(
        long.len() < 5000 && long.ends_with("(5904 bytes more)"),
        "{long}"
    );
    let binary = Client::new(|_: Request| Response::bytes(vec![0xff; 100]))
        .get("/")
        .send()
        .to_string();
    assert!(binary.ends_with("(100 bytes that are no text)"), "{binary}");
}

#[cfg(feature = "json")]
#[test]
fn json_is_read_and_compared() {
    let client = Client::new(|_: Request| Response::text("{\"a\": [1, 2], \"b\": \"c\"}"));
    let value: std::collections::BTreeMap<String, serde_json::Value> =
        client.get("/").send().json();
    assert_eq!(value.len(), 2);
    client
        .get("/")
        .send()
        .assert_json(&serde_json::json!({"b": "c", "a": [1, 2]}));
    let message = failure(|| drop(client.get("/").send().assert_json(&[1]).text()));
    assert!(message.contains("JSON body"), "{message}");
    let message = failure(|| drop(client.get("/").send().json::<Vec<u8>>()));
    assert!(
        message.starts_with("expected JSON of type alloc::vec::Vec<u8>: "),
        "{message}"
    );
}

#[test]
fn an_answer_is_a_response() {
    let answer = page();
    let response: &Response = &answer;
    assert_eq!(response.status(), 404);
    assert_eq!(answer.cookie("k").unwrap().value(), "hidden");
    answer.assert_cookie("k", "hidden");
    assert_eq!(
        format!("{answer:?}"),
        "<TestResponse 404 Not Found of GET /page>"
    );
}

#[test]
fn answers_are_what_a_server_would_send() {
    let client = Client::new(|request: Request| match request.raw_path() {
        "/204" => Response::text("x").with_status(StatusCode::NO_CONTENT),
        "/304" => Response::text("x").with_status(StatusCode::NOT_MODIFIED),
        "/own" => Response::text("x")
            .with_header(&http::header::CONTENT_LENGTH, &http::HeaderValue::from(7)),
        "/chunks" => Response::chunks(["a", "b"].map(Ok)),
        _ => Response::text("four"),
    });
    client
        .get("/")
        .send()
        .assert_header("content-length", "4")
        .assert_text("four");
    client
        .head("/")
        .send()
        .assert_header("content-length", "4")
        .assert_text("");
    client
        .get("/204")
        .send()
        .assert_no_header("content-length")
        .assert_text("");
    client.get("/304").send().assert_text("");
    client
        .get("/own")
        .send()
        .assert_header("content-length", "7");
    client
        .get("/chunks")
        .send()
        .assert_no_header("content-length")
        .assert_text("ab");
}

#[test]
fn answers_are_bounded() {
    let endless = Client::new(|_: Request| Response::new(Body::reader(std::io::repeat(b'x'))))
        .max_answer(1000);
    let error = endless.get("/").try_send().unwrap_err();
    assert_eq!(error.kind(), TestErrorKind::AnswerTooLarge { limit: 1000 });
    let exact = Client::new(|_: Request| "x".repeat(1000)).max_answer(1000);
    assert_eq!(exact.get("/").send().bytes().len(), 1000);
}

#[test]
fn an_answer_that_breaks_is_an_error() {
    let client =
        Client::new(|_: Request| Response::chunks([Ok("a"), Err(std::io::Error::other("disk"))]));
    let error = client.get("/x").try_send().unwrap_err();
    assert_eq!(error.kind(), TestErrorKind::Io);
    assert!(
        error.to_string().contains("/x") && error.to_string().contains("disk"),
        "{error}"
    );
}

#[test]
fn streams_begin_before_they_end() {
    let client = Client::new(|_: Request| {
        let response = Response::chunks((0..).map(|n| Ok(format!("{n};"))));
        response.try_with_header("Set-Cookie", "a=1").unwrap()
    });
    let mut response = client.get("/").stream().unwrap();
    let mut start = [0; 10];
    std::io::Read::read_exact(response.body_mut(), &mut start).unwrap();
    assert_eq!(&start, b"0;1;2;3;4;");
    assert_eq!(client.cookie("a").unwrap().value(), "1");
}

#[test]
fn a_panic_of_the_application_reaches_the_test() {
    let client = Client::new(|request: Request| match request.args().get("at") {
        Some("body") => Response::chunks((0..3).map(|n| {
            if n < 2 {
                Ok("x")
            } else {
                panic!("in the body")
            }
        })),
        _ => panic!("division by {}", "zero"),
    });
    assert_eq!(failure(|| drop(client.get("/").send())), "division by zero");
    let payload = catch_unwind(|| drop(client.get("/?at=body").send())).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"in the body"));
    client.set_cookie(zeug_http::SetCookie::new("still", "here"));
    assert!(client.cookie("still").is_some());
}

#[test]
fn request_bodies_have_the_servers_limit() {
    let client = Client::new(|request: Request| match request.bytes() {
        Ok(bytes) => bytes.len().to_string().into_response(),
        Err(error) => error.into_response(),
    });
    let large = "x".repeat((2 << 20) + 1);
    client
        .post("/")
        .body(large.clone())
        .send()
        .assert_status(413);
    client
        .post("/")
        .body(large[1..].to_owned())
        .send()
        .assert_text("2097152");
    client
        .body_limit(Some(10 << 20))
        .post("/")
        .body(large)
        .send()
        .assert_text("2097153");
}

#[test]
fn mistakes_panic_at_the_tests_line() {
    let client = Client::new(|_: Request| "");
    let message = failure(|| drop(client.get("/").header("a b", "c").send()));
    assert!(
        message.starts_with("a field that cannot be sent: a b ("),
        "{message}"
    );
}

#[test]
fn the_cause_of_a_500_is_printed() {
    let client = Client::new(|_: Request| -> Result<Response, zeug_messages::HttpError> {
        let number: u32 = "x".parse()?;
        Ok(Response::text(number.to_string()))
    });
    let answer = client.get("/").send();
    answer.assert_status(500).assert_lacks("invalid digit");
    assert!(
        answer
            .to_string()
            .contains("! invalid digit found in string\n"),
        "{answer}"
    );
}
