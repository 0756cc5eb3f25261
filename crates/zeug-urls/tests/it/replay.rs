//! The fuzz target's body over its seeds, and over every beginning and every small change of each, without a fuzzer.

use crate::seeds::replay;

#[path = "../../fuzz/query.rs"]
mod query;

#[test]
fn seeds() {
    replay(&[("query", query::check)], b"&=+%;0aF\0\xff");
}
