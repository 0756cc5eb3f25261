//! Owns what stands in for compiled lines where there are none: without the feature `console`, and on other systems than Linux with glibc on x86-64 and aarch64.

use super::{About, Reply, Way};
use crate::snapshot::Snapshot;

/// Nothing is kept from one line to the next.
#[derive(Debug, Default)]
pub(crate) struct Sessions(());

pub(super) fn way(_: &Sessions, _: usize, _: &str) -> Way {
    Way::Look
}

pub(super) fn answer(
    _: &Sessions,
    _: &Snapshot,
    _: usize,
    _: &str,
) -> Result<Reply, Option<String>> {
    Err(None)
}

pub(super) fn names(_: &Sessions, _: usize) -> Vec<String> {
    Vec::new()
}

pub(super) fn about(_: &Sessions, _: &Snapshot, _: usize) -> About {
    About::default()
}

pub(super) fn stop(_: &Sessions, _: usize) {}

pub(super) fn begin() {}
