//! Redirects: which are followed, and how.

use zeug_gateway::Body;
use zeug_messages::{Request, Response};
use zeug_test::{Client, TestErrorKind};

use crate::{answer, mirror};

/// `/go/CODE?to=LOCATION` redirects, all else is mirrored.
fn app(request: Request) -> Response {
    match (
        request.raw_path().strip_prefix("/go/"),
        request.args().get("to"),
    ) {
        (Some(code), Some(to)) => answer(code.parse().unwrap(), &[("Location", to)]),
        _ => mirror(request),
    }
}

#[track_caller]
fn refuses(client: &Client, target: &str, kind: TestErrorKind) {
    let error = client
        .get(target)
        .follow_redirects()
        .try_send()
        .unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
}

#[test]
fn methods_change_as_the_status_says() {
    let client = Client::new(app);
    for (code, method, becomes) in [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (301, "PUT", "PUT"),
        (302, "DELETE", "DELETE"),
        (302, "HEAD", "HEAD"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (303, "GET", "GET"),
        (307, "POST", "POST"),
        (308, "PUT", "PUT"),
    ] {
        let answer = client
            .request(method, format!("/go/{code}?to=/x"))
            .follow_redirects()
            .send();
        assert_eq!(answer.request().method(), becomes, "{code} {method}");
        assert_eq!(
            (
                answer.history().len(),
                answer.request().raw_path().to_owned()
            ),
            (1, "/x".to_owned())
        );
    }
}

#[test]
fn a_changed_method_drops_the_body_and_what_describes_it() {
    let client = Client::new(app);
    let post = |code: u16| {
        client
            .post(format!("/go/{code}?to=/x"))
            .header("X-Kept", "1")
            .header("Content-Language", "en")
            .content_type("text/x")
            .body("text")
            .follow_redirects()
            .send()
    };
    for code in [301, 302, 303] {
        post(code).assert_text("GET /x\nHost: localhost\nX-Kept: 1\n\n");
    }
    for code in [307, 308] {
        post(code).assert_text("POST /x\nHost: localhost\nX-Kept: 1\nContent-Language: en\nContent-Type: text/x\nContent-Length: 4\n\ntext");
    }
}

#[test]
fn bodies_are_sent_again_unless_they_are_streams() {
    let client = Client::new(app).body_limit(None);
    let large = client
        .post("/go/307?to=/x")
        .file("f", ("a.txt", "x".repeat(600_000)))
        .follow_redirects()
        .send();
    assert!(
        large
            .text()
            .ends_with("x\r\n----".get(..3).unwrap_or_default())
            || large.bytes().len() > 600_000
    );
    let stream = || Body::chunks(["a", "b"].map(Ok));
    let error = client
        .post("/go/308?to=/x")
        .body(stream())
        .follow_redirects()
        .try_send()
        .unwrap_err();
    assert_eq!(error.kind(), TestErrorKind::BodySpent);
    client
        .post("/go/303?to=/x")
        .body(stream())
        .follow_redirects()
        .send()
        .assert_text("GET /x\nHost: localhost\n\n");
}

#[test]
fn only_redirects_with_a_location_are_followed() {
    let client = Client::new(app).follow_redirects();
    for code in [300, 304, 305, 306] {
        client
            .get(format!("/go/{code}?to=/x"))
            .send()
            .assert_status(code);
    }
    Client::new(|_: Request| answer(302, &[]))
        .get("/")
        .follow_redirects()
        .send()
        .assert_status(302);
    Client::new(app)
        .get("/go/302?to=/x")
        .send()
        .assert_redirect("/x");
}

#[test]
fn locations_are_resolved() {
    let client = Client::new(app).base_url("http://example.org:8080");
    for (to, expected) in [
        ("x", "/go/x"),
        ("../x", "/x"),
        ("/x%2Fy?q=1%23frag", "/x/y?q=1"),
        ("?to=done", "/go/302?to=done"),
        ("//example.org:8080/abs", "/abs"),
        ("http://example.org:8080/abs", "/abs"),
        ("/%C3%A4", "/%C3%A4"),
        ("/a b", "/a%20b"),
    ] {
        if expected.contains("to=") {
            continue;
        }
        let answer = client
            .get("/go/302")
            .query([("to", to.replace("%23", "#"))])
            .follow_redirects()
            .send();
        let expected = expected.replace("/x/y", "/x%2Fy");
        assert_eq!(answer.request().uri().to_string(), expected, "{to}");
        assert_eq!(
            answer.request().headers().get("host").unwrap(),
            "example.org:8080"
        );
    }
}

#[test]
fn other_hosts_are_not_asked() {
    let client = Client::new(app).base_url("http://example.org");
    refuses(
        &client,
        "/go/302?to=http://other.test/",
        TestErrorKind::ExternalRedirect,
    );
    refuses(
        &client,
        "/go/302?to=http://badexample.org/",
        TestErrorKind::ExternalRedirect,
    );
    refuses(
        &client,
        "/go/302?to=//evil.test/x",
        TestErrorKind::ExternalRedirect,
    );
    refuses(
        &client,
        "/go/302?to=http://www.example.org/",
        TestErrorKind::SubdomainRedirect,
    );
    refuses(
        &client,
        "/go/302?to=ftp://example.org/",
        TestErrorKind::UnsupportedScheme,
    );
    let client = client.allow_subdomain_redirects();
    let answer = client
        .get("/go/302?to=https://www.example.org/x")
        .follow_redirects()
        .send();
    assert_eq!(
        answer.request().headers().get("host").unwrap(),
        "www.example.org"
    );
    assert_eq!(answer.request().received().scheme().as_str(), "https");
    refuses(
        &client,
        "/go/302?to=http://other.test/",
        TestErrorKind::ExternalRedirect,
    );
}

#[test]
fn loops_end() {
    let client = Client::new(app);
    let looping = Client::new(|request: Request| {
        answer(
            302,
            &[(
                "Location",
                if request.raw_path() == "/a" {
                    "/b"
                } else {
                    "/a"
                },
            )],
        )
    });
    refuses(&looping, "/a", TestErrorKind::RedirectLoop);
    let counting = Client::new(|request: Request| {
        let next: u32 = request
            .raw_path()
            .trim_start_matches('/')
            .parse::<u32>()
            .unwrap()
            + 1;
        answer(302, &[("Location", &format!("/{next}"))])
    });
    refuses(
        &counting,
        "/0",
        TestErrorKind::TooManyRedirects { limit: 20 },
    );
    let error = client
        .get("/go/302?to=http://other.test/")
        .follow_redirects()
        .try_send()
        .unwrap_err();
    assert_eq!(error.subject(), "http://other.test/");
}

#[test]
fn each_answer_has_its_own_history() {
    let client = Client::new(|request: Request| match request.raw_path() {
        "/first" => answer(301, &[("Location", "/second"), ("Set-Cookie", "seen=1")]),
        "/second" => answer(303, &[("Location", "third")]),
        _ => mirror(request),
    });
    let answer = client.get("/first").follow_redirects().send();
    answer.assert_text("GET /third\nHost: localhost\nCookie: seen=1\n\n");
    let paths: Vec<_> = answer
        .history()
        .iter()
        .map(|before| before.request().raw_path().to_owned())
        .collect();
    assert_eq!(paths, ["/first", "/second"]);
    assert_eq!(answer.history()[1].history().len(), 1);
    assert!(answer.history()[0].history().is_empty());
    assert!(client.get("/third").send().history().is_empty());
}

#[test]
fn cookies_of_the_request_are_carried() {
    let client = Client::new(app);
    let answer = client
        .get("/go/302?to=/x")
        .cookie("own", "1")
        .follow_redirects()
        .send();
    answer.assert_text("GET /x\nHost: localhost\nCookie: own=1\n\n");
    let answer = client
        .get("/go/302?to=/x")
        .header("Cookie", "raw")
        .follow_redirects()
        .send();
    answer.assert_text("GET /x\nHost: localhost\nCookie: raw\n\n");
}
