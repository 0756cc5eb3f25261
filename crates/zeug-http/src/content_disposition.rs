//! `Content-Disposition` (RFC 6266, RFC 7578): how a body is to be shown, and its file name. Writes file names that all browsers read.

use std::borrow::Cow;
use std::fmt;

use crate::macros::{borrowed_field, into_header_value};
use crate::options::OptionsField;
use crate::text::same;

/// How a body is to be shown: `inline`, `attachment; filename=...`, or `form-data; name=...`.
///
/// [`filename`](Self::filename) prefers nothing by itself: `filename*` and `filename` are one parameter here, and the one that
/// stands last counts, as browsers that write both put the extended one last
/// ([RFC 6266 section 4.3](https://www.rfc-editor.org/rfc/rfc6266#section-4.3)).
/// The name is the sender's word: it may hold path separators, so never open a file by it.
///
/// # Example
///
/// ```
/// use zeug_http::ContentDisposition;
///
/// let field = ContentDisposition::attachment("Pläne.pdf");
/// assert_eq!(field.to_string(), "attachment; filename=Plane.pdf; filename*=UTF-8''Pl%C3%A4ne.pdf");
/// assert_eq!(ContentDisposition::parse(&field.to_string()).filename(), Some("Pläne.pdf"));
/// // A name that is not closed is no name.
/// assert_eq!(ContentDisposition::parse("attachment; filename=\"a").filename(), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentDisposition<'a> {
    field: OptionsField<'a>,
}

impl<'a> ContentDisposition<'a> {
    /// Returns the disposition and the parameters that could be read.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        Self {
            field: OptionsField::parse(text),
        }
    }

    /// Returns `inline` without a name.
    #[must_use]
    pub fn inline() -> Self {
        Self {
            field: OptionsField::new("inline"),
        }
    }

    /// Returns `attachment` under that file name, also in the form that carries any character.
    #[must_use]
    pub fn attachment(filename: &str) -> Self {
        let mut field = Self {
            field: OptionsField::new("attachment"),
        };
        field.set_filename(filename);
        field
    }

    /// Returns `form-data` for the form field of that name
    /// ([RFC 7578 section 4.2](https://www.rfc-editor.org/rfc/rfc7578#section-4.2)).
    #[must_use]
    pub fn form_data(name: impl Into<Cow<'a, str>>) -> Self {
        let mut field = OptionsField::new("form-data");
        // A constant key is a token.
        let _ = field.insert("name", name);
        Self { field }
    }

    /// Returns the word before the parameters, in the case it was given.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.field.value()
    }

    /// Returns whether the body is to be saved rather than shown.
    ///
    /// Any word but `inline` and `form-data` counts as `attachment`
    /// ([RFC 6266 section 4.2](https://www.rfc-editor.org/rfc/rfc6266#section-4.2)).
    #[must_use]
    pub fn is_attachment(&self) -> bool {
        let kind = self.kind();
        !kind.is_empty() && !same(kind, "inline") && !same(kind, "form-data")
    }

    /// Returns the form field's name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.field.get("name")
    }

    /// Returns the file name as sent: it may hold path separators.
    #[must_use]
    pub fn filename(&self) -> Option<&str> {
        self.field.get("filename")
    }

    /// Sets the file name: `filename` for ASCII; else that with accents dropped, and `filename*` with the whole name.
    ///
    /// # Deviations
    ///
    /// Werkzeug drops accents by Unicode decomposition; here the letters of Latin-1 lose theirs and others are left out.
    pub fn set_filename(&mut self, filename: &str) {
        self.field.remove("filename");
        self.field.remove("filename*");
        // Constant keys are tokens.
        if filename.is_ascii() {
            let _ = self.field.insert("filename", filename.to_owned());
            return;
        }
        let simple: String = filename.chars().filter_map(to_ascii).collect();
        let _ = self.field.insert("filename", simple);
        let _ = self.field.insert_extended("filename", filename);
    }

    /// Returns the value with all its parameters.
    #[must_use]
    pub fn options(&self) -> &OptionsField<'a> {
        &self.field
    }

    /// Returns the value with all its parameters, to change them.
    pub fn options_mut(&mut self) -> &mut OptionsField<'a> {
        &mut self.field
    }

    /// Returns the same value with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> ContentDisposition<'static> {
        ContentDisposition {
            field: self.field.into_owned(),
        }
    }
}

/// The letter without its accent, for Latin-1 letters; nothing for any other character outside ASCII.
fn to_ascii(char: char) -> Option<char> {
    Some(match char {
        char if char.is_ascii() => char,
        'À'..='Å' => 'A',
        'Ç' => 'C',
        'È'..='Ë' => 'E',
        'Ì'..='Ï' => 'I',
        'Ñ' => 'N',
        'Ò'..='Ö' => 'O',
        'Ù'..='Ü' => 'U',
        'Ý' => 'Y',
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        _ => return None,
    })
}

impl fmt::Display for ContentDisposition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.field.fmt(f)
    }
}

borrowed_field!(ContentDisposition);
into_header_value!(ContentDisposition<'_>);
