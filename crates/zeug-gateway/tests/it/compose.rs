//! Functions as handlers, values as answers, handlers around handlers.

use std::sync::Arc;

use http::StatusCode;
use zeug_gateway::{
    Body, BodyError, BodyErrorKind, FromRequest, Handler, HandlerExt, IntoHandler, IntoResponse,
    Layer, Request, Response, around,
};

fn call(handler: &impl Handler, path: &str) -> Response {
    handler.handle(http::Request::builder().uri(path).body(()).unwrap().into())
}

fn text(response: Response) -> String {
    String::from_utf8(response.into_body().into_bytes(1000).unwrap().to_vec()).unwrap()
}

#[track_caller]
fn answers(value: impl IntoResponse, status: u16, content_type: Option<&str>, body: &str) {
    let response = value.into_response();
    assert_eq!(response.status(), status);
    let found = response
        .headers()
        .get("content-type")
        .map(|value| value.to_str().unwrap());
    assert_eq!(found, content_type);
    assert_eq!(text(response), body);
}

#[test]
fn values_become_answers() {
    const TEXT: Option<&str> = Some("text/plain; charset=utf-8");
    const OCTETS: Option<&str> = Some("application/octet-stream");
    answers("a", 200, TEXT, "a");
    answers(String::from("a"), 200, TEXT, "a");
    answers(vec![b'a'], 200, OCTETS, "a");
    answers(bytes::Bytes::from_static(b"a"), 200, OCTETS, "a");
    answers(Body::from("a"), 200, None, "a");
    answers((), 204, None, "");
    answers(StatusCode::NOT_FOUND, 404, TEXT, "Not Found");
    answers(StatusCode::NO_CONTENT, 204, None, "");
    answers(StatusCode::NOT_MODIFIED, 304, None, "");
    answers((StatusCode::CREATED, "made"), 201, TEXT, "made");
    answers(Ok::<_, StatusCode>("fine"), 200, TEXT, "fine");
    answers(
        Err::<&str, _>(StatusCode::FORBIDDEN),
        403,
        TEXT,
        "Forbidden",
    );
    answers(
        BodyError::new(BodyErrorKind::TooLarge { limit: 5 }),
        413,
        TEXT,
        "body larger than the limit of 5 bytes\n",
    );
}

/// A request type of a framework's own.
struct Path(String);

impl FromRequest for Path {
    fn from_request(request: Request) -> Self {
        Self(request.uri().path().to_owned())
    }
}

#[test]
fn functions_take_what_is_made_of_a_request() {
    fn raw(request: Request) -> String {
        request.uri().path().to_owned()
    }
    let own = |Path(path): Path| path;
    assert_eq!(text(call(&raw.into_handler(), "/a")), "/a");
    assert_eq!(text(call(&own.into_handler(), "/b")), "/b");
    // A handler is one already, also shared.
    let shared: Arc<dyn Handler> = raw.into_handler().shared();
    assert_eq!(text(call(&shared.into_handler(), "/c")), "/c");
}

/// A middleware with settings.
struct Mark(&'static str);

struct Marking<H> {
    mark: &'static str,
    inner: H,
}

impl<H: Handler> Layer<H> for Mark {
    type Handler = Marking<H>;

    fn layer(self, inner: H) -> Marking<H> {
        Marking {
            mark: self.0,
            inner,
        }
    }
}

impl<H: Handler> Handler for Marking<H> {
    fn handle(&self, request: Request) -> Response {
        let inner = text(self.inner.handle(request));
        Response::new(format!("{0}({inner}){0}", self.mark))
    }
}

#[test]
fn the_layer_added_last_is_outermost() {
    let app = (|_: Request| "app")
        .into_handler()
        .with(Mark("a"))
        .with(Mark("b"));
    assert_eq!(text(call(&app, "/")), "b(a(app)a)b");
    let guarded = app.with(around(|request, next| match request.uri().path() {
        "/" => next.handle(request),
        _ => StatusCode::NOT_FOUND.into_response(),
    }));
    assert_eq!(text(call(&guarded, "/")), "b(a(app)a)b");
    assert_eq!(call(&guarded, "/x").status(), 404);
}
