//! Row 29: the time of a comparison does not tell how much of a secret is right. By hand: it wants a quiet machine.

use std::hint::black_box;
use std::time::Instant;

use zeug_security::constant_time_eq;

use crate::welch::welch;

/// A million samples of 64 comparisons, which is how the debugger compares its PIN: of guesses of nine digits of which none is right, and of which all but the last are.
#[test]
#[ignore = "wants a quiet machine; `cargo test --release -p zeug-security --test it timing -- --ignored --nocapture`"]
fn pins_in_constant_time() {
    let pin = "204731659";
    let guesses = ["315842760", "204731658"];
    let mut samples = [Vec::new(), Vec::new()];
    let mut random = 29_u64;
    for round in 0..1_000_000 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let which = (random >> 32) as usize % 2;
        let begun = Instant::now();
        for _ in 0..64 {
            assert!(!constant_time_eq(black_box(pin), black_box(guesses[which])));
        }
        let time = begun.elapsed().as_nanos() as f64;
        if round > 10_000 {
            samples[which].push(time);
        }
    }
    let [none, most] = samples;
    let t = welch(none, most);
    eprintln!("t = {t:.2}");
    assert!(t.abs() < 4.5, "t = {t:.2}");
}
