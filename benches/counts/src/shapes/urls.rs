//! What `zeug-urls` reads: query strings whole and in pieces, hosts, relative references, IRIs and URIs.

use std::hint::black_box;

use zeug_urls::{
    Host, PairDecoder, QueryLimits, encode_query, iri_to_uri, join, parse_query, uri_to_iri,
};

use super::texts;

pub(super) fn run() {
    let limits = QueryLimits::default().max_pairs(usize::MAX);
    let long = format!("{}=%41{}&", "k".repeat(100), "v".repeat(400));
    let queries = [
        ";",
        "&",
        "&&&a",
        "=",
        "%",
        "a",
        "+",
        "%41",
        "%FF",
        "a=1&",
        "%C3%A9&",
        "a=%C3",
        "a=%C3&",
        "field=value+of+a+field+with+some+words&",
        &long,
    ];
    texts("query", "", &queries, |query| {
        black_box(parse_query(query, limits).is_ok());
    });
    for (name, len) in [("pieces of a query", 1000), ("bytes of a query", 1)] {
        texts(name, "", &["&", "=", "%", "%41", "a=b&", &long], |query| {
            let mut decoder = PairDecoder::new(limits);
            for piece in query.as_bytes().chunks(len) {
                decoder.push(piece).expect("no limit");
            }
            black_box(decoder.finish().is_ok());
        });
    }
    texts("query written", "", &["a", "/"], |text| {
        black_box(encode_query([(text, "")]).len());
    });
    let addresses = ["a", ".", "/", "../", "?", ":", "[", "%41", "é", "-."];
    texts("address", "", &addresses, |text| {
        black_box(Host::parse(text).is_ok());
        black_box(join("http://a/b", text).len());
    });
    let pieces = [
        "a",
        ".",
        "/",
        "%41",
        "%C3%A9",
        "é",
        "a.",
        "xn--",
        "words-and-words@",
    ];
    for start in ["http://", "http://a/", "/", ""] {
        texts("iri", start, &pieces, |iri| {
            black_box(iri_to_uri(iri).is_ok());
        });
        texts("uri", start, &pieces, |uri| {
            black_box(uri_to_iri(uri).is_ok());
        });
    }
}
