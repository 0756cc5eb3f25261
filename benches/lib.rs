//! Benchmarks of zeug beside its peers: each `*.rs` beside this file is a criterion group. Holds no code of its own.
