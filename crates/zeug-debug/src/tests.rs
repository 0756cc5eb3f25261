//! Owns what the tests of the debugger's own addresses share: an application, a failure whose frames count what they are asked, and requests to them.

mod guards;
mod pages;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use zeug_gateway::{Handler, HandlerExt, IntoHandler, Received, Request, Response};

use crate::asked::{Asked, Kept};
use crate::debugger::{Debugged, Debugger};
use crate::failure::{Caught, Failure, Frozen};
use crate::hidden::HiddenNames;
use crate::snapshot::Snapshot;
use crate::traceback::{Answer, Completed, FailureKind, Frame, Place, Shown, Variable};

pub(super) const PIN: &str = "123-456-789";
pub(super) const EVIL: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

/// Frames that count what they are asked.
#[derive(Debug, Default)]
pub(super) struct Counting {
    pub(super) asked: Arc<AtomicUsize>,
    frames: Vec<Frame>,
}

impl Frozen for Counting {
    fn frames(&self, _: Duration) -> Result<(Vec<Frame>, Option<String>), String> {
        Ok((self.frames.clone(), None))
    }

    fn evaluate(&self, _: usize, line: &str, _: Duration) -> Result<Answer, String> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match line {
            "bad" => Err("no such name".to_owned()),
            _ => Ok(Answer {
                value: "3".to_owned(),
                type_name: "usize".to_owned(),
            }),
        }
    }

    fn complete(&self, _: usize, line: &str, _: Duration) -> Result<Completed, String> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(Completed {
            start: line.len(),
            names: vec!["len()".to_owned()],
        })
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        None
    }
}

pub(super) fn variable(name: &str, value: &str) -> Variable {
    Variable {
        name: name.to_owned(),
        type_name: format!("Text<{EVIL}>"),
        value: Shown::Value(value.to_owned()),
        line: None,
    }
}

/// A frame of the program's own, in this file.
pub(super) fn frame(function: &str, variables: Vec<Variable>) -> Frame {
    Frame {
        function: function.to_owned(),
        place: Some(Place {
            file: PathBuf::from(file!()),
            line: 20,
            column: 5,
        }),
        own: true,
        inlined: false,
        variables,
    }
}

type App = Debugged<Box<dyn Handler>>;

/// An application that fails below `/fail`, and beside its address answers `fine`.
pub(super) fn app(debugger: Debugger) -> App {
    let app = |request: zeug_messages::Request| {
        assert!(request.raw_path() != "/fail", "no luck {EVIL}");
        "fine"
    };
    let app: Box<dyn Handler> = Box::new(app.into_handler());
    app.with(debugger)
}

/// A failure that is kept, and the count of what its frames are asked.
pub(super) fn kept(app: &App, request: Request) -> (Arc<Failure>, Arc<AtomicUsize>) {
    let counting = Counting {
        frames: vec![
            frame(
                &format!("shop::<{EVIL}>::total"),
                vec![variable("user_name", EVIL), variable("password", "mellon")],
            ),
            Frame {
                own: false,
                place: None,
                ..frame("core::ops::call", Vec::new())
            },
        ],
        ..Counting::default()
    };
    let count = Arc::clone(&counting.asked);
    let caught = Caught {
        kind: FailureKind::Panic,
        message: format!("no luck {EVIL}"),
        type_name: Some(EVIL.to_owned()),
        causes: vec![EVIL.to_owned()],
        place: None,
        thread: EVIL.to_owned(),
        frozen: Ok(Box::new(counting)),
        stack: None,
    };
    let hidden = HiddenNames::default();
    let mut asked = Kept::default();
    asked.keep(&request, request.uri().path());
    let failure = app
        .desk()
        .keep(Asked::of(&asked, &hidden), caught)
        .expect("the system has randomness");
    (failure, count)
}

/// A request as a client sends it, from this machine unless it says otherwise.
pub(super) struct Ask {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) body: String,
    pub(super) peer: &'static str,
    pub(super) local: &'static str,
}

impl Ask {
    pub(super) fn get(path: &str) -> Self {
        Self {
            method: "GET",
            path: path.to_owned(),
            fields: vec![
                ("host", "localhost:5000".to_owned()),
                ("accept", "text/html".to_owned()),
            ],
            body: String::new(),
            peer: "127.0.0.1:40000",
            local: "127.0.0.1:5000",
        }
    }

    /// The field with another value; nothing takes it away.
    pub(super) fn field(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.fields.retain(|(other, _)| *other != name);
        self.fields
            .extend(value.map(|value| (name, value.to_owned())));
        self
    }

    pub(super) fn request(self) -> Request {
        let mut raw = http::Request::builder().method(self.method).uri(self.path);
        for (name, value) in self.fields {
            raw = raw.header(name, value);
        }
        let mut request = Request::from(raw.body(self.body).expect("a request"));
        let address = |text: &str| text.parse().ok();
        *request.received_mut() = Received::default()
            .with_peer(address(self.peer))
            .with_local(address(self.local));
        request
    }

    pub(super) fn send(self, app: &App) -> Response {
        app.handle(self.request())
    }
}

pub(super) fn text(response: Response) -> String {
    let bytes = response.into_body().into_bytes(1 << 20).expect("a body");
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}
