//! What a stored hash may ask for. Whoever can write to the table of users must not be able to stop the server with a row.

/// The most that the parameters of a stored hash may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PasswordLimits {
    /// Bytes of memory. Default 256 MiB, twice the most that [OWASP](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html) names.
    pub memory: u64,
    /// Iterations of PBKDF2. Default 5,000,000: five times Werkzeug 3.1's, three times Django 6's.
    pub iterations: u32,
    /// Blocks of scrypt, N × r × p. Default 4,194,304: four times the most that OWASP names, sixteen times Werkzeug 3.1's.
    pub blocks: u64,
    /// KiB that Argon2 writes, memory × passes. Default 4,194,304 (4 GiB): twice RFC 9106's first choice.
    pub argon2_kib: u64,
    /// Bytes of the stored text. Default 4096: a row of Werkzeug's has 163.
    pub text: usize,
}

impl Default for PasswordLimits {
    fn default() -> Self {
        Self {
            memory: 256 << 20,
            iterations: 5_000_000,
            blocks: 1 << 22,
            argon2_kib: 1 << 22,
            text: 4096,
        }
    }
}

impl PasswordLimits {
    /// The same with that many bytes of memory.
    #[must_use]
    pub const fn memory(mut self, bytes: u64) -> Self {
        self.memory = bytes;
        self
    }

    /// The same with that many iterations of PBKDF2.
    #[must_use]
    pub const fn iterations(mut self, iterations: u32) -> Self {
        self.iterations = iterations;
        self
    }

    /// The same with that many blocks of scrypt.
    #[must_use]
    pub const fn blocks(mut self, blocks: u64) -> Self {
        self.blocks = blocks;
        self
    }

    /// The same with that many KiB written by Argon2.
    #[must_use]
    pub const fn argon2_kib(mut self, kib: u64) -> Self {
        self.argon2_kib = kib;
        self
    }

    /// The same with that many bytes of a stored text.
    #[must_use]
    pub const fn text(mut self, bytes: usize) -> Self {
        self.text = bytes;
        self
    }
}
