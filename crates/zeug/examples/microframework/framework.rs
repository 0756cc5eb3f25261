//! A framework in the manner of Flask, on zeug's public crates alone: routes, hooks, error handlers, blueprints, sessions, flashed messages, templates, static
//! files, a test client. It has no configuration, no extensions, no command line.

use std::collections::HashMap;
use std::sync::Arc;

use minijinja::value::Kwargs;
use minijinja::{Environment, ErrorKind};
use zeug::datastructures::names;
use zeug::gateway::{self, Handler, HandlerExt, IntoResponse};
use zeug::http::{Method, StatusCode};
use zeug::local::{Local, RequestScope};
use zeug::messages::{SessionLayer, SharedSession};
use zeug::middleware::SharedData;
use zeug::routing::{FromArg, Group, Map, Match, RoutingError, Rule, Value};
use zeug::securecookie::{SessionSettings, Value as Kept};
use zeug::test::Client;
use zeug::{HttpError, Request, Response, run_simple};

/// What a view gives: an answer, or an error that is one.
pub(crate) type Answer = Result<Response, HttpError>;
/// What sets an application up fails with.
pub(crate) type SetUp<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

type View = Box<dyn Fn(&Context<'_>) -> Answer + Send + Sync>;
type Before = Box<dyn Fn(&Context<'_>) -> Result<Option<Response>, HttpError> + Send + Sync>;
type After = Box<dyn Fn(&Request, Response) -> Answer + Send + Sync>;
type OnError = Box<dyn Fn(&HttpError) -> Answer + Send + Sync>;

/// The request that is being answered, for helpers and templates that it is not passed to.
static CURRENT: Local<Site> = Local::new("request");

/// What helpers and templates need of a request.
struct Site {
    map: Arc<Map<String>>,
    host: String,
    scheme: String,
    root: String,
    session: SharedSession,
}

/// Routes and hooks that belong together, to be registered with an application below a prefix and under a name.
#[derive(Default)]
pub(crate) struct Blueprint {
    rules: Vec<Rule<String>>,
    views: HashMap<String, View>,
    before: Vec<Before>,
}

impl Blueprint {
    /// Adds a view for a rule; the endpoint is the rule's.
    pub(crate) fn route(
        mut self,
        rule: Rule<String>,
        view: impl Fn(&Context<'_>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        self.views.insert(rule.endpoint().clone(), Box::new(view));
        self.rules.push(rule);
        self
    }

    /// Calls `hook` before each of these views; an answer of its own takes the view's place.
    pub(crate) fn before(
        mut self,
        hook: impl Fn(&Context<'_>) -> Result<Option<Response>, HttpError> + Send + Sync + 'static,
    ) -> Self {
        self.before.push(Box::new(hook));
        self
    }
}

/// An application: made of routes, then run.
pub(crate) struct App {
    own: Blueprint,
    /// Blueprints by name; their endpoints begin with it.
    parts: HashMap<String, Blueprint>,
    after: Vec<After>,
    errors: HashMap<StatusCode, OnError>,
    templates: Environment<'static>,
    sessions: SessionSettings,
    files: SharedData,
}

impl App {
    /// An application whose sessions are signed with that key.
    pub(crate) fn new(secret_key: &str) -> SetUp<Self> {
        let mut templates = Environment::new();
        templates.add_function("url_for", url_for_template);
        templates.add_function("get_flashed_messages", get_flashed_messages);
        templates.add_function("session", session_template);
        Ok(Self {
            own: Blueprint::default(),
            parts: HashMap::new(),
            after: Vec::new(),
            errors: HashMap::new(),
            templates,
            sessions: SessionSettings::new(secret_key)?,
            files: SharedData::new(),
        })
    }

    /// Adds a view for a rule.
    pub(crate) fn route(
        mut self,
        rule: Rule<String>,
        view: impl Fn(&Context<'_>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        self.own = self.own.route(rule, view);
        self
    }

    /// Adds a blueprint: its rules below `prefix`, its endpoints as `name.endpoint`.
    pub(crate) fn register(mut self, name: &str, prefix: &str, mut part: Blueprint) -> Self {
        let rules = Group::new(part.rules.drain(..))
            .submount(prefix)
            .namespace(name);
        self.own.rules.extend(rules);
        self.parts.insert(name.to_owned(), part);
        self
    }

    /// Calls `hook` with each answer, in place of which the one that it gives is sent.
    pub(crate) fn after(
        mut self,
        hook: impl Fn(&Request, Response) -> Answer + Send + Sync + 'static,
    ) -> Self {
        self.after.push(Box::new(hook));
        self
    }

    /// Answers errors of that status with what `view` gives.
    pub(crate) fn error(
        mut self,
        status: StatusCode,
        view: impl Fn(&HttpError) -> Answer + Send + Sync + 'static,
    ) -> Self {
        self.errors.insert(status, Box::new(view));
        self
    }

    /// Adds a template.
    pub(crate) fn template(mut self, name: &'static str, text: &'static str) -> SetUp<Self> {
        self.templates.add_template(name, text)?;
        Ok(self)
    }

    /// Serves files below `/static`, under the endpoint `static`.
    pub(crate) fn static_files(mut self, files: &[(&'static str, &'static str)]) -> Self {
        let files = files.iter().map(|(name, text)| (*name, text.as_bytes()));
        self.files = self.files.memory("/static", files);
        let rule = Rule::new("/static/<path:filename>", "static".to_owned()).build_only();
        self.own.rules.push(rule);
        self
    }

    /// The application as a handler, for any server.
    pub(crate) fn into_handler(self) -> Result<impl Handler, RoutingError> {
        let core = Core {
            map: Arc::new(Map::builder().rules(self.own.rules).build()?),
            views: self.own.views,
            before: self.own.before,
            parts: self.parts,
            after: self.after,
            errors: self.errors,
            templates: self.templates,
        };
        Ok(core
            .with(RequestScope)
            .with(SessionLayer::new(self.sessions))
            .with(self.files))
    }

    /// A client that keeps cookies and needs no socket.
    #[cfg_attr(not(test), expect(dead_code, reason = "for tests"))]
    pub(crate) fn test_client(self) -> Result<Client, RoutingError> {
        Ok(Client::new(self.into_handler()?))
    }

    /// Serves until it is stopped.
    pub(crate) fn run(self, address: &str) -> SetUp<()> {
        Ok(run_simple(address, self.into_handler()?)?)
    }
}

/// A request, as views and hooks see it.
pub(crate) struct Context<'r> {
    pub(crate) request: &'r Request,
    found: &'r Match<'r, 'r, String>,
    core: &'r Core,
}

impl<'r> Context<'r> {
    /// The argument of that name of the rule.
    pub(crate) fn arg<T: FromArg<'r>>(&self, name: &str) -> Result<T, HttpError> {
        Ok(self.found.args().get(name)?)
    }

    /// The template, rendered with these values.
    pub(crate) fn render(&self, template: &str, values: minijinja::Value) -> Answer {
        self.core.render(template, values)
    }
}

/// The application as it runs.
struct Core {
    map: Arc<Map<String>>,
    views: HashMap<String, View>,
    before: Vec<Before>,
    parts: HashMap<String, Blueprint>,
    after: Vec<After>,
    errors: HashMap<StatusCode, OnError>,
    templates: Environment<'static>,
}

impl Core {
    fn answer(&self, request: &Request) -> Answer {
        CURRENT.set(Site {
            map: Arc::clone(&self.map),
            host: request
                .host()?
                .map_or("localhost", |host| host.as_str())
                .to_owned(),
            scheme: request.scheme().to_owned(),
            root: request.root_path().to_owned(),
            session: request.shared_session()?,
        })?;
        let urls = request.bind(&self.map)?;
        let found = request.route(&urls)?;
        let context = Context {
            request,
            found: &found,
            core: self,
        };
        let endpoint = found.endpoint();
        let part = endpoint
            .split_once('.')
            .and_then(|(name, own)| Some((self.parts.get(name)?, own)));
        let hooks = part.map_or(&[][..], |(part, _)| &part.before);
        for hook in self.before.iter().chain(hooks) {
            if let Some(answer) = hook(&context)? {
                return Ok(answer);
            }
        }
        let view = match part {
            Some((part, own)) => part.views.get(own),
            None => self.views.get(endpoint),
        };
        match view {
            Some(view) => view(&context),
            None => Err(HttpError::new(StatusCode::NOT_FOUND)),
        }
    }

    /// The answer to an error: its handler's, else its own.
    fn failed(&self, request: &Request, error: HttpError) -> Response {
        if request.method() == Method::OPTIONS
            && let Some(allowed) = error.headers().get(names::ALLOW)
        {
            return Response::default().with_header(names::ALLOW, allowed);
        }
        let answer = match self.errors.get(&error.status()) {
            Some(view) => view(&error).map(|answer| answer.with_status(error.status())),
            None => Err(error),
        };
        answer.unwrap_or_else(|error| error.into_response().into())
    }

    fn render(&self, template: &str, values: minijinja::Value) -> Answer {
        let template = self.templates.get_template(template)?;
        Ok(Response::html(template.render(values)?))
    }
}

impl Handler for Core {
    fn handle(&self, request: gateway::Request) -> gateway::Response {
        let request = Request::from(request);
        let answer = self.answer(&request);
        let answer = answer.unwrap_or_else(|error| self.failed(&request, error));
        let hooked = |answer, hook: &After| {
            let hooked = hook(&request, answer);
            hooked.unwrap_or_else(|error| error.into_response().into())
        };
        self.after.iter().fold(answer, hooked).into()
    }
}

/// The URL of an endpoint of the application that is running.
pub(crate) fn url_for<'v>(
    endpoint: &str,
    values: impl IntoIterator<Item = (&'v str, Value<'v>)>,
) -> Result<String, HttpError> {
    let site = CURRENT.get()?;
    let urls = site
        .map
        .bind(&*site.host)?
        .scheme(&*site.scheme)
        .script_root(&*site.root);
    let endpoint = endpoint.to_owned();
    let mut url = urls.url_for(&endpoint);
    for (name, value) in values {
        url = url.arg(name, value);
    }
    Ok(url.build()?)
}

/// Keeps a message for the next page that shows messages, as Flask keeps it.
pub(crate) fn flash(message: &str) -> Result<(), HttpError> {
    let site = CURRENT.get()?;
    let mut session = site.session.lock();
    let flash = Kept::Tuple(vec!["message".into(), message.into()]);
    match session.get_mut("_flashes") {
        Some(Kept::List(flashes)) => flashes.push(flash),
        _ => {
            session.insert("_flashes", Kept::List(vec![flash]));
        }
    }
    Ok(())
}

/// A function of templates fails with what went wrong.
fn template_error(error: impl std::fmt::Display) -> minijinja::Error {
    minijinja::Error::new(ErrorKind::InvalidOperation, error.to_string())
}

fn get_flashed_messages() -> Result<Vec<String>, minijinja::Error> {
    let site = CURRENT.get().map_err(template_error)?;
    let mut session = site.session.lock();
    if !session.contains_key("_flashes") {
        return Ok(Vec::new());
    }
    let flashes = session.remove("_flashes").unwrap_or_default();
    let flashes = flashes.to_serde::<Vec<(String, String)>>();
    Ok(flashes
        .unwrap_or_default()
        .into_iter()
        .map(|(_, message)| message)
        .collect())
}

fn session_template(key: &str) -> Result<Option<String>, minijinja::Error> {
    let site = CURRENT.get().map_err(template_error)?;
    let session = site.session.lock();
    Ok(session.get(key).and_then(Kept::as_str).map(str::to_owned))
}

fn url_for_template(endpoint: &str, values: Kwargs) -> Result<minijinja::Value, minijinja::Error> {
    let mut given = Vec::new();
    for name in values.args() {
        let value: minijinja::Value = values.get(name)?;
        let value = i64::try_from(value.clone())
            .map_or_else(|_| Value::from(value.to_string()), Value::from);
        given.push((name, value));
    }
    let url = url_for(endpoint, given).map_err(template_error)?;
    // Its slashes are none that escaping has to change; `&` and quotes are.
    let url = url.replace('&', "&amp;").replace('\'', "&#39;");
    Ok(minijinja::Value::from_safe_string(url))
}
