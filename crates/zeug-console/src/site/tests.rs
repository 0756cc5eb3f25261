//! Owns the table of places: `^` stands before the place, `«` where the innermost site begins, `»` where it ends if it has to be given a block.

use super::Site;

/// The innermost site of a marked source, as source marked again with the names in scope.
#[track_caller]
fn check(marked: &str, names: &str) {
    let wanted: String = marked.chars().filter(|each| *each != '^').collect();
    let source: String = marked
        .chars()
        .filter(|each| !"^«»".contains(*each))
        .collect();
    let before: String = marked
        .split('^')
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|each| !"«»".contains(*each))
        .collect();
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
    let sites = Site::find(
        &source,
        u32::try_from(line).unwrap_or(0),
        u32::try_from(column).unwrap_or(0),
    );
    let Some(site) = sites.first() else {
        return assert_eq!(names, "none", "{marked}");
    };
    let mut found = source;
    if let Some(end) = site.wrapped {
        found.insert(end, '»');
    }
    found.insert(site.at, '«');
    assert_eq!(found, wanted);
    let scope: Vec<_> = site.scope.iter().map(|name| name.name.as_str()).collect();
    assert_eq!(scope.join(" "), names, "{marked}");
}

#[test]
fn a_line_stands_before_the_innermost_statement() {
    check("fn f(a: u8) { let b = a; «let c = ^g(b); }", "a b");
    check("fn f(a: u8) { let b = a; «g^(b) }", "a b");
    check("fn f(a: u8) { if let Some(b) = a { «g^(b) } }", "a b");
    check("fn f(a: u8) { «if g^(a) { } }", "a");
    check(
        "fn f(a: u8) { match a { Some(b) => «^g(b)», None => 1 } }",
        "a b",
    );
    check(
        "fn f(a: u8) { match a { Some(b) => { «^g(b) } None => 1 } }",
        "a b",
    );
    check("fn f(a: u8) { a.map(|x| «x + ^1») }", "a x");
    check("fn f(a: u8) { for (i, b) in a { «g(i, ^b); } }", "a i b");
    check("fn f(a: u8) { fn g(b: u8) { «^h() } }", "b");
    check("impl A { fn f(&self, a: u8) { «self.g(^a) } }", "self a");
    check("fn f(a: u8) { let b = 1; «^}", "a b");
    check("fn f(a: u8) { let Some(b) = a else { «^panic() }; }", "a");
    check("async fn f(a: u8) { let b = async { «g(^a).await }; }", "a");
    check(
        "fn f() { while let Some(x) = g() && let Some(y) = h(x) { «k(^y); } }",
        "x y",
    );
}

#[test]
fn a_macro_is_looked_into() {
    check("fn f(a: u8) { «println!(\"{}\", g(^a)); }", "a");
    check(
        "fn f(a: u8) { assert!(a.iter().all(|b| «b.g^()»)); }",
        "a b",
    );
    check(
        "fn f(a: u8) { select! { b = a => { let c = b; «g^(c) } } }",
        "a c",
    );
    check(
        "macro_rules! m { ($n:ident) => { fn $n(x: u8) { let y = x; «g(^y); } } }",
        "x y",
    );
    check(
        "macro_rules! m { ($($n:ident),*) => { $( let $n = 1; «g(^$n); )* } }",
        "n",
    );
}

#[test]
fn where_nothing_runs_no_line_stands() {
    for marked in [
        "const A: u8 = ^1;",
        "fn f(^a: u8) {}",
        "struct ^A;",
        "fn f( {^",
        "",
    ] {
        check(marked, "none");
    }
}
