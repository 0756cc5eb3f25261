//! Owns the table of lines: what they become, and what is refused.

use super::{Line, Placed};
use crate::ErrorKind;

#[track_caller]
fn check(source: &str, statements: &str, value: Option<&str>) {
    let placed = Placed::new(source, &["self", "order__lines", "pair__0"]).expect(source);
    assert_eq!(placed.statements.text, statements);
    assert_eq!(placed.value.map(|value| value.text).as_deref(), value);
}

#[test]
fn a_line_has_statements_and_a_value() {
    check("a + 1", "", Some("a + 1"));
    check("let b = 1; b + a", "let b = 1; ", Some("b + a"));
    check("let b = 1", "let b = 1;", None);
    check("a;", "a;", None);
    check("", ";", None);
    check("vec![1]", "", Some("vec![1]"));
    check(
        "self.a + self::b() + x.self_",
        "",
        Some("__zc_self.a + self::b() + x.self_"),
    );
    check(
        "order.lines[0] + x.order.lines + order.other",
        "",
        Some("__zc_order__lines[0] + x.order.lines + order.other"),
    );
    check(
        "pair.0 + 0..pair.0",
        "",
        Some("__zc_pair__0 + 0..__zc_pair__0"),
    );
    check(
        "format!(\"{}\", self.a)",
        "",
        Some("format!(\"{}\", __zc_self.a)"),
    );
    check("Ok(a?.b)".replace('?', "").as_str(), "", Some("Ok(a.b)"));
}

#[test]
fn places_are_those_of_the_line_as_it_was_given() {
    let placed = Placed::new("é + self.a", &["self"]).expect("a line");
    let value = placed.value.expect("a value");
    assert_eq!(value.text, "é + __zc_self.a");
    assert_eq!(value.original(5..14), Some(5..9));
    assert_eq!(value.original(0..2), Some(0..2));
    assert_eq!(value.original(14..16), Some(9..11));
}

#[test]
fn an_underscore_is_the_last_value() {
    let line = |source: &str| Line {
        source: source.to_owned(),
        last: Some("a.b()".to_owned()),
        ..Line::default()
    };
    for (source, complete) in [
        ("_ + 1", "(a.b()) + 1"),
        ("match x { _ => _ }", "match x { _ => (a.b()) }"),
        ("_ = 1", "_ = 1"),
        ("format!(\"{}\", _)", "format!(\"{}\", (a.b()))"),
        ("let _: Vec<_> = x", "let _: Vec<_> = x"),
    ] {
        assert_eq!(line(source).complete().expect(source).text, complete);
    }
}

#[test]
fn what_is_no_line_is_refused_with_its_place() {
    for (source, message, start) in [
        ("f(", "a bracket or a quote is not closed", 1),
        ("a + ", "unexpected end of input, expected an expression", 4),
        (
            "f()?",
            "no `?` in a line: the frame's function does not run on",
            3,
        ),
        (
            "return 1",
            "no `return` in a line: the frame's function does not run on",
            0,
        ),
        (
            "a.b.await",
            "no `.await` in a line: the frame's function does not run on",
            4,
        ),
    ] {
        let error = Placed::new(source, &[]).expect_err(source);
        let ErrorKind::Rustc { diagnostics } = error.kind() else {
            panic!("{error:?}");
        };
        assert_eq!(
            (diagnostics[0].message.as_str(), diagnostics[0].start),
            (message, start)
        );
    }
    for source in ["(|| Some(a?))()", "{ fn f() -> u8 { return 1 } f() }"] {
        assert!(Placed::new(source, &[]).is_ok(), "{source}");
    }
}
