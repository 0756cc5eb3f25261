//! What does not compile, what the compiler says and where it points to.

use crate::expand;

/// The enum is refused with this message.
#[track_caller]
fn refuses(source: &str, message: &str) {
    let input = syn::parse_str(source).expect("an item");
    let error = expand::routes(&input).expect_err("refused");
    assert_eq!(error.to_string(), message);
}

/// The enum is refused, and the refusal points to this part of its text.
#[track_caller]
fn points_to(source: &str, place: &str) {
    let input = syn::parse_str(source).expect("an item");
    let error = expand::routes(&input).expect_err("refused");
    assert_eq!(
        error.span().source_text().as_deref(),
        Some(place),
        "{error}"
    );
}

#[test]
fn places_in_rules() {
    let rule = |rule: &str| {
        format!("enum U {{ A, #[route(\"{rule}\")] B {{ id: u32 }} }}").replace("A, ", "")
    };
    points_to(&rule("/a/<int:id"), "<int:id");
    points_to(&rule("/e/<number:id>/b"), "<number:id>");
    points_to(&rule("/a/<int(mix=3):id>/b"), "<int(mix=3):id>");
    points_to(&rule("/<int:id>/<int:id>"), "<int:id>");
    points_to(&rule("a/<int:id>/b"), "a/<int:id>");
    points_to(&rule("/<int:id>/<name>/b"), "<name>");
    // Where the literal is not as the rule reads, all of it.
    points_to(&rule("/\\u{61}/<int:id"), "\"/\\u{61}/<int:id\"");
    points_to(
        r###"enum U { #[route(r"/<nr:id>")] A { id: u32 } }"###,
        r###"r"/<nr:id>""###,
    );
}

#[test]
fn places_beside_rules() {
    points_to(r#"enum U { #[route("/")] A { id: u32 } }"#, "id");
    points_to(r#"enum U { #[route("/<id>")] A { id: u32 } }"#, "u32");
    points_to(r#"enum U { #[route("/<id>")] A(u32) }"#, "(u32)");
    points_to("enum U { A }", "A");
    points_to(
        r#"enum U { #[route("/")] #[route("/b")] A }"#,
        r#"#[route("/b")]"#,
    );
    points_to(r#"enum U { #[route("/", verbs(GET))] A }"#, "verbs");
    points_to(r#"enum U { #[route("/api/", nested)] A(B) }"#, r#""/api/""#);
    points_to(
        r#"enum U { #[route("/api", nested)] A }"#,
        r#"#[route("/api", nested)] A"#,
    );
    points_to(
        r#"enum U { #[route("/a")] A, #[route("/a")] B }"#,
        r#""/a""#,
    );
    points_to(
        r#"#[routes(filters(a = b))] enum U { #[route("/a")] A }"#,
        "filters",
    );
    points_to(
        r#"#[routes(converters(a = b, a = c))] enum U { #[route("/a")] A }"#,
        "a",
    );
    points_to(
        r#"#[routes(converters(a(b: u8) = c))] enum U { #[route("/a")] A }"#,
        "u8",
    );
    points_to(
        r#"#[routes(converters(a() = c))] enum U { #[route("/<a(1):b>")] A { b: u8 } }"#,
        "<a(1):b>",
    );
}

#[test]
fn converters_of_ones_own() {
    refuses(
        r#"#[routes(converters(slug = make))] enum U { #[route("/<slug:a>")] A { a: String }, #[route("/<slag:b>")] B { b: String } }"#,
        "unknown converter at byte 1 of rule \"/<slag:b>\"\n    /<slag:b>\n     ^",
    );
    refuses(
        r#"#[routes(converters(slug = make, slug = make))] enum U { #[route("/")] A }"#,
        "a converter has one function",
    );
    refuses(
        r#"#[routes(slugs)] enum U { #[route("/")] A }"#,
        "expected converters(name = function, ...)",
    );
}

/// What `code`, declared as it is here, says of arguments in a rule.
#[track_caller]
fn declared(params: &str, args: &str, refusal: Option<&str>) {
    let source = format!(
        "#[routes(converters(code{params} = make))] enum U {{ #[route(\"/<code{args}:a>\")] A {{ a: String }} }}"
    );
    let expanded = expand::routes(&syn::parse_str(&source).expect("an item"));
    let message = expanded.err().map(|error| error.to_string());
    let first_line = message
        .as_deref()
        .and_then(|message| message.lines().next());
    assert_eq!(first_line, refusal, "{params} {args}");
}

#[test]
fn arguments_of_converters_of_ones_own() {
    // Where nothing is declared, nothing is known.
    declared("", "(1, what=True)", None);
    declared("()", "", None);
    declared("()", "(1)", Some("`code` takes at most 0 arguments"));
    let range = "(min: Option<i64>, max: Option<i64>)";
    for args in ["", "(1)", "(1, 2)", "(max=2)", "(1, max=2)", "(max=None)"] {
        declared(range, args, None);
    }
    declared(range, "(1, 2, 3)", Some("`code` takes at most 2 arguments"));
    declared(range, "(mix=1)", Some("`code` takes no argument `mix`"));
    declared(range, "(1, min=2)", Some("`code` is given `min` twice"));
    let not_whole = "`min` of `code` is `1.5`, not a whole number";
    declared(range, "(1.5)", Some(not_whole));
    let needed = "(text: &str, scale: f64, strict: bool,)";
    declared(needed, "(abc, 1.5, strict=True)", None);
    declared(needed, "(abc, 1, False)", None);
    declared(
        needed,
        "(abc, 1)",
        Some("`code` lacks its argument `strict`"),
    );
    let not_bool = "`strict` of `code` is `no`, not `True` or `False`";
    declared(needed, "(abc, 1, no)", Some(not_bool));
    let not_number = "`scale` of `code` is `None`, not a number";
    declared(needed, "(abc, None, True)", Some(not_number));
}

#[test]
fn rules_that_are_none() {
    refuses(
        r#"enum U { #[route("/a/<int:id")] A { id: u32 } }"#,
        "malformed variable at byte 3 of rule \"/a/<int:id\"\n    /a/<int:id\n    \u{20}\u{20}\u{20}^",
    );
    refuses(
        r#"enum U { #[route("/a/<number:id>")] A { id: u32 } }"#,
        "unknown converter at byte 3 of rule \"/a/<number:id>\"\n    /a/<number:id>\n    \u{20}\u{20}\u{20}^",
    );
}

#[test]
fn fields_that_do_not_fit() {
    refuses(
        r#"enum U { #[route("/<int:id>")] A }"#,
        "no field for the variable `id` of the rule\n    /<int:id>\n     ^",
    );
    refuses(
        r#"enum U { #[route("/")] A { id: u32 } }"#,
        "the rule has no variable `id`",
    );
    refuses(
        r#"enum U { #[route("/<id>")] A { id: u32 } }"#,
        "`id` is of a type that `default` does not give",
    );
    refuses(
        r#"enum U { #[route("/<id>")] A(u32) }"#,
        "fields need names: they are the rule's variables",
    );
}

#[test]
fn attributes_that_do_not_fit() {
    refuses(
        "enum U { A }",
        "a variant needs a rule: #[route(\"/path/<int:name>\")]",
    );
    refuses(
        r#"enum U { #[route("/")] #[route("/b")] A }"#,
        "a variant has one rule",
    );
    refuses(
        r#"enum U { #[route("/", verbs(GET))] A }"#,
        "expected methods(GET, ...) or nested",
    );
    refuses("struct U;", "Routes is for enums");
    refuses(
        "enum U<T> { A(T) }",
        "Routes is for enums without parameters",
    );
}

#[test]
fn nested_variants() {
    let path = "the path of nested routes has no variables and no slash at its end";
    refuses(r#"enum U { #[route("/api/", nested)] A(B) }"#, path);
    refuses(r#"enum U { #[route("/<v>", nested)] A(B) }"#, path);
    refuses(
        r#"enum U { #[route("/api", nested)] A }"#,
        "a nested variant holds one enum of routes: Api(ApiUrl)",
    );
}

#[test]
fn rules_that_hide_each_other() {
    let input = syn::parse_str(
        r#"enum U { #[route("/<a>")] A { a: String }, #[route("/<b>")] B { b: String } }"#,
    );
    let error = expand::routes(&input.expect("an item")).expect_err("refused");
    assert!(error.to_string().contains("/<a>"), "{error}");
}
