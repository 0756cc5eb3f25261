//! Owns one frame that lines can be compiled for: a library for each line. What its names mean is the probe's, what the compiler says of a line the refusal's.

mod probe;
mod refusal;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::binding::{Binding, State, bind};
use crate::compiler::{Goal, Run};
use crate::line::Placed;
use crate::scaffold::{self, Injected, Questions, Reading};
use crate::site::Site;
use crate::workshop::{Bench, Shared, lock};
use crate::{Error, ErrorKind, Line, Place, Stop, image};

/// How many places are tried, from the innermost outwards.
const SITES: usize = 3;

/// A frame whose function was found and probed. Cheap to keep; it lives as long as it is wanted, also after its [`Workshop`](crate::Workshop).
#[derive(Debug)]
pub struct Frame {
    shared: Arc<Shared>,
    bench: Arc<Mutex<Bench>>,
    symbol: String,
    /// The source's name in the folder that the compiler is called in.
    within: PathBuf,
    source: String,
    site: Site,
    /// One for each binding.
    readings: Vec<Reading>,
    bindings: Vec<Binding>,
}

/// A library that runs one line. Its file is removed when this is dropped.
///
/// The function at [`entry`](Self::entry) is
/// `extern "C" fn(locals: *const *const u8, out: extern "C" fn(kind: u32, text: *const u8, len: usize))`. It reads each local by value from its address and drops none. It calls `out` with
///
/// | kind | text |
/// | --- | --- |
/// | 6 | nothing: the lines before are run, what is printed now is this line's |
/// | 2 | the name of the value's type; comes before the value |
/// | 1 | the value, by `Debug` (`{:#?}`), or by `Display` where there is no `Debug` |
/// | 4 | the value has neither `Debug` nor `Display`: its address and its size, eight bytes each |
/// | 3 | the message and place of a panic |
/// | 5 | why nothing was read: a variable's size is not the expected one |
/// | 0 | nothing: this is the end |
///
/// After kind 0 the process has to end by `_exit`, since the locals are still there to be dropped; if `out` comes back, the library does it with status 0. So the function never returns.
#[derive(Debug)]
pub struct Compiled {
    /// Where the shared library is.
    pub library: PathBuf,
    /// The address of the function in the library's image: add the base that it was loaded at.
    pub entry: u64,
    /// The order of the addresses that the function takes, as indices in [`Place::locals`].
    pub locals: Vec<usize>,
    /// The line with `_` replaced: what a later line's [`Line::last`] is, or, where this [`keeps`](Self::keeps), one of its [`Line::lets`].
    pub source: String,
    /// Whether this has a `let` or an item that later lines may stand on.
    pub keeps: bool,
    /// What is to be said with the answer: names that may be stale.
    pub warnings: Vec<String>,
}

impl Drop for Compiled {
    fn drop(&mut self) {
        // It goes with the workshop's folder otherwise.
        let _ = std::fs::remove_file(&self.library);
    }
}

impl Frame {
    pub(crate) fn probe(shared: &Arc<Shared>, place: &Place, stop: &Stop) -> Result<Self, Error> {
        let (unit, file) = shared.records.unit_of(&place.file)?;
        let named = || format!("{}:{}:{}", place.file.display(), place.line, place.column);
        let none = || Error::new(ErrorKind::NoStatement { place: named() });
        let source = std::fs::read_to_string(&file)
            .map_err(|error| Error::system(file.display(), &error))?;
        let bench = shared.bench(&unit)?;
        let within = lock(&bench)
            .mirror
            .within(&file)
            .map(Path::to_owned)
            .ok_or_else(none)?;
        let mut refused = none();
        for site in Site::find(&source, place.line, place.column)
            .into_iter()
            .take(SITES)
        {
            let (bindings, readings) = bind(&site, &place.locals);
            let mut frame = Self {
                shared: Arc::clone(shared),
                bench: Arc::clone(&bench),
                symbol: place.symbol.clone(),
                within: within.clone(),
                source: source.clone(),
                site,
                readings,
                bindings,
            };
            match frame
                .look_through(&place.locals, stop)
                .and_then(|()| frame.ask(stop))
            {
                Ok(()) => return Ok(frame),
                Err(error) if matches!(error.kind(), ErrorKind::Scaffold { .. }) => refused = error,
                Err(error) => return Err(error),
            }
        }
        Err(refused)
    }

    /// What the names of the frame's variables mean in a line.
    #[must_use]
    pub fn bound(&self) -> &[Binding] {
        &self.bindings
    }

    /// Compiles what all lines of this frame have in common, so that the first is as fast as the later ones.
    ///
    /// # Errors
    ///
    /// As for [`compile`](Self::compile).
    pub fn warm(&self, stop: &Stop) -> Result<(), Error> {
        let nothing = Line {
            source: "()".to_owned(),
            ..Line::default()
        };
        self.compile(&nothing, stop).map(drop)
    }

    /// Compiles a line.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rustc`] where the line is wrong, [`ErrorKind::Unreadable`] where it uses a name that has no value, [`ErrorKind::SourceChanged`] where the program's sources are newer
    /// than the program, [`ErrorKind::NotReproduced`] where the copy does not have the frame's function, [`ErrorKind::Stopped`].
    pub fn compile(&self, line: &Line, stop: &Stop) -> Result<Compiled, Error> {
        let complete = line.complete()?;
        let hidden: Vec<&str> = self
            .names(State::Bound)
            .chain(self.names(State::Stale))
            .collect();
        let mut lines = line
            .lets
            .iter()
            .map(|earlier| Placed::new(earlier, &hidden))
            .collect::<Result<Vec<_>, _>>()?;
        let placed = Placed::new(&complete.text, &hidden).map_err(|error| match &line.last {
            None => error,
            // The place is to be one of the line as it was given.
            Some(_) => Placed::new(&line.source, &hidden).err().unwrap_or(error),
        })?;
        let keeps = placed.keeps;
        lines.push(placed);
        let used = |name: &str| line.texts().any(|text| uses(text, name));
        let mut read = Vec::new();
        let mut locals = Vec::new();
        let mut warnings = Vec::new();
        for (binding, reading) in self.bindings.iter().zip(&self.readings) {
            let readable = matches!(binding.state, State::Bound | State::Stale);
            if readable && used(&binding.name) {
                read.push(reading.clone());
                locals.push(binding.local);
                if binding.state == State::Stale {
                    warnings.push(binding.said.clone());
                }
            }
        }
        let captured = self.readings.iter().filter(|reading| reading.captured);
        let captured: Vec<Reading> = captured.cloned().collect();
        let injected = scaffold::line(&self.source, &self.site, &read, &captured, lines);
        // Removed again where anything fails.
        let mut compiled = Compiled {
            entry: 0,
            locals,
            source: complete.text.clone(),
            keeps,
            warnings,
            library: self.shared.library(),
        };
        let run = self.build(&injected, &compiled.library, stop)?;
        if !run.passed {
            return Err(self.refused(&run, &injected, line, &complete));
        }
        compiled.entry = image::entry(&compiled.library, &self.symbol)?;
        Ok(compiled)
    }

    fn names(&self, state: State) -> impl Iterator<Item = &str> {
        let bindings = self.bindings.iter();
        bindings.filter_map(move |each| (each.state == state).then_some(each.name.as_str()))
    }

    /// Makes the library.
    fn build(&self, injected: &Injected, library: &Path, stop: &Stop) -> Result<Run, Error> {
        let mut bench = lock(&self.bench);
        self.shared.records.check(bench.compiler.unit())?;
        self.put(&mut bench, &injected.source)?;
        if !bench.thread_locals {
            let run = bench
                .compiler
                .run(bench.mirror.root(), Goal::Library, library, stop)?;
            // Code for programs reaches thread-locals in a way that no library can.
            let locals = ["TPOFF32", "TLSLE_"];
            if run.passed || !locals.iter().any(|word| run.said.contains(word)) {
                return Ok(run);
            }
            bench.thread_locals = true;
        }
        let goal = Goal::LibraryWithThreadLocals;
        bench.compiler.run(bench.mirror.root(), goal, library, stop)
    }

    fn put(&self, bench: &mut Bench, source: &str) -> Result<(), Error> {
        let put = bench.mirror.put(&self.within, source);
        put.map_err(|error| Error::system("the copy of the source cannot be written", &error))
    }

    fn check(&self, questions: &Questions, stop: &Stop) -> Result<Run, Error> {
        let mut bench = lock(&self.bench);
        self.shared.records.check(bench.compiler.unit())?;
        self.put(&mut bench, &questions.source)?;
        let library = Path::new("");
        bench
            .compiler
            .run(bench.mirror.root(), Goal::Check, library, stop)
    }
}

/// Whether a text has a name as a word, be it in a literal: what is bound and not used does no harm.
fn uses(text: &str, name: &str) -> bool {
    let root = name.split("__").next().unwrap_or(name);
    text.split(|each: char| !each.is_alphanumeric() && each != '_')
        .any(|word| word == name || word == root)
}
