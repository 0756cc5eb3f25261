//! The body of the fuzz target `query`: whole and in pieces the same pairs, which survive the way out and back.

use zeug_urls::{PairDecoder, QueryLimits, encode_query, parse_query};

/// Checks one input; the first byte says how it is cut.
pub(crate) fn check(input: &[u8]) {
    let Some((&cut, query)) = input.split_first() else {
        return;
    };
    let limits = QueryLimits::default();
    let whole = parse_query(query, limits);
    let mut decoder = PairDecoder::new(limits);
    let pushed = query
        .chunks(usize::from(cut).max(1))
        .try_for_each(|piece| decoder.push(piece));
    let pieces = pushed.and_then(|()| decoder.finish());
    assert_eq!(whole, pieces, "in pieces of {cut}");
    let Ok(dict) = whole else { return };
    assert!(dict.len() <= limits.max_pairs);
    let again = parse_query(encode_query(&dict), limits).expect("as many pairs");
    assert!(again.iter().eq(&dict));
}
