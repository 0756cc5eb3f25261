//! URLs in every script: rules, paths, queries, hosts. Start it with `cargo run -p zeug --example international --features routing,urls [ADDRESS]`; it answers with what was asked for, as a
//! person writes it and as it is on the wire.

use zeug::routing::{Map, RoutingError, Rule};
use zeug::urls::iri_to_uri;
use zeug::{HttpError, Request, Response, run_simple};

fn map() -> Result<Map<&'static str>, RoutingError> {
    Map::builder()
        .rule(Rule::new("/", "index"))
        .rule(Rule::new("/grüße/<name>", "greet"))
        .rule(Rule::new("/挨拶/<name>", "greet").alias())
        .build()
}

fn app(map: &Map<&'static str>, request: &Request) -> Result<Response, HttpError> {
    let urls = request.bind(map)?;
    let found = request.route(&urls)?;
    if *found.endpoint() == "index" {
        let url = urls
            .url_for(&"greet")
            .arg("name", "Jürgen")
            .arg("大きさ", "大")
            .build()?;
        return Ok(Response::html(format!(
            "<!doctype html><meta charset=utf-8><a href=\"{url}\">Jürgen</a>\n"
        )));
    }
    let name: &str = found.args().get("name")?;
    let size = request.args().get("大きさ").unwrap_or("-");
    let written = request.url()?;
    let sent = iri_to_uri(&written)?;
    Ok(Response::text(format!(
        "{name} {size}\n{written}\n{sent}\n"
    )))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let map = map()?;
    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or("127.0.0.1:5000");
    Ok(run_simple(address, move |request: Request| {
        app(&map, &request)
    })?)
}

#[test]
fn scripts_go_both_ways() {
    let map = map().unwrap();
    let client = zeug_test::Client::new(move |request: Request| app(&map, &request));
    client.get("/").send().assert_contains(
        "href=\"/gr%C3%BC%C3%9Fe/J%C3%BCrgen?%E5%A4%A7%E3%81%8D%E3%81%95=%E5%A4%A7\"",
    );
    let greeted = client.get("/grüße/Jürgen").query([("大きさ", "大")]).send();
    greeted
        .assert_contains("Jürgen 大\n")
        .assert_contains("http://localhost/grüße/Jürgen?大きさ=大\n")
        .assert_contains("/gr%C3%BC%C3%9Fe/");
    let alias = client.get("http://käse.example/挨拶/世").send();
    alias.assert_status(308).assert_header(
        "location",
        "http://xn--kse-qla.example/gr%C3%BC%C3%9Fe/%E4%B8%96",
    );
    let host = client.get("http://käse.example/grüße/世").send();
    host.assert_contains("http://käse.example/grüße/世\nhttp://xn--kse-qla.example/");
    client.get("/%FF").send().assert_status(404);
}
