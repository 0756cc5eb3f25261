//! Limits of bodies: at once by their stated length, else when too much is read.

use zeug_gateway::{Body, Handler, HandlerExt, IntoHandler};
use zeug_messages::{HttpError, Request};
use zeug_middleware::BodyLimit;

fn status(path: &str, body: Body) -> u16 {
    let limit = BodyLimit::bytes(10)
        .below("/up/", 20)
        .and_then(|limit| limit.below("/up/more", 30))
        .unwrap();
    let app = (|request: Request| -> Result<String, HttpError> { request.text() })
        .into_handler()
        .with(limit);
    let request = http::Request::post(path).body(body).unwrap();
    app.handle(request.into()).status().as_u16()
}

#[test]
fn by_path_and_by_what_is_known() {
    for (path, most) in [
        ("/", 10),
        ("/upper", 10),
        ("/up", 20),
        ("/up?x=1", 20),
        ("/up/", 20),
        ("/%75p/x", 20),
        ("/up/mor", 20),
        ("/up/more", 30),
        ("/up/more/x", 30),
    ] {
        for (len, wanted) in [(0, 200), (most, 200), (most + 1, 413)] {
            let text = "x".repeat(len);
            assert_eq!(status(path, text.clone().into()), wanted, "{path} {len}");
            let streamed = Body::reader(std::io::Cursor::new(text));
            assert_eq!(status(path, streamed), wanted, "{path} {len}, streamed");
        }
    }
}

#[test]
fn nothing_is_read_of_a_body_that_states_too_much() {
    struct Untouched;
    impl std::io::Read for Untouched {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            panic!("it was read");
        }
    }
    assert_eq!(status("/", Body::sized_reader(Untouched, 11)), 413);
}

#[test]
fn the_limit_takes_the_place_of_the_servers() {
    let app = (|request: zeug_gateway::Request| format!("{:?}", request.body().limit()))
        .into_handler()
        .with(BodyLimit::bytes(1 << 30));
    let mut request = zeug_gateway::Request::new("x");
    request.body_mut().set_limit(Some(5));
    let told = app.handle(request).into_body().into_bytes(100).unwrap();
    assert_eq!(told, "Some(1073741824)");
    assert!(BodyLimit::bytes(1).below("up", 2).is_err());
}

#[test]
fn a_client_that_waits_is_told_at_once_and_never_asked_to_send() {
    let app = (|request: Request| -> Result<String, HttpError> { request.text() })
        .into_handler()
        .with(BodyLimit::bytes(10));
    let server = zeug_test::LiveServer::start(app).unwrap();
    let asks = |length: usize| {
        let head = format!(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        );
        // The body follows only where it is asked for; a refusal comes without it.
        let body = if length <= 10 {
            "x".repeat(length)
        } else {
            String::new()
        };
        String::from_utf8(crate::raw(server.address(), head + &body)).unwrap()
    };
    assert!(asks(11).starts_with("HTTP/1.1 413 "));
    assert!(asks(10).contains("200 OK"));
}
