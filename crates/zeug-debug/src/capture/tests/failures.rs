//! Owns the typical failures: which frames and variables each shows.

use super::{PATIENCE, alone, caught, fixtures, line, own_frames, scope, snapshot};
use crate::traceback::FailureKind;

/// A frame that is expected: the end of the function's name, what its line of the source holds, its variables.
type Expected<'a> = (&'static str, &'static str, &'a [&'a str]);

#[track_caller]
fn shows(fails: fn(), message: &str, expected: &[Expected<'_>]) {
    let _alone = alone();
    let captured = caught(fails);
    assert_eq!(captured.message, message);
    let source = include_str!("fixtures.rs");
    let frames = own_frames(&captured);
    let found: Vec<_> = frames
        .iter()
        .map(|frame| {
            let place = frame.place.as_ref().expect("a place");
            let source = source.lines().nth(place.line as usize - 1).unwrap_or("");
            (
                frame.function.as_str(),
                source.trim(),
                frame.variables.iter().map(line).collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((function, source, variables), (name, text, lines)) in found.iter().zip(expected) {
        assert!(function.ends_with(name), "{function} is not {name}");
        assert!(source.contains(text), "{function} is at {source:?}");
        assert_eq!(variables, lines, "variables of {function}");
    }
}

const CART: &str = r#"cart: Vec<Item> = [Item { sku: "A-1", price_cents: 1999, qty: 1 }, Item { sku: "B-2", price_cents: 750, qty: 2 }]"#;
const SLICE: &str = r#"slice: &[Item] = [Item { sku: "A-1", price_cents: 1999, qty: 1 }, Item { sku: "B-2", price_cents: 750, qty: 2 }]"#;

#[test]
fn an_index_out_of_bounds_deep_in_a_helper() {
    shows(
        fixtures::index,
        "index out of bounds: the len is 2 but the index is 7",
        &[
            (
                "pick",
                "&slice[wanted]",
                &[
                    SLICE,
                    "wanted: usize = 7",
                    "half: f32 = 1.0",
                    r#"name: &str = "pick""#,
                ],
            ),
            ("index", "pick(&cart, 7)", &[CART]),
        ],
    );
}

#[test]
fn unwrap_on_an_error_of_a_library() {
    shows(
        fixtures::unwrap,
        "called `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }",
        &[(
            "unwrap",
            "number.unwrap()",
            &[
                r#"text: &str = "12a""#,
                "number: Result<u16, ParseIntError> = Err(ParseIntError { kind: InvalidDigit })",
            ],
        )],
    );
}

#[test]
fn an_error_through_three_question_marks() {
    shows(
        fixtures::question_marks,
        "invalid digit found in string",
        &[
            (
                "handle",
                "amount(line)?",
                &[r#"line: &str = "3x apples""#, "attempt: u8 = 1"],
            ),
            ("question_marks", "handle(", &[]),
        ],
    );
    let _alone = alone();
    let captured = caught(fixtures::question_marks);
    assert_eq!(captured.kind, FailureKind::Error);
    assert_eq!(
        captured.type_name.as_deref(),
        Some("core::num::error::ParseIntError")
    );
    assert!(captured.causes.is_empty());
}

#[test]
fn causes_are_told() {
    let _alone = alone();
    let captured = caught(fixtures::caused);
    assert_eq!(captured.message, "the cart cannot be read");
    assert_eq!(captured.causes, ["invalid digit found in string"]);
}

#[test]
fn a_failure_inside_an_iterator_chain() {
    shows(
        fixtures::chain,
        "attempt to divide by zero",
        &[
            (
                "{{closure}}",
                "100 / *qty",
                &["qty: &i64 = &0", "rate: i64 = 100"],
            ),
            (
                "chain",
                ".sum()",
                &["quantities: Vec<i64> = [4, 0, 2]", "rate: i64 = 100"],
            ),
        ],
    );
}

#[test]
fn a_poisoned_lock() {
    shows(
        fixtures::poisoned,
        r#"called `Result::unwrap()` on an `Err` value: PoisonError { .. }"#,
        &[(
            "poisoned",
            "stock.lock().unwrap()",
            &["stock: Arc<Mutex<Vec<u8>>> = Mutex { data: [1, 2], poisoned: true }"],
        )],
    );
}

#[test]
fn an_arithmetic_overflow() {
    shows(
        fixtures::overflow,
        "attempt to add with overflow",
        &[
            (
                "add",
                "total + more",
                &["total: u8 = 200", "more: u8 = 100"],
            ),
            ("overflow", "add(", &["start: u8 = 200"]),
        ],
    );
}

#[test]
fn an_async_function() {
    shows(
        fixtures::asynchronous,
        "nothing is left of \"tea\"",
        &[
            (
                "take_from_stock::{{closure}}",
                "panic!(",
                &[r#"name: &str = "tea""#, "wanted: u32 = 3", "left: u32 = 0"],
            ),
            (
                "order::{{closure}}",
                "take_from_stock(",
                &["wanted: u32 = 3", r#"name: String = "tea""#],
            ),
            ("asynchronous", "order(3)", &[]),
        ],
    );
}

#[test]
fn an_async_function_that_has_waited_kept_what_it_needs() {
    let source = include_str!("fixtures.rs");
    let body = source.find("async fn weigh").expect("the function");
    let before = &source[..body + source[body..].find("Yield(").expect("its await")];
    let item = format!(
        "item: &Item = (not kept across the .await of line {}, since nothing behind it needs it)",
        before.lines().count()
    );
    shows(
        fixtures::resumed,
        "attempt to subtract with overflow",
        &[
            (
                "weigh::{{closure}}",
                "limit - fresh",
                &[&item, "spare: u32 = 1", "limit: u32 = 2", "fresh: u32 = 7"],
            ),
            (
                "basket::{{closure}}",
                "weigh(",
                &[&format!("items: {}", CART.trim_start_matches("cart: "))],
            ),
            ("resumed", "basket()", &[]),
        ],
    );
}

#[test]
fn a_generic_function() {
    shows(
        fixtures::generic,
        "no elements",
        &[
            (
                "largest",
                "expect(",
                &["items: &[f64] = []", "unit: &str = \"kg\""],
            ),
            ("generic", "largest(", &["none: [f64; 0] = []"]),
        ],
    );
}

#[test]
fn a_closure_with_what_it_captured() {
    shows(
        fixtures::closure,
        "too many: 5",
        &[
            (
                "{{closure}}",
                "assert!(",
                &["n: u32 = 5", "seen: Vec<u32> = [5]", "limit: u32 = 4"],
            ),
            (
                "closure",
                "check(5)",
                &[
                    "limit: u32 = 4",
                    "seen: Vec<u32> = [5]",
                    "check: closure::{closure_env#0} = closure { seen: &[5], limit: &4 }",
                ],
            ),
        ],
    );
}

#[test]
fn a_function_that_was_put_into_its_caller() {
    shows(
        fixtures::inlined,
        "attempt to subtract with overflow",
        &[
            ("less", "a - b", &["a: u32 = 3", "b: u32 = 4"]),
            ("inlined", "less(", &["three: u32 = 3"]),
        ],
    );
}

#[test]
fn methods_shadowed_names_and_inner_blocks() {
    shows(
        fixtures::blocks,
        "2",
        &[
            (
                "fail",
                "panic!(",
                &[
                    r#"self: &Counter = &Counter { name: "c", hits: Cell { value: 9 } }"#,
                    "depth: u32 = 0",
                ],
            ),
            (
                "fail",
                "self.fail(depth - 1)",
                &[
                    r#"self: &Counter = &Counter { name: "c", hits: Cell { value: 9 } }"#,
                    "depth: u32 = 1",
                ],
            ),
            (
                "blocks",
                "counter.fail(1)",
                &[
                    r#"counter: Counter = Counter { name: "c", hits: Cell { value: 9 } }"#,
                    "x: &str = \"second\"",
                    "inner: i32 = 1",
                ],
            ),
        ],
    );
}

#[test]
fn a_panic_while_something_is_dropped() {
    shows(
        fixtures::dropping,
        "dropped",
        &[
            (
                "drop",
                "panic!(",
                &["self: &mut Bomb = &Bomb { armed: true }"],
            ),
            (
                "dropping",
                "drop(bomb)",
                &["bomb: Bomb = Bomb { armed: true }"],
            ),
        ],
    );
}

#[test]
fn an_error_whose_text_panics() {
    let _alone = alone();
    let captured = caught(fixtures::display_panics);
    assert_eq!(captured.kind, FailureKind::Error);
    assert_eq!(
        captured.message,
        "an error whose text cannot be had: its Display panicked"
    );
}

#[test]
fn the_last_failure_of_a_request_is_the_one_that_is_kept() {
    let _alone = alone();
    let captured = caught(|| {
        fixtures::question_marks();
        fixtures::overflow();
    });
    assert_eq!(captured.message, "attempt to add with overflow");
}

#[test]
fn without_a_failure_there_is_nothing_and_outside_of_a_scope_nothing_is_caught() {
    let _alone = alone();
    assert!(scope().finish().1.is_none());
    let failed = std::panic::catch_unwind(fixtures::overflow);
    assert!(failed.is_err());
    assert!(scope().finish().1.is_none());
}

#[test]
fn scopes_nest() {
    let _alone = alone();
    let outer = caught(|| {
        let inner = caught(fixtures::index);
        assert!(inner.message.starts_with("index out of bounds"));
        fixtures::overflow();
    });
    assert_eq!(outer.message, "attempt to add with overflow");
}

#[test]
fn frames_of_libraries_are_told_apart() {
    let _alone = alone();
    let captured = caught(fixtures::chain);
    let (frames, _) = snapshot(&captured).frames(PATIENCE).expect("frames");
    let library = frames
        .iter()
        .find(|frame| frame.function.contains("map_fold"))
        .expect("a frame of the iterator");
    assert!(!library.own && library.place.is_some());
    let failed = frames.first().expect("a frame");
    assert!(
        failed.own,
        "the panic's own functions are left out: {}",
        failed.function
    );
}
