//! The interface, in rows: refusals with their places, hosts, defaults, redirects, typed arguments, building.

use std::sync::Arc;

use zeug_routing::{
    Converter, DoubleSlashes, Group, HostPolicy, Incoming, Map, MapBuilder, Outcome, Protocol,
    QueryOrder, RoutingErrorKind as Kind, Rule, RuleTemplate, Slashes, Target, TrailingSlash,
    Value,
};

fn map(rules: &[&'static str]) -> Map<&'static str> {
    Map::builder()
        .rules(rules.iter().map(|rule| Rule::new(*rule, *rule)))
        .build()
        .unwrap()
}

#[track_caller]
fn leads(map: &Map<&'static str>, path: &str, expected: &str) {
    let bound = map.bind("example.org").unwrap();
    let found = match bound.match_path(path, "GET") {
        Outcome::Match(found) => (*found.endpoint()).to_owned(),
        Outcome::Redirect(to) => format!(
            "-> {}",
            to.location().trim_start_matches("http://example.org")
        ),
        Outcome::MethodNotAllowed(set) => format!("405 {set}"),
        Outcome::WebSocketMismatch => "400".into(),
        _ => "404".into(),
    };
    assert_eq!(found, expected, "{path}");
}

#[track_caller]
fn refused(rule: &str, kind: Kind, offset: Option<usize>) {
    let error = Map::builder()
        .rule(Rule::new(rule, ()))
        .build()
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.offset()),
        (kind, offset),
        "{rule}: {error}"
    );
}

#[test]
fn rules_that_are_refused() {
    refused("", Kind::MissingSlash, Some(0));
    refused("a", Kind::MissingSlash, Some(0));
    refused("/<a b>", Kind::MalformedVariable, Some(1));
    refused("/é<", Kind::MalformedVariable, Some(3));
    refused("/<1>", Kind::MalformedVariable, Some(1));
    refused("/<int()>", Kind::MalformedVariable, Some(1));
    refused("/<int(min=0;max=5):x>", Kind::MalformedArguments, Some(10));
    refused("/<int(min=-5):x>", Kind::MalformedArguments, Some(10));
    refused("/<any(\"a):x>", Kind::MalformedArguments, Some(6));
    refused("/a/<nope:x>", Kind::UnknownConverter, Some(3));
    refused("/<int(least=1):x>", Kind::BadConverterArgument, Some(1));
    refused("/<uuid(1):x>", Kind::BadConverterArgument, Some(1));
    refused("/<x>/<x>", Kind::DuplicateVariable, Some(5));
}

#[test]
fn maps_that_are_refused() {
    let kind = |builder: MapBuilder<u32>| builder.build().unwrap_err().kind();
    assert_eq!(
        kind(Map::builder().rule(Rule::new("/", 1).websocket().methods(["POST"]))),
        Kind::WebSocketMethod
    );
    assert_eq!(
        kind(Map::builder().rule(Rule::new("/", 1).subdomain("a/b"))),
        Kind::SlashInHost
    );
    assert_eq!(
        kind(Map::builder().rule(Rule::new("/<int:n>", 1).default("n", "x"))),
        Kind::BadDefault
    );
    assert_eq!(
        kind(Map::builder().rules((0..60).map(|i| Rule::new("/", i).methods([format!("M{i}")])))),
        Kind::TooManyMethods
    );
    let twice = |a: Rule<u32>, b: Rule<u32>| {
        Map::builder()
            .rule(a)
            .rule(b)
            .build()
            .map_err(|e| e.kind())
            .err()
    };
    assert_eq!(
        twice(Rule::new("/<a>", 1), Rule::new("/<b>", 2)),
        Some(Kind::DuplicateRule)
    );
    assert_eq!(
        twice(
            Rule::new("/", 1).methods(["GET"]),
            Rule::new("/", 2).methods(["GET", "POST"])
        ),
        Some(Kind::DuplicateRule)
    );
    assert_eq!(
        twice(Rule::new("/", 1).methods(["GET"]), Rule::new("/", 2)),
        None
    );
    assert_eq!(
        twice(
            Rule::new("/", 1).methods(["GET"]),
            Rule::new("/", 2).methods(["POST"])
        ),
        None
    );
    assert_eq!(
        twice(Rule::new("/<int(max=5):a>", 1), Rule::new("/<int:b>", 2)),
        None
    );
    assert_eq!(
        twice(Rule::new("/", 1).websocket(), Rule::new("/", 2)),
        None
    );
    let deep: String = "/<a>"
        .repeat(600)
        .match_indices('a')
        .map(|(i, _)| format!("/<v{i}>"))
        .collect();
    assert!(
        Map::builder().rule(Rule::new(deep, 1)).build().is_ok(),
        "depth alone is no turn"
    );
}

#[test]
fn the_way_to_a_rule() {
    let rules = map(&[
        "/",
        "/a/",
        "/b",
        "/<int:n>",
        "/<x>",
        "/<path:p>/edit",
        "/v<int:i>.<int:j>",
        "/<int(max=5):small>/x",
        "/<any>/x",
    ]);
    for (path, expected) in [
        ("/", "/"),
        ("", "-> /"),
        ("/a/", "/a/"),
        ("/a", "-> /a/"),
        ("/b", "/b"),
        ("/b/", "404"),
        ("/7", "/<int:n>"),
        ("/x", "/<x>"),
        ("/a/b/edit", "/<path:p>/edit"),
        ("/v1.2", "/v<int:i>.<int:j>"),
        ("/v1.x", "/<x>"),
        ("/3/x", "/<int(max=5):small>/x"),
        ("/9/x", "/<any>/x"),
        ("//b", "/b"),
        ("/a//", "-> /a/"),
        ("/%62", "/b"),
        ("/b%2Fb", "/<x>"),
        ("/%zz", "/<x>"),
        ("b", "/b"),
    ] {
        leads(&rules, path, expected);
    }
}

#[test]
fn percent_signs_in_rules() {
    let rules = map(&["/100%", "/a%20b", "/c/d e"]);
    for (path, expected) in [
        ("/100%25", "/100%"),
        ("/100%", "/100%"),
        ("/a%20b", "404"),
        ("/a%2520b", "/a%20b"),
        ("/c/d%20e", "/c/d e"),
        ("/c/d e", "/c/d e"),
    ] {
        leads(&rules, path, expected);
    }
}

#[test]
fn paths_longer_than_every_rule_of_texts() {
    let rows = [
        ("/ab", "/ab"),
        ("/%61b", "/ab"),
        ("/%61%62", "/ab"),
        ("/a%62", "/ab"),
        ("/a%6", "404"),
        ("/abc", "404"),
        (
            "/abcdefghijklmnopqrstuvwxyz/abcdefghijklmnopqrstuvwxyz",
            "404",
        ),
        (
            "/abcdefghijklmnopqrstuvwxyz//abcdefghijklmnopqrstuvwxyz%62",
            "404",
        ),
        ("//ab", "/ab"),
        ("/////////////////////////ab", "/ab"),
        ("ab", "/ab"),
        ("/%E4%BE%8B/%C3%A9", "/例/é"),
        ("/%E4%BE%8B%2F%C3%A9", "404"),
    ];
    let texts = map(&["/ab", "/例/é"]);
    for (path, expected) in rows {
        leads(&texts, path, expected);
    }
    let percent = map(&["/ab", "/100%/of/it"]);
    leads(&percent, "/100%25/of/it", "/100%/of/it");
    leads(&percent, "/100%25/of/them", "404");
}

#[test]
fn segments_of_all_lengths() {
    let labels: Vec<&'static str> = (1..60)
        .map(|n| &*format!("/{}/z", "abcdefghij".repeat(6).split_at(n).0).leak())
        .collect();
    let rules = map(&labels);
    for label in &labels {
        leads(&rules, label, label);
        leads(&rules, &label.replace("/z", "/y"), "404");
        leads(&rules, &format!("{label}/"), "404");
    }
}

#[test]
fn methods_and_protocols() {
    let map = Map::builder()
        .rule(Rule::new("/a", 1).methods(["get"]))
        .rule(Rule::new("/a", 2).methods(["PUT", "PURGE"]))
        .rule(Rule::new("/ws", 3).websocket())
        .build()
        .unwrap();
    let bound = map.bind("example.org").unwrap();
    assert!(matches!(bound.match_path("/a", "HEAD"), Outcome::Match(_)));
    assert!(matches!(bound.match_path("/a", "purge"), Outcome::Match(_)));
    assert!(matches!(
        bound.match_path("/a", "MKCOL"),
        Outcome::MethodNotAllowed(_)
    ));
    assert_eq!(
        bound.allowed_methods("/a").to_string(),
        "GET, HEAD, PURGE, PUT"
    );
    assert!(bound.allowed_methods("/b").is_empty());
    assert!(matches!(
        bound.match_path("/ws", "GET"),
        Outcome::WebSocketMismatch
    ));
    assert!(bound.matches(Target::new("/ws").protocol(Protocol::WebSocket)));
    assert_eq!(bound.url_for(&3).build().unwrap(), "ws://example.org/ws");
    assert!(
        bound
            .clone()
            .scheme("wss")
            .match_path("/ws", "GET")
            .into_match()
            .is_some()
    );
}

#[test]
fn hosts() {
    let rules = || {
        [
            Rule::new("/", "www").host("example.org"),
            Rule::new("/", "shop").host("<name>.example.org"),
        ]
    };
    let map = Map::builder()
        .hosts(HostPolicy::Host)
        .rules(rules())
        .build()
        .unwrap();
    let bound = map.bind("Acme.Example.org").unwrap();
    let found = bound.match_path("/", "GET").into_match().unwrap();
    assert_eq!(
        (*found.endpoint(), found.args().get::<&str>("name").unwrap()),
        ("shop", "acme")
    );
    assert_eq!(
        bound.url_for(&"www").build().unwrap(),
        "http://example.org/"
    );
    assert_eq!(
        bound.url_for(&"shop").arg("name", "acme").build().unwrap(),
        "/"
    );
    assert_eq!(
        bound.clone().subdomain("x").unwrap_err().kind(),
        Kind::SubdomainWithHosts
    );

    let map = Map::builder()
        .rule(Rule::new("/", "en").subdomain("<any(en, de):lang>"))
        .build()
        .unwrap();
    let incoming = Incoming::new("de.example.org:80", "http")
        .server_name("example.org")
        .path("/");
    let bound = map.bind_incoming(&incoming).unwrap();
    assert_eq!(bound.subdomain_name(), Some("de"));
    assert!(bound.find(Target::bound()).into_match().is_some());
    let other = map
        .bind_incoming(&Incoming::new("evil.org", "http").server_name("example.org"))
        .unwrap();
    assert!(matches!(other.match_path("/", "GET"), Outcome::NotFound));
    let map = Map::builder()
        .hosts(HostPolicy::Ignore)
        .rule(Rule::new("/", 1).subdomain("x"))
        .build()
        .unwrap();
    assert_eq!(map.bind("h").unwrap().url_for(&1).build().unwrap(), "/");
}

/// Hosts are found as they are given where a rule names them so, and made lower case and ASCII else.
#[test]
fn hosts_that_rules_name() {
    let on = |hosts: &[&'static str]| {
        let rules = hosts.iter().map(|host| Rule::new("/", *host).host(*host));
        let map = Map::builder().hosts(HostPolicy::Host).rules(rules);
        map.build().unwrap()
    };
    let leads_to = |map: &Map<&'static str>, host: &'static str| {
        let bound = map.bind(host).map_err(|error| error.kind())?;
        let found = bound.match_path("/", "GET").into_match();
        Ok(found.map(|found| *found.endpoint()))
    };
    let long = "a234567890123456789012345678901234567890123456789012345678901234.org";
    let map = on(&["a.org", "a.org:8080", "xn--bcher-kva.example"]);
    for (host, expected) in [
        ("a.org", Ok(Some("a.org"))),
        ("A.Org", Ok(Some("a.org"))),
        ("a.org:8080", Ok(Some("a.org:8080"))),
        ("A.org:8080", Ok(Some("a.org:8080"))),
        ("a.org:80", Ok(None)),
        ("b.org", Ok(None)),
        ("", Ok(None)),
        ("B\u{fc}cher.example", Ok(Some("xn--bcher-kva.example"))),
        ("a..org", Err(Kind::BadHost)),
        (long, Err(Kind::BadHost)),
    ] {
        assert_eq!(leads_to(&map, host), expected, "{host}");
    }
    // What a binding's host cannot be is not found, and lets nothing else be found otherwise.
    let map = on(&["A.org", "b.org", "c..org", long]);
    for (host, expected) in [
        ("A.org", Ok(None)),
        ("a.org", Ok(None)),
        ("B.org", Ok(Some("b.org"))),
        ("c..org", Err(Kind::BadHost)),
        (long, Err(Kind::BadHost)),
    ] {
        assert_eq!(leads_to(&map, host), expected, "{host}");
    }
}

#[test]
fn defaults_aliases_redirects() {
    let map = Map::builder()
        .rule(Rule::new("/all/", "all").default("page", 1))
        .rule(Rule::new("/all/<int:page>", "all"))
        .rule(Rule::new("/everything", "all").default("page", 1).alias())
        .rule(Rule::new("/old/<x>", "old").redirect_to("new/<x>"))
        .rule(Rule::new("/away", "away").redirect_to("https://example.com/"))
        .rule(
            Rule::new("/made/<int:n>", "made")
                .redirect_with(|args| format!("/n/{}", args.get::<u32>("n").unwrap_or(0) + 1)),
        )
        .build()
        .unwrap();
    for (path, expected) in [
        ("/all/1?", "404"),
        ("/all/1", "-> /all/"),
        ("/all/2", "all"),
        ("/everything", "-> /all/"),
        ("/old/a%20b", "-> /new/a%20b"),
        ("/old/%2F%2Fevil.org", "-> /new/%2F%2Fevil.org"),
        ("/away", "-> https://example.com/"),
        ("/made/6", "-> /n/7"),
    ] {
        leads(&map, path, expected);
    }
    let bound = map.bind("example.org").unwrap();
    assert_eq!(
        bound.url_for(&"all").arg("page", 1).build().unwrap(),
        "/all/"
    );
    assert_eq!(
        bound.url_for(&"all").arg("page", 2).build().unwrap(),
        "/all/2"
    );
    let found = bound.match_path("/all/", "GET").into_match().unwrap();
    assert_eq!(found.args().get::<u32>("page").unwrap(), 1);
    assert_eq!(found.args().get::<Option<u32>>("other").unwrap(), None);
    assert_eq!(
        found.args().get::<u32>("other").unwrap_err().kind(),
        Kind::MissingArgument
    );
}

#[test]
fn slash_policies() {
    let lenient = Map::builder()
        .trailing_slash(TrailingSlash::Lenient)
        .rules([Rule::new("/a", "/a"), Rule::new("/b/", "/b/")])
        .build()
        .unwrap();
    for (path, expected) in [("/a/", "/a"), ("/b", "/b/"), ("/b/", "/b/")] {
        leads(&lenient, path, expected);
    }
    let keep = Map::builder()
        .double_slashes(DoubleSlashes::Keep)
        .rules([Rule::new("/a/b", "/a/b"), Rule::new("/c//d", "/c//d")])
        .build()
        .unwrap();
    for (path, expected) in [("/a//b", "404"), ("/c//d", "/c//d"), ("/c/d", "404")] {
        leads(&keep, path, expected);
    }
    let merge = map(&["/a/b", "/<x>/<path:p>"]);
    leads(&merge, "/a//b", "-> /a/b");
    leads(&merge, "/y/http://x", "/<x>/<path:p>");
    leads(&merge, "/a%2F/b//c", "/<x>/<path:p>");
}

#[test]
fn groups_and_templates() {
    let inner = Group::new([Rule::new("/x", "x".to_owned())
        .websocket()
        .double_slashes(DoubleSlashes::Keep)])
    .submount("/in/")
    .namespace("in");
    let outer = Group::new(inner)
        .rules([Rule::new("/", "i".to_owned())])
        .submount("/out")
        .subdomain("api")
        .endpoint_prefix("o:");
    let map = Map::builder().rules(outer).build().unwrap();
    let rules: Vec<_> = map
        .rules()
        .map(|rule| {
            (
                rule.as_str(),
                rule.endpoint().as_str(),
                rule.subdomain_pattern(),
                rule.is_websocket(),
            )
        })
        .collect();
    assert_eq!(
        rules,
        [
            ("/out/in/x", "o:in.x", Some("api"), true),
            ("/out/", "o:i", Some("api"), false)
        ]
    );
    let template =
        RuleTemplate::new([Rule::new("/$$/${a}b/$a", "$a".to_owned()).default("k", "$a")]);
    let map = Map::builder()
        .rules(template.fill([("a", "q")]).unwrap())
        .build()
        .unwrap();
    assert_eq!(map.rules().next().map(Rule::as_str), Some("/$/qb/q"));
    for bad in ["/$b", "/${a", "/$"] {
        let error = RuleTemplate::new([Rule::new(bad, String::new())])
            .fill([("a", "q")])
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.offset()),
            (Kind::MissingPlaceholder, Some(1))
        );
    }
}

#[test]
fn urls() {
    let map = Map::builder().rules([
        Rule::new("/<x>/<int(fixed_digits=3):n>", "a"),
        Rule::new("/f/<float:f>", "f"),
        Rule::new("/p/<path:p>", "p"),
    ]);
    let map = map.query_order(QueryOrder::Sorted).build().unwrap();
    let bound = map.bind("example.org:8080").unwrap().script_root("/app");
    let a = || bound.url_for(&"a").arg("x", "é /").arg("n", 7);
    assert_eq!(a().build().unwrap(), "/app/%C3%A9%20%2F/007");
    assert_eq!(
        a().arg("z", 1).arg("y", vec![10, 9]).build().unwrap(),
        "/app/%C3%A9%20%2F/007?y=9&y=10&z=1"
    );
    assert_eq!(
        a().arg("z", Value::Null)
            .anchor("a b")
            .scheme("https")
            .external()
            .build()
            .unwrap(),
        "https://example.org:8080/app/%C3%A9%20%2F/007#a%20b"
    );
    assert_eq!(
        bound.url_for(&"f").arg("f", 0.000_01).build().unwrap(),
        "/app/f/0.00001"
    );
    assert_eq!(
        bound.url_for(&"f").arg("f", 1e21).build().unwrap(),
        "/app/f/1000000000000000000000.0"
    );
    assert_eq!(
        bound.url_for(&"p").arg("p", "a/b").build().unwrap(),
        "/app/p/a/b"
    );
    assert_eq!(
        bound
            .url_for(&"a")
            .arg("x", "y")
            .arg("n", "z")
            .build()
            .unwrap_err()
            .kind(),
        Kind::BadValue
    );
    assert_eq!(
        bound
            .url_for(&"a")
            .arg("x", "y")
            .build()
            .unwrap_err()
            .to_string(),
        "missing values for endpoint \"\\\"a\\\"\": n"
    );
    assert_eq!(
        bound.url_for(&"b").build().unwrap_err().kind(),
        Kind::UnknownEndpoint
    );
    let raw = Map::builder()
        .slashes_in_values(Slashes::Raw)
        .rule(Rule::new("/<x>", 1))
        .build()
        .unwrap();
    assert_eq!(
        raw.bind("h")
            .unwrap()
            .url_for(&1)
            .arg("x", "a/b")
            .build()
            .unwrap(),
        "/a/b"
    );
}

#[test]
fn own_converters() {
    #[derive(Debug)]
    struct Below(u32);
    impl Converter for Below {
        fn matches(&self, text: &str) -> bool {
            text.parse::<u32>().is_ok_and(|n| n < self.0)
        }
        fn weight(&self) -> i32 {
            40
        }
    }
    let builder = Map::builder().converter("below", |args| {
        let most = args.get("most", 0)?.as_int()?;
        Some(Arc::new(Below(u32::try_from(most).ok()?)))
    });
    let map = builder
        .rules([
            Rule::new("/<below(10):n>", "below"),
            Rule::new("/<int:n>", "int"),
            Rule::new("/<below(most=5):a>-<b>", "pair"),
        ])
        .build()
        .unwrap();
    for (path, expected) in [
        ("/9", "below"),
        ("/10", "int"),
        ("/4-x", "pair"),
        ("/5-x", "404"),
    ] {
        leads(&map, path, expected);
    }
    let bad = Map::builder()
        .converter("below", |_| None)
        .rule(Rule::new("/<below:n>", ()))
        .build()
        .unwrap_err();
    assert_eq!(
        (bad.kind(), bad.offset()),
        (Kind::BadConverterArgument, Some(1))
    );
}

#[test]
fn many_variables() {
    let text: String = (0..10_000).map(|i| format!("/<int:v{i}>")).collect();
    let map = Map::builder()
        .rule(Rule::new(text, "many"))
        .build()
        .unwrap();
    let bound = map.bind("example.org").unwrap();
    let url = bound
        .url_for(&"many")
        .args((0..10_000).map(|i| (format!("v{i}"), i)))
        .build()
        .unwrap();
    let found = bound.match_path(&url, "GET").into_match().unwrap();
    assert_eq!(found.args().get::<u32>("v9999").unwrap(), 9999);
    let text: String = (0..3_000).map(|i| format!("<int:v{i}>-")).collect();
    let map = Map::builder()
        .rule(Rule::new(format!("/{text}"), "one segment"))
        .build()
        .unwrap();
    leads(&map, &format!("/{}", "1-".repeat(3_000)), "one segment");
}

/// Werkzeug 3.1.7: a number with more digits than Python reads was a 500.
#[test]
fn numbers_of_any_length() {
    let map = map(&["/<int:n>"]);
    let bound = map.bind("example.org").unwrap();
    for digits in [19, 20, 4_300, 4_301, 100_000] {
        let path = format!("/{}", "9".repeat(digits));
        let found = bound.match_path(&path, "GET").into_match().unwrap();
        assert_eq!(found.args().get::<u64>("n").is_ok(), digits == 19);
        leads(&map, &path.replace('/', "/-"), "404");
    }
}

/// Numbers are read out of the path together with what stands before them, which must not matter.
#[test]
fn numbers_beside_other_bytes() {
    let map = map(&["/<int:n>", "/<p>/<int:n>/x", "/v<int:n>.<int:m>", "/t/<n>"]);
    let bound = map.bind("example.org").unwrap();
    for (path, name, expected) in [
        ("/7", "n", Ok(7)),
        ("/1234567", "n", Ok(1_234_567)),
        ("/12345678", "n", Ok(12_345_678)),
        ("/123456789", "n", Ok(123_456_789)),
        ("/4294967296", "n", Err(Kind::BadArgument)),
        ("/99999999/5/x", "n", Ok(5)),
        ("/\u{663}\u{664}/12/x", "n", Ok(12)),
        ("/%39%39/12%33/x", "n", Ok(123)),
        ("/v12.345", "n", Ok(12)),
        ("/v12.345", "m", Ok(345)),
        ("/t/7a", "n", Err(Kind::BadArgument)),
        ("/t/-7", "n", Err(Kind::BadArgument)),
        ("/t/7", "m", Err(Kind::MissingArgument)),
    ] {
        let found = bound.match_path(path, "GET").into_match().unwrap();
        let read = found.args().get::<u32>(name).map_err(|error| error.kind());
        assert_eq!(read, expected, "{path}");
    }
}
