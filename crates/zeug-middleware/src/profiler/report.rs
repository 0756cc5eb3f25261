//! Owns how measurements are shown: as a line, a table, a page, and the field `Server-Timing`. It measures nothing.

use std::fmt::{self, Write};
use std::time::Duration;

use super::{Record, Records};

/// The most spans that `Server-Timing` tells: browsers show few, and some proxies refuse long fields.
const MOST_TOLD: usize = 20;

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

impl Record {
    /// The times as a `Server-Timing` field ([W3C](https://www.w3.org/TR/server-timing/)): the whole, then the spans, 20 at the most.
    ///
    /// Characters that cannot stand in a name are written as `_`.
    #[must_use]
    pub fn to_server_timing(&self) -> String {
        let mut field = format!("total;dur={:.3}", milliseconds(self.time));
        for span in self.spans.iter().take(MOST_TOLD) {
            let name: String = span
                .name
                .chars()
                .map(|found| match found {
                    'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => found,
                    _ => '_',
                })
                .collect();
            let name = if name.is_empty() { "_" } else { &name };
            // Writing into a string cannot fail.
            let _ = write!(field, ", {name};dur={:.3}", milliseconds(span.time));
        }
        field
    }
}

impl fmt::Display for Record {
    /// `12.345 ms  GET /x 200`, the request's id where it has one, and a line for each span below.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = milliseconds(self.time);
        write!(f, "{time:>12.3} ms  {} {}", self.asked, self.status)?;
        if let Some(id) = &self.request_id {
            write!(f, " {id}")?;
        }
        for span in &self.spans {
            let (time, indent) = (milliseconds(span.time), 2 + 2 * span.depth.min(40));
            write!(f, "\n{time:>12.3} ms  {:indent$}{}", "", span.name)?;
        }
        Ok(())
    }
}

impl fmt::Display for Records {
    /// The requests, the slowest first, each with its spans.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for record in self.slowest() {
            writeln!(f, "{record}")?;
        }
        Ok(())
    }
}

impl Records {
    /// The same as a page, for a handler that only the operator reaches.
    ///
    /// ```
    /// use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
    /// use zeug_middleware::Profiler;
    ///
    /// let profiler = Profiler::default();
    /// let records = profiler.records();
    /// let app = (|_: Request| "x").into_handler().with(profiler);
    /// app.handle(http::Request::get("/a&b").body(())?.into());
    /// let page = records.to_html();
    /// assert!(page.contains("GET /a&amp;b"));
    /// assert!(!page.contains("/a&b"), "what a client sent is escaped");
    /// # Ok::<(), http::Error>(())
    /// ```
    #[must_use]
    pub fn to_html(&self) -> String {
        self.to_html_with(|_| None)
    }

    /// The page with a link beside each request, where `link` has one for it.
    pub(super) fn to_html_with(&self, link: impl Fn(&Record) -> Option<String>) -> String {
        let mut page = String::from(
            "<!doctype html>\n<html lang=en>\n<title>Slowest requests</title>\n<h1>Slowest requests</h1>\n<table>\n<tr><th>ms<th>what\n",
        );
        for record in self.slowest() {
            push_row(&mut page, record.time(), 0);
            push_escaped(
                &mut page,
                &format!("{} {}", record.request(), record.status()),
            );
            if let Some(id) = record.request_id() {
                page.push_str(" <small>");
                push_escaped(&mut page, id);
                page.push_str("</small>");
            }
            if let Some(link) = link(&record) {
                page.push_str(" <a href=\"");
                push_escaped(&mut page, &link);
                page.push_str("\">flame graph</a>");
            }
            page.push('\n');
            for (name, depth, time) in record.spans() {
                push_row(&mut page, time, depth + 1);
                push_escaped(&mut page, name);
                page.push('\n');
            }
        }
        page.push_str("</table>\n");
        page
    }
}

/// The beginning of a row.
fn push_row(page: &mut String, time: Duration, depth: usize) {
    // Writing into a string cannot fail.
    let _ = write!(page, "<tr><td>{:.3}<td>", milliseconds(time));
    page.push_str(&"&emsp;".repeat(depth.min(40)));
}

fn push_escaped(page: &mut String, text: &str) {
    for found in text.chars() {
        match found {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            other => page.push(other),
        }
    }
}
