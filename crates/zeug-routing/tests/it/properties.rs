//! Properties: what is built matches again, the order of adding does not matter, no path panics, redirects stay, time is linear.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use zeug_routing::{Map, Outcome, Rule, Target, Value};

const PIECES: [&str; 8] = [
    "a",
    "b",
    "<string:V>",
    "<int:V>",
    "<float:V>",
    "<path:V>",
    "<any(red, green):V>",
    "<uuid:V>",
];

fn rule_text(i: usize, pieces: &[usize]) -> String {
    // A word of its own, so that no other rule takes its URLs.
    let mut text = format!("/r{i}");
    for (n, &piece) in pieces.iter().enumerate() {
        text += &format!("/{}", PIECES[piece].replace('V', &format!("v{n}")));
    }
    text
}

/// A value for a piece: any text for strings, slashes and percent signs among it.
fn value(piece: usize, text: &str, number: u32) -> Option<Value<'static>> {
    Some(match PIECES[piece] {
        "<string:V>" => Value::from(text.to_owned()),
        "<int:V>" => Value::from(number),
        "<float:V>" => Value::from(f64::from(number) / 8.0),
        "<path:V>" => Value::from(format!("p{text}/x")),
        "<any(red, green):V>" => Value::from(if number.is_multiple_of(2) {
            "red"
        } else {
            "green"
        }),
        "<uuid:V>" => Value::Uuid(u128::from(number) << 60),
        _ => return None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_built_matches_again(
        rules in prop::collection::vec(prop::collection::vec(0usize..PIECES.len(), 0..5), 1..6),
        text in "[^\n]{1,6}",
        number in any::<u32>(),
    ) {
        let map = Map::builder().rules(rules.iter().enumerate().map(|(i, pieces)| Rule::new(rule_text(i, pieces), i))).build().unwrap();
        let bound = map.bind("example.org").unwrap();
        // Two paths in one rule have no single way to be told apart, and a slash in a path is one.
        let text = text.replace('/', "\\");
        for (i, pieces) in rules.iter().enumerate() {
            if pieces.iter().filter(|&&piece| PIECES[piece] == "<path:V>").count() > 1 || pieces.iter().any(|&p| PIECES[p] == "<path:V>") && pieces.len() > 1 {
                continue;
            }
            let values: Vec<_> = pieces.iter().enumerate().filter_map(|(n, &piece)| Some((format!("v{n}"), value(piece, &text, number)?))).collect();
            let url = bound.url_for(&i).args(values.clone()).build().unwrap();
            let Outcome::Match(found) = bound.match_path(&url, "GET") else { panic!("{url} is not found") };
            prop_assert_eq!(*found.endpoint(), i);
            let back: Vec<_> = found.args().iter().map(|(name, value)| (name.to_owned(), value.into_owned())).collect();
            prop_assert_eq!(back, values);
        }
    }

    #[test]
    fn slashes_in_strings_come_back(text in "[a/%é.]{1,8}") {
        let map = Map::builder().rule(Rule::new("/s/<x>/end", "s")).build().unwrap();
        let bound = map.bind("example.org").unwrap();
        let url = bound.url_for(&"s").arg("x", text.as_str()).build().unwrap();
        let found = bound.match_path(&url, "GET").into_match().expect("it is found");
        prop_assert_eq!(found.args().get::<String>("x").unwrap(), text);
    }

    #[test]
    fn the_order_of_adding_does_not_matter(
        rules in prop::collection::btree_set(prop::collection::vec(prop::sample::select(vec![0usize, 1, 2, 3, 5]), 1..4), 2..7),
        path in "(/(a|b|1|1\\.5|red|x){1}){1,4}",
    ) {
        let mut texts: Vec<String> = rules.iter().map(|pieces| rule_text(0, pieces).replacen("/r0", "", 1)).collect();
        let find = |texts: &[String]| {
            let map = Map::builder().rules(texts.iter().map(|text| Rule::new(text.as_str(), text.clone()))).build().unwrap();
            let bound = map.bind("example.org").unwrap();
            bound.match_path(&path, "GET").into_match().map(|found| found.endpoint().clone())
        };
        // No choices and floats: they weigh as much as strings and integers, and between those the order decides, as documented.
        let forth = find(&texts);
        texts.reverse();
        prop_assert_eq!(find(&texts), forth);
    }

    #[test]
    fn redirects_stay_on_the_host(path in "[/\\\\%a-f0-9:@.?#é]{0,16}") {
        let map = Map::builder()
            .rule(Rule::new("/<path:p>/", 1))
            .rule(Rule::new("/to/<path:p>", 2).redirect_to("<p>"))
            .rule(Rule::new("/at/<p>", 3).redirect_to("<p>"))
            .build()
            .unwrap();
        let bound = map.bind("example.org").unwrap();
        for path in [path.clone(), format!("/to/{path}"), format!("/at/{path}")] {
            for target in [Target::new(&path), Target::decoded(&path)] {
                if let Outcome::Redirect(to) = bound.find(target) {
                    prop_assert!(to.location().starts_with("http://example.org/"), "{}", to.location());
                    prop_assert!(!to.location().contains('\\'), "{}", to.location());
                }
            }
        }
    }
}

/// The fastest of several runs.
fn fastest(mut run: impl FnMut()) -> Duration {
    let times = (0..5).map(|_| {
        let begin = Instant::now();
        run();
        begin.elapsed()
    });
    times.min().unwrap()
}

#[test]
fn time_is_linear() {
    let rules = [
        "/<a>-<b>-<c>",
        "/<path:p>/x/<path:q>/y",
        "/<int:a><int:b>x<c>",
        "/<path:p>a<s>b<t>c",
        "/<string(minlength=3):a><b><c>z",
    ];
    let map = Map::builder()
        .rules(
            rules
                .iter()
                .enumerate()
                .map(|(i, rule)| Rule::new(*rule, i)),
        )
        .build()
        .unwrap();
    let bound = map.bind("example.org").unwrap();
    for unit in ["a", "1", "-", "/x", "ab", "%41", "é", "//"] {
        let path = |kilobytes: usize| format!("/{}", unit.repeat((kilobytes << 10) / unit.len()));
        // The small one sixteen times, so that both take as long and a busy machine disturbs both alike.
        let (small, large) = (path(16), path(256));
        let find = |path: &str| drop(bound.match_path(path, "GET"));
        let many = fastest(|| (0..16).for_each(|_| find(&small)));
        let ratio = fastest(|| find(&large)).as_secs_f64() / many.as_secs_f64().max(1e-6);
        assert!(
            ratio <= 4.0,
            "{unit:?}: 16 times the length takes {} times as long",
            ratio * 16.0
        );
    }
}
