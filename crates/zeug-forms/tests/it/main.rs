//! The crate's integration tests, one binary.

mod advisories;
mod api;
mod bodies;
mod properties;
mod splits;
mod walk;
