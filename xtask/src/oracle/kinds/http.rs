//! Kinds of deliberate differences in values of fields.

use super::{Kind, is_refused, is_token, items, text};
use crate::conform::same;

const MAIL: &str = "dates that only a reader of mail takes are refused";
const SUFFIX: &str = "a suffix longer than the body is the whole body (RFC 9110 section 14.1.2)";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        ops: &["http.dump_cookie"],
        reason: "what is no domain is written as none: behind `;` it would be another attribute",
        holds: |case| {
            let domain = text(&case.args["domain"]);
            let known = |char: char| char.is_alphanumeric() || ".-_:".contains(char);
            !domain.chars().all(known) && text(&case.ours["ok"]).contains("; Domain=")
        },
    },
    Kind {
        ops: &["http.dump_cookie"],
        reason: "`Expires` is a date and not any text",
        holds: |case| {
            let theirs = text(&case.theirs["ok"]);
            let expires = text(&case.args["expires"]);
            case.args["expires"].is_string() && theirs.contains(&format!("; Expires={expires}"))
        },
    },
    Kind {
        ops: &["http.dump_options_header"],
        reason: "a parameter whose name is no token is refused",
        holds: |case| {
            is_refused(case) && items(&case.args["options"]).any(|pair| !is_token(text(&pair[0])))
        },
    },
    Kind {
        ops: &[
            "http.parse_age",
            "http.parse_accept",
            "http.parse_content_range",
            "http.parse_cache_control",
            "http.cache_control_script",
        ],
        reason: "numbers have no sign, not even `-0`",
        holds: |case| {
            let mut rest = text(&case.args["value"]).split(['+', '-']).skip(1);
            rest.any(|behind| behind.starts_with(|char: char| char.is_ascii_digit()))
        },
    },
    Kind {
        ops: &["http.parse_age"],
        reason: "more seconds than can be counted are the most that can (RFC 9111 section 1.2.2)",
        holds: |case| {
            let ours = case.ours["ok"].as_u64();
            ours.is_some_and(|seconds| seconds > 999_999_999 * 86_400)
                && case.theirs["ok"].is_null()
        },
    },
    Kind {
        ops: &["http.parse_csp", "http.csp_script"],
        reason: "directives without a value are kept, and written without a blank",
        holds: |case| {
            let (ours, theirs) = (&case.ours["ok"]["items"], &case.theirs["ok"]["items"]);
            // One that comes again without a value loses what it had.
            items(theirs).all(|their| {
                items(ours).any(|our| our[0] == their[0] && (our[1] == their[1] || our[1] == ""))
            }) && items(ours).all(|our| our[1] == "" || items(theirs).any(|their| our == their))
        },
    },
    Kind {
        ops: &["http.csp_script"],
        reason: "a value ends at a semicolon, behind which another directive would begin",
        holds: |case| items(&case.args["set"]).any(|pair| text(&pair[1]).contains(';')),
    },
    Kind {
        ops: &["http.accept_"],
        reason: "a semicolon with nothing behind it is no parameter",
        holds: |case| {
            let mut asked = items(&case.args["matches"]).chain([&case.args["key"]]);
            let is_empty = |part: &str| part.trim().is_empty();
            asked.any(|media_type| text(media_type).split(';').skip(1).any(is_empty))
        },
    },
    Kind {
        ops: &["http.accept_"],
        reason: "a dot in the name of a charset is as good as a hyphen",
        holds: |case| {
            let args = case.args;
            let names = [&args["value"], &args["key"]]
                .into_iter()
                .chain(items(&args["matches"]));
            args["kind"] == "charset" && names.into_iter().any(|name| text(name).contains('.'))
        },
    },
    Kind {
        ops: &[
            "http.parse_age",
            "http.parse_cache_control",
            "http.cache_control_script",
            "http.parse_if_range",
        ],
        reason: "no question: a field with line breaks",
        holds: |case| text(&case.args["value"]).contains(['\r', '\n']),
    },
    Kind {
        ops: &["http.parse_csp", "http.csp_script"],
        reason: "the name of a directive ends at a tab, too (CSP section 2.2.1)",
        holds: |case| text(&case.args["value"]).contains(['\t', '\r', '\n']),
    },
    Kind {
        ops: &["http.parse_date", "http.parse_if_range"],
        reason: MAIL,
        holds: |case| {
            let (ours, theirs) = (&case.ours["ok"], &case.theirs["ok"]);
            let is_unread = ours.is_null() || ours["date"].is_null();
            is_unread && !theirs.is_null() && !is_http_date(text(&case.args["value"]))
        },
    },
    Kind {
        ops: &["http.http_date"],
        reason: "the last second of the year 9999 stands for all behind it, since years have four digits",
        holds: |case| {
            case.args["timestamp"].as_i64() > Some(253_402_300_799)
                && case.ours["ok"] == "Fri, 31 Dec 9999 23:59:59 GMT"
        },
    },
    Kind {
        ops: &["http.parse_accept"],
        reason: "qualities are never written with an exponent (RFC 9110 section 12.4.2)",
        holds: |case| {
            case.ours["ok"]["items"].as_array().map(Vec::len)
                == case.theirs["ok"]["items"].as_array().map(Vec::len)
                && text(&case.theirs["ok"]["header"]).contains("e-")
        },
    },
    Kind {
        ops: &["http.range_for_length"],
        reason: SUFFIX,
        holds: |case| {
            let length = case.args["length"].as_i64();
            let suffix = case.args["ranges"][0][0].as_i64().map(|start| -start);
            length < suffix && case.ours["ok"]["range"][1].as_i64() == length
        },
    },
    Kind {
        ops: &["http.is_resource_modified"],
        reason: MAIL,
        holds: |case| {
            let mut dates = items(&case.args["headers"])
                .filter(|pair| text(&pair[0]).to_lowercase().ends_with("since"));
            dates.any(|pair| !is_http_date(text(&pair[1])))
        },
    },
    Kind {
        ops: &["http.is_resource_modified"],
        reason: "`If-Match: *` holds where there is a representation (RFC 9110 section 13.1.1)",
        holds: |case| {
            items(&case.args["headers"])
                .any(|pair| text(&pair[0]).to_lowercase() == "if-match" && pair[1] == "*")
        },
    },
    Kind {
        ops: &["http.parse_range"],
        reason: SUFFIX,
        holds: |case| {
            let (ours, theirs) = (&case.ours["ok"], &case.theirs["ok"]);
            let suffix = ours["ranges"][0][0].as_i64().map_or(0, |start| -start);
            ours["ranges"] == theirs["ranges"]
                && items(&ours["for_length"])
                    .zip(items(&theirs["for_length"]))
                    .all(|(our, their)| {
                        same(our, their)
                            || our["length"].as_i64().is_some_and(|length| length < suffix)
                    })
        },
    },
    Kind {
        ops: &["http.parse_set_header"],
        reason: "a set holds a name once",
        holds: |case| {
            let mut seen: Vec<String> = Vec::new();
            let mut once = items(&case.theirs["ok"]["items"]).filter(|item| {
                let item = text(item).to_lowercase();
                let is_new = !seen.contains(&item);
                seen.push(item);
                is_new
            });
            items(&case.ours["ok"]["items"]).all(|item| once.next() == Some(item))
                && once.next().is_none()
        },
    },
    Kind {
        ops: &["http.parse_www_authenticate", "http.parse_authorization"],
        reason: "a parameter without a value is written without one, and not as `None`",
        holds: |case| {
            case.ours["ok"]["params"] == case.theirs["ok"]["params"]
                && text(&case.theirs["ok"]["header"]).contains("=None")
        },
    },
    Kind {
        ops: &["http.quote_etag"],
        reason: "an entity tag holds no control character (RFC 9110 section 8.8.3)",
        holds: |case| is_refused(case) && text(&case.args["etag"]).contains(char::is_control),
    },
    Kind {
        ops: &[
            "http.remove_entity_headers",
            "http.remove_hop_by_hop_headers",
        ],
        reason: "no question: the fields given have line breaks",
        holds: |case| {
            items(&case.args["headers"]).any(|pair| text(&pair[1]).contains(['\r', '\n']))
        },
    },
];

/// Whether a text is a date in one of the three formats of HTTP, leniently: any weekday or none, short years, no seconds, zones by number or of the United States.
fn is_http_date(text: &str) -> bool {
    const MONTHS: &str = "jan feb mar apr may jun jul aug sep oct nov dec";
    const ZONES: &str = "gmt utc ut est edt cst cdt mst mdt pst pdt";
    let text = text.to_lowercase();
    let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let text = match text.split_once(',') {
        Some((weekday, rest)) if is_word(weekday.trim()) => rest,
        _ => text.as_str(),
    };
    let mut words: Vec<&str> = text.split_ascii_whitespace().collect();
    if words
        .first()
        .is_some_and(|word| word.matches('-').count() == 2)
    {
        let day = words.remove(0);
        words.splice(0..0, day.split('-'));
    }
    let is_number = |word: &&str, most: usize| {
        word.len() <= most && word.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_time = |word: &&str| {
        (2..=3).contains(&word.split(':').count())
            && word
                .split(':')
                .all(|part| !part.is_empty() && is_number(&part, 2))
    };
    let is_month = |word: &&str| word.len() == 3 && MONTHS.contains(word);
    let is_zone = |word: &&str| match word.strip_prefix(['+', '-']) {
        Some(hours) => hours.len() == 4 && is_number(&hours, 4),
        None => ZONES.split(' ').any(|zone| zone == *word),
    };
    let words = match &words[..] {
        [first, rest @ ..] if is_word(first) && !is_month(first) => rest,
        all => all,
    };
    match words {
        [day, month, year, time, rest @ ..] if is_month(month) => {
            is_number(day, 2)
                && is_number(year, 4)
                && is_time(time)
                && rest.len() <= 1
                && rest.iter().all(is_zone)
        }
        [month, day, time, year] => {
            is_month(month) && is_number(day, 2) && is_time(time) && is_number(year, 4)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_http_date;

    #[test]
    fn dates_that_must_be_read() {
        for date in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 6-Nov-94 08:49 GMT",
            "Sun Nov  6 08:49:37 1994",
            "6 Nov 1994 08:49:37 -0500",
            "06 Nov 1994 08:49:37 EST",
            "06 Nov 1994 08:49:37",
        ] {
            assert!(is_http_date(date), "{date}");
        }
        for other in [
            "06 NOV 1994 08:49:37  1994 1",
            "Nov",
            "6 Nov 1994 G08:49:37 GMT",
        ] {
            assert!(!is_http_date(other), "{other}");
        }
    }
}
