//! Linear time: for each grammar, sixteen times the input takes at most twenty times as long.

use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

use zeug_http::*;

/// The processor time of this thread in seconds, exact to some milliseconds; `None` where that is not told.
fn used() -> Option<f64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = told.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

/// How long `work` takes: on a busy machine, what it has used of the processor and a tick.
fn time(work: impl FnOnce()) -> f64 {
    const TICK: f64 = 0.004;
    let (start, before) = (Instant::now(), used());
    work();
    let elapsed = start.elapsed().as_secs_f64();
    let spent = used().zip(before).map(|(after, before)| after - before);
    spent.map_or(elapsed, |spent| elapsed.min(spent + TICK))
}

/// Sixteen times as much of the shape takes at most 20 times as long: 1 and 16 MiB, without optimisation a 64th of that. The least of up to ten rounds.
///
/// What takes below 1.25 nanoseconds a byte (20 ms in all), 40 without optimisation, is fine in any case: even n to the power of 1.5 takes forty times that and
/// more, and so small a time is the memory's, not the code's.
#[track_caller]
fn linear(name: &str, shape: &str, mut read: impl FnMut(&str)) {
    const MOST: f64 = 20.0;
    let small_len = if cfg!(debug_assertions) {
        1 << 14
    } else {
        1 << 20
    };
    let small_len = small_len / shape.len() * shape.len();
    let large = shape.repeat(16 * small_len / shape.len());
    let a_byte = if cfg!(debug_assertions) {
        40e-9
    } else {
        0.5e-9
    };
    let fine = large.len() as f64 * a_byte;
    // The same memory in sixteen pieces, so that caches do not count either.
    let pieces: Vec<&str> = (0..16)
        .map(|at| &large[at * small_len..(at + 1) * small_len])
        .collect();
    let (mut short, mut long) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..10 {
        // The long one first, so that what it makes room for is there for both.
        long = long.min(time(|| read(black_box(&large))));
        let pieces = time(|| pieces.iter().for_each(|text| read(black_box(text))));
        short = short.min(pieces / 16.0);
        if long <= fine || long / short <= MOST {
            return;
        }
    }
    panic!(
        "{name} {shape:?}: {long} s, a sixteenth of it {short} s, {:.1} times",
        long / short
    );
}

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
