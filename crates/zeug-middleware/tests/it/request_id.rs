//! Ids of requests: which ones are taken over, where they are seen, and that none is left behind.

use std::panic::{AssertUnwindSafe, catch_unwind};

use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request, Response};
use zeug_middleware::{Profiler, RequestId, RequestIds};

fn asks(ids: &[&str]) -> Request {
    let mut request = Request::new(());
    for id in ids {
        request
            .headers_mut()
            .try_append("X-Request-ID", id)
            .unwrap();
    }
    request
}

/// What the answer has, after the handler has seen the same in all places.
fn id(layer: RequestIds, request: Request) -> String {
    let app = (|request: Request| {
        let own = RequestId::of(request.extensions()).unwrap().clone();
        assert_eq!(RequestId::current().as_ref(), Some(&own));
        let fields: Vec<_> = request.headers().get_all("x-request-id").collect();
        assert_eq!(fields, [own.as_str()]);
        Response::new(())
    })
    .into_handler()
    .with(layer);
    let response = app.handle(request);
    let field = response.headers().get("x-request-id").unwrap();
    let own = RequestId::of(response.extensions()).unwrap();
    assert_eq!(field, own.as_str());
    assert!(RequestId::current().is_none());
    own.to_string()
}

#[test]
fn only_trusted_and_well_formed_ids_are_taken_over() {
    let long = "x".repeat(128);
    for taken in ["1", "a-b_c.d:e~f+g/h=i@j", &long] {
        assert_eq!(id(RequestIds::default().trusting(), asks(&[taken])), taken);
        assert_ne!(id(RequestIds::default(), asks(&[taken])), taken);
    }
    let too_long = "x".repeat(129);
    for refused in [
        "", "a b", "a,b", "a\tb", "ä", "<b>", "\"", "${jndi}", &too_long,
    ] {
        let made = id(RequestIds::default().trusting(), asks(&[refused]));
        assert!(made.len() == 32 && made.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
    let made = id(RequestIds::default().trusting(), asks(&["one", "two"]));
    assert_eq!(made.len(), 32);
    let one = id(RequestIds::default(), asks(&[]));
    assert_ne!(one, id(RequestIds::default(), asks(&[])));
}

#[test]
fn field_and_maker_may_be_chosen() {
    let layer = RequestIds::default().field("X-Trace").unwrap();
    let layer = layer.made_by(|| "from a clock".replace(' ', "-"));
    let app = (|_: Request| "x").into_handler().with(layer);
    let response = app.handle(asks(&[]));
    assert_eq!(response.headers().get("x-trace").unwrap(), "from-a-clock");
    let none = RequestIds::default().made_by(|| "not an id".into());
    let app = (|_: Request| "x").into_handler().with(none);
    assert!(!app.handle(asks(&[])).headers().contains("x-request-id"));
    assert!(RequestIds::default().field("no name").is_err());
}

#[test]
fn a_panic_leaves_no_id_behind_and_the_profiler_sees_it() {
    let profiler = Profiler::default();
    let records = profiler.records();
    let app = (|request: Request| {
        assert!(request.uri().path() != "/panic", "as the test wants it");
        "x"
    })
    .into_handler()
    .with(profiler)
    .with(RequestIds::default().trusting());
    let panics = http::Request::get("/panic").body(()).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| app.handle(panics.into()))).is_err());
    assert!(RequestId::current().is_none());
    app.handle(asks(&["r-1"]));
    assert_eq!(records.slowest()[0].request_id(), Some("r-1"));
    assert!(records.to_string().contains("GET / 200 r-1"));
    assert!(records.to_html().contains("<small>r-1</small>"));
}
