//! The fuzz targets' bodies over their seeds, and over every beginning and every small change of each, without a fuzzer.

use crate::seeds::replay;

#[path = "../../fuzz/addresses.rs"]
mod addresses;
#[path = "../../fuzz/query.rs"]
mod query;

#[test]
fn seeds() {
    replay(
        &[("addresses", addresses::check), ("query", query::check)],
        b"&=+%;:/?#@[].0aF\0\n\xff",
    );
}
