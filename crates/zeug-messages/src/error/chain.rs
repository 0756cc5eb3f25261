//! Owns the walk along an error's causes.

use std::error::Error;

/// The causes of an error, nearest first; from [`HttpError::chain`](crate::HttpError::chain).
#[derive(Clone, Debug)]
pub struct Chain<'a> {
    next: Option<&'a (dyn Error + 'static)>,
}

impl<'a> Chain<'a> {
    pub(super) fn new(first: Option<&'a (dyn Error + 'static)>) -> Self {
        Self { next: first }
    }
}

impl<'a> Iterator for Chain<'a> {
    type Item = &'a (dyn Error + 'static);

    fn next(&mut self) -> Option<Self::Item> {
        let error = self.next?;
        self.next = error.source();
        Some(error)
    }
}
