//! Owns the hashes, the ways to a signing key, and the prepared HMAC. It knows no separator and no time.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac as _};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The hash that signatures are made with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias = "digest_method")]
pub enum Digest {
    /// SHA-1: itsdangerous' and Flask's. What is known against SHA-1 does not touch HMAC.
    #[default]
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// How the signing key comes of the secret key and the salt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias = "key_derivation")]
pub enum KeyDerivation {
    /// The hash of salt and key.
    Concat,
    /// The hash of salt, `signer` and key: itsdangerous' default.
    #[default]
    DjangoConcat,
    /// The HMAC of the salt: Flask's, and the one to choose.
    Hmac,
    /// The key itself: the salt counts for nothing.
    None,
}

/// A prepared HMAC: the key is already worked in.
#[derive(Clone)]
pub(crate) enum Mac {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

/// The longest signature as text: 64 bytes.
const LONGEST: usize = 86;

/// A signature as text.
pub(crate) struct Signature {
    text: [u8; LONGEST],
    len: usize,
}

impl Signature {
    fn new(digest: &[u8]) -> Self {
        let mut text = [0; LONGEST];
        let len = URL_SAFE_NO_PAD
            .encode_slice(digest, &mut text)
            .unwrap_or_default();
        Self { text, len }
    }

    pub(crate) fn as_str(&self) -> &str {
        self.text
            .get(..self.len)
            .and_then(|text| str::from_utf8(text).ok())
            .unwrap_or_default()
    }
}

impl Mac {
    /// The HMAC of that key.
    pub(crate) fn new(digest: Digest, key: &[u8]) -> Self {
        match digest {
            Digest::Sha1 => Self::Sha1(keyed(key)),
            Digest::Sha256 => Self::Sha256(keyed(key)),
            Digest::Sha512 => Self::Sha512(keyed(key)),
        }
    }

    /// The signature of a text.
    pub(crate) fn sign(&self, text: &[u8]) -> Signature {
        match self {
            Self::Sha1(mac) => {
                Signature::new(&mac.clone().chain_update(text).finalize().into_bytes())
            }
            Self::Sha256(mac) => {
                Signature::new(&mac.clone().chain_update(text).finalize().into_bytes())
            }
            Self::Sha512(mac) => {
                Signature::new(&mac.clone().chain_update(text).finalize().into_bytes())
            }
        }
    }

    /// Whether this is the text's signature, in a time that does not depend on how much of it is right.
    ///
    /// The texts are compared, so that a signature has one spelling only, but for padding.
    pub(crate) fn verify(&self, text: &[u8], signature: &str) -> bool {
        let signature = signature.trim_end_matches('=').as_bytes();
        self.sign(text).as_str().as_bytes().ct_eq(signature).into()
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha1(_) => "Sha1(..)",
            Self::Sha256(_) => "Sha256(..)",
            Self::Sha512(_) => "Sha512(..)",
        })
    }
}

/// The HMAC of a key of any length.
fn keyed<M: KeyInit>(key: &[u8]) -> M {
    match M::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes a key of any length"),
    }
}

impl KeyDerivation {
    /// The signing key of a secret key and a salt.
    pub(crate) fn derive(self, digest: Digest, salt: &[u8], key: &[u8]) -> Zeroizing<Vec<u8>> {
        let parts: [&[u8]; 3] = match self {
            Self::Concat => [salt, b"", key],
            Self::DjangoConcat => [salt, b"signer", key],
            Self::None => return Zeroizing::new(key.to_vec()),
            Self::Hmac => {
                return Zeroizing::new(match Mac::new(digest, key) {
                    Mac::Sha1(mac) => mac.chain_update(salt).finalize().into_bytes().to_vec(),
                    Mac::Sha256(mac) => mac.chain_update(salt).finalize().into_bytes().to_vec(),
                    Mac::Sha512(mac) => mac.chain_update(salt).finalize().into_bytes().to_vec(),
                });
            }
        };
        Zeroizing::new(match digest {
            Digest::Sha1 => hash::<Sha1>(parts),
            Digest::Sha256 => hash::<Sha256>(parts),
            Digest::Sha512 => hash::<Sha512>(parts),
        })
    }
}

fn hash<D: sha2::Digest>(parts: [&[u8]; 3]) -> Vec<u8> {
    let mut hash = D::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().to_vec()
}
