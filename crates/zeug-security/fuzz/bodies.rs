//! What the fuzz targets do with their bytes; also run on stable by `tests/it/replay.rs`.

use std::path::Component;

use zeug_security::{PasswordHash, PasswordLimits, Passwords, safe_join, secure_file_name};

/// Paths and names.
pub fn paths(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(path) = safe_join("base", text.split('|')) {
        let rest = path.strip_prefix("base").expect("below the folder");
        assert!(
            rest.components()
                .all(|component| matches!(component, Component::Normal(_) | Component::CurDir))
        );
    }
    let name = secure_file_name(&text);
    assert_eq!(secure_file_name(&name), name);
}

/// Stored hashes, with limits that keep each try short.
pub fn hashes(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let limits = PasswordLimits::default()
        .memory(1 << 20)
        .iterations(100)
        .blocks(64)
        .argon2_kib(256);
    let Ok(hash) = PasswordHash::parse(&text, limits) else {
        return;
    };
    let verified = hash.verify("password");
    let again = PasswordHash::parse(&hash.to_string(), limits);
    // What is read is written as what is read the same; but for salts with a dollar in them, which Django's can have.
    if let Ok(again) = again {
        assert!(!verified || again.salt() != hash.salt() || again.verify("password"));
    }
    let _ = (
        Passwords::default().needs_rehash(&text),
        format!("{hash:?}"),
    );
}
