//! Owns `Passwords`: hashing and checking by one policy. How a method works is in `method`, how a hash is written in `stored`.

mod derive;
mod limits;
mod method;
mod stored;

use zeroize::Zeroizing;

pub use limits::PasswordLimits;
pub use method::{PasswordDigest, PasswordMethod};
pub use stored::PasswordHash;

use crate::error::SecurityError;
use crate::token::random_alphanumeric;

/// How passwords are hashed from now on, and what stored hashes may ask for.
///
/// The hashes are Werkzeug's texts, `method$salt$digest`, so that a Python program and a Rust one share a table of users. Django's PBKDF2 texts are read too.
///
/// # Example
///
/// ```
/// use zeug_security::{PasswordMethod, Passwords};
///
/// // Cheap, for the example; `Passwords::default()` is what a program wants.
/// let passwords = Passwords::new(PasswordMethod::parse("scrypt:16:1:1")?)?;
/// let stored = passwords.hash("correct horse")?;
/// assert!(passwords.verify(&stored, "correct horse"));
/// assert!(!passwords.verify(&stored, "wrong horse"));
/// assert!(!passwords.verify("not a hash", "correct horse"));
/// assert!(Passwords::default().needs_rehash(&stored));
/// # Ok::<(), zeug_security::SecurityError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passwords {
    method: PasswordMethod,
    salt_length: usize,
    limits: PasswordLimits,
}

impl Default for Passwords {
    /// The policy of [`PasswordMethod::default`], a salt of 16 characters (95 bits) and the usual limits.
    fn default() -> Self {
        Self {
            method: PasswordMethod::default(),
            salt_length: 16,
            limits: PasswordLimits::default(),
        }
    }
}

impl Passwords {
    /// The policy that hashes by that method.
    ///
    /// # Errors
    ///
    /// `TooMuchMemory` or `TooMuchWork` for a method beyond the default limits, `InvalidParameters` for one without sense: no iteration, an N of scrypt that
    /// is no power of two.
    #[doc(alias = "generate_password_hash")]
    pub fn new(method: PasswordMethod) -> Result<Self, SecurityError> {
        Self {
            method,
            ..Self::default()
        }
        .checked()
    }

    /// The same policy with other limits.
    ///
    /// # Errors
    ///
    /// `TooMuchMemory` or `TooMuchWork` if the policy's own method lies beyond them.
    pub fn limits(mut self, limits: PasswordLimits) -> Result<Self, SecurityError> {
        self.limits = limits;
        self.checked()
    }

    /// The same policy with salts of that many characters of 5.95 bits; at least 1, at most 1024.
    #[must_use]
    pub fn salt_length(mut self, characters: usize) -> Self {
        self.salt_length = characters.clamp(1, 1024);
        self
    }

    /// The method that new hashes are made by.
    #[must_use]
    pub const fn method(&self) -> PasswordMethod {
        self.method
    }

    fn checked(self) -> Result<Self, SecurityError> {
        self.method.check(self.limits)?;
        Ok(self)
    }

    /// The text to store for a password: another one each time.
    ///
    /// # Errors
    ///
    /// `NoRandomness` if the system has none to give.
    pub fn hash(&self, password: impl AsRef<[u8]>) -> Result<String, SecurityError> {
        self.hash_with_salt(password, &random_alphanumeric(self.salt_length)?)
    }

    /// The text to store for a password with that salt. A salt is for one password only: [`hash`](Self::hash) makes one.
    ///
    /// # Errors
    ///
    /// `MalformedHash` for a salt that is empty or has a `$`.
    pub fn hash_with_salt(
        &self,
        password: impl AsRef<[u8]>,
        salt: &str,
    ) -> Result<String, SecurityError> {
        PasswordHash::make(self.method, salt, password.as_ref(), self.limits)
            .map(|hash| hash.to_string())
    }

    /// Whether the stored text was made of this password; false too for a text that cannot be read, or that asks for more than the limits allow.
    ///
    /// Why a text cannot be read says [`PasswordHash::parse`].
    ///
    /// # Limits
    ///
    /// The parameters in the text are compared with the limits before any work.
    ///
    /// # Deviations
    ///
    /// Werkzeug raises an error for a method that it does not know.
    #[must_use]
    #[doc(alias = "check_password_hash")]
    pub fn verify(&self, stored: &str, password: impl AsRef<[u8]>) -> bool {
        PasswordHash::parse(stored, self.limits).is_ok_and(|hash| hash.verify(password))
    }

    /// Does the work of [`verify`](Self::verify) for a user that there is not, so that the time of an answer does not tell which names exist. Always false.
    ///
    /// The time is that of this policy's method: hashes of an older one give themselves away until they are made anew.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_security::{PasswordMethod, Passwords};
    ///
    /// fn log_in(passwords: &Passwords, stored: Option<&str>, password: &str) -> bool {
    ///     match stored {
    ///         Some(stored) => passwords.verify(stored, password),
    ///         None => passwords.verify_unknown(password),
    ///     }
    /// }
    ///
    /// let passwords = Passwords::new(PasswordMethod::parse("scrypt:16:1:1")?)?;
    /// let stored = passwords.hash("mellon")?;
    /// assert!(log_in(&passwords, Some(&stored), "mellon"));
    /// assert!(!log_in(&passwords, None, "mellon"));
    /// # Ok::<(), zeug_security::SecurityError>(())
    /// ```
    pub fn verify_unknown(&self, password: impl AsRef<[u8]>) -> bool {
        let salt = [b's'; 1024];
        let salt = salt.get(..self.salt_length).unwrap_or(&salt);
        let digest = Zeroizing::new(self.method.derive(
            password.as_ref(),
            salt,
            self.method.digest_length(),
        ));
        let wanted = vec![0; digest.len()];
        // Compared as a stored one would be; a digest of zeros is not found.
        std::hint::black_box(crate::constant_time_eq(&*digest, wanted));
        false
    }

    /// Whether the stored text is weaker than this policy or cannot be read: hash the password anew as soon as it is known, at the next log in.
    ///
    /// Weaker is another method or digest, any parameter that is smaller, or a shorter salt.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_security::Passwords;
    ///
    /// let passwords = Passwords::default();
    /// assert!(passwords.needs_rehash("pbkdf2:sha256:260000$salt$00"));
    /// assert!(!passwords.needs_rehash(&format!("scrypt:65536:8:3$0123456789abcdef${:0128}", 0)));
    /// ```
    #[must_use]
    pub fn needs_rehash(&self, stored: &str) -> bool {
        PasswordHash::parse(stored, self.limits).map_or(true, |hash| {
            !hash.method().is_at_least(self.method) || hash.salt().len() < self.salt_length
        })
    }
}
