//! The request and response files of gunicorn and llhttp, every one, cut everywhere. What zeug decides otherwise than they do stands in
//! `tests/vectors/policy.tsv`, and a line there that is not needed fails the test.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use http::Method;
use zeug_h1::{H1ErrorKind, Limits};

use crate::bodies::{Account, End, Side, read};

/// The folder of the corpora, beside the project; none in a checkout that stands alone.
#[expect(clippy::print_stdout, reason = "a run says what it leaves out")]
fn corpora() -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("../shared/corpora"));
    let found = found.into_iter().find(|folder| folder.is_dir());
    if found.is_none() {
        println!("the corpora are not here (../shared/corpora): their files are left out");
    }
    found
}

/// What a corpus says of one of its cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Accepted,
    Refused,
    /// The bytes after the last message are not to be read.
    Closed,
}

struct Case {
    id: String,
    side: Side,
    wire: Vec<u8>,
    verdict: Verdict,
    /// The wire is a whole connection: an end inside a message is a refusal.
    whole: bool,
    limits: Limits,
}

/// A line of `policy.tsv`.
struct Decision {
    what: String,
    /// Another question than theirs: another protocol, a setting that there is none of here, a broken file.
    apart: bool,
    reason: String,
}

/// The decisions of `policy.tsv`, by case.
fn policy() -> BTreeMap<String, Decision> {
    let text = include_str!("../vectors/policy.tsv");
    let rows = text.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [id, what, counts, reason] = cells[..] else {
            panic!("four cells: {line:?}");
        };
        assert!(matches!(counts, "differs" | "apart"), "{line:?}");
        assert!(!reason.is_empty());
        let decision = Decision {
            what: what.to_owned(),
            apart: counts == "apart",
            reason: reason.to_owned(),
        };
        (id.to_owned(), decision)
    });
    rows.collect()
}

/// How zeug and a corpus differ.
#[derive(Debug, PartialEq, Eq)]
struct Differences {
    /// Requests that have a `Host` put in.
    without_host: usize,
    /// Cases decided otherwise.
    cases: usize,
    /// The rules that decide them: each stands in the policy as a reason.
    rules: usize,
    /// Cases that ask something else.
    apart: usize,
}

/// What zeug makes of a case: `accepted`, or `refused` and the kind.
fn decision(account: &Account, whole: bool) -> String {
    let name = |kind: H1ErrorKind| {
        format!("{kind:?}")
            .split([' ', '{'])
            .next()
            .unwrap()
            .to_owned()
    };
    match account.end {
        End::Refused(error) => format!("refused {}", name(error.kind())),
        End::Inside(error) if whole => format!("refused {}", name(error.kind())),
        End::Closed if account.unread > 0 => "closed".to_owned(),
        End::Closed | End::Between | End::Inside(_) => "accepted".to_owned(),
    }
}

/// The wire with a `Host` in each head that lacks one: RFC 9112 section 3.2 refuses such heads, the corpora do not.
fn with_hosts(case: &Case) -> (Vec<u8>, bool) {
    let mut wire = case.wire.clone();
    let mut added = false;
    while let End::Refused(error) = read(&wire, &case.side, case.limits, []).end {
        if error.kind() != H1ErrorKind::MissingHost {
            break;
        }
        // the head that lacks it begins where the account stopped reading
        let unread = read(&wire, &case.side, case.limits, []).unread;
        let start = wire.len() - unread + usize::try_from(error.offset()).unwrap();
        wire.splice(start..start, *b"Host: corpus\r\n");
        added = true;
    }
    (wire, added)
}

/// Runs all cases.
#[track_caller]
fn run(cases: &[Case], prefix: &str) -> Differences {
    let mut policy = policy();
    policy.retain(|id, _| id.starts_with(prefix));
    let differing = policy.values().filter(|decision| !decision.apart);
    let rules: BTreeSet<&str> = differing.clone().map(|each| each.reason.as_str()).collect();
    let mut differences = Differences {
        without_host: 0,
        cases: differing.count(),
        rules: rules.len(),
        apart: policy.values().filter(|decision| decision.apart).count(),
    };
    let mut wrong = Vec::new();
    for case in cases {
        let (wire, added) = with_hosts(case);
        differences.without_host += usize::from(added);
        let account = read(&wire, &case.side, case.limits, []);
        let stride = 1 + wire.len() / 4096;
        for cut in (0..wire.len()).step_by(stride) {
            assert_eq!(
                read(&wire, &case.side, case.limits, [cut]),
                account,
                "{} cut at {cut}",
                case.id
            );
        }
        assert_eq!(
            read(&wire, &case.side, case.limits, 0..wire.len()),
            account,
            "{} byte by byte",
            case.id
        );
        let found = decision(&account, case.whole);
        let agrees = match case.verdict {
            Verdict::Accepted => found == "accepted" || found == "closed",
            Verdict::Refused => found.starts_with("refused"),
            Verdict::Closed => found == "closed" || found.starts_with("refused"),
        };
        match policy.remove(&case.id) {
            Some(wanted) if agrees => wrong.push(format!(
                "{}: the line {:?} of the policy is not needed",
                case.id, wanted.what
            )),
            Some(wanted) if wanted.what != found => wrong.push(format!(
                "{}: {found}, the policy says {}",
                case.id, wanted.what
            )),
            None if !agrees => {
                wrong.push(format!("{}: {found}, they say {:?}", case.id, case.verdict))
            }
            _ => {}
        }
    }
    wrong.extend(
        policy
            .keys()
            .map(|id| format!("{id}: in the policy, not in the corpus")),
    );
    assert!(
        wrong.is_empty(),
        "{}\n{} lines",
        wrong.join("\n"),
        wrong.len()
    );
    differences
}

/// `\r`, `\n`, `\t`, `\0` and `\xNN` as the bytes that they stand for.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let (byte, left) = match rest {
            [b'\\', b'r', left @ ..] => (b'\r', left),
            [b'\\', b'n', left @ ..] => (b'\n', left),
            [b'\\', b't', left @ ..] => (b'\t', left),
            [b'\\', b'f', left @ ..] => (0x0c, left),
            [b'\\', b'0', left @ ..] => (0, left),
            [b'\\', b'x', high, low, left @ ..] => {
                let pair = [*high, *low];
                (
                    u8::from_str_radix(std::str::from_utf8(&pair).unwrap(), 16).unwrap(),
                    left,
                )
            }
            _ => (*first, tail),
        };
        out.push(byte);
        rest = left;
    }
    out
}

#[test]
fn gunicorn() {
    let Some(folder) = corpora() else { return };
    let config = fs::read_to_string(folder.join("gunicorn/cases.json")).unwrap();
    let mut cases = Vec::new();
    for (kind, verdict) in [("valid", Verdict::Accepted), ("invalid", Verdict::Refused)] {
        let mut files: Vec<_> = fs::read_dir(folder.join("gunicorn/requests").join(kind))
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        for file in files {
            let name = file.file_name().unwrap().to_str().unwrap();
            let id = format!("gunicorn/{kind}/{name}");
            let text: Vec<u8> = fs::read(&file)
                .unwrap()
                .into_iter()
                .filter(|byte| !matches!(byte, b'\r' | b'\n'))
                .collect();
            let limits = gunicorn_limits(&config, &format!("requests/{kind}/{name}"));
            cases.push(Case {
                id,
                side: Side::Requests,
                wire: unescape(&text),
                verdict,
                whole: true,
                limits,
            });
        }
    }
    assert_eq!(cases.len(), 63 + 74);
    let differences = Differences {
        without_host: 26,
        cases: 16,
        rules: 9,
        apart: 14,
    };
    assert_eq!(run(&cases, "gunicorn/"), differences);
}

/// The limits that a file's configuration sets, where zeug has a match.
fn gunicorn_limits(config: &str, file: &str) -> Limits {
    let entry = config
        .split("\n{\n")
        .find(|entry| entry.contains(&format!("\"file\": \"{file}\"")))
        .unwrap();
    let setting = |name: &str| {
        let (_, rest) = entry.split_once(&format!("\"{name}\": \""))?;
        rest.split('"').next()?.parse::<usize>().ok()
    };
    let mut limits =
        Limits::default().start_line(setting("limit_request_line").unwrap_or(4094) + 2);
    if let Some(fields) = setting("limit_request_fields") {
        limits = limits.fields(fields);
    }
    limits
}

#[test]
fn llhttp() {
    let Some(folder) = corpora() else { return };
    let mut cases = Vec::new();
    for side in ["request", "response"] {
        let mut files: Vec<_> = fs::read_dir(folder.join("llhttp").join(side))
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        for file in files {
            let name = format!(
                "llhttp/{side}/{}",
                file.file_stem().unwrap().to_str().unwrap()
            );
            llhttp_blocks(&name, &fs::read_to_string(&file).unwrap(), &mut cases);
        }
    }
    assert_eq!(cases.len(), 251);
    let differences = Differences {
        without_host: 56,
        cases: 9,
        rules: 5,
        apart: 9,
    };
    assert_eq!(run(&cases, "llhttp/"), differences);
}

/// The blocks of one file: a comment with the mode, the bytes, the log.
fn llhttp_blocks(name: &str, text: &str, cases: &mut Vec<Case>) {
    let mut parts = text.split("<!-- meta=");
    let mut before = parts.next().unwrap();
    for part in parts {
        let title = before
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix('#'))
            .unwrap()
            .trim_start_matches('#')
            .trim();
        before = part;
        let (mode, rest) = part.split_once("-->").unwrap();
        let block = |fence: &str, rest: &str| {
            let (_, inside) = rest.split_once(fence).unwrap();
            inside
                .split_once("\n```")
                .map(|(block, left)| (block.to_owned(), left.to_owned()))
                .unwrap()
        };
        let (http, rest) = block("```http\n", rest);
        let (log, _) = block("```log\n", &rest);
        let wire = unescape(http.replace("\\\n", "").replace('\n', "\r\n").as_bytes());
        let error = log
            .lines()
            .find_map(|line| line.split_once(" error code="))
            .map(|(_, rest)| rest.split(' ').next().unwrap().to_owned());
        let verdict = match error.as_deref() {
            // refused, or refused by not reading on
            _ if mode.contains("-lenient-") => Verdict::Closed,
            // the parser pauses since another protocol begins
            Some("22" | "23") => Verdict::Accepted,
            Some("5") => Verdict::Closed,
            Some(_) => Verdict::Refused,
            None if log.contains("finish=2") => Verdict::Refused,
            None => Verdict::Accepted,
        };
        let side = match (mode.contains("\"response"), mode.contains("skipBody")) {
            (true, true) => Side::Responses(Method::HEAD),
            (true, false) => Side::Responses(Method::GET),
            (false, _) => Side::Requests,
        };
        let mut id = format!("{name}#{title}");
        while cases.iter().any(|case: &Case| case.id == id) {
            id.push('+');
        }
        cases.push(Case {
            id,
            side,
            wire,
            verdict,
            whole: mode.contains("-finish"),
            limits: Limits::default(),
        });
    }
}
