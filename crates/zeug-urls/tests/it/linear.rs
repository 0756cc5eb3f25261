//! Linear time: sixteen times the input takes at most twenty times as long.

use std::hint::black_box;
use std::time::Instant;

use zeug_urls::{Host, PairDecoder, QueryLimits, encode_query, join, parse_query};

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
    // Above this many pairs their places are more than the text, and what is measured is how the system gives fresh pages.
    let limits = QueryLimits::default().max_pairs(1 << 19);
    let query = |text: &str| {
        black_box(parse_query(text, limits).is_ok());
    };
    let short = "field=value+of+a+field+with+some+words&";
    let long = format!("{}=%41{}&", "k".repeat(100), "v".repeat(400));
    for shape in [
        "&", "&&&a", "=", ";", "%", "a", "+", "%41", "%FF", "a=%C3", "a=b&", short, &long,
    ] {
        linear("query", shape, query);
    }
    let pieces = |text: &str| {
        let mut decoder = PairDecoder::new(limits);
        for piece in text.as_bytes().chunks(1000) {
            if decoder.push(piece).is_err() {
                return;
            }
        }
        black_box(decoder.finish().is_ok());
    };
    for shape in ["&", "=", "%", "%41", "a=b&", &long] {
        linear("pieces", shape, pieces);
    }
    let written = |text: &str| {
        black_box(encode_query([(text, "")]).len());
    };
    for shape in ["a", "/"] {
        linear("written", shape, written);
    }
    let address = |text: &str| {
        black_box(Host::parse(text).is_ok());
        black_box(join("http://a/b", text).len());
    };
    for shape in ["a", ".", "/", "../", "?", ":", "[", "%41", "é", "-."] {
        linear("address", shape, address);
    }
    #[cfg(feature = "iri")]
    for start in ["http://", "/", ""] {
        let mut url = String::new();
        // Escapes stand in a text of words, so that what is written is not thrice as long.
        let (escapes, users) = ("words-and-words/é", "words-and-words@");
        for shape in ["a", ".", "/", "%41", "%C3%A9", escapes, "a.", "xn--", users] {
            linear("iri", shape, |text| {
                url.clear();
                url.push_str(start);
                url.push_str(text);
                black_box(zeug_urls::iri_to_uri(&url).is_ok());
            });
            linear("uri", shape, |text| {
                url.clear();
                url.push_str(start);
                url.push_str(text);
                black_box(zeug_urls::uri_to_iri(&url).is_ok());
            });
        }
    }
}
