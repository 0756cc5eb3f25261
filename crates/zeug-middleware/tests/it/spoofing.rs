//! What untrusted parties may write into the fields of proxies, and what reaches the request of it: nothing.

use std::net::IpAddr;

use zeug_gateway::{Handler, HandlerExt, IntoHandler, Received};
use zeug_messages::{Request, Response};
use zeug_middleware::{ProxyFix, TrustedHosts};

/// Address, scheme, host and root path, as the application sees them.
fn seen(fix: ProxyFix, peer: &str, fields: &[(&str, &str)]) -> String {
    let app = |request: Request| {
        let address = request.remote_addr().map(|address| address.to_string());
        let host = request.host().unwrap().map(ToString::to_string);
        Response::text(format!(
            "{} {} {} {}",
            address.unwrap_or_default(),
            request.scheme(),
            host.unwrap_or_default(),
            request.root_path()
        ))
    };
    let raw = http::Request::get("/").header("host", "inside");
    let raw = fields
        .iter()
        .fold(raw, |raw, (name, value)| raw.header(*name, *value));
    let mut request: zeug_gateway::Request = raw.body(()).unwrap().into();
    let peer: IpAddr = peer.parse().unwrap();
    *request.received_mut() = Received::default().with_peer(Some((peer, 4711).into()));
    let body = app.into_handler().with(fix).handle(request).into_body();
    String::from_utf8(body.into_bytes(1000).unwrap().to_vec()).unwrap()
}

#[track_caller]
fn sees(fix: &ProxyFix, fields: &[(&str, &str)], wanted: &str) {
    assert_eq!(seen(fix.clone(), "10.0.0.1", fields), wanted, "{fields:?}");
}

const FOR: &str = "x-forwarded-for";
const PROTO: &str = "x-forwarded-proto";
const HOST: &str = "x-forwarded-host";
const PORT: &str = "x-forwarded-port";
const PREFIX: &str = "x-forwarded-prefix";
const RFC: &str = "forwarded";
const NOTHING: &str = "10.0.0.1 http inside ";

#[test]
fn counts_from_the_end() {
    let all = |count: usize| {
        ProxyFix::nothing()
            .client(count)
            .scheme(count)
            .host(count)
            .port(count)
            .prefix(count)
    };
    // Nothing asked for: nothing believed, whatever comes. 7 cases.
    for field in [
        (FOR, "6.6.6.6"),
        (PROTO, "https"),
        (HOST, "evil.test"),
        (PORT, "666"),
        (PREFIX, "/evil"),
        (RFC, "for=6.6.6.6;proto=https;host=evil.test"),
        ("x-real-ip", "6.6.6.6"),
    ] {
        sees(&all(0), &[field], NOTHING);
    }
    // One proxy: what the client wrote stands in front of what the proxy wrote. 12 cases.
    let one = all(1);
    sees(&one, &[(FOR, "6.6.6.6, 1.1.1.1")], "1.1.1.1 http inside ");
    sees(
        &one,
        &[(FOR, "6.6.6.6"), (FOR, "1.1.1.1")],
        "1.1.1.1 http inside ",
    );
    sees(
        &one,
        &[(FOR, "6.6.6.6,,, 1.1.1.1 ,")],
        "1.1.1.1 http inside ",
    );
    sees(&one, &[(FOR, "\"6.6.6.6, 1.1.1.1\"")], " http inside ");
    sees(&one, &[(FOR, "6.6.6.6, unknown")], " http inside ");
    sees(&one, &[(FOR, "6.6.6.6, _hidden")], " http inside ");
    sees(&one, &[(PROTO, "https, http")], NOTHING);
    sees(&one, &[(PROTO, "https"), (PROTO, "http")], NOTHING);
    sees(&one, &[(PROTO, "javascript")], NOTHING);
    sees(
        &one,
        &[(HOST, "evil.test, a.test")],
        "10.0.0.1 http a.test ",
    );
    sees(
        &one,
        &[(PREFIX, "/evil, /app")],
        "10.0.0.1 http inside /app",
    );
    sees(&one, &[(PORT, "666, 8080")], "10.0.0.1 http inside:8080 ");
    // Prefixes that would make links lead elsewhere. 4 cases.
    sees(
        &one,
        &[(PREFIX, "//evil.test")],
        "10.0.0.1 http inside /evil.test",
    );
    sees(&one, &[(PREFIX, "/\\evil.test")], NOTHING);
    sees(&one, &[(PREFIX, "app")], "10.0.0.1 http inside /app");
    sees(&one, &[(PREFIX, "///")], NOTHING);
    // Hosts that are none are seen as none, never as another. 4 cases.
    for host in ["evil.test/x", "a@evil.test", "a b", "[::1"] {
        sees(&one, &[(HOST, host)], "10.0.0.1 http  ");
    }
    // Two and three proxies: too few values, and one is the client's. 9 cases.
    let two = all(2);
    sees(&two, &[(FOR, "6.6.6.6")], NOTHING);
    sees(
        &two,
        &[(FOR, "6.6.6.6, 1.1.1.1, 2.2.2.2")],
        "1.1.1.1 http inside ",
    );
    sees(
        &two,
        &[(FOR, "1.1.1.1"), (FOR, "2.2.2.2")],
        "1.1.1.1 http inside ",
    );
    sees(&two, &[(PROTO, "https")], NOTHING);
    sees(&two, &[(HOST, "evil.test")], NOTHING);
    sees(&two, &[(PORT, "666")], NOTHING);
    sees(&two, &[(PREFIX, "/evil")], NOTHING);
    let three = all(3);
    sees(&three, &[(FOR, "6.6.6.6, 1.1.1.1")], NOTHING);
    sees(
        &three,
        &[(FOR, "6.6.6.6, 1.1.1.1, 2.2.2.2, 3.3.3.3")],
        "1.1.1.1 http inside ",
    );
    // The default trusts one proxy for two fields and no other. 4 cases.
    let default = ProxyFix::default();
    sees(&default, &[(HOST, "evil.test")], NOTHING);
    sees(&default, &[(PORT, "666")], NOTHING);
    sees(&default, &[(PREFIX, "/evil")], NOTHING);
    sees(
        &default,
        &[(FOR, "[2001:db8::1]:5"), (PROTO, "HTTPS")],
        "2001:db8::1 https inside ",
    );
}

#[test]
fn the_two_spellings_are_never_mixed() {
    let standard = ProxyFix::default().host(1).rfc7239();
    // 9 cases.
    sees(
        &standard,
        &[(FOR, "6.6.6.6"), (PROTO, "https"), (HOST, "evil.test")],
        NOTHING,
    );
    sees(
        &standard,
        &[(RFC, "for=6.6.6.6, for=1.1.1.1;proto=https;host=a.test")],
        "1.1.1.1 https a.test ",
    );
    sees(
        &standard,
        &[(RFC, "for=6.6.6.6;proto=https"), (RFC, "for=1.1.1.1")],
        "1.1.1.1 http inside ",
    );
    sees(
        &standard,
        &[(RFC, "for=\"[2001:db8::1]:80\"")],
        "2001:db8::1 http inside ",
    );
    sees(&standard, &[(RFC, "for=_obfuscated")], " http inside ");
    // Malformed anywhere, believed nowhere: no count could be relied on.
    sees(&standard, &[(RFC, "for=\"6.6.6.6, for=1.1.1.1")], NOTHING);
    sees(
        &standard,
        &[(RFC, "for=6.6.6.6;for=7.7.7.7, for=1.1.1.1")],
        NOTHING,
    );
    sees(&standard, &[(RFC, "for=1.1.1.1"), (RFC, "\"")], NOTHING);
    sees(
        &ProxyFix::default(),
        &[(RFC, "for=6.6.6.6;proto=https"), (FOR, "1.1.1.1")],
        "1.1.1.1 http inside ",
    );
}

#[test]
fn networks_are_walked_from_the_end() {
    let behind = ProxyFix::behind(["10.0.0.0/8", "::1"]).unwrap().host(1);
    let seen = |peer, fields: &[(&str, &str)]| seen(behind.clone(), peer, fields);
    // 8 cases.
    assert_eq!(
        seen("203.0.113.9", &[(FOR, "6.6.6.6"), (PROTO, "https")]),
        "203.0.113.9 http inside "
    );
    assert_eq!(
        seen("10.0.0.1", &[(FOR, "6.6.6.6, 1.1.1.1")]),
        "1.1.1.1 http inside "
    );
    assert_eq!(
        seen("10.0.0.1", &[(FOR, "6.6.6.6, 1.1.1.1, 10.0.0.2")]),
        "1.1.1.1 http inside "
    );
    assert_eq!(
        seen(
            "10.0.0.1",
            &[(FOR, "6.6.6.6, 1.1.1.1, 10.0.0.2"), (PROTO, "https, http")]
        ),
        "1.1.1.1 https inside "
    );
    // Proxies write the scheme anew; what one of them wrote is not lost because another stands in front.
    let twice = "1.1.1.1, 10.0.0.2";
    assert_eq!(
        seen(
            "10.0.0.1",
            &[(FOR, twice), (PROTO, "https"), (HOST, "a.test")]
        ),
        "1.1.1.1 https a.test "
    );
    assert_eq!(
        seen("203.0.113.9", &[(FOR, twice), (PROTO, "https")]),
        "203.0.113.9 http inside "
    );
    // The client's own claim to be a proxy ends the walk only behind what a proxy has written.
    assert_eq!(
        seen("10.0.0.1", &[(FOR, "10.6.6.6")]),
        "10.6.6.6 http inside "
    );
    assert_eq!(
        seen("10.0.0.1", &[(FOR, "6.6.6.6, unknown, 10.0.0.2")]),
        " http inside "
    );
    assert_eq!(
        seen("::ffff:10.0.0.1", &[(FOR, "1.1.1.1")]),
        "1.1.1.1 http inside "
    );
    assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1 http inside ");
}

#[test]
fn a_long_list_of_proxies_takes_linear_time() {
    let behind = ProxyFix::behind(["10.0.0.0/8"]).unwrap();
    let time = |items: usize| {
        let list = "10.0.0.2,".repeat(items);
        (0..3)
            .map(|_| {
                let begun = std::time::Instant::now();
                assert_eq!(
                    seen(behind.clone(), "10.0.0.1", &[(FOR, &list)]),
                    "10.0.0.2 http inside "
                );
                begun.elapsed()
            })
            .min()
            .unwrap()
    };
    let (short, long) = (time(10_000), time(160_000));
    // Quadratic work would be seconds; small times are the machine's to scatter.
    let small = std::time::Duration::from_millis(200);
    assert!(long < short * 40 || long < small, "{short:?} {long:?}");
}

#[test]
fn untrusted_hosts_never_reach_the_application() {
    let app = (|_: zeug_gateway::Request| ())
        .into_handler()
        .with(TrustedHosts::new([".example.org", "[::1]"]));
    let asks = |host: Option<&str>| {
        let raw = http::Request::get("/");
        let raw = host
            .into_iter()
            .fold(raw, |raw, host| raw.header("host", host));
        app.handle(raw.body(()).unwrap().into()).status().as_u16()
    };
    for host in ["example.org", "a.b.EXAMPLE.org:81", "[::1]:5000"] {
        assert_eq!(asks(Some(host)), 204, "{host}");
    }
    for host in [
        "evil.test",
        "example.org.evil.test",
        "xexample.org",
        "",
        "example.org/",
        "example.org:x",
        "[::2]",
    ] {
        assert_eq!(asks(Some(host)), 400, "{host}");
    }
    assert_eq!(asks(None), 400);
    // The authority of an absolute target goes before the field.
    let raw = http::Request::get("http://evil.test/").header("host", "example.org");
    assert_eq!(app.handle(raw.body(()).unwrap().into()).status(), 400);
    // A proxy's word is compared where it is believed.
    let app = app.with(ProxyFix::nothing().host(1));
    let raw = http::Request::get("/")
        .header("host", "example.org")
        .header(HOST, "evil.test");
    assert_eq!(app.handle(raw.body(()).unwrap().into()).status(), 400);
}
