//! What `zeug-http` reads and writes, grammar by grammar.

use std::fmt::Write as _;
use std::hint::black_box;

use zeug_http::*;

use super::texts;

pub(super) fn run() {
    let options = [
        ";",
        "; a=b",
        ";a=b",
        ";a=\"",
        ";a=\"\\\"",
        "\\\\\"",
        ";a*0=b",
        ";a*0=b;a=c",
        " ",
        ";a*=UTF-8''%C3%A9",
        "v;a=\"b\"x",
    ];
    for start in ["v", ""] {
        texts("options", start, &options, |field| {
            black_box(OptionsField::parse(field).get("a"));
            black_box(OptionsField::parse(field).get("none"));
        });
    }
    let lists = [",", "a=b,", "\"", "\",\"", "a ", "\"\\\",", "Basic a=b, "];
    texts("lists", "", &lists, |field| {
        black_box(FieldDict::parse(field).is_empty());
        black_box(FieldList::parse(field).len());
        black_box(WwwAuthenticate::parse_all(field).len());
    });
    let accept = [
        "a/b;q=0.5,",
        ",",
        "a/b;x=y;z=w;q=0.5,",
        "/",
        ";",
        "*/*;q=0.1,",
        "en-",
    ];
    texts("accept", "", &accept, |field| {
        black_box(Accept::parse(field).best_match(["a/b", "c/d"]));
        black_box(AcceptLanguage::parse(field).best_match(["en", "de"]));
    });
    let cookies = [
        "a=b; ",
        ";",
        "=",
        "\"",
        "a=\"",
        "a=\"\\\";",
        " ",
        "a \"",
        "a=b c;",
    ];
    texts("cookies", "", &cookies, |field| {
        black_box(Cookies::parse(field).iter().count());
        black_box(Cookies::parse(field).get("none"));
    });
    let tags = [
        "\"a\",", "\"", "W/", "a ", " ", ",", "0-0,", "-", "a b;", "for=a,",
    ];
    texts("tags, dates, policies", "", &tags, |field| {
        black_box(ETags::parse(field).is_empty());
        black_box(HttpDate::parse(field).is_ok());
        black_box(ContentSecurityPolicy::parse(field).is_empty());
        black_box(Forwarded::parse(field).is_ok());
    });
    let ranges = ["0-0,", "-", "0-0,2-2,"];
    texts("range", "bytes=", &ranges, |field| {
        black_box(Range::parse(field).is_ok());
    });
    let mut out = String::new();
    let values = ["a", ";", "☃", ".", " ", "a.", "/"];
    texts("set-cookie", "", &values, |text| {
        out.clear();
        let cookie = SetCookie::new("a", text).path(text).domain(text);
        write!(out, "{cookie}").expect("a string takes all");
        black_box(out.len());
    });
    texts("quoted", "", &["a", "\"", "\\"], |text| {
        out.clear();
        write!(out, "{}", FieldList::from_iter([text])).expect("a string takes all");
        black_box(unquote(&out).len());
    });
}
