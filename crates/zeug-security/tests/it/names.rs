//! What file names become.

use zeug_security::secure_file_name;

#[test]
fn names_are_werkzeugs() {
    let rows = [
        ("My cool movie.mov", "My_cool_movie.mov"),
        ("../../../etc/passwd", "etc_passwd"),
        (
            "i contain cool \u{fc}ml\u{e4}uts.txt",
            "i_contain_cool_umlauts.txt",
        ),
        ("__filename__", "filename"),
        ("foo$&^*)bar", "foobar"),
        ("..", ""),
        ("", ""),
        ("  spaced  name .txt ", "spaced_name_.txt"),
        ("\u{fb01}le\u{b2}.txt", "file2.txt"),
        ("a\u{a0}b", "a_b"),
        ("ｆｕｌｌ．ｔｘｔ", "full.txt"),
        (" ! a", "_a".trim_start_matches('_')),
        ("a ! b", "a__b"),
        ("a\0b\r\nc", "ab_c"),
        (".-😀", "-"),
        ("½", "12"),
    ];
    for (given, kept) in rows {
        assert_eq!(secure_file_name(given), kept, "{given:?}");
    }
    if !cfg!(windows) {
        assert_eq!(secure_file_name("a/b\\c"), "a_bc");
        assert_eq!(secure_file_name("con.txt"), "con.txt");
    }
}
