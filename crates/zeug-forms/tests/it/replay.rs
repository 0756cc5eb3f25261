//! Runs the fuzz targets' bodies over their committed seeds, and over what fuzzing once found.

use std::{fs, path::Path};

#[path = "../../fuzz/bodies/multipart.rs"]
mod multipart;
#[path = "../../fuzz/bodies/urlencoded.rs"]
mod urlencoded;

#[track_caller]
fn replay(target: &str, run: fn(&[u8])) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target);
    let files: Vec<_> = fs::read_dir(&seeds)
        .expect("the seeds are committed")
        .collect();
    assert!(files.len() >= 20, "{target} has its seeds");
    for file in files {
        run(&fs::read(file.expect("a seed").path()).expect("a seed can be read"));
    }
}

#[test]
fn multipart_seeds() {
    replay("multipart", multipart::run);
}

#[test]
fn urlencoded_seeds() {
    replay("urlencoded", urlencoded::run);
}
