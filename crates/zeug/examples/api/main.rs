//! A JSON API that describes itself: notes to make, read, change and drop, `/openapi.json` and `/postman.json` made of the same map that routes. Start it with
//! `cargo run -p zeug --example api --features routing,test [ADDRESS]`. With the feature `debug` a failure shows itself in the browser, and some are below `/broken/`.

#[cfg(feature = "debug")]
mod broken;
mod openapi;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use openapi::Trial;
use serde_json::{Value, json};
use zeug::gateway::IntoHandler;
use zeug::http::{Method, StatusCode};
use zeug::routing::{Map, RoutingError, Rule};
use zeug::{HttpError, Request, Response, abort, run_simple};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Endpoint {
    Notes,
    Note,
    OpenApi,
    Postman,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

struct Api {
    map: Map<Endpoint>,
    notes: Mutex<BTreeMap<u32, Value>>,
}

impl Api {
    fn new() -> Result<Self, RoutingError> {
        let map = Map::builder()
            .rule(Rule::new("/notes", Endpoint::Notes).methods(["GET", "POST"]))
            .rule(
                Rule::new("/notes/<int(min=1, max=999999):id>", Endpoint::Note)
                    .methods(["GET", "PUT", "DELETE"]),
            )
            .rule(Rule::new("/openapi.json", Endpoint::OpenApi).methods(["GET"]))
            .rule(Rule::new("/postman.json", Endpoint::Postman).methods(["GET"]))
            .build()?;
        let notes = Mutex::default();
        Ok(Self { map, notes })
    }

    fn notes(&self) -> MutexGuard<'_, BTreeMap<u32, Value>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request) -> Result<Response, HttpError> {
        #[cfg(feature = "debug")]
        if let Some(how) = request.raw_path().strip_prefix("/broken/") {
            return broken::answer(how);
        }
        let urls = request.bind(&self.map)?;
        let found = request.route(&urls)?;
        match found.endpoint() {
            Endpoint::Notes if request.method() == Method::POST => {
                let note = note(request)?;
                let mut notes = self.notes();
                let id = notes.last_key_value().map_or(1, |(last, _)| last + 1);
                notes.insert(id, note);
                let url = urls
                    .url_for(&Endpoint::Note)
                    .arg("id", i64::from(id))
                    .build()?;
                let made = Response::json(&json!({"id": id}))?.with_status(StatusCode::CREATED);
                Ok(made.try_with_header("Location", url)?)
            }
            Endpoint::Notes => Response::json(&*self.notes()),
            Endpoint::Note => self.note(request, found.args().get("id")?),
            Endpoint::OpenApi => Response::json(&openapi::openapi(&self.map, "Notes", described)),
            Endpoint::Postman => Response::json(&openapi::postman(&self.map, "Notes", tried)),
        }
    }

    fn note(&self, request: &Request, id: u32) -> Result<Response, HttpError> {
        let changed = match *request.method() {
            Method::PUT => Some(note(request)?),
            _ => None,
        };
        let mut notes = self.notes();
        let Some(kept) = notes.get_mut(&id) else {
            abort!(404, "there is no note {id}")
        };
        if let Some(changed) = changed {
            *kept = changed;
        }
        let answer = Response::json(kept)?;
        if request.method() == Method::DELETE {
            notes.remove(&id);
        }
        Ok(answer)
    }
}

/// The note that a request brings.
fn note(request: &Request) -> Result<Value, HttpError> {
    let note: Value = request.json()?;
    match note.get("text") {
        Some(Value::String(_)) => Ok(note),
        _ => abort!(422, "a note has a `text`"),
    }
}

/// What rules do not say about the endpoints.
fn described(endpoint: &Endpoint, method: &str) -> Value {
    let note =
        json!({"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}});
    match (endpoint, method) {
        (Endpoint::Notes | Endpoint::Note, "POST" | "PUT") => {
            json!({"requestBody": {"required": true, "content": {"application/json": {"schema": note}}}})
        }
        _ => json!({}),
    }
}

/// How each endpoint is tried: with the note that was made first.
fn tried(endpoint: &Endpoint, method: &str) -> Option<Trial> {
    Some(Trial {
        body: matches!(method, "POST" | "PUT").then(|| json!({"text": "of Postman's"})),
        values: &[("id", "1")],
        status: match (endpoint, method) {
            (Endpoint::Notes, "POST") => 201,
            _ => 200,
        },
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Api::new()?;
    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or("127.0.0.1:5000");
    let app = (move |request: Request| api.answer(&request)).into_handler();
    #[cfg(feature = "debug")]
    let app = zeug::gateway::HandlerExt::with(app, zeug::debug::Debugger::new());
    Ok(run_simple(address, app)?)
}
