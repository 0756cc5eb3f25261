//! The program through the test client, in its own process and on a disk.

use rusqlite::Connection;
use zeug_test::Client;

use crate::app::Shortly;
use crate::store::Store;

fn client() -> Client {
    of(Store::with(Connection::open_in_memory().expect("memory")).expect("a table"))
}

fn of(store: Store) -> Client {
    let shortly = Shortly::new(store).expect("the rules are right");
    Client::new(move |request| shortly.answer(request))
}

#[test]
fn the_form_is_shown() {
    client()
        .get("/")
        .send()
        .assert_status(200)
        .assert_header("content-type", "text/html; charset=utf-8")
        .assert_contains("<input type=\"text\" name=\"url\" value=\"\">")
        .assert_lacks("Error");
}

#[test]
fn a_link_is_made_looked_at_and_followed() {
    let client = client();
    let page = client
        .post("/")
        .form([("url", "https://example.org/a?b=c&d")])
        .follow_redirects()
        .send();
    page.assert_status(200)
        .assert_contains("https:&#x2f;&#x2f;example.org&#x2f;a?b=c&amp;d")
        .assert_contains("<dd>0</dd>");
    assert_eq!(page.request().raw_path(), "/1+");
    page.history()[0].assert_redirect("/1+");
    client
        .get("/1")
        .send()
        .assert_status(303)
        .assert_redirect("https://example.org/a?b=c&d");
    client.get("/1").send().assert_status(303);
    client
        .get("/1+")
        .send()
        .assert_contains("<dd>2</dd>")
        .assert_contains("http:&#x2f;&#x2f;localhost&#x2f;1");
}

#[test]
fn the_same_link_has_one_name() {
    let client = client();
    for (url, name) in [
        ("http://a.test/", "/1+"),
        ("http://b.test/", "/2+"),
        ("http://a.test/", "/1+"),
    ] {
        client
            .post("/")
            .form([("url", url)])
            .send()
            .assert_redirect(name);
    }
    for n in 3..=37 {
        client
            .post("/")
            .form([("url", format!("http://{n}.test/"))])
            .send()
            .assert_status(303);
    }
    client.get("/a").send().assert_redirect("http://10.test/");
    client.get("/11").send().assert_redirect("http://37.test/");
}

#[test]
fn what_is_no_link_is_refused() {
    for wrong in [
        "",
        "example.org",
        "javascript:alert(1)",
        "ftp://x/",
        "http://",
        "http://a b/",
    ] {
        client()
            .post("/")
            .form([("url", wrong)])
            .send()
            .assert_status(200)
            .assert_contains("Please enter a valid URL");
    }
    client()
        .post("/")
        .form([("url", "\"><script>")])
        .send()
        .assert_lacks("<script>");
    client()
        .post("/")
        .send()
        .assert_contains("Please enter a valid URL");
}

#[test]
fn what_is_not_there_is_not_found() {
    for path in [
        "/5",
        "/5+",
        "/no/such",
        "/%00",
        "/0",
        "/-1",
        "/ffffffffffffffffff",
    ] {
        client()
            .get(path)
            .send()
            .assert_status(404)
            .assert_contains("Page Not Found");
    }
    let client = client();
    client.post("/").form([("url", "http://a.test/")]).send();
    client.get("/01").send().assert_status(404);
    client.get("/1").send().assert_status(303);
}

#[test]
fn links_last() {
    let directory = std::env::temp_dir().join(format!("shortly-{}", std::process::id()));
    let file = directory.join("links.sqlite");
    std::fs::create_dir_all(&directory).expect("a directory");
    of(Store::open(&file).expect("a file"))
        .post("/")
        .form([("url", "http://a.test/")])
        .send()
        .assert_redirect("/1+");
    of(Store::open(&file).expect("the same"))
        .get("/1")
        .send()
        .assert_redirect("http://a.test/");
    std::fs::remove_dir_all(&directory).expect("nobody uses it");
}
