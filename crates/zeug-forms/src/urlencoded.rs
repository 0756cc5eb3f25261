//! Owns urlencoded bodies that come in chunks: what of them is held, and the ceilings. Refuses bodies that are not UTF-8; the pairs are read by `zeug-urls`.

use zeug_datastructures::MultiDict;

use crate::{FormError, FormErrorKind, Limits};

/// Collects a body and reads it at the end.
pub(crate) struct Collector {
    limits: Limits,
    body: Vec<u8>,
}

impl Collector {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, body: Vec::new() }
    }

    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<(), FormError> {
        let _ = chunk;
        self.body.extend_from_slice(chunk);
        if self.body.len() as u64 > self.limits.body {
            return Err(FormError::new(FormErrorKind::BodyTooLarge { limit: self.limits.body }, self.limits.body));
        }
        if self.body.len() > self.limits.fields {
            return Err(FormError::new(FormErrorKind::FieldsTooLarge { limit: self.limits.fields }, self.limits.fields as u64));
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<MultiDict, FormError> {
        let text = str::from_utf8(&self.body).map_err(|error| FormError::new(FormErrorKind::NotUtf8, error.valid_up_to() as u64))?;
        let mut dict = MultiDict::new();
        for pair in text.split('&').filter(|p| !p.is_empty()) {
            let (k, v) = pair.split_once('=').unwrap_or((pair, ""));
            dict.append(k, v);
        }
        Ok(dict)
    }
}
