//! Area `signing`: itsdangerous' signers and serializers.

use std::time::Duration;

use serde_json::{Map, Value, json};
use zeug_securecookie::{
    Digest, KeyDerivation, KeyRing, SecretKey, SecureCookieError, SecureCookieErrorKind, Signer,
    SignerOptions, TimestampSigner, UrlSafeSerializer, UrlSafeTimedSerializer,
};

use crate::args::{base64, flag, text, texts};
use crate::{Failure, Outcome};

pub(crate) fn answer(op: &str, args: &Value) -> Outcome {
    let options = options(args);
    let signed = text(args, "signed").unwrap_or_default();
    if op == "signing.derive_key" {
        let newest = texts(args, "secrets").pop().unwrap_or_default();
        let key = options.derive_key(&SecretKey::from(newest));
        return Ok(json!({"key_b64": base64(key.expose())}));
    }
    let signer = Signer::new(KeyRing::oldest_first(texts(args, "secrets"))?, options)?;
    let timed = flag(args, "timestamp").then(|| TimestampSigner::new(signer.clone()));
    match op {
        "signing.sign" => {
            let value = text(args, "value").unwrap_or_default();
            Ok(match timed {
                Some(timed) => timed.sign(value, now(args)),
                None => signer.sign(value),
            }
            .into())
        }
        "signing.unsign" => Ok(match timed {
            Some(timed) => {
                let signed = unsign(&timed, signed, args)?;
                json!({"value_b64": base64(signed.value().as_bytes()), "timestamp": signed.signed_at()})
            }
            None => {
                let signed = signer.unsign(signed)?;
                json!({"value_b64": base64(signed.value().as_bytes()), "timestamp": null})
            }
        }),
        "signing.validate" => Ok(match timed {
            Some(timed) => unsign(&timed, signed, args).is_ok(),
            None => signer.unsign(signed).is_ok(),
        }
        .into()),
        "signing.dumps" => {
            let value = untyped(&args["value"]);
            let (token, back) = match timed {
                Some(timed) => {
                    let serializer = UrlSafeTimedSerializer::new(timed);
                    let token = serializer.dumps(&value, now(args))?;
                    let back = serializer.loads::<Value>(&token)?.into_value();
                    (token, back)
                }
                None => {
                    let serializer = UrlSafeSerializer::new(signer);
                    let token = serializer.dumps(&value)?;
                    let back = serializer.loads::<Value>(&token)?.into_value();
                    (token, back)
                }
            };
            Ok(show_token(token, typed(&back)))
        }
        "signing.loads" => {
            let token = text(args, "token").unwrap_or_default();
            match timed {
                Some(timed) => {
                    let serializer = UrlSafeTimedSerializer::new(timed);
                    let loaded = match max_age(args) {
                        Some(max_age) => {
                            serializer.loads_within::<Value>(token, max_age, now(args))
                        }
                        None => serializer.loads(token),
                    }?;
                    Ok(json!({"value": typed(loaded.value()), "timestamp": loaded.signed_at()}))
                }
                None => {
                    let loaded = UrlSafeSerializer::new(signer).loads::<Value>(token)?;
                    Ok(json!({"value": typed(loaded.value()), "timestamp": null}))
                }
            }
        }
        _ => Err(Failure::unsupported()),
    }
}

fn options(args: &Value) -> SignerOptions {
    let mut options = SignerOptions::default()
        .salt(text(args, "salt").unwrap_or_default())
        .key_derivation(match text(args, "key_derivation") {
            Some("concat") => KeyDerivation::Concat,
            Some("hmac") => KeyDerivation::Hmac,
            Some("none") => KeyDerivation::None,
            _ => KeyDerivation::DjangoConcat,
        })
        .digest(match text(args, "digest") {
            Some("sha256") => Digest::Sha256,
            Some("sha512") => Digest::Sha512,
            _ => Digest::Sha1,
        });
    if let Some(separator) = text(args, "sep") {
        options = options.separator(separator);
    }
    options
}

fn unsign<'a>(
    signer: &TimestampSigner,
    signed: &'a str,
    args: &Value,
) -> Result<zeug_securecookie::TimedSigned<'a>, SecureCookieError> {
    match max_age(args) {
        Some(max_age) => signer.unsign_within(signed, max_age, now(args)),
        None => signer.unsign(signed),
    }
}

/// The time of the question.
pub(crate) fn now(args: &Value) -> u64 {
    args["now"]
        .as_u64()
        .filter(|now| *now > 0)
        .unwrap_or(1_700_000_000)
}

/// The age that is allowed, if any.
pub(crate) fn max_age(args: &Value) -> Option<Duration> {
    args["max_age"].as_u64().map(Duration::from_secs)
}

/// A token as the protocol shows it.
pub(crate) fn show_token(token: String, back: Value) -> Value {
    let compressed = token.starts_with('.');
    json!({
        "compressed": compressed,
        "token": (!compressed).then_some(token),
        "round_trip": back,
    })
}

/// JSON of the protocol's typed values.
fn untyped(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(untyped).collect(),
        Value::Object(object) => {
            let pairs = object.values().next().and_then(Value::as_array);
            let mut map = Map::new();
            for pair in pairs.into_iter().flatten() {
                map.insert(
                    pair[0].as_str().unwrap_or_default().to_owned(),
                    untyped(&pair[1]),
                );
            }
            Value::Object(map)
        }
        other => other.clone(),
    }
}

/// Typed values of JSON.
fn typed(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(typed).collect(),
        Value::Object(object) => {
            let pairs: Vec<Value> = object
                .iter()
                .map(|(key, value)| json!([key, typed(value)]))
                .collect();
            json!({"$dict": pairs})
        }
        other => other.clone(),
    }
}

impl From<SecureCookieError> for Failure {
    fn from(error: SecureCookieError) -> Self {
        let mut failure = Self::new(match error.kind() {
            SecureCookieErrorKind::BadSignature => "bad_signature",
            SecureCookieErrorKind::BadTimeSignature => "bad_time_signature",
            SecureCookieErrorKind::SignatureExpired { .. }
            | SecureCookieErrorKind::SignedInTheFuture { .. } => "signature_expired",
            SecureCookieErrorKind::InvalidBase64
            | SecureCookieErrorKind::InvalidCompression
            | SecureCookieErrorKind::PayloadTooLarge { .. }
            | SecureCookieErrorKind::InvalidJson => "bad_payload",
            _ => "value_error",
        });
        if failure.kind == "signature_expired" {
            failure.data = Some(json!({"date_signed": error.signed_at()}));
        }
        failure
    }
}
