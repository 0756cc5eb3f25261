//! Kinds of deliberate differences in URLs, hosts and bodies.

use super::{Case, Kind, is_refused, items, text};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        ops: &["urls.get_current_url"],
        reason: "no question: a path without a slash in front, behind a host",
        holds: |case| {
            let root = text(&case.args["root_path"]);
            !root.is_empty() && !root.starts_with('/')
        },
    },
    Kind {
        ops: &["urls.input_stream"],
        reason: "no question: reading no bytes",
        holds: |case| items(&case.args["reads"]).any(|size| *size == 0),
    },
    Kind {
        ops: &["urls.iri_to_uri", "urls.get_current_url"],
        reason: "a host holds no `%`, space, control or other character that would end it (URL standard)",
        holds: |case| {
            let host = host(case);
            case.ours["err"] == "bad_host"
                && host.contains(|char: char| char.is_control() || " %<>^|`{}\\\"".contains(char))
        },
    },
    Kind {
        ops: &["urls.uri_to_iri", "urls.iri_to_uri", "urls.get_current_url"],
        reason: "a path that begins with two slashes stays apart from a host",
        holds: |case| {
            let ours = text(&case.ours["ok"]);
            case.theirs["ok"] == ours.replacen("////", "//", 1)
        },
    },
    Kind {
        ops: &["urls.uri_to_iri", "urls.iri_to_uri", "urls.get_current_url"],
        reason: "brackets stand around an address, with a port or nothing behind them, and mean nothing in a name or a password",
        holds: |case| {
            let has_brackets = |name| text(&case.args[name]).contains(['[', ']']);
            (is_refused(case) || case.theirs["err"] == "value_error")
                && (has_brackets("value") || has_brackets("host"))
        },
    },
    Kind {
        ops: &["urls.uri_to_iri", "urls.get_current_url"],
        reason: "a coded label that decodes to no domain name stays coded (UTS 46)",
        holds: |case| {
            let (ours, theirs) = (text(&case.ours["ok"]), text(&case.theirs["ok"]));
            ours.contains("xn--") && behind_host(ours) == behind_host(theirs)
        },
    },
    Kind {
        ops: &["urls.host_is_trusted", "urls.get_host"],
        reason: "an IPv6 address in the list is trusted, where the reference cuts it at its first colon",
        holds: |case| items(&case.args["trusted_hosts"]).any(|host| text(host).starts_with('[')),
    },
    Kind {
        ops: &["urls.host_is_trusted", "urls.get_host"],
        reason: "names of hosts have no case",
        holds: |case| {
            let hosts = [&case.args["host"], &case.args["host_header"]]
                .into_iter()
                .chain(items(&case.args["trusted_hosts"]));
            hosts
                .into_iter()
                .any(|host| text(host).contains(char::is_uppercase))
        },
    },
];

/// The host of a URL, with its port. Tabs and line breaks in a URL are not seen.
fn host(case: &Case<'_>) -> String {
    let url = text(&case.args["value"]).replace(['\t', '\r', '\n'], "");
    let behind = url.split_once("//").map_or("", |(_, behind)| behind);
    let authority = behind.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.rsplit('@').next() {
        Some("") | None => text(&case.args["host"]),
        Some(host) => host,
    };
    host.to_owned()
}

/// What follows a URL's host.
fn behind_host(url: &str) -> &str {
    let behind = url.split_once("//").map_or("", |(_, behind)| behind);
    behind.find(['/', '?', '#']).map_or("", |at| &behind[at..])
}
