//! What becomes of a terminal's text, as HTML and as plain text.

use proptest::prelude::*;
use zeug_ansi::{push_escaped, strip, to_html};

#[test]
fn colours_become_classes_and_everything_else_is_escaped() {
    for (text, html, plain) in [
        ("plain", "plain", "plain"),
        (
            "a <b> & \"c\" 'd'",
            "a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;",
            "a <b> & \"c\" 'd'",
        ),
        (
            "\x1b[1m\x1b[38;5;9merror[E0425]\x1b[0m\x1b[1m: no\x1b[0m",
            "<span class=\"b c9\">error[E0425]</span><span class=\"b\">: no</span>",
            "error[E0425]: no",
        ),
        ("\x1b[91mx\x1b[39my", "<span class=\"c9\">x</span>y", "xy"),
        ("\x1b[1;32mx\x1b[my", "<span class=\"b c2\">x</span>y", "xy"),
        ("\x1b[38;2;1;2;3mx", "x", "x"),
        ("\x1b[48;5;9;1mx", "<span class=\"b\">x</span>", "x"),
        ("\x1b[38;5;200mx", "x", "x"),
        ("\x1b]8;;https://e/?<\x1b\\E1\x1b]8;;\x07", "E1", "E1"),
        ("\x1b[2Kx\x1b7y\x1b", "x7y", "x7y"),
        ("\x1b[1", "", ""),
        ("\x1b]8", "", ""),
        ("a\0b", "a\u{fffd}b", "a\0b"),
        ("\x1b[999999mé", "é", "é"),
    ] {
        assert_eq!(to_html(text), html, "{text:?}");
        assert_eq!(strip(text), plain, "{text:?}");
    }
}

proptest! {
    #[test]
    fn nothing_of_any_text_is_markup(text in "(\\x1b|\\[|\\]|[0-9;m<>&\"'a]|\\PC){0,200}") {
        let html = to_html(&text);
        let bare = html.replace("</span>", "");
        let mut parts = bare.split("<span class=\"");
        prop_assert!(!parts.next().unwrap_or_default().contains(['<', '>', '"', '\'']));
        for part in parts {
            let (classes, text) = part.split_once("\">").expect("a whole tag");
            prop_assert!(classes.chars().all(|c| c.is_ascii_alphanumeric() || c == ' '));
            prop_assert!(!text.contains(['<', '>', '"', '\'']));
        }
        let escape = '\x1b';
        prop_assert!(!html.contains(escape) && !strip(&text).contains(escape));
    }

    #[test]
    fn text_without_escapes_is_only_escaped(text in "[^\\x1b]{0,100}") {
        let mut escaped = String::new();
        push_escaped(&mut escaped, &text);
        prop_assert_eq!(to_html(&text), escaped);
        prop_assert_eq!(strip(&text), text);
    }
}
