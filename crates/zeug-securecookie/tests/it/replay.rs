//! The fuzz targets' bodies over their seeds, and over every beginning and every small change of each, without a fuzzer.

use std::fs;
use std::path::Path;

use crate::bodies;

#[test]
fn seeds() {
    type Body = fn(&[u8]);
    let targets: [(&str, Body); 3] = [
        ("session", bodies::session),
        ("tagged", bodies::tagged),
        ("encrypted", bodies::encrypted),
    ];
    let mut ran = 0;
    for (name, body) in targets {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fuzz/seeds")
            .join(name);
        for file in fs::read_dir(folder).unwrap() {
            let seed = fs::read(file.unwrap().path()).unwrap();
            body(&seed);
            ran += 1;
            for at in 0..seed.len() {
                body(&seed[..at]);
                for byte in *b"\0.=A\"{} t\xff" {
                    let mut changed = seed.clone();
                    changed[at] = byte;
                    body(&changed);
                }
                let mut shorter = seed.clone();
                shorter.remove(at);
                body(&shorter);
            }
        }
    }
    assert_eq!(ran, 8);
}
