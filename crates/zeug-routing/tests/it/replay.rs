//! The fuzz target's body over its seeds, and over every beginning and every small change of each, without a fuzzer.

use std::fs;
use std::path::Path;

use crate::bodies;

#[test]
fn seeds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/route_match");
    let mut ran = 0;
    for file in fs::read_dir(folder).unwrap() {
        let seed = fs::read(file.unwrap().path()).unwrap();
        bodies::route_match(&seed);
        ran += 1;
        for at in 0..seed.len() {
            bodies::route_match(&seed[..at]);
            for byte in *b"\0/%<>-.\n1a\\\xff" {
                let mut changed = seed.clone();
                changed[at] = byte;
                bodies::route_match(&changed);
            }
        }
    }
    assert_eq!(ran, 4);
}
