//! The bodies of the fuzz targets, as plain functions that tests run as well.

#![allow(unreachable_pub, reason = "a module of two programs")]

use zeug_routing::{Map, Outcome, Rule, Target};

/// The first line is a path, the others are rules, which go into a map beside a fixed set. Nothing panics, a redirect stays on the host,
/// and what matches is built and matches again.
pub fn route_match(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (path, rules) = text.split_once('\n').unwrap_or((&text, ""));
    let fixed = [
        "/",
        "/a/",
        "/a/<int:n>",
        "/a/<x>/b",
        "/f/<path:p>",
        "/f/<path:p>/edit",
        "/f/<path:p>/",
        "/<a>-<b>",
        "/v<int:i>.<int:j>",
        "/<any(x, xy):k>/z",
        "/<float:f>",
        "/<string(length=2):s>/<uuid:u>",
    ];
    let fixed = fixed
        .iter()
        .enumerate()
        .map(|(i, rule)| Rule::new(*rule, i));
    let own = rules
        .lines()
        .take(8)
        .enumerate()
        .filter(|(_, rule)| Map::builder().rule(Rule::new(*rule, 0)).build().is_ok());
    let own = own.map(|(i, rule)| Rule::new(rule, 100 + i));
    let Ok(map) = Map::builder()
        .allow_duplicates()
        .rules(fixed)
        .rules(own)
        .build()
    else {
        return;
    };
    let bound = map.bind("example.org").expect("a host").script_root("/app");
    for target in [Target::new(path), Target::decoded(path)] {
        match bound.find(target) {
            Outcome::Redirect(to) => {
                assert!(
                    to.location().starts_with("http://example.org/app/"),
                    "{}",
                    to.location()
                );
                assert!(
                    !to.location().contains(['\\', '\n', '\r']),
                    "{}",
                    to.location()
                );
            }
            Outcome::Match(found) => {
                let values: Vec<(String, _)> = found
                    .args()
                    .iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect();
                let _ = bound.url_for(found.endpoint()).args(values).build();
            }
            _ => {}
        }
    }
    assert_eq!(bound.allowed_methods(path).iter().count(), 0);
}
