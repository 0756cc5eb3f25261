//! Rows: what a call gives back, or why it refuses.

use std::io::{self, Read};

use zeug_urls::{
    Host, InputOptions, InputStream, LimitedReader, PairDecoder, QueryLimits, TrustedHosts,
    UrlError, UrlErrorKind, content_length, encode_query, input_stream, join, parse_query,
    request_host,
};

#[track_caller]
fn query(text: impl AsRef<[u8]>, expected: &[(&str, &str)]) {
    let dict = parse_query(text, QueryLimits::default()).expect("within the limits");
    assert_eq!(dict.iter().collect::<Vec<_>>(), expected);
}

/// References as WHATWG's URL standard resolves them, where it is about references alone.
#[test]
fn references_of_whatwg() {
    let rows: Vec<&str> = include_str!("../vectors/references.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    assert_eq!(rows.len(), 27);
    for row in rows {
        let mut columns = row.split('\t');
        let mut column = || columns.next().expect("three columns");
        let (base, reference, expected) = (column(), column(), column());
        let mut joined = join(base, reference);
        // The standard has no empty path behind a host; RFC 3986 section 6.2.3 says that it means the same.
        if joined.matches('/').count() == 2 {
            joined.push('/');
        }
        assert_eq!(joined, expected, "{reference} on {base}");
    }
}

#[test]
fn queries() {
    query("", &[]);
    query("&&&", &[]);
    query("=", &[("", "")]);
    query("a&b=", &[("a", ""), ("b", "")]);
    query("a==b=c", &[("a", "=b=c")]);
    query("a+b=+c+", &[("a b", " c ")]);
    query("%C3%A9=%e2%98%83", &[("é", "☃")]);
    query("a=%zz%4%", &[("a", "%zz%4%")]);
    query("a=%FF%c3&b=%28", &[("a", "%FF%C3"), ("b", "(")]);
    query(b"a=\xff\xc3\xa9&\xe2\x98", &[("a", "%FFé"), ("%E2%98", "")]);
    query("é%A9=1", &[("é%A9", "1")]);
    // Two halves of a character in neighbours stay halves.
    query("a=%C3&%A9=b", &[("a", "%C3"), ("%A9", "b")]);
    query("%C3=%A9", &[("%C3", "%A9")]);
    query("a=%25FF&b=%00", &[("a", "%FF"), ("b", "\0")]);
    query(
        format!("{0}={0}&{1}", "k".repeat(100), "%41".repeat(50)),
        &[(&"k".repeat(100), &"k".repeat(100)), (&"A".repeat(50), "")],
    );
}

#[test]
fn too_many_pairs_name_the_limit_and_the_byte() {
    let limits = QueryLimits::default().max_pairs(2);
    assert_eq!(parse_query("a&&b&", limits).expect("two").len(), 2);
    let error = parse_query("a&&b&c=1", limits).unwrap_err();
    assert_eq!(
        error.to_string(),
        "more pairs than max_pairs = 2 in a query string at byte 5"
    );
    assert_eq!(error.status_hint(), 413);
    let mut decoder = PairDecoder::new(limits);
    let outcome = ["a&", "&b", "&c"]
        .iter()
        .try_for_each(|piece| decoder.push(piece.as_bytes()));
    assert_eq!(
        outcome
            .and_then(|()| decoder.finish().map(drop))
            .unwrap_err(),
        error
    );
    assert!(parse_query("x&".repeat(1001), QueryLimits::default()).is_err());
}

#[test]
fn pairs_out() {
    assert_eq!(
        encode_query([("a", "1"), ("", ""), ("é &=+%", "~-._!$'()*,/:;?@")]),
        "a=1&=&%C3%A9+%26%3D%2B%25=~-._!$'()*,/:;?@"
    );
    assert_eq!(encode_query([("a", ""); 0]), "");
}

#[track_caller]
fn host(text: &str, expected: Result<(&str, Option<u16>), (UrlErrorKind, usize)>) {
    let got = Host::parse(text);
    let got = got.as_ref().map(|host| (host.name(), host.port()));
    assert_eq!(
        got.map_err(|error| (error.kind(), error.offset().expect("a byte"))),
        expected,
        "{text}"
    );
}

#[test]
fn hosts() {
    host("Example.org", Ok(("Example.org", None)));
    host("a..b:1", Ok(("a..b", Some(1))));
    host("[::1]:65535", Ok(("[::1]", Some(65535))));
    host("", Err((UrlErrorKind::InvalidHost, 0)));
    host(":80", Err((UrlErrorKind::InvalidHost, 0)));
    host("a_b", Err((UrlErrorKind::InvalidHost, 1)));
    host("a b", Err((UrlErrorKind::InvalidHost, 1)));
    host("user@a", Err((UrlErrorKind::InvalidHost, 4)));
    for port in ["", "0", "080", "65536", "x", "+1", "99999999"] {
        host(&format!("a:{port}"), Err((UrlErrorKind::InvalidPort, 2)));
    }
    for bad in ["[", "[]", "[::1", "[g::1]", "[:]", "[1.2.3.4]"] {
        host(bad, Err((UrlErrorKind::InvalidIpv6, 0)));
    }
    host("[::1]x", Err((UrlErrorKind::InvalidHost, 5)));
}

#[test]
fn trusted() {
    let rows: &[(&[&str], &str, bool)] = &[
        (&[], "anything", true),
        (&[], "no host", false),
        (&["example.org"], "EXAMPLE.org:8080", true),
        (&["example.org:1"], "example.org:2", true),
        (&["example.org"], "a.example.org", false),
        (&[".example.org"], "a.b.example.org", true),
        (&[".example.org"], "example.org", true),
        (&[".example.org"], "badexample.org", false),
        (&["*.example.org"], "a.example.org", false),
        (&["[::1]", "[::2]:80"], "[::2]", true),
        (&["[::1]x", "[::1"], "[::1]", false),
        (&[""], "a", false),
        #[cfg(feature = "iri")]
        (&["☃.net"], "xn--n3h.net", true),
        #[cfg(not(feature = "iri"))]
        (&["☃.net"], "xn--n3h.net", false),
    ];
    for (list, host, expected) in rows {
        assert_eq!(
            TrustedHosts::new(*list).trust(host),
            *expected,
            "{list:?} {host}"
        );
    }
    let trusted = TrustedHosts::new(["a"]);
    assert!(
        request_host("http", None, None, &trusted)
            .expect("nothing to refuse")
            .is_none()
    );
    assert!(
        request_host("http", None, Some(("/run/socket", None)), &trusted)
            .expect("nothing to refuse")
            .is_none()
    );
    let error = request_host("http", Some("<script>"), None, &trusted).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (UrlErrorKind::UntrustedHost, "host is not trusted")
    );
}

/// The table of RFC 3986, section 5.4.
#[test]
fn joins() {
    let rows = "g:h g:h|g http://a/b/c/g|./g http://a/b/c/g|g/ http://a/b/c/g/|/g http://a/g|//g http://g|?y http://a/b/c/d;p?y|g?y http://a/b/c/g?y|\
        #s http://a/b/c/d;p?q#s|g#s http://a/b/c/g#s|g?y#s http://a/b/c/g?y#s|;x http://a/b/c/;x|g;x http://a/b/c/g;x|g;x?y#s http://a/b/c/g;x?y#s|\
        . http://a/b/c/|./ http://a/b/c/|.. http://a/b/|../ http://a/b/|../g http://a/b/g|../.. http://a/|../../ http://a/|../../g http://a/g|\
        ../../../g http://a/g|../../../../g http://a/g|/./g http://a/g|/../g http://a/g|g. http://a/b/c/g.|.g http://a/b/c/.g|g.. http://a/b/c/g..|\
        ..g http://a/b/c/..g|./../g http://a/b/g|./g/. http://a/b/c/g/|g/./h http://a/b/c/g/h|g/../h http://a/b/c/h|g;x=1/./y http://a/b/c/g;x=1/y|\
        g;x=1/../y http://a/b/c/y|g?y/./x http://a/b/c/g?y/./x|g#s/../x http://a/b/c/g#s/../x";
    for row in rows.split('|') {
        let (reference, expected) = row.trim().split_once(' ').expect("two");
        assert_eq!(
            join("http://a/b/c/d;p?q", reference),
            expected,
            "{reference}"
        );
    }
    assert_eq!(join("http://a/b/c/d;p?q", ""), "http://a/b/c/d;p?q");
    assert_eq!(
        (join("http://a", "g"), join("", "g"), join("x:/a", "/..//c")),
        ("http://a/g".into(), "g".into(), "x:/.//c".into())
    );
}

#[cfg(feature = "iri")]
#[test]
fn iris() {
    use zeug_urls::{current_url, iri_to_uri, uri_to_iri};

    for (text, uri) in [
        ("//:", ""),
        ("//:/a", "/a"),
        ("x://:", "x:"),
        ("http://:/x", "http:///x"),
        ("//@:", "//@"),
        ("//:?q", "?q"),
    ] {
        assert_eq!(iri_to_uri(text).as_deref(), Ok(uri));
        assert_eq!(uri_to_iri(text).as_deref(), Ok(uri));
    }
    let refused = |text| iri_to_uri(text).unwrap_err().kind();
    assert_eq!(refused("http://a:65536/"), UrlErrorKind::InvalidPort);
    assert_eq!(refused("http://a:x/"), UrlErrorKind::InvalidPort);
    for bad in [
        "http://[::1/",
        "http://::1]/",
        "http://[x]/",
        "http://[1.2.3.4]/",
        "http://a[::1]/",
        "http://[::1]a/",
        "http://u[@a/",
    ] {
        assert_eq!(refused(bad), UrlErrorKind::InvalidIpv6, "{bad}");
    }
    // A full-width slash would cut the host in two.
    assert_eq!(
        refused("http://example.org／.evil.test/"),
        UrlErrorKind::InvalidDomain
    );
    // What has no host does not get one.
    assert_eq!(
        iri_to_uri("////evil.test/x").expect("valid"),
        "////evil.test/x"
    );
    assert_eq!(
        uri_to_iri(" \u{1}ht\ntp://a/\t%41").expect("valid"),
        "http://a/A"
    );
    assert_eq!(
        iri_to_uri("http://[FE80::1%25Eth0]:080/").expect("valid"),
        "http://[fe80::1%25Eth0]:80/"
    );
    assert_eq!(
        current_url("http", "a", None, Some("/x"), Some(b"y")).expect("valid"),
        "http://a/"
    );
    assert_eq!(
        current_url("http", "a", Some("/r/"), None, Some(b"y")).expect("valid"),
        "http://a/r/"
    );
}

#[test]
fn lengths() {
    let rows = [
        (None, None, None),
        (Some("5"), Some("gzip"), Some(5)),
        (Some(" 007\t"), None, Some(7)),
        (Some("-5"), None, Some(0)),
        (Some("+5"), None, Some(0)),
        (Some(""), None, Some(0)),
        (Some("99999999999999999999999"), None, Some(u64::MAX)),
        (Some("5"), Some("a, \"Chu\\nked\""), None),
        (Some("5"), Some("\"a, chunked"), Some(5)),
        (Some("5"), Some("chunked;x"), Some(5)),
    ];
    for (length, encoding, expected) in rows {
        assert_eq!(
            content_length(length, encoding),
            expected,
            "{length:?} {encoding:?}"
        );
    }
}

/// A reader that gives one byte at a time, and then an error.
struct Slow(&'static [u8], Option<io::ErrorKind>);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match (self.0.split_first(), self.1) {
            (Some((first, rest)), _) => {
                buffer[0] = *first;
                self.0 = rest;
                Ok(1)
            }
            (None, Some(kind)) => Err(kind.into()),
            (None, None) => Ok(0),
        }
    }
}

#[track_caller]
fn kind(error: io::Error) -> UrlErrorKind {
    error
        .downcast::<UrlError>()
        .expect("an error of this crate")
        .kind()
}

#[test]
fn limited_readers() {
    let mut exact = LimitedReader::exact(Slow(b"hello world", None), 5);
    assert_eq!(exact.read(&mut [0; 3]).expect("a byte"), 1);
    assert_eq!(
        (exact.position(), exact.limit(), exact.is_exhausted()),
        (1, 5, false)
    );
    assert_eq!(exact.exhaust().expect("the rest"), b"ello");
    assert_eq!(
        (
            exact.read(&mut [0; 3]).expect("the end"),
            exact.exhaust().expect("nothing").len()
        ),
        (0, 0)
    );
    assert_eq!(exact.into_inner().0, b" world");

    for end in [None, Some(io::ErrorKind::ConnectionReset)] {
        let error = LimitedReader::exact(Slow(b"hel", end), 5)
            .read_to_end(&mut Vec::new())
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(kind(error), UrlErrorKind::ClientDisconnected { missing: 2 });
    }

    let mut out = Vec::new();
    let mut most = LimitedReader::at_most(&b"hello"[..], 5);
    assert_eq!(most.read_to_end(&mut out).expect("fits"), 5);
    assert_eq!(
        kind(most.read(&mut [0]).unwrap_err()),
        UrlErrorKind::BodyTooLarge { limit: 5 }
    );
    assert_eq!(
        kind(
            LimitedReader::at_most(&b"hello!"[..], 5)
                .read_to_end(&mut out)
                .unwrap_err()
        ),
        UrlErrorKind::BodyTooLarge { limit: 5 }
    );
    assert_eq!(
        LimitedReader::at_most(&b"hell"[..], 5)
            .read_to_end(&mut out)
            .expect("fits"),
        4
    );
    assert_eq!(
        kind(
            LimitedReader::at_most(Slow(b"", Some(io::ErrorKind::TimedOut)), 5)
                .read(&mut [0])
                .unwrap_err()
        ),
        UrlErrorKind::ClientDisconnected { missing: 5 }
    );
}

#[test]
fn input_streams() {
    let options = InputOptions::default();
    let is = |options| match input_stream(&b"hello"[..], options) {
        Ok(InputStream::Terminated(_)) => "terminated",
        Ok(InputStream::Limited(_)) => "limited",
        Ok(InputStream::Empty) => "empty",
        _ => "refused",
    };
    assert_eq!(is(options), "empty");
    assert_eq!(is(options.max(9)), "empty");
    assert_eq!(is(options.length(Some(3))), "limited");
    assert_eq!(is(options.length(Some(3)).max(2)), "refused");
    assert_eq!(is(options.terminated()), "terminated");
    assert_eq!(is(options.terminated().max(3)), "limited");
}

/// CVE-2020-28473: a `;` separates nothing, so that a cache in front and the program read the same pairs.
#[test]
fn a_semicolon_is_data() {
    query("a=1;b=2", &[("a", "1;b=2")]);
    query("a;b&c=;", &[("a;b", ""), ("c", ";")]);
}
