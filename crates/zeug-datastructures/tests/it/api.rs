//! Rows: what a call gives back, for `Headers` and `MultiDict`.

use http::{HeaderMap, HeaderName, HeaderValue};
use zeug_datastructures::{
    CombinedMultiDict, FieldName, FieldValue, HeaderErrorKind, HeaderSet, Headers, MultiDict,
    MultiDictErrorKind, Span, names,
};

fn headers(pairs: &[(&str, &str)]) -> Headers {
    Headers::try_from_pairs(pairs.iter().copied()).expect("valid fields")
}

#[track_caller]
fn is(headers: &Headers, expected: &[(&str, &str)]) {
    let pairs: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().expect("text")))
        .collect();
    assert_eq!(pairs, expected);
}

#[test]
fn insert_replaces_the_first_in_place_and_drops_the_others() {
    let mut h = headers(&[("a", "1"), ("b", "2"), ("A", "3"), ("c", "4"), ("a", "5")]);
    h.try_insert("a", "9").expect("valid");
    is(&h, &[("a", "9"), ("b", "2"), ("c", "4")]);
    h.try_insert("D", "x").expect("valid");
    is(&h, &[("a", "9"), ("b", "2"), ("c", "4"), ("D", "x")]);
    h.try_set_all("B", ["7", "8"]).expect("valid");
    is(
        &h,
        &[("a", "9"), ("B", "7"), ("c", "4"), ("D", "x"), ("B", "8")],
    );
    h.try_set_all("b", [""; 0]).expect("valid");
    is(&h, &[("a", "9"), ("c", "4"), ("D", "x")]);
    assert!(h.try_set_all("x", ["ok", "a\n"]).is_err());
    is(&h, &[("a", "9"), ("c", "4"), ("D", "x"), ("x", "ok")]);
}

#[test]
fn headers_remove_forms() {
    let mut h = headers(&[("a", "1"), ("b", "2"), ("A", "3")]);
    assert_eq!(h.remove("a").expect("there"), "1");
    assert!(h.remove("a").is_none());
    is(&h, &[("b", "2")]);
    h.try_append("c", "3").expect("valid");
    h.try_append("d", "4").expect("valid");
    assert_eq!(
        h.remove_at(1).expect("there"),
        ("c".to_owned(), HeaderValue::from_static("3"))
    );
    assert_eq!(h.pop().expect("there").0, "d");
    h.retain(|name, _| name != "b");
    assert!(h.is_empty() && h.pop().is_none() && h.remove_at(0).is_none());
    assert_eq!(h.to_string(), "\r\n");
}

#[test]
fn headers_index_and_defaults() {
    let mut h = headers(&[("a", "1"), ("b", "2")]);
    h.try_set_index(0, "Z", "9").expect("there");
    is(&h, &[("Z", "9"), ("b", "2")]);
    assert_eq!(
        h.try_set_index(2, "Z", "9").unwrap_err().kind(),
        HeaderErrorKind::NoSuchIndex
    );
    assert!(h.try_set_index(1, "Z", "\n").is_err());
    is(&h, &[("Z", "9"), ("b", "2")]);
    assert_eq!(h.try_get_or_insert("B", "\n").expect("not looked at"), "2");
    assert_eq!(h.try_get_or_insert("c", "3").expect("valid"), "3");
    assert_eq!(
        h.get_or_insert(names::AGE, FieldValue::from_static("1")),
        "1"
    );
    assert_eq!(
        h.try_get_all_or_insert("d", ["p", "q"])
            .expect("valid")
            .count(),
        2
    );
    assert_eq!(
        h.try_get_all_or_insert("D", ["p"]).expect("valid").count(),
        2
    );
    assert_eq!(h.get_index(1).expect("there").1, "2");
    let mut other = headers(&[("b", "x"), ("new", "1"), ("B", "y")]);
    other.update(&h);
    assert_eq!(other.get_all("b").count(), 1);
    h.try_update([("b", "7"), ("b", "8")]).expect("valid");
    assert_eq!(h.get("b").expect("there"), "8");
}

#[track_caller]
fn refused(name: &str, value: &[u8], kind: HeaderErrorKind, offset: Option<usize>, text: &str) {
    let error = Headers::new()
        .try_append(name, value)
        .expect_err("to be refused");
    assert_eq!(
        (error.kind(), error.offset(), error.to_string().as_str()),
        (kind, offset, text)
    );
}

#[test]
fn what_may_not_stand_on_the_wire_is_refused() {
    refused(
        "",
        b"x",
        HeaderErrorKind::EmptyName,
        None,
        "empty field name",
    );
    refused(
        "a b",
        b"x",
        HeaderErrorKind::InvalidNameByte,
        Some(1),
        "byte not allowed in a field name at byte 1",
    );
    refused(
        "a\u{e9}",
        b"x",
        HeaderErrorKind::InvalidNameByte,
        Some(1),
        "byte not allowed in a field name at byte 1",
    );
    refused(
        "a",
        b"1234567890123456789\n",
        HeaderErrorKind::InvalidValueByte,
        Some(19),
        "byte not allowed in a field value at byte 19 of field \"a\"",
    );
    for byte in (0..=255u8).filter(|byte| (*byte < 32 && *byte != 9) || *byte == 127) {
        for len in [1, 7, 15, 16, 17, 31, 32, 40] {
            for at in 0..len {
                let mut value = vec![b'x'; len];
                value[at] = byte;
                assert_eq!(
                    FieldValue::parse_bytes(&value).unwrap_err().offset(),
                    Some(at)
                );
                assert!(HeaderValue::from_bytes(&value).is_err());
            }
        }
    }
    for byte in (0..=255u8).filter(|byte| (*byte >= 32 || *byte == 9) && *byte != 127) {
        assert!(
            FieldValue::parse_bytes(&[byte; 20]).is_ok()
                && HeaderValue::from_bytes(&[byte; 20]).is_ok()
        );
        assert_eq!(
            FieldName::parse_bytes(&[byte]).is_ok(),
            HeaderName::from_bytes(&[byte]).is_ok(),
            "{byte}"
        );
    }
    assert!(FieldName::parse(&"a".repeat(65535)).is_ok());
    assert_eq!(
        FieldName::parse(&"a".repeat(65536))
            .unwrap_err()
            .status_hint(),
        431
    );
}

#[test]
fn values_as_text() {
    let latin = FieldValue::parse_bytes(b"caf\xe9").expect("valid");
    assert_eq!(latin.to_latin1(), "caf\u{e9}");
    assert_eq!(latin.to_utf8_lossy(), "caf\u{fffd}");
    assert_eq!(latin.to_str().unwrap_err().offset(), Some(3));
    assert_eq!(latin.to_string(), "caf\\xe9");
    let utf8 = FieldValue::parse("\u{2603}").expect("valid");
    assert_eq!(
        (utf8.to_str().expect("text"), utf8.to_string().as_str()),
        ("\u{2603}", "\u{2603}")
    );
}

#[test]
fn secrets_are_not_shown() {
    let h = headers(&[
        ("Cookie", "hidden"),
        ("authorization", "hidden"),
        ("Proxy-Authorization", "hidden"),
        ("SET-COOKIE", "hidden"),
        ("a", "b"),
    ]);
    let shown = format!("{h:?}");
    assert!(
        !shown.contains("hidden") && shown.contains("(\"a\", \"b\")"),
        "{shown}"
    );
}

#[test]
fn header_map_and_back() {
    let mut map = HeaderMap::new();
    let mut secret = HeaderValue::from_static("s");
    secret.set_sensitive(true);
    map.append("x-a", HeaderValue::from_static("1"));
    map.append(
        "content-type",
        HeaderValue::from_bytes(b"\xff").expect("valid"),
    );
    map.append("x-a", secret);
    let h = Headers::from(&map);
    let back = HeaderMap::try_from(&h).expect("fits");
    assert_eq!(back, map);
    assert!(
        back.get_all("x-a")
            .iter()
            .next_back()
            .expect("there")
            .is_sensitive()
    );
    assert_eq!(
        HeaderMap::try_from(Headers::from(map.clone())).expect("fits"),
        map
    );
    let many: Headers =
        Headers::try_from_pairs((0..40_000).map(|n| (format!("n{n}"), ""))).expect("valid");
    assert_eq!(
        HeaderMap::try_from(&many).unwrap_err().kind(),
        HeaderErrorKind::TooManyFields
    );
}

#[test]
fn headers_equality() {
    let a = headers(&[("A", "1"), ("b", "2"), ("a", "3")]);
    assert_eq!(a, headers(&[("B", "2"), ("a", "1"), ("a", "3")]));
    assert_ne!(a, headers(&[("B", "2"), ("a", "3"), ("a", "1")]));
    assert_ne!(a, headers(&[("B", "2"), ("a", "1")]));
}

#[test]
fn a_copy_is_the_same_whatever_was_in_its_place() {
    let mut changed = headers(&[("Host", "example.org"), ("X", "1"), ("Cookie", "a=b")]);
    changed.remove("x");
    let lists = [
        changed,
        headers(&[]),
        headers(&[("Host", "example.com"), ("Y", "2"), ("Accept", "b=a")]),
        headers(&[("a", "1"), ("a", "2"), ("B", ""), ("Cookie", "long enough")]),
    ];
    for source in &lists {
        for before in &lists {
            let mut copy = before.clone();
            copy.clone_from(source);
            assert_eq!(copy.to_string(), source.to_string());
            for name in ["host", "cookie", "accept", "x", "y", "a", "b"] {
                assert!(copy.get_all(name).eq(source.get_all(name)), "{name}");
            }
            // The copy is a list of its own.
            copy.try_append("Z", "z").expect("valid");
            assert_eq!(copy.len(), source.len() + 1);
        }
    }
}

#[test]
fn the_text_does_not_grow_with_changes() {
    let mut h = headers(&[("a", "1"), ("b", "2")]);
    let mut d = MultiDict::from([("a", "1"), ("b", "2")]);
    for n in 0..100_000 {
        h.try_insert("a", n.to_string()).expect("valid");
        d.insert("a", n.to_string());
    }
    is(&h, &[("a", "99999"), ("b", "2")]);
    assert_eq!(d, MultiDict::from([("a", "99999"), ("b", "2")]));
    assert!(h.clone().len() == 2 && d.clone().len() == 2);
}

#[track_caller]
fn lists(dict: &MultiDict, expected: &[(&str, &[&str])]) {
    let lists: Vec<_> = dict
        .lists()
        .map(|(key, values)| (key, values.collect::<Vec<_>>()))
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(key, values)| (*key, values.to_vec()))
        .collect();
    assert_eq!(lists, expected);
}

#[test]
fn multi_dict_writes() {
    let mut d = MultiDict::from([("a", "1"), ("b", "2"), ("a", "3")]);
    lists(&d, &[("a", &["1", "3"]), ("b", &["2"])]);
    d.insert("a", "9");
    d.append("c", String::from("4"));
    lists(&d, &[("a", &["9"]), ("b", &["2"]), ("c", &["4"])]);
    d.set_all("b", ["5", "6"]);
    lists(&d, &[("a", &["9"]), ("b", &["5", "6"]), ("c", &["4"])]);
    d.set_all("a", [""; 0]);
    assert_eq!(d.remove_all("b"), ["5", "6"]);
    assert_eq!((d.remove("b"), d.remove_all("b").len()), (None, 0));
    d.append("b", "7");
    d.append("c", "8");
    assert_eq!(d.pop(), Some(("b".to_owned(), vec!["7".to_owned()])));
    assert_eq!(
        d.pop(),
        Some(("c".to_owned(), vec!["4".to_owned(), "8".to_owned()]))
    );
    assert!(d.pop().is_none() && d.is_empty());
}

#[test]
fn multi_dict_of_other_values() {
    #[derive(Debug, PartialEq)]
    struct File(u8);
    let mut files = MultiDict::<File>::default();
    files.append("f", File(1));
    files.append("g", File(2));
    files.append("f", File(3));
    assert_eq!(files.get("f"), Some(&File(1)));
    files.get_mut("g").expect("there").0 = 9;
    assert_eq!(
        files.values().map(|file| file.0).collect::<Vec<_>>(),
        [1, 9, 3]
    );
    assert_eq!(files.remove("f"), Some(File(1)));
    assert_eq!(files.into_iter().next(), Some(("g".to_owned(), File(9))));
}

#[test]
fn multi_dict_refuses_bad_spans() {
    for (pairs, at) in [
        ((Span::new(0, 1), Span::new(2, 9)), 2),
        ((Span::new(3, 1), Span::new(0, 0)), 3),
        ((Span::new(0, 3), Span::new(0, 0)), 0),
    ] {
        let error = MultiDict::from_spans("a=\u{e9}".to_owned(), vec![pairs]).unwrap_err();
        assert_eq!(
            (error.kind(), error.offset()),
            (MultiDictErrorKind::SpanOutOfBounds, Some(at))
        );
    }
}

#[test]
fn combined_reads() {
    let a = MultiDict::from([("a", "x"), ("b", "1"), ("a", "2")]);
    let b = MultiDict::from([("c", "3"), ("a", "7")]);
    let both = CombinedMultiDict::new([&a, &b]);
    assert_eq!(
        (both.get("a"), both.get("c"), both.get("d")),
        (Some("x"), Some("3"), None)
    );
    assert_eq!(
        both.get_as::<u8>("a").expect("the second converts"),
        Some(7)
    );
    assert_eq!(
        both.get_all_as::<u8>("a").flatten().collect::<Vec<_>>(),
        [2, 7]
    );
    assert_eq!(both.keys().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(
        (both.key_count(), both.len(), both.is_empty()),
        (3, 5, false)
    );
    assert_eq!(
        both.firsts().collect::<Vec<_>>(),
        [("a", "x"), ("b", "1"), ("c", "3")]
    );
    assert_eq!(
        both.lists().next().map(|(_, values)| values.count()),
        Some(3)
    );
    assert_eq!(both.to_multi_dict().get_all("a").count(), 3);
    assert_eq!(both.require("z").unwrap_err().key(), "z");
}

#[test]
fn header_set_changes() {
    let mut set = HeaderSet::from(["Foo", "bar", "FOO"]);
    assert_eq!(
        (set.len(), set.position("foo"), set.position("x")),
        (2, Some(0), None)
    );
    assert!(set.remove("fOO") && !set.remove("foo"));
    set.extend(["a", "b", "BAR"]);
    assert_eq!(set.to_string(), "bar, a, b");
    assert_eq!(set.replace(0, "B").as_deref(), Some("bar"));
    assert_eq!(
        (set.to_string().as_str(), set.replace(5, "x")),
        ("B, a", None)
    );
    assert_eq!(set.remove_at(0).as_deref(), Some("B"));
    set.clear();
    assert!(set.is_empty() && set.remove_at(0).is_none());
}

#[test]
fn a_large_header_set_is_the_same_as_a_small_one() {
    let mut set = HeaderSet::new();
    for n in 0..100 {
        assert!(set.add(format!("Name{n}")) && !set.add(format!("NAME{n}")));
    }
    assert!(set.remove("name50") && !set.contains("Name50") && set.contains("NAME51"));
    assert_eq!(set.replace(0, "NAME99").as_deref(), Some("Name0"));
    assert!(set.contains("name99") && !set.contains("name0") && set.len() == 98);
    assert_eq!(set, set.iter().rev().map(str::to_uppercase).collect());
    for n in 0..100 {
        set.remove(&format!("naMe{n}"));
    }
    assert!(set.is_empty() && set.add("x") && !set.add("X"));
}

#[cfg(feature = "serde")]
#[test]
fn serde_forms() {
    let dict = MultiDict::from([("a", "1"), ("b", "2"), ("a", "3")]);
    let text = serde_json::to_string(&dict).expect("json");
    assert_eq!(text, r#"{"a":["1","3"],"b":["2"]}"#);
    for form in [
        text.as_str(),
        r#"[["a","1"],["b","2"],["a","3"]]"#,
        r#"{"a":["1","3"],"b":"2"}"#,
    ] {
        assert_eq!(
            serde_json::from_str::<MultiDict>(form).expect("a map"),
            dict
        );
    }
    assert!(serde_json::from_str::<MultiDict>(r#"{"a":1}"#).is_err());
}
