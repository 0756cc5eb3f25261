//! What the fuzz targets do, done to their committed seeds without a fuzzer: for the tests of each crate with a folder `fuzz`, which include this file.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A seed of more bytes is run as it stands only: what is like it would take too long.
const LARGE: usize = 512;

/// A target's name and what it does with its bytes.
pub(crate) type Target<'t> = (&'t str, fn(&[u8]));

/// Runs each target over its seeds, and over what is like them: where there are `changes`, every beginning of a seed, the seed without one of its bytes
/// and with one of its bytes changed to each of them. No target may be left out, and none be without seeds.
#[track_caller]
pub(crate) fn replay(targets: &[Target<'_>], changes: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let names: BTreeSet<&str> = targets.iter().map(|(name, _)| *name).collect();
    let committed = fs::read_dir(&folder).expect("the seeds are committed");
    let committed: BTreeSet<String> = committed
        .map(|entry| entry.expect("a folder of seeds").file_name())
        .map(|name| name.into_string().expect("a target's name"))
        .collect();
    assert!(names.iter().eq(&committed), "{names:?} {committed:?}");
    for (name, run) in targets {
        let mut ran = 0;
        for file in fs::read_dir(folder.join(name)).expect("the target's seeds") {
            let path = file.expect("a seed").path();
            over(&fs::read(path).expect("a seed can be read"), *run, changes);
            ran += 1;
        }
        assert!(ran > 0, "{name} has no seeds");
    }
}

/// One seed and what is like it.
fn over(seed: &[u8], run: fn(&[u8]), changes: &[u8]) {
    run(seed);
    if changes.is_empty() || seed.len() > LARGE {
        return;
    }
    let mut changed = seed.to_vec();
    for at in 0..seed.len() {
        run(&seed[..at]);
        for byte in changes {
            changed[at] = *byte;
            run(&changed);
        }
        changed[at] = seed[at];
        let byte = changed.remove(at);
        run(&changed);
        changed.insert(at, byte);
    }
}
