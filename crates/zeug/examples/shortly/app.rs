//! The program's pages. What is stored, and under which name, is the store's.

use minijinja::{Environment, Value, context};
use zeug::http::{Method, StatusCode, Uri};
use zeug::routing::{Map, RoutingError, Rule};
use zeug::{HttpError, Request, Response, abort, redirect};

use crate::store::Store;

pub(crate) struct Shortly {
    store: Store,
    map: Map<Page>,
    templates: Environment<'static>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Page {
    NewUrl,
    FollowShortLink,
    ShortLinkDetails,
}

impl Shortly {
    pub(crate) fn new(store: Store) -> Result<Self, RoutingError> {
        let map = Map::builder()
            .rule(Rule::new("/", Page::NewUrl))
            .rule(Rule::new("/<short_id>", Page::FollowShortLink))
            .rule(Rule::new("/<short_id>+", Page::ShortLinkDetails))
            .build()?;
        let mut templates = Environment::new();
        add_templates(&mut templates);
        Ok(Self {
            store,
            map,
            templates,
        })
    }

    pub(crate) fn answer(&self, request: Request) -> Result<Response, HttpError> {
        match self.page(&request) {
            Err(error) if error.status() == StatusCode::NOT_FOUND => Ok(self
                .render("404.html", context! {})?
                .with_status(StatusCode::NOT_FOUND)),
            page => page,
        }
    }

    fn page(&self, request: &Request) -> Result<Response, HttpError> {
        let urls = request.bind(&self.map)?;
        let found = request.route(&urls)?;
        match found.endpoint() {
            Page::NewUrl => self.new_url(request),
            Page::FollowShortLink => self.follow_short_link(found.args().get("short_id")?),
            Page::ShortLinkDetails => {
                self.short_link_details(request, found.args().get("short_id")?)
            }
        }
    }

    fn new_url(&self, request: &Request) -> Result<Response, HttpError> {
        if request.method() != Method::POST {
            return self.render("new_url.html", context! {});
        }
        let url = request.form()?.get("url").unwrap_or_default();
        if !is_valid_url(url) {
            return self.render(
                "new_url.html",
                context! { error => "Please enter a valid URL", url },
            );
        }
        Ok(redirect(format!("/{}+", self.store.insert(url)?)))
    }

    fn follow_short_link(&self, short_id: &str) -> Result<Response, HttpError> {
        match self.store.follow(short_id)? {
            Some(link) => Ok(redirect(link)),
            None => abort!(404),
        }
    }

    fn short_link_details(&self, request: &Request, short_id: &str) -> Result<Response, HttpError> {
        let Some((link, clicks)) = self.store.details(short_id)? else {
            abort!(404)
        };
        let short = format!("{}{short_id}", request.root_url()?);
        self.render("short_link_details.html", context! { link, short, clicks })
    }

    fn render(&self, template: &str, values: Value) -> Result<Response, HttpError> {
        Ok(Response::html(
            self.templates.get_template(template)?.render(values)?,
        ))
    }
}

fn add_templates(templates: &mut Environment<'static>) {
    for (name, text) in [
        ("layout.html", include_str!("templates/layout.html")),
        ("new_url.html", include_str!("templates/new_url.html")),
        (
            "short_link_details.html",
            include_str!("templates/short_link_details.html"),
        ),
        ("404.html", include_str!("templates/404.html")),
    ] {
        // They are part of the program, and each is rendered by its tests.
        let _ = templates.add_template(name, text);
    }
}

fn is_valid_url(url: &str) -> bool {
    url.parse::<Uri>()
        .is_ok_and(|url| matches!(url.scheme_str(), Some("http" | "https")))
}
