//! Linear time: sixteen times the input takes sixteen times as long, as near as a machine that others use can tell.

use std::hint::black_box;

use zeug_datastructures::{FieldName, FieldValue, HeaderSet, Headers, MultiDict, Span};

use crate::measure::linear;

/// Where the lines of a text are, as a parser would tell it.
fn lines(
    text: &str,
    mark: char,
) -> impl Iterator<Item = (std::ops::Range<usize>, std::ops::Range<usize>)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let (from, end) = (start, start + line.trim_end().len());
        start += line.len();
        let colon = from + line.find(mark).unwrap_or(end - from);
        (from..colon, (colon + 1).min(end)..end)
    })
}

#[test]
fn linear_time() {
    let line = |value: usize| format!("X-Field:{}\n", "v".repeat(value));
    let (short, long) = (line(60), line(5000));
    let block = |text: &str| {
        let headers = Headers::from_block(text, lines(text, ':')).expect("fields");
        black_box((
            headers.get("x-field").is_some(),
            headers.get("none").is_some(),
        ));
        black_box(
            headers
                .iter()
                .map(|(name, value)| name.as_bytes().len() + value.len())
                .sum::<usize>(),
        );
    };
    for shape in [&short, &long] {
        linear("block", shape, block);
    }
    let wire = |text: &str| {
        black_box(Headers::parse_lines(text.as_bytes()).is_ok_and(|lines| lines.is_some()));
    };
    let tabs = format!("X:{}\r\n", "\t".repeat(100));
    for shape in [
        "a",
        ":",
        "X:",
        "X: \r",
        "X:\t",
        "Some-Field: some value in words\r\n",
        &tabs,
    ] {
        linear("wire", shape, wire);
    }
    let name = |text: &str| {
        black_box(FieldName::parse(text).is_ok());
        black_box(FieldValue::parse(text).is_ok());
        let mut headers = Headers::new();
        black_box(headers.try_append("X", text).is_ok());
    };
    for shape in ["a", "-", ":", "\t", "é", "\u{1}"] {
        linear("name", shape, name);
    }
    let (few, many) = (
        "key=a value of some words of a form\n",
        "key=v\n".repeat(8) + &line(2000),
    );
    let dict = |text: &str| {
        let spans = lines(text, '=').map(|(key, value)| {
            let span = |at: std::ops::Range<usize>| Span::new(at.start as u32, at.end as u32);
            (span(key), span(value))
        });
        let dict = MultiDict::from_spans(text.to_owned(), spans.collect()).expect("pairs");
        black_box((dict.get("key").is_some(), dict.get("none").is_some()));
        black_box(dict.get_all("key").map(str::len).sum::<usize>());
        black_box(
            dict.iter()
                .map(|(key, value)| key.len() + value.len())
                .sum::<usize>(),
        );
    };
    for shape in [few, &many] {
        linear("dict", shape, dict);
    }
    // Into a map that has been filled before: fresh pages are the system's time.
    let mut dict = MultiDict::new();
    let mut pushed = |text: &str| {
        dict.clear();
        for piece in text.as_bytes().chunks(64) {
            let piece = str::from_utf8(piece).expect("ascii");
            let (key, value) = piece.split_at(piece.len() / 2);
            dict.append(key, value);
        }
        black_box((dict.key_count(), dict.get("none").is_some()));
    };
    for shape in ["a", "0123456789"] {
        linear("pushed", shape, &mut pushed);
    }
    let set = |text: &str| {
        let set: HeaderSet = text.split(',').collect();
        black_box((set.len(), set.contains("none")));
    };
    for shape in ["a", ",", "Accept,", "Accept-Language, accept,"] {
        linear("set", shape, set);
    }
}
