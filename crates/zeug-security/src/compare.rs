//! Owns `constant_time_eq`. It hides what differs, not how long the texts are.

use subtle::ConstantTimeEq;

/// Whether both are the same bytes, in a time that depends on their lengths only.
///
/// For tokens, signatures and whatever else an attacker may try again and again: `==` ends at the first difference, and so tells how much was right.
///
/// # Example
///
/// ```
/// use zeug_security::constant_time_eq;
///
/// assert!(constant_time_eq(b"6f3a", b"6f3a"));
/// assert!(!constant_time_eq(b"6f3a", b"6f3b"));
/// assert!(!constant_time_eq(b"6f3a", b"6f3"), "another length is never equal");
/// ```
#[must_use]
#[doc(alias = "compare_digest")]
#[doc(alias = "safe_str_cmp")]
pub fn constant_time_eq(left: impl AsRef<[u8]>, right: impl AsRef<[u8]>) -> bool {
    left.as_ref().ct_eq(right.as_ref()).into()
}
