//! The committed seeds of the fuzz targets, run through the targets' own bodies.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/query.rs"]
mod query;

#[test]
fn query_seeds() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/query");
    let seeds: Vec<_> = fs::read_dir(seeds).expect("the seeds").flatten().collect();
    assert_eq!(seeds.len(), 4);
    for seed in seeds {
        query::check(&fs::read(seed.path()).expect("a seed"));
    }
}
