//! The crate's integration tests, one binary.

mod advisories;
mod api;
mod bodies;
mod properties;
mod replay;
mod splits;
mod walk;
