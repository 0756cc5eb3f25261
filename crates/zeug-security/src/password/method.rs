//! Owns `PasswordMethod`: the methods with their parameters, as Werkzeug writes them. It refuses parameters before they cost anything.

use std::fmt;
use std::str::FromStr;

use super::limits::PasswordLimits;
use crate::error::{SecurityError, SecurityErrorKind};

/// The hash that PBKDF2 iterates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PasswordDigest {
    /// MD5, to read what was stored long ago.
    #[cfg(feature = "md5")]
    Md5,
    /// SHA-1, to read what was stored long ago.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl PasswordDigest {
    /// The digest of that name, as Python's `hashlib` calls them: `sha256`.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            #[cfg(feature = "md5")]
            "md5" => Self::Md5,
            "sha1" => Self::Sha1,
            "sha224" => Self::Sha224,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            _ => return None,
        })
    }

    /// The name that `hashlib` has for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            #[cfg(feature = "md5")]
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Bytes of the digest.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            #[cfg(feature = "md5")]
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// How a password becomes a digest, with the parameters that make it slow.
///
/// Written as in a stored hash: `scrypt:32768:8:1`, `pbkdf2:sha256:1000000`, with the feature `argon2` also `argon2id:19456:2:1`. What is left out is Werkzeug's
/// default.
///
/// # Example
///
/// ```
/// use zeug_security::{PasswordMethod, SecurityErrorKind};
///
/// let method = PasswordMethod::parse("scrypt")?;
/// assert_eq!(method.to_string(), "scrypt:32768:8:1");
/// assert_eq!(PasswordMethod::parse("scrypt:3").unwrap_err().kind(), SecurityErrorKind::InvalidParameters);
/// assert_eq!(PasswordMethod::parse("rot13").unwrap_err().kind(), SecurityErrorKind::UnknownMethod);
/// # Ok::<(), zeug_security::SecurityError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PasswordMethod {
    /// scrypt ([RFC 7914](https://www.rfc-editor.org/rfc/rfc7914)), 64 bytes out.
    Scrypt {
        /// The cost N, a power of two above 1.
        n: u64,
        /// The block size: 128 × r bytes.
        r: u32,
        /// The parallelism.
        p: u32,
    },
    /// PBKDF2 ([RFC 8018 section 5.2](https://www.rfc-editor.org/rfc/rfc8018#section-5.2)), a digest's bytes out.
    Pbkdf2 {
        /// The hash that is iterated.
        digest: PasswordDigest,
        /// How often.
        iterations: u32,
    },
    /// Argon2id ([RFC 9106](https://www.rfc-editor.org/rfc/rfc9106)), 32 bytes out. Stored in the text that all its users read: `$argon2id$v=19$m=19456,t=2,p=1$salt$digest`.
    #[cfg(feature = "argon2")]
    Argon2id {
        /// Memory in KiB, at least 8 a lane.
        memory: u32,
        /// Passes over the memory.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
}

impl Default for PasswordMethod {
    /// scrypt with N 32768, r 8 and p 3: Werkzeug's memory (32 MiB) and thrice its time, as
    /// [OWASP](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt) asks for with that memory.
    ///
    /// # Deviations
    ///
    /// Werkzeug 3.1 has p 1, which is [`WERKZEUG`](Self::WERKZEUG). Each reads the other's.
    fn default() -> Self {
        Self::Scrypt {
            n: 1 << 15,
            r: 8,
            p: 3,
        }
    }
}

impl PasswordMethod {
    /// Werkzeug 3.1's default: `scrypt:32768:8:1`.
    pub const WERKZEUG: Self = Self::Scrypt {
        n: 1 << 15,
        r: 8,
        p: 1,
    };

    /// Werkzeug 3.1's PBKDF2: `pbkdf2:sha256:1000000`.
    #[doc(alias = "DEFAULT_PBKDF2_ITERATIONS")]
    pub const WERKZEUG_PBKDF2: Self = Self::Pbkdf2 {
        digest: PasswordDigest::Sha256,
        iterations: 1_000_000,
    };

    /// The method of that text.
    ///
    /// # Errors
    ///
    /// `UnknownMethod` for a name or digest that is not known, `InvalidParameters` for parameters that are no numbers, too few or too many, or without sense.
    /// How much they ask for is not looked at here.
    pub fn parse(text: &str) -> Result<Self, SecurityError> {
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let arguments = if name.len() == text.len() {
            Vec::new()
        } else {
            rest.splitn(4, ':').collect()
        };
        let at = (name.len() + 1).min(text.len());
        let invalid = SecurityError::at(SecurityErrorKind::InvalidParameters, at);
        let method = match (name, &*arguments) {
            ("scrypt", []) => Self::WERKZEUG,
            ("scrypt", [n, r, p]) => Self::Scrypt {
                n: number(n).ok_or(invalid)?,
                r: number(r).ok_or(invalid)?,
                p: number(p).ok_or(invalid)?,
            },
            ("pbkdf2", []) => Self::WERKZEUG_PBKDF2,
            ("pbkdf2", [digest, iterations @ ..]) if iterations.len() < 2 => Self::Pbkdf2 {
                digest: PasswordDigest::named(digest)
                    .ok_or(SecurityError::at(SecurityErrorKind::UnknownMethod, at))?,
                iterations: match iterations.first() {
                    None => 1_000_000,
                    Some(text) => number(text).ok_or(invalid)?,
                },
            },
            #[cfg(feature = "argon2")]
            // OWASP's first choice.
            ("argon2id", []) => Self::Argon2id {
                memory: 19 << 10,
                passes: 2,
                lanes: 1,
            },
            #[cfg(feature = "argon2")]
            ("argon2id", [memory, passes, lanes]) => Self::Argon2id {
                memory: number(memory).ok_or(invalid)?,
                passes: number(passes).ok_or(invalid)?,
                lanes: number(lanes).ok_or(invalid)?,
            },
            ("scrypt" | "pbkdf2", _) => return Err(invalid),
            #[cfg(feature = "argon2")]
            ("argon2id", _) => return Err(invalid),
            _ => return Err(SecurityError::at(SecurityErrorKind::UnknownMethod, 0)),
        };
        if method.has_sense() {
            Ok(method)
        } else {
            Err(invalid)
        }
    }

    /// Whether the parameters are ones that the method has.
    fn has_sense(self) -> bool {
        match self {
            Self::Scrypt { n, r, p } => {
                n > 1
                    && n.is_power_of_two()
                    && r > 0
                    && p > 0
                    && u64::from(r) * u64::from(p) < 1 << 30
                    // RFC 7914 section 2: N below 2 to the power of 128 r / 8.
                    && (r >= 4 || n.ilog2() < r * 16)
            }
            Self::Pbkdf2 { iterations, .. } => iterations > 0,
            #[cfg(feature = "argon2")]
            Self::Argon2id {
                memory,
                passes,
                lanes,
            } => passes > 0 && (1..1 << 24).contains(&lanes) && memory / 8 >= lanes,
        }
    }

    /// Refuses what has no sense or asks for more than allowed.
    pub(super) fn check(self, limits: PasswordLimits) -> Result<(), SecurityError> {
        if !self.has_sense() {
            return Err(SecurityError::at(SecurityErrorKind::InvalidParameters, 0));
        }
        let (memory, work, limit) = match self {
            Self::Scrypt { n, r, p } => {
                let block = u64::from(r).saturating_mul(128);
                let blocks = n.saturating_mul(u64::from(r));
                (
                    block.saturating_mul(n.saturating_add(u64::from(p) + 2)),
                    blocks.saturating_mul(u64::from(p)),
                    limits.blocks,
                )
            }
            Self::Pbkdf2 { iterations, .. } => {
                (0, u64::from(iterations), u64::from(limits.iterations))
            }
            #[cfg(feature = "argon2")]
            Self::Argon2id { memory, passes, .. } => (
                u64::from(memory) << 10,
                u64::from(memory) * u64::from(passes),
                limits.argon2_kib,
            ),
        };
        if memory > limits.memory {
            let limit = limits.memory;
            return Err(SecurityError::at(
                SecurityErrorKind::TooMuchMemory { limit },
                0,
            ));
        }
        if work > limit {
            return Err(SecurityError::at(
                SecurityErrorKind::TooMuchWork { limit },
                0,
            ));
        }
        Ok(())
    }

    /// Bytes of the digest that a new hash gets.
    pub(super) const fn digest_length(self) -> usize {
        match self {
            Self::Scrypt { .. } => 64,
            Self::Pbkdf2 { digest, .. } => digest.size(),
            #[cfg(feature = "argon2")]
            Self::Argon2id { .. } => 32,
        }
    }

    /// Whether it is the other method with no parameter smaller.
    pub(super) fn is_at_least(self, other: Self) -> bool {
        match (self, other) {
            (
                Self::Scrypt { n, r, p },
                Self::Scrypt {
                    n: other_n,
                    r: other_r,
                    p: other_p,
                },
            ) => n >= other_n && r >= other_r && p >= other_p,
            (
                Self::Pbkdf2 { digest, iterations },
                Self::Pbkdf2 {
                    digest: other_digest,
                    iterations: other_iterations,
                },
            ) => digest == other_digest && iterations >= other_iterations,
            #[cfg(feature = "argon2")]
            (
                Self::Argon2id {
                    memory,
                    passes,
                    lanes,
                },
                Self::Argon2id {
                    memory: other_memory,
                    passes: other_passes,
                    lanes: other_lanes,
                },
            ) => memory >= other_memory && passes >= other_passes && lanes >= other_lanes,
            _ => false,
        }
    }
}

/// Decimal digits and nothing else, as a number that fits.
pub(super) fn number<T: FromStr>(text: &str) -> Option<T> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

impl FromStr for PasswordMethod {
    type Err = SecurityError;

    fn from_str(text: &str) -> Result<Self, SecurityError> {
        Self::parse(text)
    }
}

impl fmt::Display for PasswordMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scrypt { n, r, p } => write!(f, "scrypt:{n}:{r}:{p}"),
            Self::Pbkdf2 { digest, iterations } => {
                write!(f, "pbkdf2:{}:{iterations}", digest.as_str())
            }
            #[cfg(feature = "argon2")]
            Self::Argon2id {
                memory,
                passes,
                lanes,
            } => write!(f, "argon2id:{memory}:{passes}:{lanes}"),
        }
    }
}
