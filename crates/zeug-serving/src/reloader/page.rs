//! Owns what is answered while there is no program: the compiler's words as a page for browsers, which loads again after the next build, and as plain text for
//! others. Everything in it is escaped. A client that names a host which may be anybody's is shown no source.

use std::fmt::Write;
use std::net::IpAddr;
use std::process::ExitStatus;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use http::{Method, StatusCode};
use zeug_gateway::{Request, Response};

use super::build::Report;
use super::supervisor::Kept;
use crate::sync::lock;
use crate::{Server, Shutdown, Timeouts};

/// What the page asks to hear of the next build; its query is the number of the page.
const POLL: &str = "/__zeug__/build";

/// The page brings all that it needs, and asks nobody but us.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'";

/// How long such a question is left open.
const PATIENCE: Duration = Duration::from_secs(300);

/// What is shown.
#[derive(Debug)]
pub(super) struct Trouble {
    heading: String,
    html: String,
    text: String,
}

impl Trouble {
    /// Of a build that failed.
    pub(super) fn of_build(report: &Report) -> Self {
        let errors: Vec<_> = report
            .messages
            .iter()
            .filter(|message| message.error && message.place.is_some())
            .collect();
        let warnings: Vec<_> = report
            .messages
            .iter()
            .filter(|message| !message.error)
            .collect();
        // Where rustc found nothing wrong it was cargo or the linker: their words are all there is. Messages without a place sum up, or are the linker's.
        let others = report
            .messages
            .iter()
            .filter(|message| message.error && message.place.is_none());
        let others: String = others.map(|message| message.text.as_str()).collect();
        let mut trouble = Self {
            heading: match errors.len() {
                0 => "The build failed".to_owned(),
                1 => "The build failed: 1 error".to_owned(),
                count => format!("The build failed: {count} errors"),
            },
            html: String::new(),
            text: String::new(),
        };
        for message in &errors {
            trouble.section(&message.headline, message.place.as_deref(), &message.text);
        }
        if errors.is_empty() {
            trouble.section("cargo", None, &format!("{others}{}", report.said));
        }
        if !warnings.is_empty() {
            let text: String = warnings
                .iter()
                .map(|message| message.text.as_str())
                .collect();
            let plural = if warnings.len() == 1 { "" } else { "s" };
            let _ = writeln!(
                trouble.html,
                "<details><summary>{} warning{plural}</summary><pre>{}</pre></details>",
                warnings.len(),
                zeug_ansi::to_html(text.trim_end())
            );
        }
        trouble
    }

    /// Of a program that ended, at its start or later.
    pub(super) fn of_end(status: Option<ExitStatus>, served: bool) -> Self {
        let when = if served { "" } else { " before it served" };
        let how = status.map_or_else(
            || "it could not be started".to_owned(),
            |status| status.to_string(),
        );
        let mut trouble = Self {
            heading: format!("The program ended{when}"),
            html: String::new(),
            text: String::new(),
        };
        let text = format!(
            "{how}\nIts last words are on the terminal. It is started again after the next change of its sources."
        );
        trouble.section("", None, &text);
        trouble
    }

    fn section(&mut self, headline: &str, place: Option<&str>, text: &str) {
        self.html.push_str("<section>");
        if !headline.is_empty() {
            self.html.push_str("<h2>");
            zeug_ansi::push_escaped(&mut self.html, headline);
            if let Some(place) = place {
                self.html.push_str(" <small>");
                zeug_ansi::push_escaped(&mut self.html, place);
                self.html.push_str("</small>");
            }
            self.html.push_str("</h2>");
        }
        let _ = writeln!(
            self.html,
            "<pre>{}</pre></section>",
            zeug_ansi::to_html(text.trim_end())
        );
        self.text.push_str(&zeug_ansi::strip(text));
        if !text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn page(&self, number: u64) -> String {
        let mut heading = String::new();
        zeug_ansi::push_escaped(&mut heading, &self.heading);
        let mut page = include_str!("page.html")
            .replace("{title}", &heading)
            .replace("{heading}", &heading);
        page = page.replace("{poll}", &format!("{POLL}?{number}"));
        // Last, since it may hold anything.
        page.replacen("{body}", &self.html, 1)
    }

    fn plain(&self) -> String {
        format!("{}\n\n{}", self.heading, self.text)
    }
}

/// What is shown now, for all that ask.
#[derive(Debug, Default)]
struct Board {
    closed: Mutex<bool>,
    changed: Condvar,
}

/// A server that shows trouble until it is closed.
#[derive(Debug)]
pub(super) struct Page {
    board: Arc<Board>,
    shutdown: Shutdown,
}

impl Page {
    /// Shows trouble on the sockets that are kept; `number` is this page's alone.
    pub(super) fn show(kept: &Kept, trouble: Trouble, number: u64) -> std::io::Result<Self> {
        let server = Server::on(kept.listeners()?)
            .loops(1)
            .timeouts(Timeouts::default().shutdown(Duration::from_secs(5)));
        #[cfg(feature = "tls")]
        let server = match &kept.tls {
            Some(tls) => server.tls(tls.clone()),
            None => server,
        };
        let page = Self {
            board: Arc::default(),
            shutdown: server.shutdown_handle(),
        };
        let board = Arc::clone(&page.board);
        let app = move |request: Request| answer(&request, &trouble, number, &board);
        thread::Builder::new()
            .name("zeug-page".into())
            .spawn(move || server.serve(app))?;
        Ok(page)
    }
}

impl Drop for Page {
    /// Shows nothing any more: requests wait in the socket for whoever serves next.
    fn drop(&mut self) {
        *lock(&self.board.closed) = true;
        self.board.changed.notify_all();
        self.shutdown.shutdown();
    }
}

fn answer(request: &Request, trouble: &Trouble, number: u64, board: &Board) -> Response {
    if request.uri().path() == POLL {
        let current = request.uri().query() == Some(number.to_string().as_str());
        return poll(current, board);
    }
    let known = request
        .headers()
        .get("host")
        .is_none_or(|host| is_local(host.as_bytes()));
    let html = request
        .headers()
        .get("accept")
        .is_some_and(|accept| String::from_utf8_lossy(accept.as_bytes()).contains("text/html"));
    let (media_type, body) = match (known, html) {
        (true, true) => ("text/html; charset=utf-8", trouble.page(number)),
        (true, false) => ("text/plain; charset=utf-8", trouble.plain()),
        // A name that leads here may be anybody's who looks at it through this user's browser.
        (false, _) => (
            "text/plain; charset=utf-8",
            format!(
                "{}\n\nThe terminal says why, and so does this page where it is asked for by address or as localhost.\n",
                trouble.heading
            ),
        ),
    };
    let mut response = if request.method() == Method::HEAD {
        Response::new(())
    } else {
        Response::new(body)
    };
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let fields = [
        ("Content-Type", media_type),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
    ];
    for (name, value) in fields {
        // None of these can be refused.
        let _ = response.headers_mut().try_append(name, value);
    }
    response
}

/// Answers when there is something else to show: `building`, and nothing where nothing has changed for long.
fn poll(current: bool, board: &Board) -> Response {
    let mut response = Response::new("building");
    let _ = response
        .headers_mut()
        .try_append("Cache-Control", "no-store");
    if !current {
        *response.body_mut() = "changed".into();
        return response;
    }
    let closed = lock(&board.closed);
    let waited = board
        .changed
        .wait_timeout_while(closed, PATIENCE, |closed| !*closed);
    let (closed, _) = waited.unwrap_or_else(PoisonError::into_inner);
    if !*closed {
        *response.status_mut() = StatusCode::NO_CONTENT;
        *response.body_mut() = ().into();
    }
    response
}

/// Whether a `Host` is an address or localhost: a name that others own cannot stand there.
fn is_local(host: &[u8]) -> bool {
    let Ok(host) = std::str::from_utf8(host) else {
        return false;
    };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{Trouble, is_local};
    use crate::reloader::build::{Message, Report};

    #[test]
    fn only_names_that_are_nobody_elses_are_shown_source() {
        for host in [
            "localhost",
            "localhost:5000",
            "shop.localhost:80",
            "127.0.0.1:5000",
            "[::1]:5000",
            "[::1]",
            "10.0.0.7",
            "LOCALHOST",
        ] {
            assert!(is_local(host.as_bytes()), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:5000",
            "localhost.evil.example",
            "xlocalhost",
            "",
            "127.0.0.1.evil.example",
        ] {
            assert!(!is_local(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn what_the_compiler_said_is_shown_escaped() {
        let message = |error, place: Option<&str>, text: &str| Message {
            error,
            headline: "cannot find `<T>`".into(),
            place: place.map(str::to_owned),
            text: text.into(),
        };
        let report = Report {
            messages: vec![
                message(
                    true,
                    Some("src/main.rs:1:2"),
                    "\x1b[91merror\x1b[0m: </pre><script>{poll}{body}",
                ),
                message(false, Some("src/main.rs:3:4"), "warning: unused"),
                message(true, None, "aborting"),
            ],
            ..Report::default()
        };
        let trouble = Trouble::of_build(&report);
        let page = trouble.page(7);
        for part in [
            "<h1>The build failed: 1 error</h1>",
            "cannot find `&lt;T&gt;` <small>src/main.rs:1:2</small>",
            "<span class=\"c9\">error</span>: &lt;/pre&gt;&lt;script&gt;{poll}{body}",
            "1 warning<",
            "fetch(\"/__zeug__/build?7\"",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("aborting"), "{page}");
        assert_eq!(
            trouble.plain(),
            "The build failed: 1 error\n\nerror: </pre><script>{poll}{body}\n"
        );
        let cargo = Trouble::of_build(&Report {
            said: "error: failed to parse manifest".into(),
            ..Report::default()
        });
        assert!(cargo.page(1).contains("failed to parse manifest"));
    }
}
