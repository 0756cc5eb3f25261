//! The wiki through the test client.

use rusqlite::Connection;
use zeug::Request;
use zeug_test::Client;

use crate::Wiki;
use crate::store::Store;

fn client() -> Client {
    let store = Store::with(Connection::open_in_memory().unwrap()).unwrap();
    let wiki = Wiki::new(store).unwrap();
    Client::new(move |request: Request| wiki.answer(&request))
}

#[test]
fn a_page_is_written_linked_and_changed() {
    let client = client();
    client
        .get("/")
        .send()
        .assert_status(303)
        .assert_header("location", "/Main%20Page");
    client
        .get("/Main Page")
        .send()
        .assert_status(404)
        .assert_contains("no such page yet");
    let text = "= Welcome\n\nSee [[Käse & Brot]] <script>\n\n* one\n* two";
    let saved = client
        .post("/Main Page/edit")
        .form([("base", "0"), ("text", text), ("note", "first")])
        .follow_redirects()
        .send();
    saved
        .assert_status(200)
        .assert_contains("<h2>Welcome</h2>")
        .assert_contains("<a href=\"/K%C3%A4se%20&amp;%20Brot\">Käse &amp; Brot</a> &lt;script&gt;")
        .assert_contains("<li>two</li>");

    client
        .post("/Main Page/edit")
        .form([("base", "1"), ("text", "shorter"), ("note", "second")])
        .send()
        .assert_status(303);
    client
        .get("/Main Page")
        .send()
        .assert_contains("shorter")
        .assert_lacks("Welcome");
    client
        .get("/Main Page?version=1")
        .send()
        .assert_contains("Welcome");
    client
        .get("/Main Page/log")
        .send()
        .assert_contains("first")
        .assert_contains("second");
}

#[test]
fn who_is_late_is_told_and_loses_nothing() {
    let client = client();
    client
        .post("/A/edit")
        .form([("base", "0"), ("text", "theirs")])
        .send()
        .assert_status(303);
    let late = client
        .post("/A/edit")
        .form([("base", "0"), ("text", "mine")])
        .send();
    late.assert_status(409)
        .assert_contains("<pre>theirs</pre>")
        .assert_contains(">mine</textarea>")
        .assert_contains("value=\"1\"");
    client.get("/A").send().assert_contains("theirs");
    client
        .post("/A/edit")
        .form([("base", "x"), ("text", "")])
        .send()
        .assert_status(400);
    client
        .post("/A/edit")
        .form([("base", "1"), ("text", &"x".repeat(100_001))])
        .send()
        .assert_status(413);
}
