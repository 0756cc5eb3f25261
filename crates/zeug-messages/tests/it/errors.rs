//! `HttpError`: what is shown, what is kept, what is told to nobody.

use std::error::Error;
use std::fmt;
use std::io;

use http::{Method, StatusCode};
use zeug_datastructures::{FieldValue, names};
use zeug_gateway::{Body, BodyError, BodyErrorKind, Handler, IntoHandler, IntoResponse, Request};
use zeug_http::{RetryAfter, WwwAuthenticate};
use zeug_messages::{ErrorForm, HttpError, Response, abort};

#[derive(Debug)]
struct Layered(io::Error);

impl fmt::Display for Layered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("store failed: password=hunter2")
    }
}

impl Error for Layered {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// The line of the `?` in `failing`.
const FAILING: u32 = line!() + 3;

fn failing() -> Result<Response, HttpError> {
    Err(Layered(io::Error::other("disk")))?
}

fn body_of(response: zeug_gateway::Response) -> String {
    String::from_utf8(response.into_body().into_bytes(10_000).unwrap().to_vec()).unwrap()
}

#[test]
fn any_error_is_a_500_that_keeps_its_causes_and_tells_nothing() {
    let error = failing().unwrap_err();
    assert_eq!(error.status(), 500);
    let chain: Vec<_> = error.chain().map(ToString::to_string).collect();
    assert_eq!(chain, ["store failed: password=hunter2", "disk"]);
    assert!(error.find::<Layered>().is_some());
    assert_eq!(
        (error.location().file(), error.location().line()),
        (file!(), FAILING)
    );
    let debug = format!("{error:?}");
    assert!(debug.contains("caused by: disk"), "{debug}");
    for form in [ErrorForm::Html, ErrorForm::Text, ErrorForm::Problem] {
        let shown = error.body(form);
        assert!(
            !shown.contains("store") && !shown.contains("disk"),
            "{shown}"
        );
    }
    let answer = error.into_response();
    assert!(
        HttpError::of(answer.extensions())
            .unwrap()
            .find::<Layered>()
            .is_some()
    );
}

#[test]
fn errors_of_a_body_are_the_clients() {
    let row = |kind, status: u16| {
        let error = HttpError::from(BodyError::new(kind));
        assert_eq!(error.status(), status);
        let error = HttpError::from(io::Error::from(BodyError::new(kind)));
        assert_eq!(error.status(), status);
        assert!(error.source().is_some());
    };
    row(BodyErrorKind::TooLarge { limit: 8 }, 413);
    row(BodyErrorKind::TimedOut, 408);
    row(BodyErrorKind::Disconnected, 400);
    row(BodyErrorKind::Malformed, 400);
    row(BodyErrorKind::Io, 500);
    let error = HttpError::from(BodyError::new(BodyErrorKind::TooLarge { limit: 8 }));
    assert_eq!(error.description(), "body larger than the limit of 8 bytes");
}

#[test]
fn it_is_a_boxed_error_where_one_is_wanted() {
    fn outer() -> Result<(), Box<dyn Error + Send + Sync>> {
        failing()?;
        Ok(())
    }
    let error = outer().unwrap_err();
    assert!(error.to_string().starts_with("500 Internal Server Error"));
    assert!(error.source().unwrap().is::<Layered>());
    let _: Box<dyn Error> = HttpError::new(StatusCode::GONE).into();
}

#[test]
fn the_form_is_chosen_by_accept() {
    let app = (|_: Request| -> Result<Response, HttpError> { abort!(404, "no \"{}\"\n<x>", 'é') })
        .into_handler();
    let ask = |accept: Option<&'static str>| {
        let mut request = Request::new(Body::empty());
        if let Some(accept) = accept {
            request
                .headers_mut()
                .insert(names::ACCEPT, FieldValue::from_static(accept));
        }
        app.handle(request)
    };
    const HTML: &str = "text/html; charset=utf-8";
    const JSON: &str = "application/problem+json";
    const TEXT: &str = "text/plain; charset=utf-8";
    for (accept, content_type) in [
        (None, HTML),
        (Some("*/*"), HTML),
        (Some("text/html,application/xhtml+xml,*/*;q=0.8"), HTML),
        (Some("application/json"), JSON),
        (Some("application/json, text/plain;q=0.5"), JSON),
        (Some("application/problem+json"), JSON),
        (Some("text/plain"), TEXT),
        (Some("text/*;q=0.1, text/plain"), TEXT),
        (Some("image/png"), HTML),
        (Some("nonsense"), HTML),
    ] {
        let answer = ask(accept);
        assert_eq!(answer.status(), 404);
        assert_eq!(
            answer.headers().get("content-type").unwrap(),
            content_type,
            "{accept:?}"
        );
        assert_eq!(answer.headers().get("vary").unwrap(), "Accept");
    }
    assert_eq!(
        body_of(ask(Some("application/json"))),
        "{\"title\":\"Not Found\",\"status\":404,\"detail\":\"no \\\"é\\\"\\n<x>\"}\n"
    );
    assert_eq!(
        body_of(ask(None)),
        "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>no &#34;é&#34;<br>&lt;x&gt;</p>\n"
    );
    assert_eq!(
        body_of(ask(Some("text/plain"))),
        "404 Not Found: no \"é\"\n<x>\n"
    );
}

#[test]
fn problem_details_say_what_the_application_adds() {
    let error = HttpError::new(StatusCode::FORBIDDEN)
        .with_problem_type("https://example.com/probs/out-of-credit")
        .with_problem_instance("/account/1\u{7}")
        .with_description("");
    assert_eq!(
        error.body(ErrorForm::Problem),
        "{\"type\":\"https://example.com/probs/out-of-credit\",\"title\":\"Forbidden\",\"status\":403,\"instance\":\"/account/1\\u0007\"}\n"
    );
}

#[test]
fn fields_stand_behind_the_content_type() {
    let error = HttpError::new(StatusCode::UNAUTHORIZED)
        .try_with_challenge(&WwwAuthenticate::basic("x y"))
        .unwrap()
        .try_with_challenge(&WwwAuthenticate::digest("r", "n"))
        .unwrap();
    let fields: Vec<_> = error
        .into_response()
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    assert_eq!(
        fields,
        [
            "Content-Type: text/html; charset=utf-8",
            "WWW-Authenticate: Basic realm=\"x y\"",
            "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\""
        ]
    );
    assert_eq!(
        HttpError::range_not_satisfiable(11)
            .headers()
            .get("content-range")
            .unwrap(),
        "bytes */11"
    );
    assert_eq!(
        HttpError::new(StatusCode::SERVICE_UNAVAILABLE)
            .with_retry_after(RetryAfter::Seconds(3600))
            .headers()
            .get("retry-after")
            .unwrap(),
        "3600"
    );
}

#[test]
fn every_registered_error_status_has_a_name_and_a_description() {
    let mut count = 0;
    for code in 400..600 {
        let error = HttpError::new(StatusCode::from_u16(code).unwrap());
        let registered = error.status().canonical_reason().is_some();
        assert_eq!(!error.description().is_empty(), registered, "{code}");
        assert_eq!(
            error.name() == "Unknown Error",
            !registered && code != 449,
            "{code}"
        );
        count += usize::from(registered);
    }
    assert_eq!(count, 40);
    assert_eq!(
        HttpError::new(StatusCode::from_u16(599).unwrap()).to_string(),
        "599 Unknown Error"
    );
}

#[test]
fn an_answer_that_was_given_is_sent_as_it_is() {
    fn app(_: Request) -> Result<Response, HttpError> {
        abort!(
            Response::text("over there")
                .with_status(StatusCode::SEE_OTHER)
                .with_header(names::LOCATION, FieldValue::from_static("/x"))
        )
    }
    let answer = app.into_handler().handle(Request::new(Body::empty()));
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers().get("location").unwrap(), "/x");
    assert!(!answer.headers().contains("vary"));
    assert_eq!(body_of(answer), "over there");
}

#[test]
fn methods_are_listed() {
    let error = HttpError::method_not_allowed([Method::POST]);
    assert_eq!(
        (error.status(), error.name()),
        (StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
    );
    assert_eq!(error.headers().get("allow").unwrap(), "POST");
}

#[test]
fn the_server_is_told_the_cause_and_no_client_is() {
    fn app(_: Request) -> Result<Response, HttpError> {
        Err(Layered(io::Error::other("line one\nX: forged")).into())
    }
    let answer = app.into_handler().handle(Request::new(Body::empty()));
    let cause = zeug_gateway::Cause::of(answer.extensions())
        .unwrap()
        .to_string();
    assert!(
        cause.starts_with("500 Internal Server Error at ") && cause.contains("errors.rs:"),
        "{cause}"
    );
    assert!(
        cause.contains("\n  caused by: store failed")
            && cause.contains("\n  caused by: line one\\nX: forged"),
        "{cause}"
    );
    assert!(!body_of(answer).contains("store failed"));

    // What is the client's fault is no failure of the program.
    let answer = HttpError::new(StatusCode::NOT_FOUND)
        .with_source(io::Error::other("no such row"))
        .into_response();
    assert!(zeug_gateway::Cause::of(answer.extensions()).is_none());
}
