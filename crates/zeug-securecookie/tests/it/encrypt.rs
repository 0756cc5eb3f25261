//! Encrypted texts: what opens them, and what does not.

use std::time::Duration;

use zeug_securecookie::{Encryptor, KeyRing, SecureCookieErrorKind};

use crate::random::Random;

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn round_trips() {
    let mut random = Random::new(3);
    let encryptor = Encryptor::new("secret", "test");
    for length in [0_usize, 1, 2, 3, 15, 16, 17, 100, 4000] {
        let value: Vec<u8> = (0..length).map(|_| random.next() as u8).collect();
        let text = encryptor.seal(&value, 1000).unwrap();
        assert_eq!(text.len(), ((24 + 8 + length + 16) * 4).div_ceil(3));
        let opened = encryptor.open_within(&text, DAY, 1001).unwrap();
        assert_eq!(
            (opened.value(), opened.sealed_at(), opened.key_index()),
            (&value[..], 1000, 0)
        );
        assert_ne!(text, encryptor.seal(&value, 1000).unwrap());
    }
}

#[test]
fn keys_purposes_and_times() {
    let one = |key: &str| Encryptor::new(key, "test");
    let ring = Encryptor::new(KeyRing::new("new").fallback("old"), "test");
    let kind = |encryptor: &Encryptor, text: &str, now| {
        encryptor.open_within(text, DAY, now).unwrap_err().kind()
    };
    assert_eq!(
        ring.open_within(&one("old").seal(b"v", 9).unwrap(), DAY, 9)
            .unwrap()
            .key_index(),
        1
    );
    let text = ring.seal(b"v", 100_000).unwrap();
    assert!(one("new").open_within(&text, DAY, 100_000).is_ok());
    assert_eq!(
        kind(&one("old"), &text, 100_000),
        SecureCookieErrorKind::BadCiphertext
    );
    assert_eq!(
        kind(&Encryptor::new("new", "other"), &text, 100_000),
        SecureCookieErrorKind::BadCiphertext
    );
    assert_eq!(
        kind(&ring, &text, 186_401),
        SecureCookieErrorKind::SignatureExpired {
            age: 86_401,
            max_age: 86_400
        }
    );
    assert_eq!(
        kind(&ring, &text, 99_999),
        SecureCookieErrorKind::SignedInTheFuture { ahead: 1 }
    );
    let shown = format!(
        "{ring:?} {:?}",
        ring.open_within(&text, DAY, 100_000).unwrap()
    );
    assert!(!shown.contains("new") && !shown.contains("118"), "{shown}");
}

/// Of 10,000 texts with one bit changed, or cut, none opens.
#[test]
fn changed_texts() {
    let mut random = Random::new(5);
    let encryptor = Encryptor::new("secret", "test");
    for _ in 0..200 {
        let text = encryptor.seal(random.text(50).as_bytes(), 1000).unwrap();
        for _ in 0..50 {
            let mut bytes = text.clone().into_bytes();
            let bit = random.below(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(changed) = str::from_utf8(&bytes) {
                assert!(encryptor.open_within(changed, DAY, 1000).is_err());
            }
        }
        assert!(
            encryptor
                .open_within(&text[..random.below(text.len())], DAY, 1000)
                .is_err()
        );
    }
}

#[cfg(feature = "session")]
#[test]
fn sessions() {
    use zeug_http::Cookies;
    use zeug_securecookie::{Session, SessionSettings};

    let plain = SessionSettings::new("secret").unwrap();
    let settings = SessionSettings::new(KeyRing::new("secret").fallback("old"))
        .unwrap()
        .encrypted();
    let mut session = Session::new();
    session.insert("user", "a name that nobody is to read");
    let cookie = settings.encode(&session, 1000).unwrap();
    let open = |settings: &SessionSettings, cookie: &str, now| {
        let cookies = format!("session={cookie}");
        settings.open(&Cookies::parse(&cookies), now)
    };
    assert_eq!(open(&settings, &cookie, 1000).values(), session.values());
    assert!(open(&plain, &cookie, 1000).is_empty());
    assert!(open(&settings, &plain.encode(&session, 1000).unwrap(), 1000).is_empty());
    assert!(open(&settings, &cookie, 1000 + 31 * 86_400 + 1).is_empty());
    let old = SessionSettings::new("old")
        .unwrap()
        .encrypted()
        .encode(&session, 1000)
        .unwrap();
    assert_eq!(open(&settings, &old, 1000).key_index(), Some(1));
}

#[test]
fn debug_hides() {
    let encryptor = Encryptor::new(KeyRing::new("hunter2hunter2").fallback("hunter2"), "test");
    let text = encryptor.seal(b"swordfish", 9).unwrap();
    let opened = encryptor.open_within(&text, DAY, 9).unwrap();
    let error = encryptor
        .open_within(&text.replace(&text[..4], "AAAA"), DAY, 9)
        .unwrap_err();
    let shown = format!("{encryptor:?} {opened:?} {error:?} {error}");
    let bytes = format!("{:?}", b"swordfish");
    for secret in [
        "hunter2",
        "swordfish",
        bytes.trim_matches(['[', ']']),
        &text,
    ] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
