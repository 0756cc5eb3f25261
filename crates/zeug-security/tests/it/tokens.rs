//! Random texts and the comparing of secrets.

use std::collections::BTreeSet;

use zeug_security::{
    SecurityErrorKind, constant_time_eq, random_alphanumeric, random_bytes, random_hex,
    random_url_safe,
};

#[test]
fn lengths_and_alphabets() {
    for length in [1, 2, 15, 16, 63, 64, 65, 1000] {
        let text = random_alphanumeric(length).unwrap();
        assert!(text.len() == length && text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let text = random_hex(length).unwrap();
        assert!(
            text.len() == 2 * length
                && text.bytes().all(|byte| b"0123456789abcdef".contains(&byte))
        );
        let text = random_url_safe(length).unwrap();
        assert!(
            text.len() == length
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
        assert_eq!(random_bytes(length).unwrap().len(), length);
    }
}

#[test]
fn nothing_is_no_length() {
    let empty = [
        random_alphanumeric(0).map(String::into_bytes),
        random_hex(0).map(String::into_bytes),
        random_url_safe(0).map(String::into_bytes),
        random_bytes(0),
    ];
    for refused in empty {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), SecurityErrorKind::EmptyLength);
        assert_eq!(
            (error.status_hint(), error.to_string()),
            (500, "length of nothing".to_owned())
        );
    }
}

/// Each character comes about as often: of 62,000, each within five deviations of 1,000.
#[test]
fn no_character_is_likelier() {
    let text = random_alphanumeric(62_000).unwrap();
    let characters: BTreeSet<u8> = text.bytes().collect();
    assert_eq!(characters.len(), 62);
    for character in characters {
        let count = text.bytes().filter(|byte| *byte == character).count();
        assert!((800..=1200).contains(&count), "{count}");
    }
}

#[test]
fn none_comes_twice() {
    let tokens: BTreeSet<String> = (0..1000).map(|_| random_url_safe(16).unwrap()).collect();
    assert_eq!(tokens.len(), 1000);
}

#[test]
fn comparing() {
    for (left, right) in [
        ("", ""),
        ("a", "a"),
        ("abc", "abd"),
        ("abc", "ab"),
        ("", "a"),
        ("xbc", "abc"),
    ] {
        assert_eq!(
            constant_time_eq(left, right),
            left == right,
            "{left} {right}"
        );
    }
}
