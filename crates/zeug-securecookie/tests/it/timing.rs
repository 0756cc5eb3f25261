//! Row 29: the time of a verification does not tell how much of a signature is right. By hand: it takes a minute and a quiet machine.

use std::hint::black_box;
use std::time::Instant;

use zeug_securecookie::{Digest, Signer, SignerOptions};

use crate::{random::Random, welch::welch};

/// A million samples: signatures of SHA-256 of which no byte is right, and of which all 43 characters but the last are.
#[test]
#[ignore = "takes a minute; `cargo test --release -p zeug-securecookie -- --ignored --nocapture timing`"]
fn constant_time() {
    let signer = Signer::new("secret", SignerOptions::default().digest(Digest::Sha256)).unwrap();
    let good = signer.sign("value");
    let (value, signature) = good.rsplit_once('.').unwrap();
    let other = |character: char| if character == 'A' { 'B' } else { 'A' };
    let none: String = signature.chars().map(other).collect();
    let most: String = signature
        .char_indices()
        .map(|(at, c)| if at == 42 { other(c) } else { c })
        .collect();
    let texts = [format!("{value}.{none}"), format!("{value}.{most}")];
    let mut random = Random::new(29);
    let mut samples = [Vec::new(), Vec::new()];
    for round in 0..1_000_000 {
        let which = random.below(2);
        let text = texts[which].clone();
        let begun = Instant::now();
        let refused = black_box(signer.unsign(black_box(&text))).is_err();
        let time = begun.elapsed().as_nanos() as f64;
        assert!(refused);
        // The first ones warm up.
        if round > 10_000 {
            samples[which].push(time);
        }
    }
    let [none, most] = samples;
    let t = welch(none, most);
    eprintln!("t = {t:.2}");
    assert!(t.abs() < 4.5, "t = {t:.2}");
}
