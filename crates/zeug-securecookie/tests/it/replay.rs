//! The fuzz targets' bodies over their seeds, and over every beginning and every small change of each, without a fuzzer.

use crate::{bodies, seeds::replay};

#[test]
fn seeds() {
    replay(
        &[
            ("session", bodies::session),
            ("tagged", bodies::tagged),
            ("encrypted", bodies::encrypted),
        ],
        b"\0.=A\"{} t\xff",
    );
}
