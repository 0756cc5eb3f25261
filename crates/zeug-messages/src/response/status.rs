//! Owns `Status`: a status code and the phrase after it. It refuses blank text, and says nothing about what a code means.

use std::fmt;
use std::str::FromStr;

use http::StatusCode;
use zeug_http::status_phrase;

/// A status code with its phrase, as in the first line of an answer: `404 Not Found`.
///
/// The phrase is that of the code unless another was given. Clients must not read it
/// ([RFC 9112 section 4](https://www.rfc-editor.org/rfc/rfc9112#section-4)), and newer protocols have none.
///
/// # Deviations
///
/// Phrases are in title case, as in Werkzeug 3.2. A code is 0 to 65535: text without a number in front gets the code 0, as in Werkzeug, and what
/// HTTP cannot send (below 100 or above 999) goes out as 500.
///
/// # Example
///
/// ```
/// use zeug_messages::Status;
///
/// assert_eq!(Status::from(404).to_string(), "404 Not Found");
/// assert_eq!(Status::parse("418 Short and Stout")?.phrase(), "Short and Stout");
/// assert_eq!(Status::parse("wtf")?.to_string(), "0 wtf");
/// assert!(Status::parse("  ").is_err());
/// # Ok::<(), zeug_messages::BlankStatus>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Status {
    code: u16,
    /// What stands after the code and a space, where it was given.
    phrase: Option<Box<str>>,
}

/// A status was given as text without anything in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlankStatus;

impl fmt::Display for BlankStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("blank status at byte 0")
    }
}

impl std::error::Error for BlankStatus {}

impl Status {
    /// The status that the text states: a code, or a code, a space and a phrase. Blanks around it do not count.
    ///
    /// Text that does not begin with a number of at most 65535 and a space is the phrase of code 0.
    ///
    /// # Errors
    ///
    /// [`BlankStatus`] for text without anything but blanks.
    pub fn parse(text: &str) -> Result<Self, BlankStatus> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BlankStatus);
        }
        let (code, phrase) = match text.split_once(' ') {
            Some((code, phrase)) => (code, Some(phrase)),
            None => (text, None),
        };
        let digits = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit());
        match code.parse().ok().filter(|_| digits) {
            Some(code) => Ok(Self {
                code,
                phrase: phrase.map(Into::into),
            }),
            None => Ok(Self {
                code: 0,
                phrase: Some(text.into()),
            }),
        }
    }

    /// The code.
    #[must_use]
    #[doc(alias = "status_code")]
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The phrase: the one that was given, else that of the code, else `Unknown`.
    #[must_use]
    pub fn phrase(&self) -> &str {
        match &self.phrase {
            Some(phrase) => phrase,
            None => status_phrase(self.code).unwrap_or("Unknown"),
        }
    }

    /// Whether the phrase was given, rather than taken from the code.
    #[must_use]
    pub fn has_own_phrase(&self) -> bool {
        self.phrase.is_some()
    }

    /// Whether an answer of this status has no body: 1xx, 204 and 304
    /// ([RFC 9110 section 6.4.1](https://www.rfc-editor.org/rfc/rfc9110#section-6.4.1)).
    #[must_use]
    pub fn is_bodiless(&self) -> bool {
        matches!(self.code, 100..=199 | 204 | 304)
    }

    /// The status of an answer that came with its phrase, or without.
    pub(crate) fn of(code: StatusCode, phrase: Option<Box<str>>) -> Self {
        Self {
            code: code.as_u16(),
            phrase,
        }
    }

    /// The phrase that was given, where a status line can hold it and its code.
    pub(crate) fn into_sent_phrase(self) -> Option<Box<str>> {
        let sent = self.sent().as_u16() == self.code;
        self.phrase
            .filter(|phrase| sent && !phrase.chars().any(|char| char.is_control() && char != '\t'))
    }

    /// The code as `http` has it; 500 for what HTTP cannot send.
    pub(crate) fn sent(&self) -> StatusCode {
        StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl Default for Status {
    /// 200 OK.
    fn default() -> Self {
        StatusCode::OK.into()
    }
}

impl From<StatusCode> for Status {
    fn from(code: StatusCode) -> Self {
        code.as_u16().into()
    }
}

impl From<u16> for Status {
    fn from(code: u16) -> Self {
        Self { code, phrase: None }
    }
}

impl FromStr for Status {
    type Err = BlankStatus;

    fn from_str(text: &str) -> Result<Self, BlankStatus> {
        Self::parse(text)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.phrase())
    }
}
