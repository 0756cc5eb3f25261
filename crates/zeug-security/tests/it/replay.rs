//! The fuzz targets' bodies over their seeds, and over every beginning and every small change of each, without a fuzzer.

use crate::{bodies, seeds::replay};

#[test]
fn seeds() {
    replay(
        &[("paths", bodies::paths), ("hashes", bodies::hashes)],
        b"\0$:/.\\019=a\xff",
    );
}
