//! Werkzeug's tutorial program, a URL shortener: routing, forms, redirects, templates, and a store that lasts. Start it with
//! `cargo run -p zeug --example shortly --features routing [ADDRESS] [FILE]`; it refuses links that are neither http nor https.

mod app;
mod store;
#[cfg(test)]
mod tests;

use app::Shortly;
use store::Store;
use zeug::run_simple;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let address = args.next().unwrap_or_else(|| "127.0.0.1:5000".to_owned());
    let store = Store::open(args.next().unwrap_or_else(|| "shortly.sqlite".to_owned()))?;
    let shortly = Shortly::new(store)?;
    Ok(run_simple(address.as_str(), move |request| {
        shortly.answer(request)
    })?)
}
