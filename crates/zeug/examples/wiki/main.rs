//! A wiki in the manner of Werkzeug's *simplewiki*: pages with versions in SQLite, a log of changes, a difference, links in brackets. Start it with
//! `cargo run -p zeug --example wiki --features routing [ADDRESS] [FILE]`; two people who change a page at once are told. With the feature `debug` a failure shows itself in the browser, and
//! some are below `/broken/`.

#[cfg(feature = "debug")]
mod broken;
mod markup;
mod store;
#[cfg(test)]
mod tests;

use minijinja::{Environment, context};
use store::Store;
use zeug::gateway::IntoHandler;
use zeug::http::{Method, StatusCode};
use zeug::routing::{Map, Rule};
use zeug::{HttpError, Request, Response, abort, redirect, run_simple};

pub(crate) struct Wiki {
    store: Store,
    map: Map<Action>,
    templates: Environment<'static>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Action {
    Index,
    Show,
    Edit,
    Log,
}

impl Wiki {
    pub(crate) fn new(store: Store) -> Result<Self, Box<dyn std::error::Error>> {
        let map = Map::builder()
            .rule(Rule::new("/", Action::Index).methods(["GET"]))
            .rule(Rule::new("/<title>", Action::Show).methods(["GET"]))
            .rule(Rule::new("/<title>/edit", Action::Edit).methods(["GET", "POST"]))
            .rule(Rule::new("/<title>/log", Action::Log).methods(["GET"]))
            .build()?;
        let mut templates = Environment::new();
        templates.add_template("layout.html", include_str!("templates/layout.html"))?;
        templates.add_template("page.html", include_str!("templates/page.html"))?;
        templates.add_template("edit.html", include_str!("templates/edit.html"))?;
        templates.add_template("log.html", include_str!("templates/log.html"))?;
        Ok(Self {
            store,
            map,
            templates,
        })
    }

    pub(crate) fn answer(&self, request: &Request) -> Result<Response, HttpError> {
        #[cfg(feature = "debug")]
        if let Some(how) = request.raw_path().strip_prefix("/broken/") {
            return broken::answer(how);
        }
        let urls = request.bind(&self.map)?;
        let found = request.route(&urls)?;
        let action = *found.endpoint();
        let url = |action, title: &str| urls.url_for(&action).arg("title", title).build();
        if action == Action::Index {
            return Ok(redirect(url(Action::Show, "Main Page")?));
        }
        let title: String = found.args().get("title")?;
        let links = [
            ("Page", url(Action::Show, &title)?),
            ("Edit", url(Action::Edit, &title)?),
            ("Log", url(Action::Log, &title)?),
        ];
        match action {
            Action::Log => {
                let versions = self.store.versions(&title)?;
                self.render("log.html", context! { title, links, versions })
            }
            Action::Edit if request.method() == Method::POST => {
                let form = request.form()?;
                let base = form.get_as("base")?.unwrap_or(0);
                let text = form.get("text").unwrap_or_default();
                if text.len() > 100_000 {
                    abort!(413, "a page has at most 100,000 bytes");
                }
                if self
                    .store
                    .save(&title, base, text, form.get("note").unwrap_or_default())?
                {
                    return Ok(redirect(&links[0].1));
                }
                let (base, theirs) = self.store.page(&title, None)?.unwrap_or_default();
                let conflict = context! { title, links, base, text, theirs };
                Ok(self
                    .render("edit.html", conflict)?
                    .with_status(StatusCode::CONFLICT))
            }
            Action::Edit => {
                let (base, text) = self.store.page(&title, None)?.unwrap_or_default();
                self.render("edit.html", context! { title, links, base, text })
            }
            Action::Show | Action::Index => {
                let version = request.args().get_as("version")?;
                let Some((_, text)) = self.store.page(&title, version)? else {
                    let missing = self.render("page.html", context! { title, links });
                    return Ok(missing?.with_status(StatusCode::NOT_FOUND));
                };
                let html =
                    markup::html(&text, |title| url(Action::Show, title).unwrap_or_default());
                let html = minijinja::Value::from_safe_string(html);
                self.render("page.html", context! { title, links, html })
            }
        }
    }

    fn render(&self, name: &str, values: minijinja::Value) -> Result<Response, HttpError> {
        let template = self.templates.get_template(name)?;
        Ok(Response::html(template.render(values)?))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let address = args.next().unwrap_or_else(|| "127.0.0.1:5000".to_owned());
    let wiki = Wiki::new(Store::open(
        args.next().unwrap_or_else(|| "wiki.sqlite".to_owned()),
    )?)?;
    let app = (move |request: Request| wiki.answer(&request)).into_handler();
    #[cfg(feature = "debug")]
    let app = zeug::gateway::HandlerExt::with(app, zeug::debug::Debugger::new());
    Ok(run_simple(address.as_str(), app)?)
}
