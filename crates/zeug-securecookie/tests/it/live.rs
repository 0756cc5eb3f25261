//! Row 27: the real Flask 3.1.3 and itsdangerous 2.2.0 read what is written here, and the other way round. Left out, with a word, where Python is not to be had.

use serde_json::{Value as Json, json};
use zeug_http::HttpDate;
use zeug_securecookie::{
    CsrfTokens, Dict, Digest, KeyDerivation, KeyRing, Session, SessionSettings, Signer,
    SignerOptions, TimestampSigner, UrlSafeSerializer, UrlSafeTimedSerializer, Value,
    from_tagged_json, to_tagged_json,
};

use crate::python;
use crate::random::Random;

const NOW: u64 = 1_700_000_000;
const PAYLOADS: usize = 500;

fn value(random: &mut Random, depth: usize) -> Value {
    let kinds = if depth == 0 { 9 } else { 12 };
    match random.below(kinds) {
        0 => Value::Null,
        1 => (random.below(2) == 0).into(),
        2 => (random.next() as i64).into(),
        3 => (random.next() as f64 * 10_f64.powi(random.below(60) as i32 - 40)).into(),
        4 => random.text(40).into(),
        5 => Value::Bytes((0..random.below(20)).map(|_| random.next() as u8).collect()),
        6 => Value::Markup(random.text(20)),
        7 => {
            Value::Uuid((u128::from(random.next()) << 64 | u128::from(random.next())).to_be_bytes())
        }
        8 => HttpDate::from_unix_seconds((random.next() >> 32) as i64).into(),
        9 => Value::List(values(random, depth)),
        10 => Value::Tuple(values(random, depth)),
        _ => dict(random, depth - 1).into(),
    }
}

fn values(random: &mut Random, depth: usize) -> Vec<Value> {
    (0..random.below(4))
        .map(|_| value(random, depth - 1))
        .collect()
}

fn dict(random: &mut Random, depth: usize) -> Dict {
    let tags = [" t", " b", " m", " u", " d", " di", "a", "_permanent"];
    let pairs: Vec<(String, Value)> = (0..random.below(6))
        .map(|_| {
            let key = if random.below(2) == 0 {
                random.text(8)
            } else {
                (*random.pick(&tags)).to_owned()
            };
            (key, value(random, depth))
        })
        .collect();
    Dict::from_iter(pairs)
}

fn session(values: &Dict) -> Session {
    let mut session = Session::new();
    *session.values_mut() = values.clone();
    session
}

/// 500 sessions each way, a third of them through another key than the current one.
#[test]
fn sessions_both_ways() {
    let mut random = Random::new(27);
    let dicts: Vec<Dict> = (0..PAYLOADS).map(|_| dict(&mut random, 3)).collect();
    let keys = ["new", "old", "☃ older"];
    let mut questions = Vec::new();
    for (number, dict) in dicts.iter().enumerate() {
        let signs = keys[number % 3];
        let cookie = SessionSettings::new(signs)
            .unwrap()
            .encode(&session(dict), NOW)
            .unwrap();
        questions.push(
            json!(["session loads", NOW + 60, "new", ["☃ older", "old"], cookie]).to_string(),
        );
        let text = to_tagged_json(&dict.clone().into()).unwrap();
        questions.push(json!(["session dumps", NOW, signs, [], text]).to_string());
        let foreign = SessionSettings::new("stranger")
            .unwrap()
            .encode(&session(dict), NOW)
            .unwrap();
        questions.push(json!(["session loads", NOW, "new", ["old"], foreign]).to_string());
    }
    let Some(answers) = python::ask(&questions) else {
        return;
    };
    let ring = KeyRing::oldest_first(["☃ older", "old", "new"]).unwrap();
    let settings = SessionSettings::new(ring).unwrap();
    let mut read = [0, 0, 0];
    for ((number, dict), answers) in dicts.iter().enumerate().zip(answers.chunks(3)) {
        // Theirs of ours.
        let theirs: String = serde_json::from_str(&answers[0])
            .unwrap_or_else(|_| panic!("{}: {dict:?}", answers[0]));
        assert_eq!(
            from_tagged_json(&theirs).unwrap(),
            Value::Dict(dict.clone())
        );
        read[0] += 1;
        // Ours of theirs: the same bytes, but where it is compressed.
        let cookie: String = serde_json::from_str(&answers[1]).unwrap();
        let ours = settings.decode(&cookie, NOW + 60).unwrap();
        assert_eq!((ours.values(), ours.key_index()), (dict, Some(number % 3)));
        let written = SessionSettings::new(keys[number % 3])
            .unwrap()
            .encode(&session(dict), NOW)
            .unwrap();
        assert!(
            cookie.starts_with('.') || written.starts_with('.') || cookie == written,
            "{cookie}\n{written}"
        );
        read[1] += 1;
        // A stranger's.
        assert!(answers[2].contains("refused"));
        read[2] += 1;
    }
    assert_eq!(read, [PAYLOADS; 3]);
}

/// 500 tokens each way, over all hashes and derivations.
#[test]
fn tokens_both_ways() {
    let mut random = Random::new(28);
    let digests = [
        ("sha1", Digest::Sha1),
        ("sha256", Digest::Sha256),
        ("sha512", Digest::Sha512),
    ];
    let ways = [
        ("concat", KeyDerivation::Concat),
        ("django-concat", KeyDerivation::DjangoConcat),
        ("hmac", KeyDerivation::Hmac),
        ("none", KeyDerivation::None),
    ];
    let mut questions = Vec::new();
    let mut cases = Vec::new();
    for number in 0..PAYLOADS {
        let (digest_name, digest) = *random.pick(&digests);
        let (way_name, way) = *random.pick(&ways);
        let keys = [random.text(70), random.text(20)];
        let salt = random.text(10);
        let payload: Json = json!({"text": random.text(60), "list": [1, 2.5, null, true], "long": "a".repeat(random.below(90))});
        let options = SignerOptions::default()
            .salt(salt.as_str())
            .digest(digest)
            .key_derivation(way);
        let signer = Signer::new(KeyRing::oldest_first(keys.clone()).unwrap(), options).unwrap();
        let timed = number % 2 == 0;
        let ours = if timed {
            UrlSafeTimedSerializer::new(TimestampSigner::new(signer.clone())).dumps(&payload, NOW)
        } else {
            UrlSafeSerializer::new(signer.clone()).dumps(&payload)
        };
        questions.push(
            json!([
                "loads",
                NOW,
                keys,
                salt,
                way_name,
                digest_name,
                timed,
                ours.unwrap()
            ])
            .to_string(),
        );
        questions.push(
            json!([
                "dumps",
                NOW,
                keys,
                salt,
                way_name,
                digest_name,
                timed,
                payload.to_string()
            ])
            .to_string(),
        );
        cases.push((signer, timed, payload));
    }
    let Some(answers) = python::ask(&questions) else {
        return;
    };
    let mut read = 0;
    for ((signer, timed, payload), answers) in cases.into_iter().zip(answers.chunks(2)) {
        let theirs: String = serde_json::from_str(&answers[0]).unwrap();
        assert_eq!(serde_json::from_str::<Json>(&theirs).unwrap(), payload);
        let token: String = serde_json::from_str(&answers[1]).unwrap();
        let ours: Json = if timed {
            let loaded = UrlSafeTimedSerializer::new(TimestampSigner::new(signer))
                .loads(&token)
                .unwrap();
            assert_eq!(loaded.signed_at(), NOW);
            loaded.into_value()
        } else {
            UrlSafeSerializer::new(signer)
                .loads(&token)
                .unwrap()
                .into_value()
        };
        assert_eq!(ours, payload);
        read += 2;
    }
    assert_eq!(read, 2 * PAYLOADS);
}

/// Flask-WTF takes our CSRF tokens, and we its.
#[test]
fn csrf_tokens_both_ways() {
    let tokens = CsrfTokens::new("secret").unwrap();
    let mut session = Session::new();
    let token = tokens.issue(&mut session, NOW).unwrap();
    let half = session
        .get("csrf_token")
        .and_then(Value::as_str)
        .unwrap()
        .to_owned();
    let questions = [
        json!(["csrf check", NOW + 60, "secret", half, token]).to_string(),
        json!(["csrf make", NOW, "secret"]).to_string(),
    ];
    let Some(answers) = python::ask(&questions) else {
        return;
    };
    assert_eq!(answers[0], "\"good\"");
    let (token, half): (String, String) = serde_json::from_str(&answers[1]).unwrap();
    session.insert("csrf_token", half);
    tokens.check(&session, &token, NOW + 60).unwrap();
}
