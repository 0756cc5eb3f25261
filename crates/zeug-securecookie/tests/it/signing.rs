//! Signers: forms, separators, keys, times, and 10,000 changes of one bit.

use std::time::Duration;

use zeug_securecookie::{
    Digest, KeyDerivation, KeyRing, SecretKey, SecureCookieErrorKind, Signer, SignerOptions,
    TimestampSigner,
};

use crate::random::Random;

fn signer(options: SignerOptions) -> Signer {
    Signer::new("secret", options).unwrap()
}

/// Of itsdangerous 2.2.0, `Signer("secret", salt="salt", …).sign("v")`.
#[test]
fn digests_and_derivations() {
    let all = [Digest::Sha1, Digest::Sha256, Digest::Sha512];
    let ways = [
        KeyDerivation::Concat,
        KeyDerivation::DjangoConcat,
        KeyDerivation::Hmac,
        KeyDerivation::None,
    ];
    for (digest, length) in all.into_iter().zip([27, 43, 86]) {
        for way in ways {
            let signer = signer(
                SignerOptions::default()
                    .salt("salt")
                    .digest(digest)
                    .key_derivation(way),
            );
            let signed = signer.sign("v");
            assert_eq!(signed.len(), 2 + length);
            assert_eq!(signer.unsign(&signed).unwrap().value(), "v");
            for (other, way_of_other) in all
                .into_iter()
                .flat_map(|digest| ways.map(|way| (digest, way)))
            {
                let options = SignerOptions::default()
                    .salt("salt")
                    .digest(other)
                    .key_derivation(way_of_other);
                let same = other == digest && way_of_other == way;
                assert_eq!(self::signer(options).unsign(&signed).is_ok(), same);
            }
        }
    }
}

#[test]
fn separators() {
    for good in [".", ":", "::", "!", "é", "a.b", ". ."] {
        let signer = signer(SignerOptions::default().separator(good));
        for value in ["", "v", "a.b:c", good, "é"] {
            assert_eq!(
                signer.unsign(&signer.sign(value)).unwrap().value(),
                value,
                "{good}"
            );
        }
    }
    for bad in ["", "a", "Z", "0", "-", "_", "=", "abc", "ba", "-_="] {
        let error = Signer::new("secret", SignerOptions::default().separator(bad)).unwrap_err();
        assert_eq!(
            (error.kind(), error.status_hint()),
            (SecureCookieErrorKind::InvalidSeparator, 500),
            "{bad}"
        );
    }
}

#[test]
fn salts_and_keys_keep_purposes_apart() {
    let signed = signer(SignerOptions::default().salt("a")).sign("v");
    assert!(
        signer(SignerOptions::default().salt("b"))
            .unsign(&signed)
            .is_err()
    );
    assert!(
        Signer::new("Secret", SignerOptions::default().salt("a"))
            .unwrap()
            .unsign(&signed)
            .is_err()
    );
}

#[test]
fn rings() {
    let one = |key: &str| Signer::new(key, SignerOptions::default()).unwrap();
    let ring = KeyRing::new("new").fallback("old").fallback("older");
    let many = Signer::new(ring, SignerOptions::default()).unwrap();
    assert_eq!(many.sign("v"), one("new").sign("v"));
    for (index, key) in ["new", "old", "older"].into_iter().enumerate() {
        assert_eq!(many.unsign(&one(key).sign("v")).unwrap().key_index(), index);
    }
    assert!(many.unsign(&one("oldest").sign("v")).is_err());
    let listed = KeyRing::oldest_first(["older", "old", "new"]).unwrap();
    assert_eq!(
        listed.iter().map(SecretKey::expose).collect::<Vec<_>>(),
        [&b"new"[..], b"old", b"older"]
    );
    assert_eq!(
        KeyRing::oldest_first(<[&str; 0]>::default())
            .unwrap_err()
            .kind(),
        SecureCookieErrorKind::NoKey
    );
}

#[test]
fn what_is_no_signature() {
    let signer = signer(SignerOptions::default());
    let signed = signer.sign("value");
    let signature = signed.rsplit_once('.').unwrap().1;
    assert!(signer.unsign(&format!("{signed}==")).is_ok(), "padding");
    for bad in [
        String::new(),
        "value".to_owned(),
        "value.".to_owned(),
        format!("value.{}", &signature[..26]),
        format!("value.{signature}A"),
        format!("value. {signature}"),
        format!("valu.{signature}"),
        format!("value..{signature}"),
        format!("value.{signature}."),
        format!("value.{}", signature.to_ascii_uppercase()),
        format!("{signature}.value"),
    ] {
        let error = signer.unsign(&bad).unwrap_err();
        assert_eq!(
            (error.kind(), error.status_hint()),
            (SecureCookieErrorKind::BadSignature, 400),
            "{bad}"
        );
        assert!(error.offset() <= bad.len() && error.is_bad_signature());
    }
}

#[test]
fn times() {
    let signer = TimestampSigner::new(signer(SignerOptions::default()));
    for now in [0, 1, 255, 256, 1_700_000_000, u64::from(u32::MAX), u64::MAX] {
        let signed = signer.sign("v.w", now);
        let good = signer.unsign(&signed).unwrap();
        assert_eq!(
            (good.value(), good.signed_at(), good.key_index()),
            ("v.w", now, 0)
        );
    }
    let signed = signer.sign("v", 1000);
    let within = |age, now| {
        signer
            .unsign_within(&signed, Duration::from_secs(age), now)
            .map_err(|error| (error.kind(), error.signed_at()))
    };
    assert!(
        within(0, 1000).is_ok() && within(10, 1010).is_ok() && within(u64::MAX, u64::MAX).is_ok()
    );
    let expired = SecureCookieErrorKind::SignatureExpired {
        age: 11,
        max_age: 10,
    };
    assert_eq!(within(10, 1011).unwrap_err(), (expired, Some(1000)));
    let future = SecureCookieErrorKind::SignedInTheFuture { ahead: 1 };
    assert_eq!(within(10, 999).unwrap_err(), (future, Some(1000)));
}

#[test]
fn times_that_are_none() {
    let plain = signer(SignerOptions::default());
    let timed = TimestampSigner::new(plain.clone());
    let kind = |text: &str| timed.unsign(text).unwrap_err().kind();
    // Well signed, and no time, or one of more than 8 bytes, or in another spelling.
    for value in ["v", "v.!", "v.A", "v.AB=", "v.AQAAAAAAAAAA", "v.ZVPxA!A"] {
        assert_eq!(
            kind(&plain.sign(value)),
            SecureCookieErrorKind::BadTimeSignature,
            "{value}"
        );
    }
    assert_eq!(
        timed
            .unsign(&plain.sign("v.AAAAAAAAAAAAAAAAAAAB"))
            .unwrap()
            .signed_at(),
        1,
        "zeros in front"
    );
    assert_eq!(timed.unsign(&plain.sign(".")).unwrap().signed_at(), 0);
    // Badly signed: what somebody claims.
    assert_eq!(kind("v"), SecureCookieErrorKind::BadSignature);
    assert_eq!(kind("v.ZVPxAA"), SecureCookieErrorKind::BadSignature);
    let (value, time, signature) = timed.split("v.w.ZVPxAA.signature").unwrap();
    assert_eq!((value, time, signature), ("v.w", "ZVPxAA", "signature"));
    assert!(timed.split("v.w").is_err());
    let error = timed.unsign("v.ZVPxAA.signature").unwrap_err();
    assert_eq!(error.kind(), SecureCookieErrorKind::BadTimeSignature);
    assert_eq!(
        (error.signed_at(), error.offset()),
        (Some(1_700_000_000), 9)
    );
}

/// Of 10,000 tokens with one bit changed, none is accepted.
#[test]
fn single_bits() {
    let mut random = Random::new(27);
    let mut refused = 0;
    while refused < 10_000 {
        let digest = *random.pick(&[Digest::Sha1, Digest::Sha256, Digest::Sha512]);
        let options = SignerOptions::flask_session().digest(digest);
        let ring = KeyRing::new(random.text(30)).fallback("older");
        let signer = TimestampSigner::new(Signer::new(ring, options).unwrap());
        let signed = signer.sign(&random.text(60), random.next() >> 30);
        for _ in 0..50 {
            let mut bytes = signed.clone().into_bytes();
            let bit = random.below(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            // What is no text is no cookie.
            if let Ok(text) = str::from_utf8(&bytes) {
                assert!(signer.unsign(text).is_err(), "{signed} {bit}");
            }
            refused += 1;
        }
    }
    assert_eq!(refused, 10_000);
}

/// Row 53: no key is in what `{:?}` and errors show.
#[test]
fn debug_hides_keys() {
    let ring = KeyRing::new("hunter2hunter2").fallback("swordfish");
    let signer = Signer::new(ring.clone(), SignerOptions::default()).unwrap();
    let shown = [
        format!("{:?}", SecretKey::from("hunter2hunter2")),
        format!("{ring:?}"),
        format!("{signer:?}"),
        format!("{:?}", TimestampSigner::new(signer.clone())),
        format!(
            "{:?} {0}",
            signer.unsign("hunter2hunter2.swordfish").unwrap_err()
        ),
        format!(
            "{:?}",
            SignerOptions::default().derive_key(&"hunter2hunter2".into())
        ),
    ];
    let bytes = format!("{:?}", b"hunter2");
    for shown in shown {
        for secret in ["hunter2", "swordfish", bytes.trim_matches(['[', ']'])] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn generated_keys() {
    let (one, other) = (
        SecretKey::generate().unwrap(),
        SecretKey::generate().unwrap(),
    );
    assert_ne!(one.expose(), other.expose());
    assert!(one.expose().len() == 64 && one.expose().iter().all(u8::is_ascii_hexdigit));
}

/// Linear: sixteen times the text takes at most 48 times as long (n to the power of 1.5 takes 64), a separator at every byte. From 4 to 64 KiB, as long as any
/// head may be: a longer one takes longer than a busy machine leaves a test alone.
#[test]
fn linear_time() {
    let timed = TimestampSigner::new(signer(SignerOptions::default()));
    let best = |text: &str| {
        (0..9)
            .map(|_| {
                let begun = std::time::Instant::now();
                assert!(timed.unsign(text).is_err());
                begun.elapsed()
            })
            .min()
            .unwrap()
    };
    for piece in [".", "a", "="] {
        let (short, long) = (best(&piece.repeat(1 << 12)), best(&piece.repeat(1 << 16)));
        assert!(
            long < short * 48 + Duration::from_millis(2),
            "{piece}: {short:?} {long:?}"
        );
    }
}
