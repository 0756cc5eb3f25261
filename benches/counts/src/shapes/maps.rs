//! What `zeug-datastructures` takes over and looks through: blocks and lines of fields, names, maps of spans, sets of words.

use std::hint::black_box;
use std::ops::Range;

use zeug_datastructures::{FieldName, FieldValue, HeaderSet, Headers, MultiDict, Span};

use super::texts;

/// Where the lines of a text are, as a parser would tell it.
fn lines(text: &str, mark: char) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let (from, end) = (start, start + line.trim_end().len());
        start += line.len();
        let colon = from + line.find(mark).unwrap_or(end - from);
        (from..colon, (colon + 1).min(end)..end)
    })
}

pub(super) fn run() {
    let line = |value: usize| format!("X-Field:{}\n", "v".repeat(value));
    texts("headers: block", "", &[&line(60), &line(5000)], |text| {
        let headers = Headers::from_block(text, lines(text, ':')).expect("fields");
        black_box((
            headers.get("x-field").is_some(),
            headers.get("none").is_some(),
        ));
        let sizes = headers
            .iter()
            .map(|(name, value)| name.as_bytes().len() + value.len());
        black_box(sizes.sum::<usize>());
    });
    let tabs = format!("X:{}\r\n", "\t".repeat(100));
    let wire = [
        "a",
        ":",
        "X:",
        "X: \r",
        "X:\t",
        "Some-Field: some value in words\r\n",
        &tabs,
    ];
    texts("headers: lines", "", &wire, |text| {
        black_box(Headers::parse_lines(text.as_bytes()).is_ok_and(|lines| lines.is_some()));
    });
    let names = ["a", "-", ":", "\t", "é", "\u{1}"];
    texts("headers: name and value", "", &names, |text| {
        black_box(FieldName::parse(text).is_ok());
        black_box(FieldValue::parse(text).is_ok());
        black_box(Headers::new().try_append("X", text).is_ok());
    });
    let many = "key=v\n".repeat(8) + &line(2000);
    let dicts = ["key=a value of some words of a form\n", &many];
    texts("multi dict: spans", "", &dicts, |text| {
        let span = |at: Range<usize>| Span::new(at.start as u32, at.end as u32);
        let spans = lines(text, '=').map(|(key, value)| (span(key), span(value)));
        let dict = MultiDict::from_spans(text.to_owned(), spans.collect()).expect("pairs");
        black_box((dict.get("key").is_some(), dict.get("none").is_some()));
        black_box(dict.get_all("key").map(str::len).sum::<usize>());
        black_box(
            dict.iter()
                .map(|(key, value)| key.len() + value.len())
                .sum::<usize>(),
        );
    });
    texts("multi dict: pushed", "", &["a", "0123456789"], |text| {
        let mut dict = MultiDict::new();
        for piece in text.as_bytes().chunks(64) {
            let piece = str::from_utf8(piece).expect("ascii");
            let (key, value) = piece.split_at(piece.len() / 2);
            dict.append(key, value);
        }
        black_box((dict.key_count(), dict.get("none").is_some()));
    });
    let words = ["a", ",", "Accept,", "Accept-Language, accept,"];
    texts("set", "", &words, |text| {
        let set: HeaderSet = text.split(',').collect();
        black_box((set.len(), set.contains("none")));
    });
}
