//! The fuzz targets' bodies over their seeds, and over every beginning and every small change of each, without a fuzzer.

use crate::{bodies, seeds::replay};

#[test]
fn seeds() {
    replay(
        &[
            ("request_head", bodies::request_head),
            ("response_head", bodies::response_head),
            ("chunked", bodies::chunked),
            ("framing", bodies::framing),
        ],
        b"\0\t\n\r :;0Ax\xff",
    );
}
