//! What the fuzz targets do with their bytes; also run on stable by `tests/it/replay.rs`.

use std::time::Duration;

use zeug_http::Cookies;
use zeug_securecookie::{
    CsrfTokens, Encryptor, Session, SessionSettings, Signer, SignerOptions, TimestampSigner,
    UrlSafeSerializer, UrlSafeTimedSerializer, from_tagged_json, to_tagged_json,
};

const NOW: u64 = 1_700_000_000;

/// A cookie as it comes, and the same bytes as a payload that is well signed.
pub fn session(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let settings = SessionSettings::new("fuzz").expect("a key");
    let header = format!("session={text}");
    let session = settings.open(&Cookies::parse(&header), NOW);
    assert!(
        session.is_new() || text.contains("ZVPxAA"),
        "nobody guesses a signature"
    );
    let signer = Signer::new("fuzz", SignerOptions::flask_session()).expect("a separator");
    let timed = TimestampSigner::new(signer.clone());
    let signed = timed.sign(&text, NOW);
    assert_eq!(timed.unsign(&signed).expect("signed").value(), text);
    let _ = (
        signer.unsign(&text).is_ok(),
        timed
            .unsign(&text)
            .map_err(|error| error.to_string())
            .is_ok(),
    );
    if let Ok(mut session) = settings.decode(&signed, NOW) {
        let again = settings
            .encode(&session, NOW)
            .map(|cookie| settings.decode(&cookie, NOW));
        if let Ok(again) = again {
            assert_eq!(again.expect("just written").values(), session.values());
        }
        session.mark_modified();
        let _ = settings.close(&session, NOW).is_ok();
    }
    let serializer = UrlSafeSerializer::new(signer);
    let _ = serializer.loads_unverified::<Vec<u8>>(&signed).is_ok();
    let serializer = UrlSafeTimedSerializer::new(timed);
    let _ = serializer.loads_unverified::<f64>(&text).is_ok();
    let _ = serializer
        .loads_within::<String>(&signed, Duration::ZERO, NOW)
        .is_ok();
    let tokens = CsrfTokens::new("fuzz").expect("a key");
    assert!(tokens.check(&Session::new(), &text, NOW).is_err());
}

/// Tagged JSON: what is read is written as what is read the same.
pub fn tagged(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(value) = from_tagged_json(&text) else {
        return;
    };
    // Deeper than can be written.
    if let Ok(json) = to_tagged_json(&value) {
        assert_eq!(from_tagged_json(&json).expect("just written"), value);
    }
}

/// Encrypted texts.
pub fn encrypted(bytes: &[u8]) {
    let encryptor = Encryptor::new("fuzz", "fuzz");
    let text = String::from_utf8_lossy(bytes);
    assert!(
        encryptor
            .open_within(&text, Duration::MAX, u64::MAX)
            .is_err(),
        "nobody guesses a tag"
    );
    let sealed = encryptor.seal(bytes, NOW).expect("randomness");
    let opened = encryptor
        .open_within(&sealed, Duration::ZERO, NOW)
        .expect("just sealed");
    assert_eq!(opened.value(), bytes);
}
