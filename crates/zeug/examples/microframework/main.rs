//! Notes, a small application on the framework beside it: a list, a form, a blueprint for who is logged in, messages, an error page. Start it with
//! `cargo run -p zeug --all-features --example microframework [ADDRESS]` and log in as anybody with the password `mellon`.

mod framework;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};

use framework::{Answer, App, Blueprint, Context, SetUp, flash, url_for};
use minijinja::context;
use zeug::http::StatusCode;
use zeug::routing::Rule;
use zeug::{HttpError, Response, abort, redirect};

/// The notes: who wrote them, and what.
static NOTES: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

fn notes() -> MutexGuard<'static, Vec<(String, String)>> {
    NOTES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn rule(path: &str, endpoint: &str) -> Rule<String> {
    Rule::new(path, endpoint.to_owned())
}

fn index(context: &Context<'_>) -> Answer {
    let notes = notes().clone();
    context.render("index.html", context! { notes })
}

fn note(context: &Context<'_>) -> Answer {
    let id: usize = context.arg("id")?;
    let Some((author, text)) = notes().get(id).cloned() else {
        abort!(404, "there is no note {id}")
    };
    context.render("note.html", context! { author, text })
}

fn log_in(context: &Context<'_>) -> Answer {
    let form = context.request.form()?;
    let name = form.get("name").unwrap_or_default();
    if name.is_empty() || form.get("password") != Some("mellon") {
        flash("Speak, friend, and enter: with your name, and the right password.")?;
        return Ok(redirect(url_for("index", [])?));
    }
    let mut session = context.request.session()?;
    session.clear();
    session.insert("user", name);
    drop(session);
    flash(&format!("Welcome, {name}."))?;
    Ok(redirect(url_for("index", [])?))
}

/// Only for who is logged in.
fn guard(context: &Context<'_>) -> Result<Option<Response>, HttpError> {
    match context.request.session()?.contains_key("user") {
        true => Ok(None),
        false => abort!(403, "log in first"),
    }
}

fn add(context: &Context<'_>) -> Answer {
    let text = context.request.form()?.get("text").unwrap_or_default();
    if text.trim().is_empty() {
        abort!(400, "a note says something");
    }
    let user = context
        .request
        .session()?
        .get("user")
        .and_then(|user| user.as_str())
        .unwrap_or_default()
        .to_owned();
    let mut notes = notes();
    notes.push((user, text.to_owned()));
    let id = i64::try_from(notes.len() - 1).unwrap_or_default();
    flash("Noted.")?;
    Ok(redirect(url_for("note", [("id", id.into())])?))
}

fn log_out(context: &Context<'_>) -> Answer {
    context.request.session()?.clear();
    Ok(redirect(url_for("index", [])?))
}

fn app() -> SetUp<App> {
    let mine = Blueprint::default()
        .before(guard)
        .route(rule("/add", "add").methods(["POST"]), add)
        .route(rule("/logout", "log_out").methods(["POST"]), log_out);
    let app = App::new("only for the example")?
        .template("layout.html", include_str!("templates/layout.html"))?
        .template("index.html", include_str!("templates/index.html"))?
        .template("note.html", include_str!("templates/note.html"))?
        .static_files(&[("style.css", include_str!("templates/style.css"))])
        .route(rule("/", "index").methods(["GET"]), index)
        .route(rule("/notes/<int:id>/", "note").methods(["GET"]), note)
        .route(rule("/login", "log_in").methods(["POST"]), log_in)
        .register("mine", "/mine", mine)
        .error(StatusCode::NOT_FOUND, |error| {
            Ok(Response::text(format!(
                "Nothing here: {}\n",
                error.description()
            )))
        })
        .after(|_, answer| Ok(answer.try_with_header("X-Framework", "micro")?));
    Ok(app)
}

fn main() -> SetUp<()> {
    let address = std::env::args().nth(1);
    app()?.run(address.as_deref().unwrap_or("127.0.0.1:5000"))
}
