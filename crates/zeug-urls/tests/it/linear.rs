//! Linear time: sixteen times the input takes sixteen times as long, as near as a busy machine can tell.

use std::hint::black_box;

use zeug_urls::{Host, PairDecoder, QueryLimits, encode_query, join, parse_query};

use crate::measure::linear;

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
