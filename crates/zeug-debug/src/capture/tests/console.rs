//! Owns the console: what each line is answered.

use proptest::prelude::*;

use super::{PATIENCE, alone, caught, fixtures, snapshot};
use crate::eval::parses;

/// A line and its answer: `value: type`, or the first line of what is wrong with the place that the carets point to.
const LINES: &[(&str, &str)] = &[
    // Names, fields, indices.
    ("small", "200: u8"),
    ("vector[1].sku", r#""B-2": String"#),
    (
        "vector[0]",
        r#"Item { sku: "A-1", price_cents: 1999, qty: 1 }: Item"#,
    ),
    ("tuple.1", r#""two": &str"#),
    ("events[3].1", "Start: Box<Event>"),
    ("array[2]", "3: u16"),
    ("deque[4]", "77: i32"),
    ("boxed.sku", r#""B-2": String"#),
    ("some_ref.unwrap().qty", "1: u8"),
    ("shape.radius", "1.5: f64"),
    ("shape_ref.radius", "2.5: f64"),
    ("range.end", "5: i32"),
    ("closure.negative", "&-300: &i16"),
    ("future.wanted", "3: u32"),
    (
        "json.0[0]",
        "Number(Number { n: PosInt(1) }): serde_json::value::Value",
    ),
    // References.
    ("*reference", "200: u8"),
    ("**double", "200: u8"),
    ("&numbers", "&[1, 2, 3]: &Vec<i32>"),
    ("*pointer", "1: i32"),
    (
        "*boxed",
        r#"Item { sku: "B-2", price_cents: 750, qty: 2 }: Item"#,
    ),
    ("*small", "a `u8` cannot be dereferenced @ *small"),
    ("*wild", "<nothing at address 0x10>: i32"),
    ("*wild + 1", "nothing at address 0x10 @ *wild"),
    // Parts.
    ("numbers[0..2]", "[1, 2]: [i32]"),
    ("numbers[1..=2]", "[2, 3]: [i32]"),
    ("numbers[..]", "[1, 2, 3]: [i32]"),
    ("numbers[2..][0]", "3: i32"),
    (
        "numbers[2..9]",
        "2..9 is out of bounds: the length is 3 @ numbers[2..9]",
    ),
    ("text[0..6]", r#""quoted": &str"#),
    (
        "text[0..20]",
        "0..20 is out of bounds: the length is 21 @ text[0..20]",
    ),
    ("many[998..]", "[998, 999]: [u32]"),
    ("deque[3..]", "[1, 77]: [i32]"),
    // Maps.
    (r#"map["one"]"#, "1: i32"),
    (r#"map.get("one")"#, "Some(&1): Option<&i32>"),
    (r#"map.get("two")"#, "None: Option<_>"),
    (r#"map["two"]"#, r#"there is no key "two" @ "two""#),
    (r#"map.contains_key("one")"#, "true: bool"),
    ("tree[39]", r#""39": String"#),
    ("tree[40]", "there is no key 40 @ 40"),
    ("set.contains(9)", "true: bool"),
    ("set.contains(8)", "false: bool"),
    // Methods.
    ("vector.len()", "2: usize"),
    ("text.len()", "21: usize"),
    ("map.len() + set.len()", "2: usize"),
    ("empty.is_empty()", "true: bool"),
    ("some.is_some() && none.is_none()", "true: bool"),
    ("some.unwrap() + 1", "4: u32"),
    ("res.is_err()", "true: bool"),
    ("res.unwrap_err().kind", "InvalidDigit: IntErrorKind"),
    ("none.unwrap()", "it is `None` @ none.unwrap()"),
    ("numbers.first()", "Some(&1): Option<&i32>"),
    ("numbers.last().unwrap()", "&3: &i32"),
    ("numbers.get(7)", "None: Option<_>"),
    ("numbers.contains(2)", "true: bool"),
    (r#"owned.starts_with("own")"#, "true: bool"),
    ("mutex.lock().unwrap() * 2", "20: i32"),
    ("mutex.is_poisoned()", "false: bool"),
    ("ref_cell.borrow()[0]", "1: i32"),
    ("cell.get()", "7: i32"),
    ("negative.abs()", "300: i16"),
    ("owned.as_str().trim()", r#""owned": &str"#),
    // Operators.
    ("small - 100", "100: u8"),
    ("small + 100", "the result does not fit `u8` @ small + 100"),
    ("small as u32 + 100", "300: u32"),
    ("negative as u8", "212: u8"),
    ("-1 as u8 as char", "'ÿ': char"),
    ("ratio as i32", "2: i32"),
    ("letter as u32", "223: u32"),
    ("numbers[0] + numbers[1] * 2", "5: i32"),
    ("(numbers[0] + numbers[1]) * 2", "6: i32"),
    ("10 % 4 - 3", "-1: i32"),
    ("1 / 0", "division by zero @ 1 / 0"),
    ("ratio * 2.0", "5.0: f64"),
    ("single", "0.1: f32"),
    ("small > 3 && !truth", "false: bool"),
    ("small == 300", "300 is no `u8` @ small == 300"),
    (
        "small == negative",
        "`u8` and `i16` do not go together: write `as u8` after the second @ small == negative",
    ),
    (r#"owned == "owned""#, "true: bool"),
    (r#"path == "/tmp/x""#, "true: bool"),
    (r#"owned + "!""#, r#""owned!": &str"#),
    ("letter == 'ß'", "true: bool"),
    ("0xff_u8", "255: u8"),
    ("1..2", "a range stands between `[` and `]` @ 1..2"),
    ("false && nothing", "false: bool"),
    // What is wrong, and what was meant.
    (
        "vectr",
        "no variable `vectr` in this frame; did you mean `vector`? @ vectr",
    ),
    (
        "item.prise_cents",
        "no field `prise_cents` in `Item`; did you mean `price_cents`? @ prise_cents",
    ),
    ("tuple.7", "no field `7` in this tuple @ 7"),
    ("small.x", "a `u8` has no fields to name @ x"),
    (
        "vector.lenn()",
        "the console knows no method `lenn`; did you mean `len`? @ lenn",
    ),
    ("vector.len(1)", "`len` takes 0 arguments here @ len"),
    ("vector[9]", "index 9 is out of bounds: the length is 2 @ 9"),
    (
        "vector[-1]",
        "index -1 is out of bounds: the length is 2 @ -1",
    ),
    (
        "item + 1",
        "a `Item` is neither number, text, `bool` nor `char`: ask for one of its fields @ item",
    ),
    ("item[0]", "a `Item` cannot be indexed @ item[0]"),
    ("1 +", "a value is missing at the end @ "),
    ("(small", "`)` is missing at the end @ "),
    (
        "small = 3",
        "nothing can be changed here; to compare, write `==` @ =",
    ),
    ("pick(1)", "an operator or the end was expected here @ ("),
    (
        "|x| x",
        "this console knows names, fields, indices, a few methods and operators: no closures, paths or `?` @ |",
    ),
    ("\"open", "the closing `\"` is missing @ \"open"),
    ("small # 2", "'#' has no meaning here @ #"),
    ("", "a value is missing at the end @ "),
    (
        "999999999999999999999999999999999999999999",
        "`999999999999999999999999999999999999999999` is no number that fits @ 999999999999999999999999999999999999999999",
    ),
    // Secrets.
    (
        "password",
        "`password` is hidden: its name says that it is a secret @ password",
    ),
    (
        "password.len()",
        "`password` is hidden: its name says that it is a secret @ password",
    ),
    (
        "password == \"hunter2\"",
        "`password` is hidden: its name says that it is a secret @ password",
    ),
    (
        "*&password",
        "`password` is hidden: its name says that it is a secret @ password",
    ),
    ("user", r#"User { name: "ann", token: <hidden> }: User"#),
    (
        "user.token[0..1]",
        "`token` is hidden: its name says that it is a secret @ token",
    ),
    (
        "headers[1].1",
        "`1` is hidden: its name says that it is a secret @ 1",
    ),
    ("headers[0].1", r#""x": &str"#),
    (
        r#"settings["password"]"#,
        r#"`password` is hidden: its name says that it is a secret @ settings["password"]"#,
    ),
    (
        r#"settings.get("password")"#,
        r#"`password` is hidden: its name says that it is a secret @ settings.get("password")"#,
    ),
];

#[test]
fn each_line() {
    let _alone = alone();
    let captured = caught(fixtures::everything);
    for (line, expected) in LINES {
        let path = "zeug_debug::capture::tests::fixtures::";
        let found = match snapshot(&captured).evaluate(0, line, PATIENCE) {
            Ok(answer) => format!("{}: {}", answer.value, answer.type_name).replace(path, ""),
            Err(text) => {
                let mut lines = text.lines();
                let (message, source, carets) = (lines.next(), lines.next(), lines.next());
                let marked: String = source
                    .unwrap_or("")
                    .chars()
                    .zip(carets.unwrap_or("").chars())
                    .filter_map(|(c, caret)| (caret == '^').then_some(c))
                    .collect();
                format!("{} @ {marked}", message.unwrap_or("")).replace(path, "")
            }
        };
        assert_eq!(found, *expected, "{line}");
    }
    let count = own_frame_count(&captured);
    let none = snapshot(&captured).evaluate(count, "1", PATIENCE);
    assert_eq!(none, Err(format!("there is no frame {count}")));
    let outer = snapshot(&captured).evaluate(1, "1 + 1", PATIENCE);
    assert_eq!(outer.map(|answer| answer.value), Ok("2".to_owned()));
}

/// What a line may go on with.
#[test]
fn what_may_follow() {
    let _alone = alone();
    let captured = caught(fixtures::everything);
    for (line, start, names) in [
        ("vect", 0, &["vector"][..]),
        ("1 + vect", 4, &["vector"]),
        ("item.", 5, &["sku", "price_cents", "qty"]),
        ("item.pr", 5, &["price_cents"]),
        ("vector[0].s", 10, &["sku"]),
        ("(vector[0].s", 11, &["sku"]),
        ("numbers.le", 8, &["len()"]),
        ("some.un", 5, &["unwrap()"]),
        ("some.unwrap().", 14, &[]),
        ("tuple.", 6, &["0", "1", "2"]),
        ("user.tok", 5, &["token"]),
        ("password.", 9, &[]),
        ("nothing.", 8, &[]),
        ("\"text\".", 7, &[]),
        ("ü.", 3, &[]),
    ] {
        let found = snapshot(&captured)
            .complete(0, line, PATIENCE)
            .expect("an answer");
        assert_eq!(
            (found.start, &*found.names),
            (
                start,
                &*names.iter().map(ToString::to_string).collect::<Vec<_>>()
            ),
            "{line}"
        );
    }
    let all = snapshot(&captured)
        .complete(0, "", PATIENCE)
        .expect("an answer");
    assert!(all.names.len() > 20);
}

/// Which lines are answered without the compiler, and which are refused.
#[test]
#[cfg(all(feature = "console", target_env = "gnu"))]
fn what_only_looks() {
    use crate::eval::{names_a_secret, only_looks};

    for (line, looks) in [
        ("cart.items[1].sku", true),
        ("*user", true),
        ("&items[1..]", true),
        ("map[\"key\"].0", true),
        ("items.len()", true),
        ("(*order).is_some()", true),
        ("items[at]", true),
        ("1", false),
        ("items.len() + 1", false),
        ("items.first()", false),
        ("small as u32", false),
        ("items.iter()", false),
        ("items[at + 1]", false),
        ("{ items }", false),
        ("", false),
    ] {
        assert_eq!(only_looks(line), looks, "{line}");
    }
    for (line, secret) in [
        ("password", true),
        ("user.token", true),
        ("settings[\"password\"]", true),
        ("password.len() + 1", true),
        ("user.name == password", true),
        ("user.name", false),
        ("{ password }", false),
    ] {
        assert_eq!(names_a_secret(line), secret, "{line}");
    }
}

fn own_frame_count(captured: &crate::failure::Caught) -> usize {
    let frames = snapshot(captured).frames(PATIENCE).expect("frames");
    frames.0.len()
}

#[test]
fn a_text_and_a_sequence_of_any_size_are_cut() {
    let _alone = alone();
    let captured = caught(fixtures::huge);
    for line in ["text", "numbers", "nested", "map"] {
        let answer = snapshot(&captured)
            .evaluate(0, line, PATIENCE)
            .expect("an answer");
        assert!(
            answer.value.len() < 40 << 10,
            "{line}: {} bytes",
            answer.value.len()
        );
    }
    let answer = snapshot(&captured).evaluate(0, "numbers[2999999]", PATIENCE);
    assert_eq!(answer.map(|answer| answer.value), Ok("2999999".to_owned()));
}

#[test]
fn parentheses_and_signs_end_somewhere() {
    for line in [
        "(".repeat(1900),
        "-".repeat(1900),
        "&".repeat(1900),
        "a[".repeat(900),
        "a.b".repeat(600),
        "f(".repeat(900),
        "*".repeat(1999),
    ] {
        assert!(parses(&line).is_err(), "{}", &line[..4]);
    }
    assert!(parses(&format!("{}x", "x + ".repeat(150))).is_ok());
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(line in ".{0,200}") {
        let _ = parses(&line);
    }

    #[test]
    fn no_words_make_the_parser_panic(words in prop::collection::vec(
        prop::sample::select(vec!["a", ".", "1", "1.5", "\"t\"", "'c'", "(", ")", "[", "]", "..", "..=", "&", "&&", "*", "-", "!", "+", "==", "<", "as", "u8", ",", "::", "?", "=", " ", "é"]),
        0..60,
    )) {
        let _ = parses(&words.concat());
    }
}
