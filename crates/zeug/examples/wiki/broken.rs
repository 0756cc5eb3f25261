//! Six things that go wrong below `/broken/`, to see the debugger at work among the wiki's own functions and its libraries. They are there with the feature `debug` alone.
#![expect(clippy::unwrap_used, reason = "to fail is what it is for")]

use std::sync::{Arc, RwLock};

use minijinja::{Environment, context};
use rusqlite::{Connection, OpenFlags};
use zeug::{HttpError, Response, abort};

use crate::markup;

/// What is known of a page without reading it.
#[derive(Debug)]
struct Page {
    title: String,
    words: u16,
    links: u16,
}

fn pages() -> Vec<Page> {
    let page = |title: &str, words, links| Page {
        title: title.to_owned(),
        words,
        links,
    };
    vec![
        page("Main Page", 120, 4),
        page("Käse & Brot", 40_000, 2),
        page("Index", 30_000, 0),
    ]
}

pub(crate) fn answer(how: &str) -> Result<Response, HttpError> {
    let text = match how {
        "contents" => contents("Read [[Brot]] and [[Main Page]]."),
        "search" => search("brot").to_string(),
        "print" => printed("Main Page")?,
        "density" => density(&pages()).to_string(),
        "cache" => cached(&pages()[0].title),
        "size" => size(&pages()).to_string(),
        _ => abort!(404),
    };
    Ok(Response::text(text))
}

const SHELVES: [&str; 5] = ["a", "e", "i", "m", "s"];

/// The page with links to shelves in place of pages.
fn contents(text: &str) -> String {
    let floor = 2;
    markup::html(text, |title| format!("/{floor}/{}", shelf(title)))
}

fn shelf(title: &str) -> &'static str {
    let number = title.len() - 1;
    SHELVES[number]
}

/// How many pages have the word, by an index that was never made.
fn search(word: &str) -> i64 {
    let file = format!("/nowhere/{word}.sqlite");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let index = Connection::open_with_flags(&file, flags).unwrap();
    index
        .query_row("SELECT COUNT(*) FROM hits", (), |row| row.get(0))
        .unwrap()
}

/// The page for a printer.
fn printed(title: &str) -> Result<String, minijinja::Error> {
    let mut text = heading(title, 1)?;
    text.push_str("\n\n");
    Ok(text)
}

fn heading(title: &str, depth: usize) -> Result<String, minijinja::Error> {
    let marks = "#".repeat(depth);
    let text = filled("{{ title|shout }}", title)?;
    Ok(format!("{marks} {text}"))
}

fn filled(template: &str, title: &str) -> Result<String, minijinja::Error> {
    Environment::new().render_str(template, context! { title })
}

/// Words for a link.
fn density(pages: &[Page]) -> u16 {
    let least = 100;
    pages
        .iter()
        .filter(|page| page.words > least)
        .map(|page| page.words / page.links)
        .sum()
}

/// A page of a cache whose writer has panicked.
fn cached(title: &str) -> String {
    let cache = Arc::new(RwLock::new(pages()));
    let writer = Arc::clone(&cache);
    let written = std::thread::spawn(move || {
        let mut pages = writer.write().unwrap();
        pages.clear();
        assert_eq!(pages.len(), 1, "what was written");
    });
    // That it failed is seen at the lock.
    let _ = written.join();
    let pages = cache.read().unwrap();
    format!("{title}: {pages:?}")
}

/// The words of all pages.
fn size(pages: &[Page]) -> u16 {
    let mut words = 0;
    for page in pages {
        words = more(words, page);
    }
    words
}

fn more(words: u16, page: &Page) -> u16 {
    words + page.words
}
