//! The fuzz targets' bodies over their seeds, and over every beginning and every small change of each, without a fuzzer.

use crate::{bodies, seeds::replay};

#[test]
fn seeds() {
    replay(
        &[("route_match", bodies::route_match)],
        b"\0/%<>-.\n1a\\\xff",
    );
}
