//! Owns random texts: salts, and tokens that nobody can guess. The randomness is the system's; nothing here is seeded.

use crate::error::{SecurityError, SecurityErrorKind};

const ALPHANUMERIC: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const HEX: &[u8; 16] = b"0123456789abcdef";

/// That many letters and digits of ASCII, each as likely: 5.95 bits a character.
///
/// # Errors
///
/// `EmptyLength` for a length of 0, `NoRandomness` if the system has none to give.
///
/// # Example
///
/// ```
/// use zeug_security::random_alphanumeric;
///
/// let salt = random_alphanumeric(16)?;
/// assert!(salt.len() == 16 && salt.bytes().all(|byte| byte.is_ascii_alphanumeric()));
/// assert!(random_alphanumeric(0).is_err());
/// # Ok::<(), zeug_security::SecurityError>(())
/// ```
#[doc(alias = "gen_salt")]
pub fn random_alphanumeric(length: usize) -> Result<String, SecurityError> {
    check(length)?;
    let mut text = String::with_capacity(length);
    let mut bytes = [0; 64];
    while text.len() < length {
        fill(&mut bytes)?;
        // 248 is the last multiple of 62: what lies above would make some characters likelier.
        for byte in bytes.iter().filter(|byte| **byte < 248) {
            if text.len() == length {
                break;
            }
            text.push(char::from(ALPHANUMERIC[usize::from(byte % 62)]));
        }
    }
    Ok(text)
}

/// That many random bytes, written as two hexadecimal digits each. 32 bytes make a secret key.
///
/// # Errors
///
/// `EmptyLength` for a length of 0, `NoRandomness` if the system has none to give.
///
/// # Example
///
/// ```
/// use zeug_security::random_hex;
///
/// assert_eq!(random_hex(32)?.len(), 64);
/// assert!(random_hex(0).is_err());
/// # Ok::<(), zeug_security::SecurityError>(())
/// ```
#[doc(alias = "token_hex")]
pub fn random_hex(bytes: usize) -> Result<String, SecurityError> {
    let random = random_bytes(bytes)?;
    Ok(random
        .iter()
        .flat_map(|byte| [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]])
        .map(char::from)
        .collect())
}

/// That many random characters that need no escaping in a URL, a cookie or a form: 6 bits each.
///
/// # Errors
///
/// `EmptyLength` for a length of 0, `NoRandomness` if the system has none to give.
///
/// # Example
///
/// ```
/// use zeug_security::random_url_safe;
///
/// assert_eq!(random_url_safe(22)?.len(), 22, "132 bits: more than nobody guesses");
/// assert!(random_url_safe(0).is_err());
/// # Ok::<(), zeug_security::SecurityError>(())
/// ```
#[doc(alias = "token_urlsafe")]
pub fn random_url_safe(length: usize) -> Result<String, SecurityError> {
    let random = random_bytes(length)?;
    Ok(random
        .iter()
        .map(|byte| char::from(URL_SAFE[usize::from(byte & 63)]))
        .collect())
}

/// That many random bytes.
///
/// # Errors
///
/// `EmptyLength` for a length of 0, `NoRandomness` if the system has none to give.
///
/// # Example
///
/// ```
/// use zeug_security::random_bytes;
///
/// assert_ne!(random_bytes(16)?, random_bytes(16)?);
/// assert!(random_bytes(0).is_err());
/// # Ok::<(), zeug_security::SecurityError>(())
/// ```
#[doc(alias = "token_bytes")]
pub fn random_bytes(length: usize) -> Result<Vec<u8>, SecurityError> {
    check(length)?;
    let mut bytes = vec![0; length];
    fill(&mut bytes)?;
    Ok(bytes)
}

fn check(length: usize) -> Result<(), SecurityError> {
    if length == 0 {
        return Err(SecurityError::at(SecurityErrorKind::EmptyLength, 0));
    }
    Ok(())
}

fn fill(bytes: &mut [u8]) -> Result<(), SecurityError> {
    getrandom::fill(bytes).map_err(|_| SecurityError::at(SecurityErrorKind::NoRandomness, 0))
}
