//! Area `security`: password hashes and salts.

use serde_json::{Value, json};
use zeug_security::{
    PasswordHash, PasswordLimits, PasswordMethod, Passwords, SecurityError, SecurityErrorKind,
    random_alphanumeric,
};

use crate::args::{count, text};
use crate::{Failure, Outcome};

pub(crate) fn answer(op: &str, args: &Value) -> Outcome {
    let password = text(args, "password").unwrap_or_default();
    match op {
        "security.check_password_hash" => {
            let stored = text(args, "hash").unwrap_or_default();
            match PasswordHash::parse(stored, PasswordLimits::default()) {
                Ok(hash) => Ok(hash.verify(password).into()),
                Err(error) if error.kind() == SecurityErrorKind::MalformedHash => Ok(false.into()),
                Err(error) => Err(error.into()),
            }
        }
        "security.generate_password_hash" => {
            let method = PasswordMethod::parse(text(args, "method").unwrap_or_default())?;
            let salt = random_alphanumeric(count(args, "salt_length").unwrap_or_default())?;
            let passwords = Passwords::new(method)?;
            let stored = passwords.hash_with_salt(password, &salt)?;
            let (method, rest) = stored.split_once('$').unwrap_or_default();
            let (salt, digest) = rest.split_once('$').unwrap_or_default();
            Ok(json!({
                "method": method,
                "salt_length": salt.len(),
                "salt_alphanumeric": alphanumeric(salt),
                "digest_hex_length": digest.len(),
                "verifies": passwords.verify(&stored, password),
                "wrong_verifies": passwords.verify(&stored, format!("{password}x")),
            }))
        }
        "security.gen_salt" => {
            let salt = random_alphanumeric(count(args, "length").unwrap_or_default())?;
            Ok(json!({"length": salt.len(), "alphanumeric": alphanumeric(&salt)}))
        }
        _ => Err(Failure::unsupported()),
    }
}

fn alphanumeric(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl From<SecurityError> for Failure {
    fn from(_: SecurityError) -> Self {
        Self::new("value_error")
    }
}
