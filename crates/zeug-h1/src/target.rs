//! The request target in its four forms. It refuses a form that the method cannot have and every byte that a URI cannot have.

use http::{Method, Uri};

use crate::error::{H1Error, H1ErrorKind};
use crate::syntax::{Port, host_and_port, is_target};

/// The four forms of a request target ([RFC 9112 section 3.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2)).
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 9112 section 3.2 knows no fifth"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetForm {
    /// `/path?query`
    Origin,
    /// `http://host/path?query`, as sent to proxies
    Absolute,
    /// `host:port`, with `CONNECT` only
    Authority,
    /// `*`, with `OPTIONS` only
    Asterisk,
}

/// A request target: its form, its text as it was sent, and the same as a [`Uri`].
///
/// # Deviations
///
/// Bytes beyond RFC 3986 that browsers send are let through as [`http::Uri`] does: `^`, `|`, `{` and `}`, quotes in the
/// path, backslashes and grave accents in the query. A fragment, `<`, `>` and bytes beyond ASCII are refused, and so is user information in the absolute form
/// ([RFC 9110 section 4.2.4](https://www.rfc-editor.org/rfc/rfc9110#section-4.2.4)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    form: TargetForm,
    uri: Uri,
    /// The text, where the Uri does not give it back byte by byte.
    raw: Option<Box<str>>,
}

impl Default for Target {
    /// The root.
    fn default() -> Self {
        Self {
            form: TargetForm::Origin,
            uri: Uri::default(),
            raw: None,
        }
    }
}

impl Target {
    /// The target of a request line; `at` is its offset.
    pub(crate) fn parse(method: &Method, raw: &[u8], at: usize) -> Result<Self, H1Error> {
        let invalid = |index: usize| H1Error::new(H1ErrorKind::InvalidTarget, at + index);
        // what `Uri` would let through or drop; the rest it refuses below
        if !raw.is_ascii() || raw.contains(&b'#') {
            let bad = raw.iter().position(|&byte| !is_target(byte));
            return Err(invalid(bad.unwrap_or(0)));
        }
        // no browser sends one in a path, and some file systems and proxies take it for a slash
        if raw.contains(&b'\\') && misplaced(raw) > 0 {
            return Err(invalid(misplaced(raw)));
        }
        let form = match raw {
            b"*" => TargetForm::Asterisk,
            [b'/', ..] => TargetForm::Origin,
            _ if *method == Method::CONNECT => TargetForm::Authority,
            _ => TargetForm::Absolute,
        };
        match form {
            TargetForm::Asterisk if *method != Method::OPTIONS => return Err(invalid(0)),
            TargetForm::Origin if *method == Method::CONNECT => return Err(invalid(0)),
            TargetForm::Authority => match host_and_port(raw).map_err(invalid)? {
                Port::Number(1..) => {}
                _ => return Err(invalid(raw.len())),
            },
            TargetForm::Absolute => check_absolute(raw).map_err(invalid)?,
            _ => {}
        }
        if raw.len() > MOST_URI_BYTES {
            let kind = H1ErrorKind::StartLineTooLong {
                limit: MOST_URI_BYTES,
            };
            return Err(H1Error::new(kind, at + MOST_URI_BYTES));
        }
        let uri = Uri::try_from(raw).map_err(|_| invalid(misplaced(raw)))?;
        let mut target = Self {
            form,
            uri,
            raw: None,
        };
        target.is_spelled(form, raw);
        Ok(target)
    }

    /// Notes the form and the bytes that it stood in.
    #[inline(always)]
    pub(crate) fn is_spelled(&mut self, form: TargetForm, raw: &[u8]) {
        self.form = form;
        self.raw = match form {
            TargetForm::Origin => None,
            _ => std::str::from_utf8(raw).ok().map(Box::from),
        };
    }

    pub(crate) fn uri_mut(&mut self) -> &mut Uri {
        &mut self.uri
    }

    /// The form.
    #[must_use]
    pub const fn form(&self) -> TargetForm {
        self.form
    }

    /// The target as it was sent, byte by byte.
    #[must_use]
    #[doc(alias = "RAW_URI")]
    #[doc(alias = "REQUEST_URI")]
    pub fn as_str(&self) -> &str {
        match &self.raw {
            Some(raw) => raw,
            None => self.uri.path_and_query().map_or("", |path| path.as_str()),
        }
    }

    /// The target as a [`Uri`]: path and query alone for the origin form, all parts for the absolute form, an authority
    /// alone for the authority form, the path `*` for the asterisk form.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The [`Uri`] by value.
    #[must_use]
    pub fn into_uri(self) -> Uri {
        self.uri
    }
}

/// The longest text that [`Uri`] takes.
const MOST_URI_BYTES: usize = 65_534;

/// The index of the first byte that may not stand where it stands: a grave accent or a backslash in the path, a quote in
/// the query; 0 where there is none.
fn misplaced(raw: &[u8]) -> usize {
    let query = raw
        .iter()
        .position(|&byte| byte == b'?')
        .unwrap_or(raw.len());
    let wrong = |(index, &byte): (usize, &u8)| match byte {
        b'`' | b'\\' => index < query,
        b'"' => index > query,
        _ => false,
    };
    raw.iter().enumerate().position(wrong).unwrap_or(0)
}

/// Checks `scheme "://" host [":" port]` in front of a path or a query; gives the first index that is wrong.
fn check_absolute(raw: &[u8]) -> Result<(), usize> {
    let colon = raw.iter().position(|&byte| byte == b':').ok_or(0_usize)?;
    let authority = raw
        .get(colon..)
        .and_then(|rest| rest.strip_prefix(b"://"))
        .ok_or(0_usize)?;
    let start = colon + 3;
    let end = authority
        .iter()
        .position(|&byte| matches!(byte, b'/' | b'?'))
        .unwrap_or(authority.len());
    host_and_port(&authority[..end]).map_err(|at| start + at)?;
    Ok(())
}
