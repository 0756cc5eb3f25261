//! Owns what is known of media types: which are text, and which one a file's name stands for. It looks into no file.

use std::borrow::Cow;

/// The content type of that media type: with `charset`, where the type is text.
///
/// Text are `text/*`, `*+xml`, and `application/` with `ecmascript`, `javascript`, `sql`, `xml`, `xml-dtd` and `xml-external-parsed-entity`: the types
/// whose registration knows the parameter. JSON does not, it is always UTF-8 ([RFC 8259 section 11](https://www.rfc-editor.org/rfc/rfc8259#section-11)).
///
/// ```
/// use zeug_messages::with_charset;
///
/// assert_eq!(with_charset("image/svg+xml", "utf-8"), "image/svg+xml; charset=utf-8");
/// assert_eq!(with_charset("application/json", "utf-8"), "application/json");
/// ```
#[must_use]
#[doc(alias = "get_content_type")]
pub fn with_charset<'a>(media_type: &'a str, charset: &str) -> Cow<'a, str> {
    const TEXTS: [&str; 6] = [
        "application/ecmascript",
        "application/javascript",
        "application/sql",
        "application/xml",
        "application/xml-dtd",
        "application/xml-external-parsed-entity",
    ];
    if media_type.starts_with("text/")
        || media_type.ends_with("+xml")
        || TEXTS.contains(&media_type)
    {
        Cow::Owned(format!("{media_type}; charset={charset}"))
    } else {
        Cow::Borrowed(media_type)
    }
}
