//! Owns `SendFile`: a file, or bytes that stand for one, as an answer with its type, name, validators and ranges. It opens what it is told to.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use unicode_normalization::UnicodeNormalization;
use zeug_datastructures::{HeaderError, names};
use zeug_gateway::Body;
use zeug_http::{ContentDisposition, ETag, FieldError, HttpDate, ResponseCacheControl};

use crate::media_type::{GuessedType, guess_type};
use crate::{Conditional, HttpError, Request, Response, with_charset};

/// A file to be sent, and how.
///
/// Its media type and its encoding are those of its name's endings; its validators are the file's size and time of change. The answer is conditional and
/// serves ranges of bytes. By default caches ask each time whether the file has changed.
///
/// # Deviations
///
/// Without a name and a type it is `application/octet-stream`, and an attachment without a name has none; Werkzeug raises an error for both. The entity tag is a
/// hash of our own.
///
/// # Example
///
/// ```
/// use zeug_gateway::Body;
/// use zeug_messages::{Request, SendFile};
///
/// let request = Request::from(http::Request::get("/").header("range", "bytes=0-4").body(Body::empty())?);
/// let response = SendFile::new("name,price\n").download_name("prices.csv").as_attachment().max_age(60).respond(&request)?;
/// assert_eq!(response.status(), 206);
/// assert_eq!(response.headers().get("content-type").unwrap(), "text/csv; charset=utf-8");
/// assert_eq!(response.headers().get("content-disposition").unwrap(), "attachment; filename=prices.csv");
/// assert_eq!(response.headers().get("cache-control").unwrap(), "public, max-age=60");
///
/// assert!(SendFile::path("/no/such/file").is_err());
/// assert_eq!(SendFile::new("").respond(&request)?.status(), 200);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Debug)]
#[doc(alias = "send_file")]
#[must_use]
pub struct SendFile {
    body: Body,
    path: Option<PathBuf>,
    name: Option<String>,
    media_type: Option<Cow<'static, str>>,
    attachment: bool,
    etag: Tag,
    last_modified: Option<HttpDate>,
    max_age: Option<u64>,
    conditional: bool,
    x_sendfile: bool,
    now: Option<HttpDate>,
}

/// Which entity tag is sent.
#[derive(Debug)]
enum Tag {
    /// None is known.
    None,
    /// That of the file's state, or the caller's.
    Some(ETag<'static>),
}

impl SendFile {
    /// Bytes, text, or any [`Body`] as a file without a name. It has no validators of its own.
    ///
    /// Ranges are served of a body whose length is known: of a reader use [`Body::sized_reader`].
    pub fn new(body: impl Into<Body>) -> Self {
        Self {
            body: body.into(),
            path: None,
            name: None,
            media_type: None,
            attachment: false,
            etag: Tag::None,
            last_modified: None,
            max_age: None,
            conditional: true,
            x_sendfile: false,
            now: None,
        }
    }

    /// The file at `path`, which is opened now. Never take a path from a client: see [`from_directory`](Self::from_directory).
    ///
    /// # Errors
    ///
    /// What opening the file gives, and [`InvalidInput`](io::ErrorKind::InvalidInput) for what is no regular file, such as a directory.
    pub fn path(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let file = File::open(path)?;
        let meta = file.metadata()?;
        let mut sent = Self::new(Body::file(file)?);
        sent.name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        if let Ok(modified) = meta.modified() {
            let since = modified
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default();
            // The path tells variants of one resource from each other: a page in two languages, or with and without compression.
            let state = format!("{}-{}-{}", since.as_nanos(), meta.len(), path.display());
            sent.etag = Tag::Some(ETag::of(state.as_bytes()));
            sent.last_modified = Some(modified.into());
        }
        sent.path = Some(path.to_owned());
        Ok(sent)
    }

    /// The file at a path that a client has given, below `directory`, whatever the path says and wherever links lead.
    ///
    /// The path is that of a URL, percent-decoded once. The check is [`zeug_security::safe_join`]; then links are followed, and the file they lead to must
    /// be below the directory as well. Whoever may change links in the directory while that happens can still win the race: give that to nobody.
    ///
    /// # Errors
    ///
    /// 404 for whatever is no regular file below the directory: nobody learns what there is instead.
    ///
    /// # Deviations
    ///
    /// Werkzeug follows links out of the directory, and refuses device names on Windows only.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_messages::SendFile;
    ///
    /// assert!(SendFile::from_directory("src", "lib.rs").is_ok());
    /// for path in ["../Cargo.toml", "/etc/passwd", "nul.rs", "", "missing.rs", "response"] {
    ///     assert_eq!(SendFile::from_directory("src", path).unwrap_err().status(), 404, "{path}");
    /// }
    /// ```
    #[cfg(feature = "security")]
    #[doc(alias = "send_from_directory")]
    pub fn from_directory(directory: impl AsRef<Path>, path: &str) -> Result<Self, HttpError> {
        let missing = || HttpError::new(http::StatusCode::NOT_FOUND);
        let directory = directory.as_ref();
        let joined = zeug_security::safe_join(directory, [path]).map_err(|_| missing())?;
        let real = joined.canonicalize().map_err(|_| missing())?;
        let root = directory.canonicalize().map_err(|_| missing())?;
        if !real.starts_with(root) || !real.is_file() {
            return Err(missing());
        }
        let mut sent = Self::path(real).map_err(|_| missing())?;
        // The name is the one that was asked for, not that of a link's target.
        sent.name = joined
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        sent.path = Some(joined);
        Ok(sent)
    }

    /// Sets the media type; text gets `charset=utf-8`. Else it is that of the name.
    #[doc(alias = "mimetype")]
    pub fn media_type(mut self, media_type: impl Into<Cow<'static, str>>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    /// Sets the name under which a browser stores the file, in any script. Else it is that of the path.
    pub fn download_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Asks a browser to store the file rather than show it.
    pub fn as_attachment(mut self) -> Self {
        self.attachment = true;
        self
    }

    /// Sets the entity tag.
    pub fn etag(mut self, tag: ETag<'static>) -> Self {
        self.etag = Tag::Some(tag);
        self
    }

    /// Sends no entity tag.
    pub fn without_etag(mut self) -> Self {
        self.etag = Tag::None;
        self
    }

    /// Sets when the file was changed last. Else it is the file's own time.
    pub fn last_modified(mut self, date: HttpDate) -> Self {
        self.last_modified = Some(date);
        self
    }

    /// Sets for how many seconds caches may keep the file without asking: `public` above 0.
    pub fn max_age(mut self, seconds: u64) -> Self {
        self.max_age = Some(seconds);
        self
    }

    /// Sends the whole file whatever the request's conditions and ranges are.
    pub fn unconditional(mut self) -> Self {
        self.conditional = false;
        self
    }

    /// Leaves sending the bytes to the server in front, which is told the path by `X-Sendfile`; only for a [path](Self::path) of UTF-8.
    pub fn with_x_sendfile(mut self) -> Self {
        self.x_sendfile = true;
        self
    }

    /// Sets the time that `Date` and `Expires` are counted from. Else it is the clock's.
    pub fn at(mut self, now: HttpDate) -> Self {
        self.now = Some(now);
        self
    }

    /// The answer to that request.
    ///
    /// # Errors
    ///
    /// 416 where none of the ranges asked for is within the file; 500 where the file fails, or a type or name given has control characters.
    pub fn respond(self, request: &Request) -> Result<Response, HttpError> {
        let now = self.now.unwrap_or_else(|| SystemTime::now().into());
        let mut response = Response::default();
        self.describe(&mut response)?;
        let sent_elsewhere = self.path.as_deref().filter(|_| self.x_sendfile);
        match sent_elsewhere.and_then(Path::to_str) {
            Some(path) => {
                response = response.with_length_as_stated();
                response.headers_mut().try_insert("X-Sendfile", path)?;
            }
            None => response.set_body(self.body),
        }
        response.set_last_modified(self.last_modified);
        cache(&mut response, self.max_age, now)?;
        if let Tag::Some(tag) = &self.etag {
            response.set_etag(tag);
        }
        if self.conditional {
            let options = Conditional::default().ranges().at(now);
            response.make_conditional(request, options)?;
            if response.status() == 304 {
                // Some servers would send the file all the same.
                response.headers_mut().remove("X-Sendfile");
            }
        }
        Ok(response)
    }

    /// States what the body is: its type, encoding and name.
    fn describe(&self, response: &mut Response) -> Result<(), HttpError> {
        let guessed = match (&self.media_type, &self.name) {
            (None, Some(name)) => guess_type(name),
            _ => GuessedType::default(),
        };
        // An attachment is stored as it is: a browser would take the compression off and keep the name.
        if let Some(encoding) = guessed.encoding.filter(|_| !self.attachment) {
            response.set_content_encoding(encoding)?;
        }
        if self.name.is_some() || self.attachment {
            let mut disposition = if self.attachment {
                ContentDisposition::parse("attachment")
            } else {
                ContentDisposition::inline()
            };
            if let Some(name) = &self.name {
                set_file_name(&mut disposition, name)?;
            }
            response
                .headers_mut()
                .try_insert(names::CONTENT_DISPOSITION, disposition.to_string())?;
        }
        let media_type = match &self.media_type {
            Some(given) => given,
            None => guessed.media_type.unwrap_or("application/octet-stream"),
        };
        let content_type = with_charset(media_type, "utf-8");
        response
            .headers_mut()
            .try_insert(names::CONTENT_TYPE, content_type.as_ref())?;
        Ok(())
    }
}

/// Sets the name; one that is not ASCII also as letters without accents, for clients that read no other
/// ([RFC 6266 section 4.3](https://www.rfc-editor.org/rfc/rfc6266#section-4.3)).
fn set_file_name(field: &mut ContentDisposition<'_>, name: &str) -> Result<(), FieldError> {
    if name.is_ascii() {
        field.set_filename(name);
        return Ok(());
    }
    let simple: String = name.nfkd().filter(char::is_ascii).collect();
    field.options_mut().insert("filename", simple)?;
    field.options_mut().insert_extended("filename", name)
}

/// States who may keep the answer, and for how long.
fn cache(response: &mut Response, max_age: Option<u64>, now: HttpDate) -> Result<(), HeaderError> {
    let mut cache = ResponseCacheControl::default();
    match max_age {
        Some(1..) => cache.set_public(),
        _ => cache.insert("no-cache", None),
    }
    if let Some(seconds) = max_age {
        cache.set_max_age(seconds);
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        response.set_cache_control(&cache)?;
        response.set_expires(now.saturating_add(seconds));
        return Ok(());
    }
    response.set_cache_control(&cache)
}
