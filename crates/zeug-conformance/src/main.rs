//! The conformance driver: reads questions, asks the area's file, writes answers. It refuses nothing but broken JSON.

mod args;
mod datastructures;
mod exceptions;
mod forms;
mod http;
mod middleware;
mod request;
mod response;
mod routing;
mod security;
mod session;
mod signing;
mod urls;
mod utils;

use std::io::{self, BufRead, BufWriter, Write};

use serde_json::{Map, Value};

/// What an operation answers: a value, or an error kind of the protocol.
type Outcome = Result<Value, Failure>;

/// An error kind of the protocol, with its data where the kind has any.
#[derive(Debug)]
struct Failure {
    kind: &'static str,
    data: Option<Value>,
}

impl Failure {
    /// An error kind without data.
    fn new(kind: &'static str) -> Self {
        Self { kind, data: None }
    }

    /// The answer to an operation that zeug does not have.
    fn unsupported() -> Self {
        Self::new("unsupported_op")
    }
}

/// Hands a question to the file of its area.
fn answer(op: &str, args: &Value) -> Outcome {
    match op.split_once('.').map_or(op, |(area, _)| area) {
        "forms" => forms::answer(op, args),
        "routing" => routing::answer(op, args),
        "http" => http::answer(op, args),
        "datastructures" => datastructures::answer(op, args),
        "urls" => urls::answer(op, args),
        "exceptions" => exceptions::answer(op, args),
        "middleware" => middleware::answer(op, args),
        "request" => request::answer(op, args),
        "response" => response::answer(op, args),
        "security" => security::answer(op, args),
        "session" => session::answer(op, args),
        "signing" => signing::answer(op, args),
        "utils" => utils::answer(op, args),
        _ => Err(Failure::unsupported()),
    }
}

/// An outcome as the members of an answer: `ok`, or `err` and perhaps `data`.
fn members(outcome: Outcome) -> Map<String, Value> {
    let mut object = Map::new();
    match outcome {
        Ok(value) => {
            object.insert("ok".into(), value);
        }
        Err(failure) => {
            object.insert("err".into(), failure.kind.into());
            if let Some(data) = failure.data {
                object.insert("data".into(), data);
            }
        }
    }
    object
}

fn main() -> io::Result<()> {
    let mut output = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let question: Value = serde_json::from_str(&line).map_err(io::Error::other)?;
        let op = question["op"].as_str().unwrap_or_default();
        let mut object = Map::new();
        object.insert("id".into(), question["id"].clone());
        object.extend(members(answer(op, &question["args"])));
        serde_json::to_writer(&mut output, &Value::Object(object))?;
        output.write_all(b"\n")?;
    }
    output.flush()
}
