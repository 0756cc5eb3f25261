//! The API, and what it says of itself; the collection is run by newman against the live program where npm has it (`cargo xtask setup`).

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};
use zeug::Request;
use zeug_test::{Client, LiveServer};

use crate::Api;

fn app() -> impl Fn(Request) -> Result<zeug::Response, zeug::HttpError> + Send + Sync + 'static {
    let api = Arc::new(Api::new().unwrap());
    move |request| api.answer(&request)
}

#[test]
fn notes_are_made_read_changed_and_dropped() {
    let client = Client::new(app());
    let made = client.post("/notes").json(&json!({"text": "a"})).send();
    made.assert_status(201)
        .assert_json(&json!({"id": 1}))
        .assert_header("location", "/notes/1");
    client
        .post("/notes")
        .json(&json!({"title": "a"}))
        .send()
        .assert_status(422);
    client.post("/notes").body("{").send().assert_status(415);
    client
        .get("/notes")
        .send()
        .assert_json(&json!({"1": {"text": "a"}}));
    client
        .put("/notes/1")
        .json(&json!({"text": "b"}))
        .send()
        .assert_json(&json!({"text": "b"}));
    client.delete("/notes/1").send().assert_status(200);
    client.get("/notes/1").send().assert_status(404);
    client.get("/notes/0").send().assert_status(404);
    client
        .patch("/notes/1")
        .send()
        .assert_status(405)
        .assert_header("allow", "DELETE, GET, HEAD, PUT");
}

#[test]
fn the_document_says_what_the_map_says() {
    let document: Value =
        serde_json::from_str(&Client::new(app()).get("/openapi.json").send().text()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let note = &document["paths"]["/notes/{id}"];
    let methods: Vec<_> = note
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(methods, ["delete", "get", "put"]);
    let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 1, "maximum": 999_999}});
    assert_eq!(note["get"]["parameters"], json!([id]));
    assert_eq!(
        document["paths"]["/notes"]["post"]["requestBody"]["required"],
        true
    );
}

#[test]
fn newman_runs_the_collection() {
    let newman =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/newman/node_modules/.bin/newman");
    if !newman.exists() {
        eprintln!("left out: newman is not there, `cargo xtask setup` installs it");
        return;
    }
    let server = LiveServer::start(app()).unwrap();
    let url = server.url("/postman.json");
    let base = format!("base=http://{}", server.address());
    let run = Command::new(newman)
        .args(["run", &url, "--env-var", &base, "--color", "off"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{told}");
    assert!(
        told.contains("status 201") && told.contains("DELETE"),
        "{told}"
    );
}
