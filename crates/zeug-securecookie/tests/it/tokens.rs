//! Serializers: tokens of itsdangerous, Python's spellings, fallbacks and what does not inflate.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeug_securecookie::{
    Digest, KeyRing, SecureCookieErrorKind, Signer, SignerOptions, TimestampSigner,
    UrlSafeSerializer, UrlSafeTimedSerializer,
};

fn signer() -> Signer {
    Signer::new("secret", SignerOptions::serializer()).unwrap()
}

fn serializer() -> UrlSafeSerializer {
    UrlSafeSerializer::new(signer())
}

/// The JSON in a token.
fn json(token: &str) -> String {
    let payload = token.split('.').next().unwrap();
    String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Floats as Python's `repr` spells them.
#[test]
fn floats() {
    let rows = [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (0.1, "0.1"),
        (123_456_789_012_345.0, "123456789012345.0"),
        (1e16, "1e+16"),
        (1.5e300, "1.5e+300"),
        (1e-4, "0.0001"),
        (1e-5, "1e-05"),
        (1.25e-7, "1.25e-07"),
        (5e-324, "5e-324"),
        (1e22, "1e+22"),
        (123_456_789.125, "123456789.125"),
        (9_007_199_254_740_993.0, "9007199254740992.0"),
        (2.5e-310, "2.5e-310"),
        (5_380_242_215_343_833.0 / 4.0, "1345060553835958.2"),
        (4_503_599_627_370_497.5, "4503599627370498.0"),
        (-0.5, "-0.5"),
        (100.0, "100.0"),
        (1e23, "1e+23"),
        (0.000123, "0.000123"),
        (f64::MAX, "1.7976931348623157e+308"),
    ];
    for (number, text) in rows {
        let number: f64 = number;
        let token = serializer().dumps(&number).unwrap();
        assert_eq!(json(&token), text);
        let back = serializer().loads::<f64>(&token).unwrap().into_value();
        assert_eq!(back.to_bits(), number.to_bits(), "{text}");
    }
}

#[test]
fn texts_are_not_escaped_without_need() {
    let token = serializer().dumps("é☃😀\u{7f}\n\u{1}\"\\/").unwrap();
    assert_eq!(json(&token), "\"é☃😀\u{7f}\\n\\u0001\\\"\\\\/\"");
}

#[test]
fn what_cannot_be_written() {
    let map = BTreeMap::from([(vec![1], 1)]);
    let error = serializer().dumps(&map).unwrap_err();
    assert_eq!(
        (error.kind(), error.status_hint()),
        (SecureCookieErrorKind::Unwritable, 500)
    );
}

#[test]
fn payloads_that_cannot_be_read() {
    let rows = [
        ("", SecureCookieErrorKind::InvalidJson),
        ("!!!", SecureCookieErrorKind::InvalidBase64),
        ("A", SecureCookieErrorKind::InvalidBase64),
        (".", SecureCookieErrorKind::InvalidCompression),
        (".AAAA", SecureCookieErrorKind::InvalidCompression),
        ("bm90IGpzb24", SecureCookieErrorKind::InvalidJson),
        ("MSAy", SecureCookieErrorKind::InvalidJson),
        ("IsOp", SecureCookieErrorKind::InvalidJson),
    ];
    for (payload, kind) in rows {
        let error = serializer()
            .loads::<u8>(&signer().sign(payload))
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.is_bad_signature()),
            (kind, false),
            "{payload}"
        );
        assert_eq!(
            serializer()
                .loads_unverified::<u8>(&format!("{payload}.x"))
                .unwrap_err()
                .kind(),
            kind
        );
    }
    assert_eq!(serializer().loads_unverified::<u8>("Nw.x").unwrap(), 7);
    let timed = UrlSafeTimedSerializer::new(TimestampSigner::new(signer()));
    assert_eq!(timed.loads_unverified::<u8>("Nw.ZVPxAA.x").unwrap(), 7);
    assert!(timed.loads_unverified::<u8>("Nw.x").is_err());
}

#[test]
fn compressed_when_shorter() {
    let long = "a".repeat(100);
    let token = serializer().dumps(&long).unwrap();
    assert!(token.starts_with('.') && token.len() < 70);
    assert_eq!(serializer().loads::<String>(&token).unwrap().value(), &long);
    assert!(!serializer().dumps("abc").unwrap().starts_with('.'));
}

/// Inflation stops at the limit, wherever the bomb comes from.
#[test]
fn bombs() {
    let bomb = serializer()
        .payload_limit(usize::MAX)
        .dumps(&"0".repeat(50 << 20))
        .unwrap();
    assert!(bomb.len() < 100_000);
    let kind = |limit| {
        serializer()
            .payload_limit(limit)
            .loads::<String>(&bomb)
            .unwrap_err()
            .kind()
    };
    assert_eq!(
        serializer().loads::<String>(&bomb).unwrap_err().kind(),
        SecureCookieErrorKind::PayloadTooLarge { limit: 1 << 20 }
    );
    for limit in [0, 1, 1000, 49 << 20] {
        assert_eq!(
            kind(limit),
            SecureCookieErrorKind::PayloadTooLarge { limit }
        );
    }
    assert!(
        serializer()
            .payload_limit(51 << 20)
            .loads::<String>(&bomb)
            .is_ok()
    );
    assert_eq!(
        serializer()
            .loads_unverified::<String>(&bomb)
            .unwrap_err()
            .status_hint(),
        400
    );
    let exact = serializer().dumps("12345678").unwrap();
    assert!(
        serializer()
            .payload_limit(10)
            .loads::<String>(&exact)
            .is_ok()
    );
    assert!(
        serializer()
            .payload_limit(9)
            .loads::<String>(&exact)
            .is_err()
    );
}

#[test]
fn rotation_and_fallback_signers() {
    let old = Signer::new("old", SignerOptions::serializer()).unwrap();
    let sha512 = Signer::new("new", SignerOptions::serializer().digest(Digest::Sha512)).unwrap();
    let ring = KeyRing::new("new").fallback("old");
    let now =
        UrlSafeSerializer::new(Signer::new(ring.clone(), SignerOptions::serializer()).unwrap())
            .fallback(sha512.clone());
    let state = |token: &str| {
        now.loads::<u8>(token)
            .map(|loaded| (loaded.is_current(), loaded.key_index()))
    };
    assert_eq!(state(&now.dumps(&1).unwrap()).unwrap(), (true, 0));
    assert_eq!(
        state(&UrlSafeSerializer::new(old.clone()).dumps(&1).unwrap()).unwrap(),
        (false, 1)
    );
    assert_eq!(
        state(&UrlSafeSerializer::new(sha512.clone()).dumps(&1).unwrap()).unwrap(),
        (false, 0)
    );
    assert!(state(&serializer().dumps(&1).unwrap()).is_err());

    let timed = |signer: &Signer| UrlSafeTimedSerializer::new(TimestampSigner::new(signer.clone()));
    let both = timed(&old).fallback(TimestampSigner::new(sha512.clone()));
    let loaded = both
        .loads::<u8>(&timed(&sha512).dumps(&1, 1000).unwrap())
        .unwrap();
    assert_eq!(
        (loaded.is_current(), loaded.signed_at(), *loaded.value()),
        (false, 1000, 1)
    );
    let expired = both.loads_within::<u8>(
        &timed(&sha512).dumps(&1, 1000).unwrap(),
        Duration::from_secs(1),
        1002,
    );
    assert!(matches!(
        expired.unwrap_err().kind(),
        SecureCookieErrorKind::SignatureExpired { .. }
    ));
}
