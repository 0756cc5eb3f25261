//! The payload between JSON and text: zlib where it pays, and URL-safe base64. It inflates no further than it is told.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};

use crate::error::{SecureCookieError, SecureCookieErrorKind};

/// No zlib stream is shorter: header, one empty block and checksum.
const SHORTEST: usize = 8;

/// zlib's default, as Python's.
const LEVEL: u8 = 6;

/// The payload of a JSON text: compressed, with a dot in front, if that is shorter by more than the dot.
pub(crate) fn pack(json: &[u8]) -> String {
    let mut text = String::with_capacity(json.len() * 4 / 3 + 128);
    match deflate(json) {
        Some(deflated) => {
            text.push('.');
            URL_SAFE_NO_PAD.encode_string(deflated, &mut text);
        }
        None => URL_SAFE_NO_PAD.encode_string(json, &mut text),
    }
    text
}

fn deflate(json: &[u8]) -> Option<Vec<u8>> {
    if json.len() <= SHORTEST + 1 {
        return None;
    }
    Some(compress_to_vec_zlib(json, LEVEL)).filter(|deflated| deflated.len() < json.len() - 1)
}

/// The JSON text of a payload.
pub(crate) fn unpack(payload: &str, limit: usize) -> Result<Vec<u8>, SecureCookieError> {
    let fail = |kind| SecureCookieError::new(kind, 0);
    let (text, deflated) = match payload.strip_prefix('.') {
        Some(text) => (text, true),
        None => (payload, false),
    };
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| fail(SecureCookieErrorKind::InvalidBase64))?;
    let too_large = fail(SecureCookieErrorKind::PayloadTooLarge { limit });
    if !deflated {
        return if bytes.len() > limit {
            Err(too_large)
        } else {
            Ok(bytes)
        };
    }
    decompress_to_vec_zlib_with_limit(&bytes, limit).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => too_large,
        _ => fail(SecureCookieErrorKind::InvalidCompression),
    })
}
