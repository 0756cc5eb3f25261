//! Owns a failure: what was caught, and its frames, which are asked for once. It renders nothing.

use std::any::Any;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use http::StatusCode;
use zeug_gateway::Response;
use zeug_messages::HttpError;

use crate::asked::Asked;
use crate::console::Sessions;
use crate::hidden::HiddenNames;
use crate::snapshot::{Snapshot, Stack};
use crate::traceback::{Answer, Completed, FailureKind, Frame, Place, Shown};

/// How long the frames may take: a big program's take half a second.
pub(crate) const FRAMES: Duration = Duration::from_secs(10);
/// How long the lines of the frames are looked for where there are no variables.
const WALKED: Duration = Duration::from_secs(5);
/// How long the console may take over a line.
const LINE: Duration = Duration::from_secs(10);

/// Frames that stand still and can be asked.
pub(crate) trait Frozen: fmt::Debug + Send + Sync {
    /// As [`Snapshot::frames`].
    fn frames(&self, patience: Duration) -> Result<(Vec<Frame>, Option<String>), String>;
    /// As [`Snapshot::evaluate`].
    fn evaluate(&self, frame: usize, line: &str, patience: Duration) -> Result<Answer, String>;
    /// As [`Snapshot::complete`].
    fn complete(&self, frame: usize, line: &str, patience: Duration) -> Result<Completed, String>;
    /// The process itself, in which a compiled line can be run.
    fn snapshot(&self) -> Option<&Snapshot>;
}

impl Frozen for Snapshot {
    fn frames(&self, patience: Duration) -> Result<(Vec<Frame>, Option<String>), String> {
        self.frames(patience)
    }

    fn evaluate(&self, frame: usize, line: &str, patience: Duration) -> Result<Answer, String> {
        self.evaluate(frame, line, patience)
    }

    fn complete(&self, frame: usize, line: &str, patience: Duration) -> Result<Completed, String> {
        self.complete(frame, line, patience)
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        Some(self)
    }
}

/// A failure as it was caught, before anything was asked of it.
#[derive(Debug)]
pub(crate) struct Caught {
    pub(crate) kind: FailureKind,
    /// The panic's text, or the error's.
    pub(crate) message: String,
    /// The type of the error, where it is known.
    pub(crate) type_name: Option<String>,
    /// The error's sources, the nearest first.
    pub(crate) causes: Vec<String>,
    pub(crate) place: Option<Place>,
    pub(crate) thread: String,
    /// The frozen frames, or a sentence that says why there are none and what to change.
    pub(crate) frozen: Result<Box<dyn Frozen>, String>,
    /// Where it stood; none where capture has not seen it.
    pub(crate) stack: Option<Stack>,
}

impl Caught {
    /// A panic, which capture has seen, or of which nothing is known but its payload.
    pub(crate) fn panic(seen: Option<Self>, payload: &(dyn Any + Send)) -> Self {
        if let Some(seen) = seen.filter(|seen| seen.kind == FailureKind::Panic) {
            return seen;
        }
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Self::unseen(
            FailureKind::Panic,
            text.unwrap_or("a value that is no text").to_owned(),
        )
    }

    /// The error that a 500 was rendered from; none where the answer is another, or was made by hand.
    pub(crate) fn told(response: &Response) -> Option<&HttpError> {
        match response.status() == StatusCode::INTERNAL_SERVER_ERROR {
            true => HttpError::of(response.extensions()),
            false => None,
        }
    }

    /// An error that was answered, with what capture has seen of it.
    pub(crate) fn error(seen: Option<Self>, error: &HttpError) -> Self {
        let location = error.location();
        let place = Place {
            file: PathBuf::from(location.file()),
            line: location.line(),
            column: location.column(),
        };
        let mut chain = error.chain().map(ToString::to_string);
        let message = chain.next().unwrap_or_else(|| error.to_string());
        let causes = chain.collect();
        let seen = seen.filter(|seen| {
            seen.kind == FailureKind::Error
                && seen
                    .place
                    .as_ref()
                    .is_none_or(|seen| (seen.line, seen.column) == (place.line, place.column))
        });
        Self {
            message: message.clone(),
            causes,
            place: Some(place),
            ..seen.unwrap_or_else(|| Self::unseen(FailureKind::Error, message))
        }
    }

    /// The frames with their variables; and, where variables are missing as a whole, the sentence that says why.
    ///
    /// # Errors
    ///
    /// The sentence that says why the frames cannot be asked.
    pub(crate) fn frames(
        &self,
        patience: Duration,
    ) -> Result<(Vec<Frame>, Option<String>), String> {
        match &self.frozen {
            Ok(frozen) => frozen.frames(patience),
            Err(why) => Err(why.clone()),
        }
    }

    /// The frames without variables: for when the others cannot be had.
    pub(crate) fn walked(&self) -> Vec<Frame> {
        let stack = self.stack.as_ref();
        stack.map_or_else(Vec::new, |stack| stack.frames(WALKED))
    }

    /// A failure that capture has not seen.
    fn unseen(kind: FailureKind, message: String) -> Self {
        let thread = std::thread::current();
        Self {
            kind,
            message,
            type_name: None,
            causes: Vec::new(),
            place: None,
            thread: thread.name().unwrap_or("unnamed").to_owned(),
            frozen: Err("the frames of this failure were not kept".to_owned()),
            stack: None,
        }
    }
}

/// A request that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Cannot be guessed.
    pub(crate) id: String,
    pub(crate) at: SystemTime,
    pub(crate) asked: Asked,
    pub(crate) caught: Caught,
    hidden: Arc<HiddenNames>,
    traced: OnceLock<Traced>,
    pub(crate) sessions: Sessions,
}

/// The frames of a failure, the innermost first.
#[derive(Debug)]
pub(crate) struct Traced {
    pub(crate) frames: Vec<Frame>,
    /// Why there are no variables, and what to change.
    pub(crate) note: Option<String>,
    /// Whether the frames can be asked.
    pub(crate) frozen: bool,
}

impl Failure {
    pub(crate) fn new(id: String, asked: Asked, caught: Caught, hidden: Arc<HiddenNames>) -> Self {
        Self {
            id,
            at: SystemTime::now(),
            asked,
            caught,
            hidden,
            traced: OnceLock::new(),
            sessions: Sessions::default(),
        }
    }

    /// The frames. Whoever asks first waits for them, up to ten seconds, and the others with it.
    pub(crate) fn traced(&self) -> &Traced {
        self.traced.get_or_init(|| {
            let asked = self.caught.frames(FRAMES);
            let frozen = asked.is_ok();
            let (mut frames, note) = asked.unwrap_or_else(|why| (self.caught.walked(), Some(why)));
            if let Some(own) = frames.iter().position(is_debuggers) {
                frames.truncate(own);
            }
            for variable in frames.iter_mut().flat_map(|frame| &mut frame.variables) {
                match &mut variable.value {
                    shown if self.hidden.hides(&variable.name) => *shown = Shown::Hidden,
                    Shown::Value(value) => *value = self.asked.redacted(std::mem::take(value)),
                    _ => {}
                }
            }
            Traced {
                frames,
                note,
                frozen,
            }
        })
    }

    /// The console's answer to a line; none where there is no such frame, or nothing that can be asked.
    pub(crate) fn evaluate(&self, frame: usize, line: &str) -> Option<Result<Answer, String>> {
        Some(self.frozen(frame)?.evaluate(frame, line, LINE))
    }

    /// What may stand where a line ends; none where there is no such frame, or nothing that can be asked.
    pub(crate) fn complete(&self, frame: usize, line: &str) -> Option<Result<Completed, String>> {
        Some(self.frozen(frame)?.complete(frame, line, LINE))
    }

    /// What is asked of a frame; none where there is no such frame, or nothing that can be asked.
    pub(crate) fn frozen(&self, frame: usize) -> Option<&dyn Frozen> {
        let traced = self.traced();
        let frozen = self.caught.frozen.as_ref().ok()?;
        traced.frames.get(frame).filter(|_| traced.frozen)?;
        Some(&**frozen)
    }

    /// What happened, in a word.
    pub(crate) fn verb(&self) -> &'static str {
        match self.caught.kind {
            FailureKind::Panic => "panicked",
            FailureKind::Error => "failed",
        }
    }
}

/// Whether a frame is the debugger's own: what called it is a server, which has no part in the failure.
fn is_debuggers(frame: &Frame) -> bool {
    frame
        .function
        .starts_with("<zeug_debug::debugger::Debugged")
}

/// The file itself: names in a program are relative to where it was compiled, which is the folder that it runs in or one around that.
pub(crate) fn resolved(file: &Path) -> PathBuf {
    if file.is_absolute() {
        return file.to_owned();
    }
    let here = std::env::current_dir().unwrap_or_default();
    let found = here
        .ancestors()
        .map(|folder| folder.join(file))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| here.join(file))
}

/// The file as a person reads it: without the folder that the program runs in, and of a library its name on.
pub(crate) fn short(file: &Path) -> String {
    let text = file.display().to_string();
    if let Some((_, library)) = text.split_once("/library/")
        && (text.starts_with("/rustc/") || text.contains("/rustlib/src/rust/"))
    {
        return library.to_owned();
    }
    if let Some((_, behind)) = text.split_once("/registry/src/")
        && let Some((_, library)) = behind.split_once('/')
    {
        return library.to_owned();
    }
    let here = std::env::current_dir().unwrap_or_default();
    match file.strip_prefix(&here) {
        Ok(inside) => inside.display().to_string(),
        Err(_) => text,
    }
}
