//! Signing and verifying beside peers. Each group checks first that what is signed is verified, and that what is changed is not.

use std::hint::black_box;

use biscotti::config::{CryptoAlgorithm, CryptoRule};
use biscotti::{Processor, ProcessorConfig, RequestCookies, ResponseCookie};
use cookie::{Cookie, CookieJar};
use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use hmac::{Hmac, KeyInit, Mac};
use itsdangerous::Signer as _;
use sha1::Sha1;
use sha2::Sha256;
use zeug_securecookie::{
    Dict, Digest, KeyDerivation, Session, SessionSettings, Signer, SignerOptions,
};

const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const NOW: u64 = 1_700_000_000;

/// Times one implementation.
fn case<T>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    implementation: &str,
    mut run: impl FnMut() -> T,
) {
    group.bench_function(implementation, |bencher| bencher.iter(&mut run));
}

fn texts() -> [(&'static str, String); 3] {
    let text = |length: usize| "eyJ1c2VyIjoiYSJ9".chars().cycle().take(length).collect();
    [("20", text(20)), ("200", text(200)), ("2000", text(2000))]
}

/// One HMAC of the bytes, key and all.
fn floor<M: Mac + KeyInit>(text: &str) -> Vec<u8> {
    let mac = <M as KeyInit>::new_from_slice(KEY.as_bytes()).expect("a key of any length");
    mac.chain_update(text).finalize().into_bytes().to_vec()
}

/// The same from a key that is worked in already: as little as there can be.
fn prepared<M: Mac + Clone>(mac: &M, text: &str) -> Vec<u8> {
    mac.clone()
        .chain_update(text)
        .finalize()
        .into_bytes()
        .to_vec()
}

fn zeug(digest: Digest) -> Signer {
    let options = SignerOptions::default().digest(digest);
    Signer::new(KEY, options.key_derivation(KeyDerivation::DjangoConcat)).expect("a separator")
}

fn processor() -> Processor {
    let mut config = ProcessorConfig::default();
    config.crypto_rules.push(CryptoRule {
        cookie_names: vec!["session".to_owned()],
        algorithm: CryptoAlgorithm::Signing,
        key: biscotti::Key::from(KEY.as_bytes().to_vec()),
        fallbacks: vec![],
    });
    config.into()
}

fn signing(criterion: &mut Criterion) {
    let peer = itsdangerous::default_builder(KEY)
        .with_salt("itsdangerous.Signer")
        .build();
    let sha1 = zeug(Digest::Sha1);
    let sha256 = zeug(Digest::Sha256);
    let key = cookie::Key::from(KEY.as_bytes());
    let processor = processor();
    let sha1_key = <Hmac<Sha1> as KeyInit>::new_from_slice(KEY.as_bytes()).expect("a key");
    let sha256_key = <Hmac<Sha256> as KeyInit>::new_from_slice(KEY.as_bytes()).expect("a key");
    for (length, text) in texts() {
        let signed = sha1.sign(&text);
        assert_eq!(signed, peer.sign(&text), "both are itsdangerous'");
        let mut group = criterion.benchmark_group(format!("sign-sha1/{length}"));
        case(&mut group, "zeug", || sha1.sign(black_box(&text)));
        case(&mut group, "itsdangerous", || peer.sign(black_box(&text)));
        case(&mut group, "floor", || {
            floor::<Hmac<Sha1>>(black_box(&text))
        });
        case(&mut group, "floor-prepared", || {
            prepared(&sha1_key, black_box(&text))
        });
        group.finish();

        assert_eq!(sha1.unsign(&signed).expect("signed").value(), text);
        assert_eq!(peer.unsign(&signed).expect("signed"), text);
        let changed = format!("x{signed}");
        assert!(sha1.unsign(&changed).is_err() && peer.unsign(&changed).is_err());
        let mut group = criterion.benchmark_group(format!("verify-sha1/{length}"));
        case(&mut group, "zeug", || {
            sha1.unsign(black_box(&signed)).is_ok()
        });
        case(&mut group, "itsdangerous", || {
            peer.unsign(black_box(&signed)).is_ok()
        });
        case(&mut group, "floor", || {
            floor::<Hmac<Sha1>>(black_box(&text))
        });
        case(&mut group, "floor-prepared", || {
            prepared(&sha1_key, black_box(&text))
        });
        group.finish();

        // A jar of one cookie; biscotti's cookie goes out as a response's and comes in by a request's field.
        let sign_in_jar = |text: &str| {
            let mut jar = CookieJar::new();
            jar.signed_mut(&key)
                .add(Cookie::new("session", text.to_owned()));
            jar
        };
        let in_jar = sign_in_jar(&text);
        let sign_by_biscotti = |text: &str| {
            processor
                .process_outgoing(ResponseCookie::new("session", text.to_owned()))
                .value()
                .to_owned()
        };
        let by_biscotti = format!("session={}", sign_by_biscotti(&text));
        let verify_by_biscotti = |field: &str| {
            RequestCookies::parse_header(field, &processor)
                .ok()
                .and_then(|cookies| Some(cookies.get("session")?.value().to_owned()))
        };
        assert_eq!(
            in_jar.signed(&key).get("session").expect("signed").value(),
            text
        );
        assert_eq!(
            verify_by_biscotti(&by_biscotti).as_deref(),
            Some(text.as_str())
        );
        assert_ne!(
            verify_by_biscotti(&format!("{by_biscotti}x")).as_deref(),
            Some(text.as_str())
        );
        let mut group = criterion.benchmark_group(format!("sign-sha256/{length}"));
        case(&mut group, "zeug", || sha256.sign(black_box(&text)));
        case(&mut group, "cookie", || sign_in_jar(black_box(&text)));
        case(&mut group, "biscotti", || {
            sign_by_biscotti(black_box(&text))
        });
        case(&mut group, "floor", || {
            floor::<Hmac<Sha256>>(black_box(&text))
        });
        case(&mut group, "floor-prepared", || {
            prepared(&sha256_key, black_box(&text))
        });
        group.finish();

        let signed = sha256.sign(&text);
        assert!(sha256.unsign(&signed).is_ok() && sha256.unsign(&format!("x{signed}")).is_err());
        let mut group = criterion.benchmark_group(format!("verify-sha256/{length}"));
        case(&mut group, "zeug", || {
            sha256.unsign(black_box(&signed)).is_ok()
        });
        case(&mut group, "cookie", || {
            in_jar.signed(&key).get(black_box("session")).is_some()
        });
        case(&mut group, "biscotti", || {
            verify_by_biscotti(black_box(&by_biscotti)).is_some()
        });
        case(&mut group, "floor", || {
            floor::<Hmac<Sha256>>(black_box(&text))
        });
        case(&mut group, "floor-prepared", || {
            prepared(&sha256_key, black_box(&text))
        });
        group.finish();
    }
}

/// Flask's session: no peer in Rust has it. The floor is JSON by `serde_json` and one HMAC.
fn sessions(criterion: &mut Criterion) {
    let settings = SessionSettings::new(KEY).expect("a key");
    let login = Dict::from_iter([
        ("user_id", "7"),
        ("csrf_token", "8843d7f92416211de9ebb963ff4ce28125932878"),
    ]);
    let mut full = login.clone();
    full.insert("name", "Grace Hopper");
    full.insert("cart", vec![17.into(), 4.into(), 1_000_003.into()]);
    full.insert("last_page", "/orders/2026/11?sort=date&page=3");
    full.insert("theme", "dark");
    for (name, dict) in [("login", login), ("full", full)] {
        let mut session = Session::new();
        *session.values_mut() = dict.clone();
        let cookie = settings.encode(&session, NOW).expect("writable");
        assert_eq!(
            settings.decode(&cookie, NOW).expect("readable").values(),
            &dict
        );
        let plain: serde_json::Value = zeug_securecookie::Value::Dict(dict)
            .to_serde()
            .expect("JSON");
        let json = plain.to_string();
        let mut group = criterion.benchmark_group(format!("session-encode/{name}"));
        case(&mut group, "zeug", || {
            settings.encode(black_box(&session), NOW)
        });
        case(&mut group, "floor", || {
            floor::<Hmac<Sha1>>(&black_box(&plain).to_string())
        });
        group.finish();
        let mut group = criterion.benchmark_group(format!("session-decode/{name}"));
        case(&mut group, "zeug", || {
            settings.decode(black_box(&cookie), NOW)
        });
        case(&mut group, "floor", || {
            let value: Result<serde_json::Value, _> = serde_json::from_str(black_box(&json));
            (value, floor::<Hmac<Sha1>>(black_box(&cookie)))
        });
        group.finish();
    }
}

criterion_group!(benches, signing, sessions);
criterion_main!(benches);
