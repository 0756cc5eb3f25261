//! The same client over a socket.

use std::panic::catch_unwind;

use http::StatusCode;
use zeug_gateway::Body;
use zeug_messages::{HttpError, Request, Response};
use zeug_test::{Client, LiveServer, TestErrorKind};

use crate::answer;

fn app(request: Request) -> Result<Response, HttpError> {
    Ok(match request.raw_path() {
        "/login" => answer(
            303,
            &[("Location", "/me"), ("Set-Cookie", "user=ada; Path=/")],
        ),
        "/me" => Response::text(format!(
            "I am {}",
            request.cookies().get("user").unwrap_or("nobody")
        )),
        "/panic" => panic!("oh {}", "no"),
        "/chunks" => Response::chunks((0..1000).map(|n| Ok(format!("{n};")))),
        "/empty" => Response::text("").with_status(StatusCode::NO_CONTENT),
        "/early" => Response::text("no").with_status(StatusCode::PAYLOAD_TOO_LARGE),
        _ => Response::bytes(request.bytes()?),
    })
}

/// Both ways to the application.
fn both(check: impl Fn(&Client)) {
    let server = LiveServer::start(app).unwrap();
    check(&Client::new(app));
    check(&server.client());
}

#[test]
fn cookies_and_redirects() {
    both(|client| {
        client.get("/me").send().assert_text("I am nobody");
        let answer = client
            .post("/login")
            .form([("user", "ada")])
            .follow_redirects()
            .send();
        answer.assert_status(200).assert_text("I am ada");
        assert_eq!(answer.history().len(), 1);
        client
            .get("/me")
            .send()
            .assert_text("I am ada")
            .assert_header("content-length", "8");
    });
}

#[test]
fn bodies_of_all_kinds() {
    both(|client| {
        client.post("/").body("text").send().assert_text("text");
        client
            .post("/")
            .body(Body::chunks(["a", "b", ""].map(Ok)))
            .send()
            .assert_text("ab");
        client
            .post("/")
            .body("x".repeat(1_000_000))
            .send()
            .assert_text("x".repeat(1_000_000));
        client
            .post("/")
            .form([("a", "b c")])
            .send()
            .assert_text("a=b+c");
        client
            .get("/chunks")
            .send()
            .assert_contains("998;999;")
            .assert_no_header("content-length");
        client
            .head("/chunks")
            .send()
            .assert_status(200)
            .assert_text("");
        client
            .get("/empty")
            .send()
            .assert_status(204)
            .assert_text("");
    });
}

#[test]
fn refusals_are_seen() {
    both(|client| {
        client
            .post("/")
            .body("x".repeat(3_000_000))
            .send()
            .assert_status(413);
        client
            .post("/early")
            .body("x".repeat(100_000))
            .send()
            .assert_status(413)
            .assert_text("no");
    });
}

#[test]
fn panics_reach_the_test() {
    both(|client| {
        let payload = catch_unwind(|| drop(client.get("/panic").send())).unwrap_err();
        let message = payload
            .downcast_ref::<String>()
            .map_or_else(|| *payload.downcast_ref::<&str>().unwrap(), String::as_str);
        assert!(message.ends_with("oh no"), "{message}");
        client.get("/me").send().assert_status(200);
    });
}

#[test]
fn what_no_socket_carries_is_refused() {
    let server = LiveServer::start(app).unwrap();
    let client = server.client();
    let kind = |error: zeug_test::TestError| error.kind();
    assert_eq!(
        client.get("/").extension(1).try_send().map_err(kind).err(),
        Some(TestErrorKind::NotOverTheWire)
    );
    assert_eq!(
        client
            .get("https://localhost/")
            .try_send()
            .map_err(kind)
            .err(),
        Some(TestErrorKind::UnsupportedScheme)
    );
    assert_eq!(server.url("/a"), format!("http://{}/a", server.address()));
    let small = server.client().max_answer(100);
    assert_eq!(
        small.get("/chunks").try_send().map_err(kind).err(),
        Some(TestErrorKind::AnswerTooLarge { limit: 100 })
    );
    let gone = { LiveServer::start(app).unwrap().client() };
    assert_eq!(
        gone.get("/").try_send().map_err(kind).err(),
        Some(TestErrorKind::Io)
    );
}
