//! All tests of the crate from the outside.
