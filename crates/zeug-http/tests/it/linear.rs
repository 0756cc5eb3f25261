//! Linear time: for each grammar, sixteen times the input takes sixteen times as long, as near as a busy machine can tell.

use std::fmt::Write;
use std::hint::black_box;

use zeug_http::*;

use crate::measure::linear;

#[test]
fn linear_time() {
    let options: fn(&str) = |text| {
        black_box(OptionsField::parse(text).get("a"));
    };
    for shape in [
        ";",
        "; a=b",
        ";a=\"",
        ";a=\"\\\"",
        "\\\\\"",
        ";a*0=b;a=c",
        " ",
        ";a*=UTF-8''%C3%A9",
        "v;a=\"b\"x",
    ] {
        linear("options", &format!("v{shape}"), options);
        linear("options", shape, options);
    }
    let lists: fn(&str) = |text| {
        black_box(FieldDict::parse(text).is_empty());
        black_box(FieldList::parse(text).len());
        black_box(WwwAuthenticate::parse_all(text).len());
    };
    for shape in [",", "a=b,", "\"", "\",\"", "a ", "\"\\\",", "Basic a=b, "] {
        linear("lists", shape, lists);
    }
    let accept: fn(&str) = |text| {
        black_box(Accept::parse(text).best_match(["a/b", "c/d"]));
        black_box(AcceptLanguage::parse(text).best_match(["en", "de"]));
    };
    for shape in [
        "a/b;q=0.5,",
        ",",
        "a/b;x=y;z=w;q=0.5,",
        "/",
        ";",
        "*/*;q=0.1,",
        "en-",
    ] {
        linear("accept", shape, accept);
    }
    let cookies: fn(&str) = |text| {
        black_box(Cookies::parse(text).iter().count());
        black_box(Cookies::parse(text).get("none"));
    };
    for shape in [
        "a=b; ",
        ";",
        "=",
        "\"",
        "a=\"",
        "a=\"\\\";",
        " ",
        "a \"",
        "a=b c;",
    ] {
        linear("cookies", shape, cookies);
    }
    let tags: fn(&str) = |text| {
        black_box(ETags::parse(text).is_empty());
        black_box(Range::parse(text).is_ok());
        black_box(HttpDate::parse(text).is_ok());
        black_box(ContentSecurityPolicy::parse(text).is_empty());
        black_box(Forwarded::parse(text).is_ok());
    };
    for shape in [
        "\"a\",", "\"", "W/", "a ", " ", ",", "0-0,", "-", "a b;", "for=a,",
    ] {
        linear("tags", shape, tags);
    }
    // Written to a text that is there, as a server's is: 64 MiB that are fresh take the system longer to give than they take to be filled.
    let mut out = String::new();
    let mut cookie = |text: &str| {
        out.clear();
        write!(out, "{}", SetCookie::new("a", text).path(text).domain(text))
            .expect("a string takes all");
        black_box(out.len());
    };
    for shape in ["a", ";", "☃", ".", " ", "a.", "/"] {
        linear("set-cookie", shape, &mut cookie);
    }
    let mut quoted = |text: &str| {
        out.clear();
        write!(out, "{}", FieldList::from_iter([text])).expect("a string takes all");
        black_box(unquote(&out).len());
    };
    for shape in ["a", "\"", "\\"] {
        linear("quoted", shape, &mut quoted);
    }
}
