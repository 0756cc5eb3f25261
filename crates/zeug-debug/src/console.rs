//! Owns the prompt: which level answers a line. Level 1 looks, at once and everywhere; level 2 is compiled Rust, where the feature `console` is on and the program's records are there.
//! Neither is done here.

#[cfg_attr(
    not(all(
        feature = "console",
        target_os = "linux",
        target_env = "gnu",
        any(target_arch = "x86_64", target_arch = "aarch64")
    )),
    path = "console/absent.rs"
)]
mod rust;

pub(crate) use self::rust::Sessions;
use crate::failure::Failure;
use crate::traceback::{Answer, Completed};

/// What a line was answered.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) value: String,
    pub(crate) type_name: String,
    /// In place of a value.
    pub(crate) wrong: Option<Wrong>,
    /// What the line printed.
    pub(crate) output: String,
    /// It printed more.
    pub(crate) cut: bool,
    /// What is to be known of the value.
    pub(crate) warnings: Vec<String>,
    /// Why the line was not compiled, and what to do.
    pub(crate) note: Option<String>,
}

/// What was wrong with a line, or with its run.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// A word for the page's script.
    pub(crate) kind: &'static str,
    pub(crate) text: String,
    /// The same with colours, as HTML.
    pub(crate) html: Option<String>,
}

impl Reply {
    fn wrong(kind: &'static str, text: impl Into<String>) -> Self {
        Self {
            wrong: Some(Wrong {
                kind,
                text: text.into(),
                html: None,
            }),
            ..Self::default()
        }
    }
}

impl From<Result<Answer, String>> for Reply {
    fn from(answer: Result<Answer, String>) -> Self {
        match answer {
            Ok(answer) => Self {
                value: answer.value,
                type_name: answer.type_name,
                ..Self::default()
            },
            Err(text) => Self::wrong("line", text),
        }
    }
}

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Level 1 alone.
    Look,
    /// Level 1, and level 2 where that has no answer.
    #[cfg_attr(
        not(all(
            feature = "console",
            target_os = "linux",
            target_env = "gnu",
            any(target_arch = "x86_64", target_arch = "aarch64")
        )),
        expect(dead_code, reason = "without level 2 nobody says so")
    )]
    LookFirst,
    /// Level 2, and level 1 where there is none.
    Compile,
}

/// What is known of a frame before anything is asked.
#[derive(Debug, Default)]
pub(crate) struct About {
    /// Any Rust is answered.
    pub(crate) compiles: bool,
    /// Why it is not, and what to do.
    pub(crate) note: Option<String>,
    /// The variables that a compiled line can read.
    pub(crate) bound: Vec<String>,
    /// Those that it cannot, each with a sentence.
    pub(crate) missing: Vec<(String, String)>,
}

/// The answer to a line; none where there is no such frame, or nothing that can be asked.
pub(crate) fn answer(failure: &Failure, frame: usize, line: &str) -> Option<Reply> {
    let frozen = failure.frozen(frame)?;
    let look = || Some(Reply::from(failure.evaluate(frame, line)?));
    let way = match frozen.snapshot() {
        Some(_) => rust::way(&failure.sessions, frame, line),
        None => Way::Look,
    };
    if way != Way::Compile {
        let seen = look()?;
        if way == Way::Look || seen.wrong.is_none() {
            return Some(seen);
        }
    }
    let compiled = match frozen.snapshot() {
        Some(snapshot) => rust::answer(&failure.sessions, snapshot, frame, line),
        None => Err(None),
    };
    match compiled {
        Ok(reply) => Some(reply),
        Err(note) => Some(Reply { note, ..look()? }),
    }
}

/// What may stand where a line ends; none where there is no such frame, or nothing that can be asked.
pub(crate) fn complete(
    failure: &Failure,
    frame: usize,
    line: &str,
) -> Option<Result<Completed, String>> {
    let mut completed = failure.complete(frame, line)?;
    if let Ok(completed) = &mut completed {
        let begun = line.get(completed.start..).unwrap_or_default();
        let after_a_dot = line[..line.len() - begun.len()].ends_with('.');
        let kept = rust::names(&failure.sessions, frame);
        let kept = kept
            .into_iter()
            .filter(|name| name.starts_with(begun) && name != begun);
        completed.names.extend(kept.filter(|_| !after_a_dot));
        completed.names.sort_unstable();
        completed.names.dedup();
    }
    Some(completed)
}

/// What is known of a frame; none where there is no such frame, or nothing that can be asked.
///
/// The compiler looks at the frame's function for it, and then goes on with what the first line would wait for. Code of the program's build may run, so that this is only for somebody who
/// has the PIN.
pub(crate) fn about(failure: &Failure, frame: usize) -> Option<About> {
    let snapshot = failure.frozen(frame)?.snapshot();
    Some(snapshot.map_or_else(About::default, |snapshot| {
        rust::about(&failure.sessions, snapshot, frame)
    }))
}

/// Ends what is compiled or run for a frame; none where there is no such frame, or nothing that can be asked.
pub(crate) fn stop(failure: &Failure, frame: usize) -> Option<()> {
    failure.frozen(frame)?;
    rust::stop(&failure.sessions, frame);
    Some(())
}

/// Notes how the program was built, as long as its file is where it was.
pub(crate) fn begin() {
    rust::begin();
}
