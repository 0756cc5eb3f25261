//! Owns how an `HttpError` is shown: the three forms and the choice among them. A client is shown the status, the description and nothing of the cause.

use std::backtrace::BacktraceStatus;
use std::fmt::{self, Write};
use std::sync::Arc;

use http::HeaderValue;
use zeug_datastructures::{FieldValue, Headers, names};
use zeug_gateway::{self as gateway, Cause, IntoResponse};
use zeug_http::Accept;

use super::{HttpError, problem};
use crate::push_escaped;

/// In which form an error is shown to a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorForm {
    /// A page of HTML: `text/html; charset=utf-8`.
    #[default]
    Html,
    /// Plain text: `text/plain; charset=utf-8`.
    Text,
    /// Problem details as JSON ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)): `application/problem+json`.
    Problem,
}

impl ErrorForm {
    /// The form that a client prefers; HTML for one that has no preference or likes none of the three.
    ///
    /// `application/json` asks for problem details, as does their own type.
    ///
    /// ```
    /// use zeug_http::Accept;
    /// use zeug_messages::ErrorForm;
    ///
    /// assert_eq!(ErrorForm::preferred(&Accept::parse("text/html, */*;q=0.8")), ErrorForm::Html);
    /// assert_eq!(ErrorForm::preferred(&Accept::parse("application/json")), ErrorForm::Problem);
    /// assert_eq!(ErrorForm::preferred(&Accept::parse("image/png")), ErrorForm::Html);
    /// ```
    #[must_use]
    pub fn preferred(accept: &Accept<'_>) -> Self {
        const OFFERS: [(&str, ErrorForm); 4] = [
            ("text/html", ErrorForm::Html),
            ("application/problem+json", ErrorForm::Problem),
            ("application/json", ErrorForm::Problem),
            ("text/plain", ErrorForm::Text),
        ];
        let best = accept.best_match(OFFERS.map(|(media_type, _)| media_type));
        OFFERS
            .into_iter()
            .find(|(media_type, _)| Some(*media_type) == best)
            .map_or(Self::Html, |(_, form)| form)
    }

    fn content_type(self) -> FieldValue<'static> {
        FieldValue::from_static(match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
            Self::Problem => "application/problem+json",
        })
    }
}

impl HttpError {
    /// The body of the answer in that form.
    ///
    /// In HTML the description is escaped and its line ends are `<br>`.
    ///
    /// ```
    /// use http::StatusCode;
    /// use zeug_messages::{ErrorForm, HttpError};
    ///
    /// let error = HttpError::new(StatusCode::NOT_FOUND).with_description("no <such> page");
    /// assert_eq!(error.body(ErrorForm::Text), "404 Not Found: no <such> page\n");
    /// assert!(error.body(ErrorForm::Html).contains("<p>no &lt;such&gt; page</p>"));
    /// assert_eq!(error.body(ErrorForm::Problem), "{\"title\":\"Not Found\",\"status\":404,\"detail\":\"no <such> page\"}\n");
    /// ```
    #[must_use]
    #[doc(alias = "get_body")]
    pub fn body(&self, form: ErrorForm) -> String {
        match form {
            ErrorForm::Html => html(self),
            ErrorForm::Text => format!("{self}\n"),
            ErrorForm::Problem => problem::json(self),
        }
    }

    /// The answer in that form, or the answer that the error was made of.
    ///
    /// The error itself stays with a rendered answer, for layers to log: [`HttpError::of`].
    #[must_use]
    #[doc(alias = "get_response")]
    pub fn into_response_as(mut self, form: ErrorForm) -> gateway::Response {
        if let Some(response) = self.0.response.take() {
            return response
                .into_inner()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        let mut response = gateway::Response::new(self.body(form));
        *response.status_mut() = self.status();
        let mut headers = Headers::with_capacity(2 + self.headers().len());
        headers.append(names::CONTENT_TYPE, form.content_type());
        for (name, value) in self.headers() {
            headers.append(name, value);
        }
        *response.headers_mut() = headers;
        let error = Arc::new(self);
        if error.status().is_server_error() && error.source().is_some() {
            let cause = Cause::new(Report(Arc::clone(&error)));
            response.extensions_mut().insert(cause);
        }
        response.extensions_mut().insert(error);
        response
    }
}

/// An error as whoever runs the program is told of it: where it was made, each cause, the backtrace if there is one. A cause may quote what a client sent, so
/// no control character of it is shown as it is.
struct Report(Arc<HttpError>);

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.status().as_u16(), self.0.name())?;
        write!(f, " at {}", self.0.location())?;
        for cause in self.0.chain() {
            f.write_str("\n  caused by: ")?;
            for char in cause.to_string().chars() {
                if char.is_control() {
                    write!(f, "{}", char.escape_default())?;
                } else {
                    f.write_char(char)?;
                }
            }
        }
        if let BacktraceStatus::Captured = self.0.backtrace().status() {
            write!(f, "\n{}", self.0.backtrace())?;
        }
        Ok(())
    }
}

impl IntoResponse for HttpError {
    const READS_ACCEPT: bool = true;

    /// The answer as HTML, or the answer that the error was made of.
    fn into_response(self) -> gateway::Response {
        self.into_response_as(ErrorForm::Html)
    }

    /// The answer in the form that `accept` prefers; it varies by that field.
    fn into_response_accepting(self, accept: Option<&HeaderValue>) -> gateway::Response {
        let rendered = self.0.response.is_none();
        let text = accept.map_or_else(Default::default, |value| {
            String::from_utf8_lossy(value.as_bytes())
        });
        let mut response = self.into_response_as(ErrorForm::preferred(&Accept::parse(&text)));
        if rendered {
            response
                .headers_mut()
                .append(names::VARY, FieldValue::from_static("Accept"));
        }
        response
    }
}

fn html(error: &HttpError) -> String {
    let (code, name) = (error.status().as_u16(), error.name());
    let mut page = String::with_capacity(256);
    page.push_str("<!doctype html>\n<html lang=en>\n<title>");
    let _ = write!(page, "{code} ");
    push_escaped(&mut page, name);
    page.push_str("</title>\n<h1>");
    push_escaped(&mut page, name);
    page.push_str("</h1>\n<p>");
    for (at, line) in error.description().split('\n').enumerate() {
        if at > 0 {
            page.push_str("<br>");
        }
        push_escaped(&mut page, line);
    }
    page.push_str("</p>\n");
    page
}
