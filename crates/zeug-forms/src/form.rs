//! Owns what a form body held: its text fields and its files. Knows nothing of how they came.

use zeug_datastructures::MultiDict;

use crate::{FileStorage, SpooledFile};

/// The fields and files of a form body, each under its name, in the order in which they came.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a form has nothing else, and taking it apart is how it is used"
)]
pub struct Form<S = SpooledFile> {
    /// The text fields.
    pub fields: MultiDict,
    /// The files.
    pub files: MultiDict<FileStorage<S>>,
}

impl<S> Default for Form<S> {
    /// A form without fields and files.
    fn default() -> Self {
        Self {
            fields: MultiDict::default(),
            files: MultiDict::default(),
        }
    }
}

impl<S> Form<S> {
    /// Whether there is neither a field nor a file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.files.is_empty()
    }
}

/// The two content types of form bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "HTML has these two, text/plain aside, which no server can read back"
)]
pub enum FormKind {
    /// `application/x-www-form-urlencoded`
    Urlencoded,
    /// `multipart/form-data`
    Multipart,
}

impl FormKind {
    /// Which form body a content type announces, if any. Parameters do not matter.
    ///
    /// # Deviations
    ///
    /// The media type is compared as it is written, in lower case as every client sends it, and as Werkzeug's parser compares it.
    /// [RFC 9110 section 8.3.1](https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1) has it without case: whoever wants that lower-cases the type first, as
    /// Werkzeug's (and zeug's) `Request` does.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_forms::FormKind;
    ///
    /// assert_eq!(FormKind::of("multipart/form-data; boundary=b"), Some(FormKind::Multipart));
    /// assert_eq!(FormKind::of("application/json"), None);
    /// ```
    #[must_use]
    pub fn of(content_type: &str) -> Option<Self> {
        let essence = content_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim_matches([' ', '\t']);
        match essence {
            "multipart/form-data" => Some(Self::Multipart),
            "application/x-www-form-urlencoded" => Some(Self::Urlencoded),
            _ => None,
        }
    }
}
