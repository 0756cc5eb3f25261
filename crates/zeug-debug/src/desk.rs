//! Owns the desk: the failures that are kept, the debugger's own addresses, and what is asked of whom at each. Rendering is `page`'s and `report`'s.

mod prompt;

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use zeug_datastructures::{FieldValue, Headers, names};
use zeug_gateway::{Body, Received, Request, Response, Scheme};
use zeug_http::{Accept, ContentType};
use zeug_messages::ErrorForm;
use zeug_security::{constant_time_eq, random_url_safe};

use self::prompt::Deed;
use crate::asked::{Asked, Kept};
use crate::console;
use crate::debugger::Settings;
use crate::failure::{Caught, Failure};
use crate::guard::Guard;
use crate::hidden::HiddenNames;
use crate::page;
use crate::pin::{Entered, Pin};
use crate::report;
use crate::traceback::FailureKind;

/// Where the debugger's own addresses begin.
pub(crate) const MOUNT: &str = "/__zeug__";
/// 132 bits: what cannot be guessed.
const UNGUESSABLE: usize = 22;
/// The longest question: what was written at a prompt, and what stands around it.
const QUESTION: usize = 16 * 1024;

/// What a page needs to know beside the failure.
#[derive(Debug)]
pub(crate) struct View {
    /// For the page's own scripts and styles.
    pub(crate) nonce: String,
    /// What the page's questions begin with; none where there is no console.
    pub(crate) secret: Option<String>,
    pub(crate) editor: String,
}

/// One debugger: its failures, and its secrets.
pub(crate) struct Desk {
    settings: Settings,
    guard: Guard,
    hidden: Arc<HiddenNames>,
    pub(crate) secret: String,
    pub(crate) pin: Pin,
    /// The newest last.
    kept: Mutex<VecDeque<Arc<Failure>>>,
    pin_shown: AtomicBool,
    told_of_others: AtomicBool,
}

impl Desk {
    /// None where the system has no randomness to give.
    pub(crate) fn new(settings: Settings) -> Option<Self> {
        if settings.console {
            console::begin();
        }
        Some(Self {
            guard: Guard::new(&settings.hosts),
            hidden: Arc::new(HiddenNames::new(&settings.hidden)),
            secret: random_url_safe(UNGUESSABLE).ok()?,
            pin: Pin::new(settings.pin.clone())?,
            kept: Mutex::default(),
            pin_shown: AtomicBool::new(false),
            told_of_others: AtomicBool::new(false),
            settings,
        })
    }

    /// Says once that there is a client for whom there is no debugger.
    pub(crate) fn is_asked_from_elsewhere(&self, peer: Option<SocketAddr>) {
        if !self.told_of_others.swap(true, Ordering::Relaxed) {
            let peer = peer.map_or_else(|| "elsewhere".to_owned(), |peer| peer.ip().to_string());
            report::say(&format!(
                "debugger: a request came from {peer}; failures are shown on this machine's loopback addresses alone\n"
            ));
        }
    }

    /// Keeps a failure, shows it on the terminal, and answers it; none where whoever asked may not see it.
    pub(crate) fn failed(&self, kept: Kept, caught: Caught) -> Option<Response> {
        let may_read = self.guard.may_read(&kept.uri(), &kept.headers).is_ok();
        let is_panic = caught.kind == FailureKind::Panic;
        let failure = self.keep(Asked::of(&kept, &self.hidden), caught)?;
        // An error whose answer is sent as it was is reported by the server.
        if may_read || is_panic {
            self.tell(&failure, &kept);
        }
        if !may_read {
            return None;
        }
        let form = form_for(&kept.headers);
        Some(self.show(&failure, form, StatusCode::INTERNAL_SERVER_ERROR))
    }

    pub(crate) fn keep(&self, asked: Asked, caught: Caught) -> Option<Arc<Failure>> {
        let id = random_url_safe(UNGUESSABLE).ok()?;
        let failure = Arc::new(Failure::new(id, asked, caught, Arc::clone(&self.hidden)));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        while kept.len() >= self.settings.kept {
            kept.pop_front();
        }
        kept.push_back(Arc::clone(&failure));
        Some(failure)
    }

    /// Prints a failure on the terminal, from a thread of its own: its frames may take a while, and the page need not wait.
    fn tell(&self, failure: &Arc<Failure>, kept: &Kept) {
        let host = kept.headers.get(names::HOST);
        let host = host.map_or_else(|| "localhost".into(), FieldValue::to_utf8_lossy);
        let scheme = kept.scheme;
        let link = format!("{scheme}://{host}{MOUNT}/failures/{}", failure.id);
        let pin = (self.settings.console && !self.pin_shown.swap(true, Ordering::Relaxed))
            .then(|| self.pin.shown())
            .flatten();
        let failure = Arc::clone(failure);
        let tell = move || report::tell(&failure, &link, pin.as_deref());
        // Where the system has no thread to give, the page says it all.
        let _ = thread::Builder::new()
            .name("zeug-debug".to_owned())
            .spawn(tell);
    }

    /// The answer to a request for one of the debugger's own addresses.
    pub(crate) fn answer(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().strip_prefix(MOUNT).unwrap_or_default();
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        let allowed = match reads {
            true => self.guard.may_read(&parts.uri, &parts.headers),
            false => self.guard.may_act(&parts.uri, &parts.headers),
        };
        if let Err(why) = allowed {
            return refusal(StatusCode::FORBIDDEN, "refused", why).into();
        }
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let known: Option<(Option<Question>, bool)> = match segments[..] {
            [""] => Some((None, true)),
            ["failures", _] => Some((None, true)),
            ["failures", id, deed] => {
                let deed = Deed::named(deed);
                deed.map(|deed| (Some(Question::Frame(id, deed)), false))
            }
            ["pin"] => Some((Some(Question::Pin), false)),
            ["pin", "show"] => Some((Some(Question::ShowPin), false)),
            _ => None,
        };
        let Some((asks, reads_here)) = known else {
            return refusal(
                StatusCode::NOT_FOUND,
                "unknown",
                "the debugger has no such address",
            )
            .into();
        };
        if reads != reads_here || !(reads || parts.method == Method::POST) {
            let allow = if reads_here { "GET, HEAD" } else { "POST" };
            let mut response = Response::from(refusal(
                StatusCode::METHOD_NOT_ALLOWED,
                "method",
                "the address is not for that method",
            ));
            let allow = FieldValue::from_static(allow);
            response.headers_mut().insert(names::ALLOW, allow);
            return response;
        }
        match (asks, segments.last()) {
            (Some(question), _) => self
                .asked(question, &parts.headers, &parts.received, body)
                .unwrap_or_else(Response::from),
            (None, Some(name)) if !name.is_empty() => self.page_of(name, &parts.headers),
            _ => {
                let view = self.view();
                let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                let failures: Vec<_> = kept.iter().rev().cloned().collect();
                drop(kept);
                html(
                    StatusCode::OK,
                    page::list(&failures, &view).into(),
                    &view.nonce,
                )
            }
        }
    }

    fn page_of(&self, name: &str, headers: &Headers) -> Response {
        let (id, form) = match name.rsplit_once('.') {
            Some((id, "txt")) => (id, ErrorForm::Text),
            Some((id, "json")) => (id, ErrorForm::Problem),
            _ => (name, form_for(headers)),
        };
        match self.find(id) {
            Some(failure) => self.show(&failure, form, StatusCode::OK),
            None if form == ErrorForm::Html => {
                let view = self.view();
                let page = page::ended(&view);
                html(StatusCode::NOT_FOUND, page.into(), &view.nonce)
            }
            None => ended().into(),
        }
    }

    /// A failure in the form that is asked for.
    fn show(&self, failure: &Arc<Failure>, form: ErrorForm, status: StatusCode) -> Response {
        match form {
            ErrorForm::Text => typed(status, "text/plain; charset=utf-8", report::text(failure)),
            ErrorForm::Problem => {
                let mut text = report::json(failure).to_string();
                text.push('\n');
                typed(status, "application/problem+json", text)
            }
            _ => {
                let view = self.view();
                let nonce = view.nonce.clone();
                let pieces = page::failure(Arc::clone(failure), view);
                html(status, Body::chunks(pieces.map(Ok)), &nonce)
            }
        }
    }

    fn view(&self) -> View {
        View {
            // Without randomness the page has neither script nor style, and can be read.
            nonce: random_url_safe(UNGUESSABLE).unwrap_or_default(),
            secret: self.settings.console.then(|| self.secret.clone()),
            editor: self.settings.editor.clone(),
        }
    }

    fn find(&self, id: &str) -> Option<Arc<Failure>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // An id is a secret as well: whoever has it may read the failure.
        kept.iter()
            .find(|failure| constant_time_eq(&failure.id, id))
            .cloned()
    }

    /// The answer to a question of the page's.
    fn asked(
        &self,
        question: Question<'_>,
        headers: &Headers,
        received: &Received,
        body: Body,
    ) -> Result<Response, Refusal> {
        let asked = self.read(headers, body)?;
        if !self.settings.console {
            return Err(refusal(
                StatusCode::FORBIDDEN,
                "console",
                "the console is turned off",
            ));
        }
        let port = received.local().map_or(0, |local| local.port());
        match question {
            Question::Pin => {
                let pin = asked["pin"].as_str().unwrap_or_default();
                self.open(pin, port, received)
            }
            Question::ShowPin => {
                if let Some(pin) = self.pin.shown() {
                    report::say(&format!("debugger: the PIN is {pin}\n"));
                }
                Ok(typed_json(StatusCode::OK, &json!({"shown": true})))
            }
            Question::Frame(id, deed) => {
                let cookies = headers.get_all(names::COOKIE);
                let cookies: Vec<_> = cookies.map(|value| value.to_utf8_lossy()).collect();
                let known = self.pin.is_known(&cookies.join("; "), port);
                if !known {
                    return Err(self.closed());
                }
                prompt::answer(self.find(id), deed, &asked)
            }
        }
    }

    /// What the page asks: JSON that begins with the secret.
    fn read(&self, headers: &Headers, body: Body) -> Result<Value, Refusal> {
        let kind = headers
            .get(names::CONTENT_TYPE)
            .map(FieldValue::to_utf8_lossy);
        if !kind.is_some_and(|kind| ContentType::parse(&kind).is("application/json")) {
            return Err(refusal(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "type",
                "a question is JSON: application/json",
            ));
        }
        let bytes = body
            .into_bytes(QUESTION)
            .map_err(|error| refusal_of(error.status_hint(), "the question is too long"))?;
        let asked: Value = serde_json::from_slice(&bytes).map_err(|_| {
            refusal(
                StatusCode::BAD_REQUEST,
                "request",
                "the question is not JSON",
            )
        })?;
        let secret = asked["secret"].as_str().unwrap_or_default();
        if !constant_time_eq(secret, &self.secret) {
            return Err(refusal(
                StatusCode::FORBIDDEN,
                "secret",
                "the page is of another run of the program: load it again",
            ));
        }
        Ok(asked)
    }

    fn open(&self, pin: &str, port: u16, received: &Received) -> Result<Response, Refusal> {
        match self.pin.enter(pin) {
            Entered::Right => {
                let mut response = typed_json(StatusCode::OK, &json!({"open": true}));
                let secure = received.scheme() == Scheme::Https;
                if let Some(cookie) = self.pin.cookie(MOUNT, port, secure) {
                    response.headers_mut().append(names::SET_COOKIE, &cookie);
                }
                Ok(response)
            }
            Entered::Wrong { left } => {
                let told = json!({"error": "pin", "left": left, "message": format!("wrong PIN; {left} tries are left")});
                Err(Refusal {
                    status: StatusCode::FORBIDDEN,
                    told,
                })
            }
            Entered::Locked => Err(self.closed()),
        }
    }

    /// Why the console does not answer whoever has not entered the PIN.
    fn closed(&self) -> Refusal {
        if self.pin.is_locked() {
            return refusal(
                StatusCode::FORBIDDEN,
                "locked",
                "too many wrong PINs: the console is locked until the program is started again",
            );
        }
        refusal(
            StatusCode::UNAUTHORIZED,
            "pin",
            "the PIN on the terminal opens the console",
        )
    }
}

/// What the page asks for beside pages.
enum Question<'a> {
    /// The prompt of a frame of the failure with that id.
    Frame(&'a str, Deed),
    Pin,
    ShowPin,
}

impl fmt::Debug for Desk {
    /// Neither secret nor failures.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

/// HTML for whoever names it, JSON for whoever prefers it, and text for whoever takes anything: `fetch` and curl, that is.
fn form_for(headers: &Headers) -> ErrorForm {
    let accept = headers.get(names::ACCEPT).map(FieldValue::to_utf8_lossy);
    let accept = Accept::parse(accept.as_deref().unwrap_or_default());
    match accept.items().iter().all(|(range, _)| range == "*/*") {
        true => ErrorForm::Text,
        false => ErrorForm::preferred(&accept),
    }
}

fn ended() -> Refusal {
    refusal(
        StatusCode::NOT_FOUND,
        "ended",
        "this failure is not kept any more: make the request again",
    )
}

fn refusal_of(status: u16, why: &str) -> Refusal {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    refusal(status, "request", why)
}

/// What is not answered, and why.
struct Refusal {
    status: StatusCode,
    told: Value,
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        typed_json(refusal.status, &refusal.told)
    }
}

/// A refusal by a word for the page's script and a sentence for a person.
fn refusal(status: StatusCode, error: &str, why: &str) -> Refusal {
    Refusal {
        status,
        told: json!({"error": error, "message": why}),
    }
}

fn typed_json(status: StatusCode, value: &Value) -> Response {
    typed(status, "application/json", value.to_string())
}

/// A page with the policy that lets nothing run or load but what it brings itself.
fn html(status: StatusCode, body: Body, nonce: &str) -> Response {
    let mut response = typed(status, "text/html; charset=utf-8", body);
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    // A nonce is letters, digits, dashes and underscores.
    let _ = response
        .headers_mut()
        .try_insert(names::CONTENT_SECURITY_POLICY, policy);
    response
}

/// An answer that is not stored, not framed, not guessed at, and not told of elsewhere.
fn typed(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        ("Content-Type", content_type),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Vary", "Accept"),
    ] {
        // Names and values are those above.
        let _ = headers.try_append(name, value);
    }
    response
}
