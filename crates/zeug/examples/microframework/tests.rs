//! The application through the framework's own test client, and through a socket.

use zeug::test::LiveServer;

use crate::app;

#[test]
fn a_visit() {
    let client = app().unwrap().test_client().unwrap();
    client
        .get("/")
        .send()
        .assert_status(200)
        .assert_contains("No note yet")
        .assert_contains("/static/style.css");
    let style = client.get("/static/style.css").send();
    style.assert_status(200).assert_contains("font:");

    // The blueprint's hook refuses, and whoever logs in wrongly is told once.
    client
        .post("/mine/add")
        .form([("text", "x")])
        .send()
        .assert_status(403);
    client
        .post("/login")
        .form([("name", "sam"), ("password", "friend")])
        .follow_redirects()
        .send()
        .assert_contains("Speak, friend");
    client.get("/").send().assert_lacks("Speak, friend");

    client
        .post("/login")
        .form([("name", "<sam>"), ("password", "mellon")])
        .follow_redirects()
        .send()
        .assert_contains("Welcome, &lt;sam&gt;.");
    client
        .post("/mine/add")
        .form([("text", " ")])
        .send()
        .assert_status(400);
    let added = client
        .post("/mine/add")
        .form([("text", "Bread & salt")])
        .follow_redirects()
        .send();
    added
        .assert_status(200)
        .assert_contains("<blockquote>Bread &amp; salt")
        .assert_contains("Noted.");
    client.get("/").send().assert_contains("href=\"/notes/0/\"");

    client.post("/mine/logout").send().assert_status(303);
    client
        .post("/mine/add")
        .form([("text", "x")])
        .send()
        .assert_status(403);
}

#[test]
fn errors_redirects_and_methods() {
    let client = app().unwrap().test_client().unwrap();
    let missing = client.get("/notes/999/").send();
    missing
        .assert_status(404)
        .assert_contains("Nothing here: there is no note 999");
    assert_eq!(missing.headers().get("x-framework").unwrap(), "micro");
    client.get("/notes/one/").send().assert_status(404);
    let slash = client.get("/notes/7?a=b").send();
    slash.assert_status(308);
    assert_eq!(
        slash.headers().get("location").unwrap(),
        "http://localhost/notes/7/?a=b"
    );
    client.get("/login").send().assert_status(405);
    let options = client.request("OPTIONS", "/login").send();
    options.assert_status(200);
    assert_eq!(options.headers().get("allow").unwrap(), "POST");
}

#[test]
fn over_a_socket() {
    let server = LiveServer::start(app().unwrap().into_handler().unwrap()).unwrap();
    server
        .client()
        .get("/")
        .send()
        .assert_status(200)
        .assert_contains("<main>");
}
