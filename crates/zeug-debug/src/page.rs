//! Owns the pages: a failure, the list of failures, and a failure that is gone. They are read without a script; the script adds the console and the keyboard.

mod frames;
mod html;
mod rust;

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeug_http::HttpDate;

use crate::asked::Group;
use crate::desk::{MOUNT, View};
use crate::failure::{Failure, resolved};
use crate::report::place_text;
use crate::traceback::Place;
use html::Html;

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");
const DIALOGS: &str = include_str!("page/dialogs.html");

/// How many rows a group may have to be open at first.
const MANY: usize = 8;

/// What stays as it is in the path of a link.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'.')
    .remove(b'-')
    .remove(b'_')
    .remove(b'~');

/// The page of a failure in pieces: what is known at once, the frames when they have come, and the request. The first is on the screen while the frames are read.
pub(crate) fn failure(
    failure: Arc<Failure>,
    view: View,
) -> impl Iterator<Item = String> + Send + use<> {
    (0..3).map(move |piece| match piece {
        0 => beginning(&failure, &view),
        1 => frames::all(&failure, &view),
        _ => end(&failure, &view),
    })
}

/// The list of the failures, the newest first.
pub(crate) fn list(failures: &[Arc<Failure>], view: &View) -> String {
    let mut html = Html::default();
    push_head(&mut html, "Failures", view);
    html.markup("<body>\n<header class=bar><a class=brand href=\"")
        .str(MOUNT)
        .markup("/\">zeug <b>debugger</b></a></header>\n<main>\n<section class=what><h1>Last failures</h1></section>\n");
    if failures.is_empty() {
        html.markup("<p class=empty>Nothing has failed since the program was started. A request that does is listed here, those of scripts in a page too.</p>\n");
    } else {
        html.markup("<table class=list><thead><tr><th scope=col>When<th scope=col>Request<th scope=col>What happened</thead>\n<tbody>\n");
        for failure in failures {
            html.markup("<tr><td>");
            push_time(&mut html, failure);
            html.markup("<td><b>")
                .str(&failure.asked.method)
                .markup("</b> ")
                .str(&failure.asked.path)
                .markup("<td><a href=\"");
            push_address(&mut html, failure);
            html.markup("\"><span class=kind>")
                .str(failure.verb())
                .markup("</span> ")
                .str(first_line(&failure.caught.message))
                .markup("</a>\n");
        }
        html.markup("</tbody></table>\n");
    }
    html.markup("</main>\n</body>\n</html>\n");
    html.into_string()
}

/// The page in place of a failure that is not kept any more.
pub(crate) fn ended(view: &View) -> String {
    let mut html = Html::default();
    push_head(&mut html, "This failure is gone", view);
    html.markup("<body>\n<header class=bar><a class=brand href=\"")
        .str(MOUNT)
        .markup("/\">zeug <b>debugger</b></a></header>\n<main>\n<section class=what><h1>This failure is gone</h1></section>\n<p class=empty>The last ones are kept, and none of an earlier run of the program. Make the request again, or see <a href=\"")
        .str(MOUNT)
        .markup("/\">the last failures</a>.</p>\n</main>\n</body>\n</html>\n");
    html.into_string()
}

fn push_head(html: &mut Html, title: &str, view: &View) {
    html.markup("<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n<meta name=viewport content=\"width=device-width,initial-scale=1\">\n<meta name=color-scheme content=\"light dark\">\n<link rel=icon href=\"data:,\">\n<title>")
        .str(title)
        .markup(" \u{b7} zeug debugger</title>\n<style nonce=\"")
        .str(&view.nonce)
        .markup("\">\n")
        .markup(STYLE)
        .markup("</style>\n</head>\n");
}

fn beginning(failure: &Failure, view: &View) -> String {
    let caught = &failure.caught;
    let mut html = Html::default();
    push_head(&mut html, first_line(&caught.message), view);
    html.markup("<body data-mount=\"")
        .str(MOUNT)
        .markup("\" data-failure=\"")
        .str(&failure.id);
    if let Some(secret) = &view.secret {
        html.markup("\" data-secret=\"").str(secret);
    }
    html.markup("\">\n<header class=bar><a class=brand href=\"")
        .str(MOUNT)
        .markup("/\">zeug <b>debugger</b></a><span class=asked><b>")
        .str(&failure.asked.method)
        .markup("</b> ")
        .str(&failure.asked.path)
        .markup("</span><nav><a href=\"");
    push_address(&mut html, failure);
    html.markup("\" title=\"The stable address of this failure\">Link</a><a href=\"");
    push_address(&mut html, failure);
    html.markup(".txt\">Text</a><button type=button class=js data-do=copy title=\"Copy as text (c)\">Copy</button><button type=button class=js data-do=help title=\"Keys (?)\" aria-label=\"Keys\">?</button></nav></header>\n<main>\n<section class=what>\n<p class=kind>")
        .str(failure.verb());
    if let Some(type_name) = &caught.type_name {
        html.markup(" <code>").str(type_name).markup("</code>");
    }
    html.markup("</p>\n<h1>")
        .str(&caught.message)
        .markup("</h1>\n");
    if !caught.causes.is_empty() {
        html.markup("<ol class=causes>\n");
        for cause in &caught.causes {
            html.markup("<li><span>caused by</span> ")
                .str(cause)
                .markup("\n");
        }
        html.markup("</ol>\n");
    }
    html.markup("<p class=at>");
    if let Some(place) = &caught.place {
        html.markup("at ");
        push_editor_link(&mut html, place, view, &place_text(place));
        html.markup(" \u{b7} ");
    }
    html.markup("thread ")
        .str(&caught.thread)
        .markup(" \u{b7} ");
    push_time(&mut html, failure);
    html.markup("</p>\n</section>\n");
    html.into_string()
}

fn end(failure: &Failure, view: &View) -> String {
    let asked = &failure.asked;
    let mut html = Html::default();
    html.markup("<section class=request aria-labelledby=request>\n<h2 id=request>Request</h2>\n<p class=line><b>")
        .str(&asked.method)
        .markup("</b> ")
        .str(&asked.path)
        .markup(" <span>")
        .str(asked.version);
    if let Some(from) = &asked.from {
        html.markup(" from ").str(from);
    }
    html.markup("</span></p>\n");
    for group in &asked.groups {
        push_group(&mut html, group);
    }
    html.markup("</section>\n</main>\n");
    html.markup(DIALOGS);
    html.markup("<script nonce=\"")
        .str(&view.nonce)
        .markup("\">\n")
        .markup(SCRIPT)
        .markup("</script>\n</body>\n</html>\n");
    html.into_string()
}

/// The names and values; many are folded.
fn push_group(html: &mut Html, group: &Group) {
    html.markup("<details class=group")
        .markup(if group.rows.len() <= MANY {
            " open"
        } else {
            ""
        })
        .markup("><summary>")
        .str(group.title)
        .markup(" <small>")
        .text(group.rows.len());
    if let Some(note) = group.note {
        html.markup(" \u{b7} ").str(note);
    }
    html.markup("</small></summary>\n<table class=pairs><tbody>\n");
    for (name, value) in &group.rows {
        html.markup("<tr><th scope=row>").str(name).markup("<td>");
        match value {
            Some(value) => html.str(value),
            None => html.markup("<span class=dim>hidden</span>"),
        };
        html.markup("\n");
    }
    html.markup("</tbody></table>\n</details>\n");
}

fn push_address(html: &mut Html, failure: &Failure) {
    html.str(MOUNT).markup("/failures/").str(&failure.id);
}

/// A link that opens the place in the editor.
fn push_editor_link(html: &mut Html, place: &Place, view: &View, label: &str) {
    let file = resolved(&place.file);
    let file = utf8_percent_encode(&file.to_string_lossy(), PATH).to_string();
    let link = view
        .editor
        .replace("{file}", &file)
        .replace("{line}", &place.line.to_string())
        .replace("{column}", &place.column.max(1).to_string());
    html.markup("<a class=place title=\"Open in the editor (e)\" href=\"")
        .str(&link)
        .markup("\">")
        .str(label)
        .markup("</a>");
}

/// The moment; the script writes it in the reader's time.
fn push_time(html: &mut Html, failure: &Failure) {
    let since = failure.at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs().cast_signed();
    html.markup("<time data-at=\"")
        .text(seconds)
        .markup("\">")
        .text(HttpDate::from_unix_seconds(seconds))
        .markup("</time>");
}

fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}
