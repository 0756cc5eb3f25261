//! `client`: a test's request, through routing, cookies and JSON, beside the test clients of axum and actix-web. Every implementation logs in, keeps the
//! cookie, and has to give the same answer before it is timed.
//!
//! axum's `oneshot` and actix-web's test call keep no cookies: their tests carry them by hand, as is usual there, which is less work than a jar.

use std::future::Future;
use std::hint::black_box;

use actix_web::{
    App, HttpRequest, HttpResponse, cookie::Cookie as ActixCookie, test as actix, web,
};
use axum::body::{Body as AxumBody, to_bytes};
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use axum_test::TestServer;
use criterion::{Criterion, criterion_group, criterion_main};
use serde::{Deserialize, Serialize};
use tower::ServiceExt;
use zeug_datastructures::{FieldValue, names};
use zeug_gateway::{Handler, IntoHandler};
use zeug_messages::{Request, Response};
use zeug_routing::{Map, Outcome, Rule};
use zeug_test::Client;

/// What each program answers.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Item {
    id: u32,
    user: String,
    verbose: bool,
}

#[derive(Deserialize)]
struct Login {
    user: String,
}

#[derive(Deserialize)]
struct Args {
    verbose: Option<u8>,
}

fn expected() -> Item {
    Item {
        id: 42,
        user: "ada".to_owned(),
        verbose: true,
    }
}

/// The program, with zeug.
fn zeug_app() -> impl Handler {
    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
    enum Page {
        Login,
        Item,
    }
    let map = Map::builder()
        .rule(Rule::new("/login", Page::Login).methods(["POST"]))
        .rule(Rule::new("/items/<int:id>", Page::Item))
        .build()
        .expect("the rules are right");
    let app = move |request: Request| {
        let urls = map.bind("localhost").expect("a host");
        let Outcome::Match(matched) =
            urls.match_path(request.raw_path(), request.method().as_str())
        else {
            return Response::text("").with_status(http::StatusCode::NOT_FOUND);
        };
        match matched.endpoint() {
            Page::Login => {
                let user = request
                    .form()
                    .expect("a form")
                    .get("user")
                    .unwrap_or_default();
                Response::text("welcome")
                    .try_with_header("set-cookie", format!("user={user}; Path=/; HttpOnly"))
                    .expect("a plain value")
            }
            Page::Item => {
                let item = Item {
                    id: matched.args().get("id").expect("a small number"),
                    user: request.cookies().get("user").unwrap_or_default().to_owned(),
                    verbose: request.args().get("verbose") == Some("1"),
                };
                Response::new(serde_json::to_vec(&item).expect("plain data")).with_header(
                    names::CONTENT_TYPE,
                    FieldValue::from_static("application/json"),
                )
            }
        }
    };
    app.into_handler()
}

/// The cookie `user` of these fields.
fn user_of(headers: &HeaderMap) -> String {
    let field = headers
        .get(header::COOKIE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    cookie::Cookie::split_parse(field)
        .flatten()
        .find(|cookie| cookie.name() == "user")
        .map(|cookie| cookie.value().to_owned())
        .unwrap_or_default()
}

/// The program, with axum.
fn axum_app() -> Router {
    Router::new()
        .route(
            "/login",
            post(|Form(login): Form<Login>| async move {
                (
                    [(
                        header::SET_COOKIE,
                        format!("user={}; Path=/; HttpOnly", login.user),
                    )],
                    "welcome",
                )
                    .into_response()
            }),
        )
        .route(
            "/items/{id}",
            get(
                |Path(id): Path<u32>, Query(args): Query<Args>, headers: HeaderMap| async move {
                    Json(Item {
                        id,
                        user: user_of(&headers),
                        verbose: args.verbose == Some(1),
                    })
                },
            ),
        )
}

async fn actix_login(login: web::Form<Login>) -> HttpResponse {
    HttpResponse::Ok()
        .cookie(
            ActixCookie::build("user", login.user.clone())
                .path("/")
                .http_only(true)
                .finish(),
        )
        .body("welcome")
}

async fn actix_item(
    id: web::Path<u32>,
    args: web::Query<Args>,
    request: HttpRequest,
) -> web::Json<Item> {
    let user = request
        .cookie("user")
        .map(|cookie| cookie.value().to_owned())
        .unwrap_or_default();
    web::Json(Item {
        id: *id,
        user,
        verbose: args.verbose == Some(1),
    })
}

/// Waits on a runtime of one thread, as `#[tokio::test]` does.
fn waiting<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}

async fn oneshot(app: &Router, cookie: &str) -> Item {
    let request = axum::http::Request::get("/items/42?verbose=1")
        .header(header::COOKIE, cookie)
        .body(AxumBody::empty())
        .expect("a request");
    let response = app.clone().oneshot(request).await.expect("no error");
    assert_eq!(response.status(), 200);
    let body = to_bytes(response.into_body(), usize::MAX)
        .await
        .expect("a body");
    serde_json::from_slice(&body).expect("JSON")
}

async fn oneshot_login(app: &Router) -> String {
    let request = axum::http::Request::post("/login")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(AxumBody::from("user=ada"))
        .expect("a request");
    let response = app.clone().oneshot(request).await.expect("no error");
    assert_eq!(response.status(), 200);
    let cookie = response.headers()[header::SET_COOKIE]
        .to_str()
        .expect("text");
    cookie.split(';').next().expect("a pair").to_owned()
}

/// What zeug's program takes alone: a request made by hand, the answer's bytes.
fn floor(app: &impl Handler) -> Item {
    let request = http::Request::get("/items/42?verbose=1")
        .header(header::COOKIE, "user=ada")
        .body(Body::empty())
        .expect("a request");
    let response = app.handle(request);
    assert_eq!(response.status(), 200);
    serde_json::from_slice(&response.into_body().into_bytes(1 << 20).expect("a body"))
        .expect("JSON")
}

fn zeug_item(client: &Client) -> Item {
    let answer = client.get("/items/42?verbose=1").send();
    assert_eq!(answer.status(), 200);
    answer.json()
}

fn zeug_login(client: &Client) {
    assert_eq!(
        client
            .post("/login")
            .form([("user", "ada")])
            .send()
            .status(),
        200
    );
}

async fn axum_test_item(server: &TestServer) -> Item {
    let answer = server.get("/items/42?verbose=1").await;
    assert_eq!(answer.status_code(), 200);
    answer.json()
}

async fn axum_test_login(server: &TestServer) {
    assert_eq!(
        server
            .post("/login")
            .form(&[("user", "ada")])
            .await
            .status_code(),
        200
    );
}

fn client(criterion: &mut Criterion) {
    let handler = zeug_app();
    let zeug = Client::new(zeug_app());
    let axum = axum_app();
    let system = actix_web::rt::System::new();
    let actix_app = system.block_on(actix::init_service(
        App::new()
            .route("/login", web::post().to(actix_login))
            .route("/items/{id}", web::get().to(actix_item)),
    ));
    let actix_item = async |cookie: &ActixCookie<'static>| -> Item {
        let request = actix::TestRequest::get()
            .uri("/items/42?verbose=1")
            .cookie(cookie.clone())
            .to_request();
        let response = actix::call_service(&actix_app, request).await;
        assert_eq!(response.status().as_u16(), 200);
        actix::read_body_json(response).await
    };
    let actix_login = async || -> ActixCookie<'static> {
        let request = actix::TestRequest::post()
            .uri("/login")
            .set_form([("user", "ada")])
            .to_request();
        let response = actix::call_service(&actix_app, request).await;
        assert_eq!(response.status().as_u16(), 200);
        response
            .response()
            .cookies()
            .next()
            .expect("a cookie")
            .into_owned()
    };
    let server = waiting(async {
        TestServer::builder()
            .save_cookies()
            .mock_transport()
            .build(axum_app())
    });

    // The same answer from all of them.
    zeug_login(&zeug);
    assert_eq!(zeug_item(&zeug), expected());
    assert_eq!(floor(&handler), expected());
    let by_hand = waiting(oneshot_login(&axum));
    assert_eq!(waiting(oneshot(&axum, &by_hand)), expected());
    let actix_cookie = system.block_on(actix_login());
    assert_eq!(system.block_on(actix_item(&actix_cookie)), expected());
    waiting(axum_test_login(&server));
    assert_eq!(waiting(axum_test_item(&server)), expected());

    let mut group = criterion.benchmark_group("client/get_json");
    group.bench_function("floor", |b| b.iter(|| black_box(floor(&handler))));
    group.bench_function("zeug", |b| b.iter(|| black_box(zeug_item(&zeug))));
    group.bench_function("axum_oneshot", |b| {
        b.iter(|| black_box(waiting(oneshot(&axum, &by_hand))))
    });
    group.bench_function("actix_call", |b| {
        b.iter(|| black_box(system.block_on(actix_item(&actix_cookie))))
    });
    group.bench_function("axum_test", |b| {
        b.iter(|| black_box(waiting(axum_test_item(&server))))
    });
    group.finish();

    let mut group = criterion.benchmark_group("client/login_then_get");
    group.bench_function("zeug", |b| {
        b.iter(|| {
            zeug_login(&zeug);
            black_box(zeug_item(&zeug))
        });
    });
    group.bench_function("axum_oneshot", |b| {
        b.iter(|| {
            waiting(async {
                let cookie = oneshot_login(&axum).await;
                black_box(oneshot(&axum, &cookie).await)
            })
        });
    });
    group.bench_function("actix_call", |b| {
        b.iter(|| {
            system.block_on(async {
                let cookie = actix_login().await;
                black_box(actix_item(&cookie).await)
            })
        });
    });
    group.bench_function("axum_test", |b| {
        b.iter(|| {
            waiting(async {
                axum_test_login(&server).await;
                black_box(axum_test_item(&server).await)
            })
        });
    });
    group.finish();
}

criterion_group!(benches, client);
criterion_main!(benches);
