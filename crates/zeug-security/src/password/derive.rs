//! The work itself, handed to the crates that do it. The parameters were checked before.

use pbkdf2::pbkdf2_hmac;

use super::method::{PasswordDigest, PasswordMethod};

impl PasswordMethod {
    /// That many bytes of the password and the salt; none where the parameters have no sense, which no stored digest is equal to.
    pub(super) fn derive(self, password: &[u8], salt: &[u8], length: usize) -> Vec<u8> {
        let mut out = vec![0; length];
        match self {
            Self::Scrypt { n, r, p } => {
                let cost = u8::try_from(n.checked_ilog2().unwrap_or_default()).unwrap_or_default();
                let done = scrypt::Params::new(cost, r, p)
                    .is_ok_and(|params| scrypt::scrypt(password, salt, &params, &mut out).is_ok());
                if !done {
                    out.clear();
                }
            }
            Self::Pbkdf2 { digest, iterations } => {
                let derive = match digest {
                    #[cfg(feature = "md5")]
                    PasswordDigest::Md5 => pbkdf2_hmac::<md5::Md5>,
                    PasswordDigest::Sha1 => pbkdf2_hmac::<sha1::Sha1>,
                    PasswordDigest::Sha224 => pbkdf2_hmac::<sha2::Sha224>,
                    PasswordDigest::Sha256 => pbkdf2_hmac::<sha2::Sha256>,
                    PasswordDigest::Sha384 => pbkdf2_hmac::<sha2::Sha384>,
                    PasswordDigest::Sha512 => pbkdf2_hmac::<sha2::Sha512>,
                };
                derive(password, salt, iterations, &mut out);
            }
            #[cfg(feature = "argon2")]
            Self::Argon2id {
                memory,
                passes,
                lanes,
            } => {
                let params = argon2::Params::new(memory, passes, lanes, Some(length));
                let done = params.is_ok_and(|params| {
                    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
                        .hash_password_into(password, salt, &mut out)
                        .is_ok()
                });
                if !done {
                    out.clear();
                }
            }
        }
        out
    }
}
