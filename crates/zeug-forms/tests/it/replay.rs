//! Runs the fuzz targets' bodies over their committed seeds, and over what fuzzing once found.

use crate::seeds::replay;

#[path = "../../fuzz/bodies/multipart.rs"]
mod multipart;
#[path = "../../fuzz/bodies/urlencoded.rs"]
mod urlencoded;

#[test]
fn seeds() {
    // As they stand: there are hundreds, among them large ones.
    replay(
        &[
            ("multipart", multipart::run),
            ("urlencoded", urlencoded::run),
        ],
        b"",
    );
}
