//! What the measured servers share: their command line, and what they answer. It holds no server.
//!
//! `GET /` is [`HELLO`] as `text/plain` with `Content-Length` and `Date`; `GET /sleep` the same after a second, of some after as many milliseconds as the query says; `GET /file` the file given by
//! `--file`; `POST /upload` the count of the body's bytes; below `/static/` lie the files of the folder given by `--folder`. A server that cannot do one of them answers 404, and is left out there.

use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

/// The greeting: 13 bytes.
pub const HELLO: &str = "Hello, World!";
/// Its media type.
pub const TEXT: &str = "text/plain";
/// The handlers that sleep do so for this long.
pub const SLEEP: Duration = Duration::from_secs(1);
/// The most that an upload may have.
pub const UPLOAD: usize = 16 * 1024 * 1024;

/// The command line: `ADDRESS [--file PATH] [--folder PATH] [--tls FOLDER] [--threads COUNT]`.
#[derive(Debug)]
pub struct Options {
    /// Where to listen.
    pub address: String,
    /// What `/file` sends.
    pub file: Option<PathBuf>,
    /// What lies below `/static/`.
    pub folder: Option<PathBuf>,
    /// A folder with `crt` and `key`.
    pub tls: Option<PathBuf>,
    /// How many threads there may be for handlers that sleep.
    pub threads: Option<usize>,
}

impl Options {
    /// Reads the command line; a wrong one ends the program.
    pub fn read() -> Self {
        match Self::try_read() {
            Ok(options) => options,
            Err(error) => {
                eprintln!(
                    "{error}\nusage: ADDRESS [--file PATH] [--folder PATH] [--tls FOLDER] [--threads COUNT]"
                );
                std::process::exit(2);
            }
        }
    }

    fn try_read() -> Result<Self, lexopt::Error> {
        use lexopt::prelude::*;
        let mut options = Self {
            address: String::new(),
            file: None,
            folder: None,
            tls: None,
            threads: None,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Long("file") => options.file = Some(parser.value()?.into()),
                Long("folder") => options.folder = Some(parser.value()?.into()),
                Long("tls") => options.tls = Some(parser.value()?.into()),
                Long("threads") => options.threads = Some(parser.value()?.parse()?),
                Value(address) if options.address.is_empty() => {
                    options.address = address.string()?
                }
                other => return Err(other.unexpected()),
            }
        }
        if options.address.is_empty() {
            return Err("no address".into());
        }
        Ok(options)
    }

    /// Opens the file that `/file` sends.
    pub fn open(&self) -> std::io::Result<File> {
        File::open(self.file.as_deref().unwrap_or("/dev/null".as_ref()))
    }
}

/// How long a handler sleeps that is asked with this query: as many milliseconds as it says, else [`SLEEP`].
pub fn sleep(query: Option<&str>) -> Duration {
    let milliseconds = query.and_then(|query| query.parse::<f64>().ok());
    milliseconds
        .and_then(|milliseconds| Duration::try_from_secs_f64(milliseconds / 1e3).ok())
        .unwrap_or(SLEEP)
}

/// The date as a field value, for the server that has nobody to write it.
pub fn date() -> String {
    httpdate::fmt_http_date(std::time::SystemTime::now())
}
