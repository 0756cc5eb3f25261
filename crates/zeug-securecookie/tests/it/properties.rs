//! What holds for all values and all text.

use proptest::prelude::*;
use zeug_http::HttpDate;
use zeug_securecookie::{
    Dict, Session, SessionSettings, Signer, SignerOptions, TimestampSigner, Value,
    from_tagged_json, to_tagged_json,
};

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        any::<String>().prop_map(Value::Markup),
        any::<Vec<u8>>().prop_map(Value::Bytes),
        any::<[u8; 16]>().prop_map(Value::Uuid),
        // The years that a date of HTTP can have.
        (-2_208_988_800_i64..253_402_300_800)
            .prop_map(|seconds| HttpDate::from_unix_seconds(seconds).into()),
    ];
    let key = prop_oneof![any::<String>(), "( t| b| m| u| d| di)(__)?"];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Tuple),
            prop::collection::btree_map(key.clone(), inner, 0..5)
                .prop_map(|map| Value::Dict(Dict::from_iter(map))),
        ]
    })
}

proptest! {
    #[test]
    fn tagged_json_round_trips(value in values()) {
        let json = to_tagged_json(&value).unwrap();
        prop_assert!(json.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        prop_assert_eq!(from_tagged_json(&json).unwrap(), value);
    }

    #[test]
    fn sessions_round_trip(map in prop::collection::btree_map(any::<String>(), values(), 0..6), key in "[^\0]+", now in any::<u64>()) {
        let settings = SessionSettings::new(key).unwrap();
        let mut session = Session::new();
        *session.values_mut() = Dict::from_iter(map);
        let cookie = settings.encode(&session, now).unwrap();
        prop_assert!(cookie.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
        let back = settings.decode(&cookie, now).unwrap();
        prop_assert_eq!(back.values(), session.values());
        prop_assert_eq!(back.signed_at(), Some(now));
    }

    #[test]
    fn signed_values_come_back(value in any::<String>(), key in any::<Vec<u8>>(), salt in any::<Vec<u8>>(), now in any::<u64>()) {
        let signer = Signer::new(key, SignerOptions::default().salt(salt)).unwrap();
        let signed = signer.sign(&value);
        prop_assert_eq!(signer.unsign(&signed).unwrap().value(), value.as_str());
        let timed = TimestampSigner::new(signer);
        let signed = timed.sign(&value, now);
        let back = timed.unsign(&signed).unwrap();
        prop_assert_eq!((back.value(), back.signed_at()), (value.as_str(), now));
    }

    #[test]
    fn no_text_breaks_anything(text in any::<String>()) {
        let settings = SessionSettings::new("secret").unwrap();
        prop_assert!(settings.decode(&text, 0).is_err());
        if let Ok(value) = from_tagged_json(&text) {
            let json = to_tagged_json(&value).unwrap();
            prop_assert_eq!(from_tagged_json(&json).unwrap(), value);
        }
    }
}
