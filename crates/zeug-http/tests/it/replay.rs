//! The fuzz targets' bodies over their seeds, and over every beginning and every small change of each, without a fuzzer.

use crate::{bodies, seeds::replay};

#[test]
fn seeds() {
    replay(
        &[
            ("options", bodies::options),
            ("accept", bodies::accept),
            ("cookies", bodies::cookies),
            ("dates", bodies::dates),
            ("ranges", bodies::ranges),
        ],
        b"\0\t\n \",;=\\*/%0Aq\xff",
    );
}
