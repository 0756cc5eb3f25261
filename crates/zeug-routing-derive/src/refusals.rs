//! What does not compile, and what the compiler says. The places in the source that it points to are the compiler's own to test.

use crate::expand;

/// The enum is refused with this message.
#[track_caller]
fn refuses(source: &str, message: &str) {
    let input = syn::parse_str(source).expect("an item");
    let error = expand::routes(&input).expect_err("refused");
    assert_eq!(error.to_string(), message);
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
        "no field for the variable `id` of the rule",
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
