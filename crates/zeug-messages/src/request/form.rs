//! Owns the request's form: when it is read, under which limits, and what is left of the body. The formats stand in `zeug-forms`.

use std::error::Error;
use std::io;

use bytes::Bytes;
use http::Method;
use zeug_datastructures::{CombinedMultiDict, MultiDict, names};
use zeug_forms::{
    Dialect, FileStorage, Form, FormError, FormErrorKind, FormKind, FormParser, Limits, Spool,
};
use zeug_gateway::{BodyError, BodyErrorKind};
use zeug_http::ContentType;

use super::Request;
use super::content::Content;
use super::failure::Failure;
use crate::HttpError;

/// How a request's form is read.
///
/// ```
/// use zeug_forms::Limits;
/// use zeug_gateway::Body;
/// use zeug_messages::{FormOptions, Request};
///
/// let raw = http::Request::post("/")
///     .header("content-type", "application/x-www-form-urlencoded")
///     .body(Body::from("name=Ada&lang=en"))?;
/// let mut request = Request::from(raw);
/// request.set_form_options(FormOptions::default().limits(Limits::default().pairs(1)));
/// let error = request.form().unwrap_err();
/// assert_eq!(error.to_string(), "413 Request Entity Too Large: more than the limit `pairs` of 1 at byte 9");
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct FormOptions {
    limits: Limits,
    spool: Spool,
    dialect: Dialect,
    ignore_malformed: bool,
}

impl FormOptions {
    /// The same, with these limits. A limit of the body's own stands in for [`Limits::body`].
    #[must_use]
    #[doc(alias = "max_form_memory_size")]
    #[doc(alias = "max_form_parts")]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same, with files kept like this.
    #[must_use]
    pub fn spool(mut self, spool: Spool) -> Self {
        self.spool = spool;
        self
    }

    /// The same, reading this dialect of multipart.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// The same, taking a broken body for an empty form, as Werkzeug does. Limits and a lost connection stay errors.
    #[must_use]
    pub fn ignore_malformed(mut self) -> Self {
        self.ignore_malformed = true;
        self
    }
}

impl Request {
    /// Sets how the form is read; after it was read, nothing changes.
    pub fn set_form_options(&mut self, options: FormOptions) {
        self.form_options = Some(Box::new(options));
    }

    /// The text fields of the form, urlencoded or multipart; the body is read at the first call. Empty for a body of another type, which is left unread, but refused
    /// like any other where it is known to be beyond its limit.
    ///
    /// A body that was read as [`bytes`](Self::bytes) before is parsed again from those; one that is read as a form first is not kept.
    ///
    /// # Errors
    ///
    /// 413 for a body beyond its limit or a form beyond one of [`Limits`]; 400 for a body that is malformed or cut short; 500 where a file cannot be stored. The
    /// [`FormError`] or [`BodyError`] is the source.
    ///
    /// # Deviations
    ///
    /// Werkzeug takes a malformed body for an empty form; [`FormOptions::ignore_malformed`] does too. The number of pairs of an urlencoded body is
    /// limited as well.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_gateway::Body;
    /// use zeug_messages::Request;
    ///
    /// let post = |content_type: &str, body| {
    ///     http::Request::post("/").header("content-type", content_type).body(Body::from(body)).map(Request::from)
    /// };
    /// let request = post("application/x-www-form-urlencoded", "name=Ada")?;
    /// assert_eq!(request.form().unwrap().get("name"), Some("Ada"));
    ///
    /// let request = post("multipart/form-data; boundary=b", "--b\r\nno part")?;
    /// assert_eq!(request.form().unwrap_err().status(), 400);
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn form(&self) -> Result<&MultiDict, HttpError> {
        self.parsed_form().map(|form| &form.fields)
    }

    /// The files of the form; otherwise as [`form`](Self::form).
    ///
    /// # Errors
    ///
    /// As [`form`](Self::form).
    pub fn files(&self) -> Result<&MultiDict<FileStorage>, HttpError> {
        self.parsed_form().map(|form| &form.files)
    }

    /// The files of the form, to be read and saved; otherwise as [`form`](Self::form).
    ///
    /// # Errors
    ///
    /// As [`form`](Self::form).
    pub fn files_mut(&mut self) -> Result<&mut MultiDict<FileStorage>, HttpError> {
        self.parsed_form()?;
        match self.form.get_mut().map(Box::as_mut) {
            Some(Ok(form)) => Ok(&mut form.files),
            Some(Err(failure)) => Err(failure.error()),
            None => Err(HttpError::from(io::Error::other("form not read"))),
        }
    }

    /// Fields and files of the form, taken out of the request; otherwise as [`form`](Self::form).
    ///
    /// # Errors
    ///
    /// As [`form`](Self::form).
    pub fn into_form(mut self) -> Result<Form, HttpError> {
        self.parsed_form()?;
        match self.form.take().map(|form| *form) {
            Some(Ok(form)) => Ok(form),
            Some(Err(failure)) => Err(failure.error()),
            None => Ok(Form::default()),
        }
    }

    /// The arguments of the query string, then the text fields of the form; the arguments alone for a `GET`.
    ///
    /// # Errors
    ///
    /// As [`try_args`](Self::try_args) and [`form`](Self::form).
    pub fn values(&self) -> Result<CombinedMultiDict<'_>, HttpError> {
        let args = self.try_args()?;
        Ok(match *self.method() {
            Method::GET => CombinedMultiDict::new([args]),
            _ => CombinedMultiDict::new([args, self.form()?]),
        })
    }

    fn parsed_form(&self) -> Result<&Form, HttpError> {
        self.form
            .get_or_init(|| Box::new(self.read_form()))
            .as_ref()
            .as_ref()
            .map_err(Failure::error)
    }

    fn read_form(&self) -> Result<Form, Failure> {
        self.check_length()?;
        let Some(field) = self.field(names::CONTENT_TYPE) else {
            return Ok(Form::default());
        };
        // The media type has no case; parameters may.
        let (media_type, parameters) = field.split_at(field.find(';').unwrap_or(field.len()));
        let content_type = media_type.to_ascii_lowercase() + parameters;
        let options = self.form_options.as_deref().cloned().unwrap_or_default();
        let unbounded = || {
            let content_type = ContentType::parse(&content_type);
            content_type.boundary().is_none_or(str::is_empty)
        };
        match FormKind::of(&content_type) {
            None => return Ok(Form::default()),
            // Not a byte of this body can be understood, so it is left for who asks for its bytes.
            Some(FormKind::Multipart) if options.ignore_malformed && unbounded() => {
                return Ok(Form::default());
            }
            Some(_) => {}
        }
        let mut limits = options.limits;
        let mut content = self.body.borrow_mut();
        if let Content::Unread(body) = &*content
            && let Some(own) = body.limit()
        {
            limits = limits.body(own);
        }
        let mut parser = FormParser::new(&content_type)
            .limits(limits)
            .dialect(options.dialect)
            .spool(options.spool);
        if options.ignore_malformed {
            parser = parser.ignore_malformed();
        }
        // Its buffer is as large as the body then.
        let length = match &*content {
            Content::Unread(body) => body.len(),
            Content::Read(bytes) => Some(bytes.len() as u64),
            Content::Failed(_) => None,
        };
        if let Some(length) = length {
            parser = parser.content_length(length);
        }
        match &mut *content {
            Content::Read(bytes) => parser.parse(&bytes[..]).map_err(refused),
            Content::Failed(kind) => Err(refused_body(*kind)),
            Content::Unread(body) => {
                let mut body = std::mem::take(body);
                let form = parser.parse(&mut body).map_err(refused);
                // What an ignored or refused form has left is not read: the server drops the connection where it must.
                *content = Content::Read(Bytes::new());
                form
            }
        }
    }
}

impl Request {
    /// Refuses a body that is known to be beyond its limit, whatever its type.
    fn check_length(&self) -> Result<(), Failure> {
        match &*self.body.borrow() {
            Content::Unread(body) => match (body.len(), body.limit()) {
                (Some(length), Some(limit)) if length > limit => {
                    Err(refused_body(BodyErrorKind::TooLarge { limit }))
                }
                _ => Ok(()),
            },
            Content::Failed(kind @ BodyErrorKind::TooLarge { .. }) => Err(refused_body(*kind)),
            _ => Ok(()),
        }
    }
}

/// What the form's error is to a client: that of the body beneath it, where there is one.
fn refused(error: FormError) -> Failure {
    let beneath = error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>())
        .and_then(|source| source.get_ref())
        .and_then(|source| source.downcast_ref::<BodyError>());
    match beneath {
        Some(body) if error.kind() != FormErrorKind::Store => refused_body(body.kind()),
        _ => Failure::new(error.status_hint(), error),
    }
}

fn refused_body(kind: BodyErrorKind) -> Failure {
    let error = BodyError::new(kind);
    Failure::new(error.status_hint(), error)
}
