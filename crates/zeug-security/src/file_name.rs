//! Owns `secure_file_name`: a name to store a file under, out of the one that a client gave. It looks at no file.

use unicode_normalization::UnicodeNormalization;

use crate::device::is_device;

/// A name of ASCII letters, digits, `.`, `_` and `-` that names a file in the current folder wherever it is used; empty where nothing can be kept.
///
/// Letters lose their accents and ligatures come apart (Unicode's [NFKD](https://www.unicode.org/reports/tr15/)); slashes and runs of blanks become one
/// `_`; all other characters go; `.` and `_` go from both ends. On Windows a backslash is a slash, and a device's name such as `NUL` gets a `_` in front.
///
/// Two names can become the same: check for a file that is there already, or store under a name of your own.
///
/// # Limits
///
/// Linear in the length. The result is as long as the name can be: cut it to what the file system takes.
///
/// # Deviations
///
/// The empty name is returned, as in Werkzeug, rather than an error: ask for it.
///
/// # Example
///
/// ```
/// use zeug_security::secure_file_name;
///
/// assert_eq!(secure_file_name("My cool movie.mov"), "My_cool_movie.mov");
/// assert_eq!(secure_file_name("../../../etc/passwd"), "etc_passwd");
/// assert_eq!(secure_file_name("i contain cool \u{fc}ml\u{e4}uts.txt"), "i_contain_cool_umlauts.txt");
/// assert_eq!(secure_file_name("日本語"), "", "refused: nothing is left");
/// ```
#[must_use]
#[doc(alias = "secure_filename")]
pub fn secure_file_name(name: &str) -> String {
    let windows = cfg!(windows);
    let mut kept = String::with_capacity(name.len());
    let mut blank = false;
    for character in name.nfkd().filter(char::is_ascii) {
        if character == '/' || character.is_whitespace() || (windows && character == '\\') {
            blank = true;
            continue;
        }
        // A blank counts even where what follows it goes.
        if blank {
            kept.push('_');
            blank = false;
        }
        if character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-') {
            kept.push(character);
        }
    }
    let kept = kept.trim_matches(['.', '_']);
    if windows && is_device(kept) {
        return format!("_{kept}");
    }
    kept.to_owned()
}
