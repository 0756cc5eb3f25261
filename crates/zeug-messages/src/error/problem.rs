//! Owns the problem details of an error (RFC 9457) and how they are written as JSON. It writes the members that the standard names, and the application's own as they are.

use std::borrow::Cow;
use std::fmt::Write;

use super::HttpError;

/// What an application adds to the problem details.
#[derive(Default)]
pub(super) struct Problem {
    kind: Option<Cow<'static, str>>,
    instance: Option<Cow<'static, str>>,
    /// Names, and values as JSON.
    #[cfg(feature = "json")]
    members: Vec<(Cow<'static, str>, String)>,
}

impl HttpError {
    /// Sets the problem's type, a URI reference that names the kind of problem ([RFC 9457 section 3.1.1](https://www.rfc-editor.org/rfc/rfc9457#section-3.1.1)).
    /// Without one, the problem is no more than what its status says.
    #[must_use]
    pub fn with_problem_type(mut self, uri: impl Into<Cow<'static, str>>) -> Self {
        self.0.problem.kind = Some(uri.into());
        self
    }

    /// Sets a URI reference that names this one occurrence of the problem ([RFC 9457 section 3.1.5](https://www.rfc-editor.org/rfc/rfc9457#section-3.1.5)).
    #[must_use]
    pub fn with_problem_instance(mut self, uri: impl Into<Cow<'static, str>>) -> Self {
        self.0.problem.instance = Some(uri.into());
        self
    }
}

#[cfg(feature = "json")]
impl HttpError {
    /// Adds a member of the application's own to the problem details ([RFC 9457 section 3.2](https://www.rfc-editor.org/rfc/rfc9457#section-3.2)), in place of
    /// one of that name. Other forms do not show it.
    ///
    /// # Errors
    ///
    /// A name that the standard has taken (`type`, `title`, `status`, `detail`, `instance`); a value that JSON cannot hold, such as a map with keys that are no
    /// text.
    ///
    /// ```
    /// use http::StatusCode;
    /// use zeug_messages::{ErrorForm, HttpError};
    ///
    /// let error = HttpError::new(StatusCode::FORBIDDEN).with_description("no credit").try_with_problem_member("balance", 30)?;
    /// assert_eq!(error.body(ErrorForm::Problem), "{\"title\":\"Forbidden\",\"status\":403,\"detail\":\"no credit\",\"balance\":30}\n");
    /// assert!(error.try_with_problem_member("status", 402).is_err());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn try_with_problem_member(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl serde::Serialize,
    ) -> Result<Self, serde_json::Error> {
        let name = name.into();
        if matches!(&*name, "type" | "title" | "status" | "detail" | "instance") {
            return Err(serde::ser::Error::custom(
                "the name of a member that the standard has taken",
            ));
        }
        let value = serde_json::to_string(&value)?;
        let members = &mut self.0.problem.members;
        members.retain(|(other, _)| *other != name);
        members.push((name, value));
        Ok(self)
    }
}

/// The problem details as JSON.
pub(super) fn json(error: &HttpError) -> String {
    let mut out = String::from("{");
    if let Some(kind) = &error.0.problem.kind {
        out.push_str("\"type\":");
        push_string(&mut out, kind);
        out.push(',');
    }
    out.push_str("\"title\":");
    push_string(&mut out, error.name());
    let _ = write!(out, ",\"status\":{}", error.status().as_u16());
    if !error.description().is_empty() {
        out.push_str(",\"detail\":");
        push_string(&mut out, error.description());
    }
    if let Some(instance) = &error.0.problem.instance {
        out.push_str(",\"instance\":");
        push_string(&mut out, instance);
    }
    #[cfg(feature = "json")]
    for (name, value) in &error.0.problem.members {
        out.push(',');
        push_string(&mut out, name);
        out.push(':');
        out.push_str(value);
    }
    out.push_str("}\n");
    out
}

/// Adds a JSON string ([RFC 8259 section 7](https://www.rfc-editor.org/rfc/rfc8259#section-7)).
fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
