//! Owns one frame that lines can be compiled for: an image or a library for each line. What its names mean is the probe's, what the compiler says of a line the refusal's.

mod probe;
mod refusal;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::bench::Bench;
use crate::binding::{Binding, State, bind};
use crate::compiler::{Goal, Run};
use crate::line::Placed;
use crate::link::{Program, Unlinked};
use crate::scaffold::{self, Alone, Injected, Questions, Reading};
use crate::site::Site;
use crate::workshop::{Shared, lock};
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
    /// The crate's root, and whether the crate is a program.
    root: Option<PathBuf>,
    is_program: bool,
    /// Whether code is made for the function alone, and not for the whole program.
    alone: AtomicBool,
}

/// Code that runs one line. Its file is removed when this is dropped.
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
    /// Where the code is.
    pub file: PathBuf,
    /// What it is, and how it is put into a process.
    pub form: Form,
    /// The address of the function: of an image as it is, of a library to be added to the base that it was loaded at.
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

/// What a [`Compiled`] line's file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// A shared library, for `dlopen`. Statics and thread-locals are its own.
    Library,
    /// An image of memory for a copy of the process that [`Workshop::of_process`](crate::Workshop::of_process) was told of, with whose functions, statics and thread-locals it is linked. The
    /// file begins with words of eight bytes:
    ///
    /// | word | |
    /// | ---: | --- |
    /// | 0 | `zeugline` |
    /// | 1 | the address that the whole file is to be mapped at, privately; nothing lies there |
    /// | 2 | how much of it is read and executed, whole pages; the rest is read and written |
    /// | 3 | its size |
    /// | 4 | the address of what the unwinder is told by `__register_frame`; 0 where there is nothing |
    /// | 5, 6 | the address of a list, and how many entries it has: each the address of a word, and that of a name; the word becomes what `dlsym` has for the name |
    /// | 7, 8 | the address and size of the standard library's panic hook with its lock, which a copy made in the hook has to clear |
    /// | 9, 10 | from the thread pointer to the thread's count of panics, and its size; cleared for the same reason |
    Image,
}

impl Drop for Compiled {
    fn drop(&mut self) {
        // It goes with the workshop's folder otherwise.
        let _ = std::fs::remove_file(&self.file);
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
                alone: AtomicBool::new(false),
                root: unit.root().map(Path::to_owned),
                is_program: unit.is_program(),
            };
            let alone = frame.site.root.is_some() && frame.root.is_some();
            frame.alone = AtomicBool::new(alone);
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
        let inject = |alone: bool| {
            let alone = alone.then(|| Alone {
                symbol: &self.symbol,
                is_here: self.is_program && self.root.as_ref() == Some(&self.within),
            });
            let lines = lines.clone();
            scaffold::line(&self.source, &self.site, alone, &read, &captured, lines)
        };
        let refused = |run: &Run, injected: &Injected| self.refused(run, injected, line, &complete);
        // Removed again where anything fails.
        let mut compiled = Compiled {
            entry: 0,
            locals,
            source: complete.text.clone(),
            keeps,
            warnings,
            file: self.shared.file(),
            form: Form::Image,
        };
        let image = match &self.shared.program {
            Some(program) => self.image(program, &compiled.file, &inject, &refused, stop)?,
            None => None,
        };
        if let Some(entry) = image {
            compiled.entry = entry;
            return Ok(compiled);
        }
        compiled.form = Form::Library;
        let statics = line.texts().flat_map(|text| self.statics(text));
        compiled.warnings.extend(statics.map(|name| {
            format!("`{name}` is a copy of the static here, with the value that it starts with")
        }));
        let injected = inject(false);
        let mut bench = self.put(&injected.source, false)?;
        let run = bench.library(&compiled.file, stop)?;
        if !run.passed {
            return Err(refused(&run, &injected));
        }
        compiled.entry = image::entry(&compiled.file, &self.symbol)?;
        Ok(compiled)
    }

    /// The statics of the crate that a text names, as far as its sources tell.
    fn statics(&self, text: &str) -> Vec<String> {
        let words = text.split(|each: char| !each.is_alphanumeric() && each != '_');
        let mut names: Vec<&str> = words
            .filter(|word| word.chars().any(char::is_uppercase) && *word == word.to_uppercase())
            .collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Vec::new();
        }
        let sources = lock(&self.bench).compiler.unit().sources();
        let texts = sources.iter().map(std::fs::read_to_string);
        let texts: Vec<String> = texts.map_while(Result::ok).collect();
        let is_static = |name: &&str| {
            let declared =
                ["static ", "static mut ", "static ref "].map(|word| format!("{word}{name}:"));
            texts
                .iter()
                .any(|text| declared.iter().any(|declared| text.contains(declared)))
        };
        names
            .into_iter()
            .filter(is_static)
            .map(str::to_owned)
            .collect()
    }

    /// Makes an image, and tells its entry; none where only a library can be had.
    fn image(
        &self,
        program: &Program,
        to: &Path,
        inject: &dyn Fn(bool) -> Injected,
        refused: &dyn Fn(&Run, &Injected) -> Error,
        stop: &Stop,
    ) -> Result<Option<u64>, Error> {
        loop {
            let alone = self.alone.load(Ordering::Relaxed);
            let injected = inject(alone);
            let mut bench = self.put(&injected.source, alone)?;
            let goal = if alone {
                Goal::OneObject
            } else {
                Goal::Objects
            };
            let run = bench.objects(goal, stop)?;
            let again = if run.passed {
                match bench.link(program, &self.symbol, stop)? {
                    Ok(image) => {
                        let written = std::fs::write(to, &image.bytes);
                        written.map_err(|error| Error::system(to.display(), &error))?;
                        return Ok(Some(image.entry));
                    }
                    Err(Unlinked::NotReproduced(_)) if alone => true,
                    Err(Unlinked::NotReproduced(others)) => {
                        return Err(image::not_reproduced(&self.symbol, &others));
                    }
                    Err(Unlinked::Missing(_) | Unlinked::Odd(_)) => false,
                }
            } else {
                let error = refused(&run, &injected);
                if !alone || !matches!(error.kind(), ErrorKind::Scaffold { .. }) {
                    return Err(error);
                }
                true
            };
            if !again {
                return Ok(None);
            }
            self.alone.store(false, Ordering::Relaxed);
        }
    }

    fn names(&self, state: State) -> impl Iterator<Item = &str> {
        let bindings = self.bindings.iter();
        bindings.filter_map(move |each| (each.state == state).then_some(each.name.as_str()))
    }

    /// Puts a text in the stead of the source. Where the function is compiled alone, the crate's root says that there is no `main`.
    fn put(&self, source: &str, alone: bool) -> Result<MutexGuard<'_, Bench>, Error> {
        let mut bench = lock(&self.bench);
        self.shared.records.check(bench.compiler.unit())?;
        let root = self.root.as_ref();
        match root.filter(|root| alone && self.is_program && **root != self.within) {
            None => bench.put(&[(&self.within, source)])?,
            Some(root) => {
                let path = bench.compiler.unit().folder.join(root);
                let text = std::fs::read_to_string(&path)
                    .map_err(|error| Error::system(path.display(), &error))?;
                let text = scaffold::without_main(&text);
                bench.put(&[(&self.within, source), (root, &text)])?;
            }
        }
        Ok(bench)
    }

    fn check(&self, questions: &Questions, stop: &Stop) -> Result<Run, Error> {
        let bench = self.put(&questions.source, false)?;
        bench.run(Goal::Check, Path::new(""), stop)
    }
}

/// Whether a text has a name as a word, be it in a literal: what is bound and not used does no harm.
fn uses(text: &str, name: &str) -> bool {
    let root = name.split("__").next().unwrap_or(name);
    text.split(|each: char| !each.is_alphanumeric() && each != '_')
        .any(|word| word == name || word == root)
}
