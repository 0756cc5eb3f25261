#![doc = include_str!("../README.md")]

#[cfg(feature = "json")]
mod compress;
#[cfg(feature = "session")]
mod csrf;
mod digest;
#[cfg(feature = "encrypt")]
mod encrypt;
mod error;
mod key;
#[cfg(feature = "json")]
mod python_json;
#[cfg(feature = "json")]
mod serializer;
#[cfg(feature = "session")]
mod session;
mod signer;
#[cfg(feature = "session")]
mod tagged;
mod timed;
#[cfg(feature = "json")]
mod timed_serializer;
#[cfg(feature = "session")]
mod value;

#[cfg(feature = "session")]
pub use csrf::CsrfTokens;
pub use digest::{Digest, KeyDerivation};
#[cfg(feature = "encrypt")]
pub use encrypt::{Encryptor, Opened};
pub use error::{SecureCookieError, SecureCookieErrorKind};
pub use key::{KeyRing, SecretKey};
#[cfg(feature = "json")]
pub use serializer::{Loaded, UrlSafeSerializer};
#[cfg(feature = "session")]
pub use session::{Session, SessionChange, SessionSettings};
pub use signer::{Signed, Signer, SignerOptions};
#[cfg(feature = "session")]
pub use tagged::{from_tagged_json, to_tagged_json};
pub use timed::{TimedSigned, TimestampSigner, unix_seconds};
#[cfg(feature = "json")]
pub use timed_serializer::{TimedLoaded, UrlSafeTimedSerializer};
#[cfg(feature = "session")]
pub use value::{Dict, Value};
