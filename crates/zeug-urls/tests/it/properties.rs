//! What holds for any input: nothing panics, the way there and back ends where it began.

use proptest::prelude::*;
use zeug_urls::{
    Host, PairDecoder, QueryLimits, TrustedHosts, content_length, encode_query, join, parse_query,
};

proptest! {
    #[test]
    fn any_bytes_are_a_query(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let dict = parse_query(&bytes, limits()).expect("no limit");
        prop_assert!(dict.iter().all(|(key, value)| key.len() + value.len() <= 3 * bytes.len()));
    }

    #[test]
    fn pairs_survive_the_way_out_and_back(pairs in proptest::collection::vec((".{0,8}", ".{0,8}"), 0..8)) {
        let dict = parse_query(encode_query(pairs.iter().map(|(key, value)| (key, value))), limits()).expect("no limit");
        let back: Vec<_> = dict.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        prop_assert_eq!(back, pairs);
    }

    #[test]
    fn any_cut_gives_the_same_pairs(query in "[a&=+%0-9A-Fé]{0,60}", sizes in proptest::collection::vec(1..7usize, 1..10)) {
        let mut decoder = PairDecoder::new(limits());
        let mut rest = query.as_bytes();
        for size in sizes.iter().cycle() {
            let (piece, after) = rest.split_at(rest.len().min(*size));
            decoder.push(piece).expect("no limit");
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        let whole = parse_query(&query, limits()).expect("no limit");
        prop_assert!(decoder.finish().expect("no limit").iter().eq(&whole));
    }

    #[test]
    fn nothing_panics(a in any::<String>(), b in "[-a-z0-9.:/?#@%\\[\\] ]{0,30}") {
        let _ = (join(&a, &b), join(&b, &a), Host::parse(&a), Host::parse(&b), TrustedHosts::new([&a, &b]).trust(&b));
        let _ = (content_length(Some(&a), Some(&b)), content_length(Some(&b), Some(&a)));
    }

    #[test]
    fn a_host_is_shown_as_it_was(host in "[a-z0-9.-]{1,20}(:[1-9][0-9]{0,3})?") {
        prop_assert_eq!(Host::parse(&host).expect("a host").to_string(), host);
    }
}

#[cfg(feature = "iri")]
proptest! {
    #[test]
    fn iris_and_uris_do_not_change_any_more(text in "((http|ftp|x)?:)?(//[a-z☃é.]{0,6}(:[0-9]{1,3})?)?/([a-z0-9/é☃ ]|%[0-9A-F]{2}){0,20}(\\?([a-z=&é+]|%[0-9a-f]{2}){0,12})?(#[^%]{0,6})?") {
        if let Ok(uri) = zeug_urls::iri_to_uri(&text) {
            prop_assert!(uri.is_ascii());
            prop_assert_eq!(zeug_urls::iri_to_uri(&uri), Ok(uri.clone()));
            let iri = zeug_urls::uri_to_iri(&uri).expect("a URI");
            prop_assert_eq!(zeug_urls::uri_to_iri(&iri), Ok(iri));
        }
    }

    #[test]
    fn no_text_panics_on_its_way(text in any::<String>(), tail in "[-a-z0-9.:/?#@%\\[\\] ]{0,30}") {
        for text in [&text, &tail, &format!("http://{text}"), &format!("http://{tail}{text}")] {
            let _ = (zeug_urls::iri_to_uri(text), zeug_urls::uri_to_iri(text));
        }
    }
}

fn limits() -> QueryLimits {
    QueryLimits::default().max_pairs(usize::MAX)
}
