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

/// Where the function of a marked source could be compiled alone: `^` stands before the place, `«` where the function would be exported.
#[track_caller]
fn check_root(marked: &str, polled: Option<(&str, usize)>) {
    let plain = |text: &str| text.replace(['^', '«'], "");
    let place = plain(marked.split('^').next().unwrap_or_default()).len() + 1;
    let sites = Site::find(&plain(marked), 1, u32::try_from(place).unwrap_or(0));
    let root = sites.first().and_then(|site| site.root.clone());
    let wanted = marked.find('«').map(|at| plain(&marked[..at]).len());
    assert_eq!(root.as_ref().map(|root| root.at), wanted, "{marked}");
    let found = root.and_then(|root| root.polled);
    let found = found.as_ref().map(|(path, count)| (path.as_str(), *count));
    assert_eq!(found, polled, "{marked}");
}

#[test]
fn a_function_with_one_instance_can_be_compiled_alone() {
    check_root("#[inline] «pub fn f(a: u8) { ^g(a) }", None);
    check_root("«const fn f<'a>(a: &'a u8) { ^g(a) }", None);
    check_root("fn f<T>() { «fn g() { ^h() } }", None);
    check_root("impl A { «fn f(&self) { let b = || ^g(); } }", None);
    check_root("impl<'a> B for A<'a> { «fn f(&self) { ^g() } }", None);
    check_root("«async fn f(a: u8, b: u8) { ^g() }", Some(("f", 2)));
    check_root(
        "impl A { «pub async fn f(&self) { ^g() } }",
        Some(("Self::f", 1)),
    );
    // More than one, by whom it is called; or nobody knows.
    check_root("fn f<T>() { ^g() }", None);
    check_root("fn f(a: &[impl B]) { ^g() }", None);
    check_root("impl<T> A<T> { fn f(&self) { ^g() } }", None);
    check_root("impl<const N: usize> A<N> { fn f(&self) { ^g() } }", None);
    check_root("trait A { fn f(&self) { ^g() } }", None);
    check_root("impl B for A { async fn f(&self) { ^g() } }", None);
    check_root("#[tokio::main] async fn main() { ^g() }", None);
    check_root("#[async_trait] impl A { fn f(&self) { ^g() } }", None);
}
