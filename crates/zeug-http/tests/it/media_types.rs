//! Media types beside WHATWG's MIME Sniffing standard: its 955 cases, made for texts of any kind. Where the files come from, `tests/vectors` says.

use serde_json::Value;
use zeug_http::ContentType;

const CASES: [&str; 2] = [
    include_str!("../vectors/whatwg/mime-types.json"),
    include_str!("../vectors/whatwg/generated-mime-types.json"),
];

/// The media type, or that the text is none, is what the standard says in all cases that can be a field. Parameters are read by RFC 9110 and as Werkzeug reads them: a value is a
/// token or quoted, quotes are closed, the last of a name counts, where the standard takes any text, closes quotes itself and has the first count.
#[test]
fn cases_of_whatwg() {
    let (mut count, mut differ, mut same_parameters) = (0, Vec::new(), 0);
    for file in CASES {
        let cases: Vec<Value> = serde_json::from_str(file).unwrap();
        // Texts between the cases are headings.
        for case in cases.iter().filter(|case| case.is_object()) {
            let input = case["input"].as_str().unwrap();
            let (found, expected) = (ContentType::parse(input), case["output"].as_str());
            let expected = expected.map(ContentType::parse);
            let essence = |field: &ContentType<'_>| field.essence().to_ascii_lowercase();
            let is_same = match &expected {
                Some(expected) => found.is_valid() && essence(&found) == essence(expected),
                None => !found.is_valid(),
            };
            count += 1;
            if !is_same {
                differ.push(input.to_owned());
            } else if expected
                .is_none_or(|expected| expected.options().iter().eq(found.options().iter()))
            {
                same_parameters += 1;
            }
        }
    }
    assert_eq!(count, 955);
    assert_eq!(differ, ["x/x\n\r\t ;x=x", "\n\r\t x/x;x=x\n\r\t "]);
    assert_eq!(same_parameters, 763);
}
