//! What holds for all text.

use std::path::{Component, Path};

use proptest::prelude::*;
use zeug_security::{safe_join, secure_file_name};

/// Text of pieces that paths are attacked with.
fn attacks() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("..".to_owned()),
        Just("/".to_owned()),
        Just(".".to_owned()),
        Just("\\".to_owned()),
        Just("c:".to_owned()),
        Just("nul".to_owned()),
        Just(" ".to_owned()),
        Just("\0".to_owned()),
        Just("a".to_owned()),
        Just("é".to_owned()),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_joined_path_stays_below(parts in prop::collection::vec(attacks(), 0..4)) {
        if let Ok(path) = safe_join("base/folder", &parts) {
            let rest = path.strip_prefix("base/folder").expect("below");
            prop_assert!(rest.components().all(|component| matches!(component, Component::Normal(_) | Component::CurDir)));
            prop_assert!(!path.to_str().unwrap().contains(['\\', '\0']));
        }
    }

    #[test]
    fn a_secure_name_is_one_name_and_stays_so(name in attacks()) {
        let kept = secure_file_name(&name);
        prop_assert!(kept.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)));
        prop_assert!(!kept.starts_with('.') && !kept.ends_with('.'));
        prop_assert!(kept.is_empty() || Path::new(&kept).components().count() == 1);
        prop_assert_eq!(secure_file_name(&kept), kept);
    }
}
