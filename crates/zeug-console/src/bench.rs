//! Owns where the lines of one crate are compiled, one at a time: its mirror, its compiler, and what earlier lines have found out about both.

use std::io;
use std::path::Path;

use crate::compiler::{Compiler, Goal, Run};
use crate::link::{self, Image, Input, Libraries, Member, Program, Unlinked};
use crate::mirror::Mirror;
use crate::records::Unit;
use crate::{Error, Stop};

/// How often what is missing is looked for: a function of a library that needs one of another, and so on.
const ROUNDS: usize = 16;

/// A crate's.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) compiler: Compiler,
    pub(crate) mirror: Mirror,
    /// Whether the crate was found to have thread-locals of its own, which no library can have.
    thread_locals: bool,
    /// The libraries that the program could have been linked with, once one was asked for.
    libraries: Option<Libraries>,
    /// What was taken from them.
    members: Vec<(Member, Vec<u8>)>,
}

impl Bench {
    pub(crate) fn new(unit: Unit, folder: &Path) -> io::Result<Self> {
        Ok(Self {
            mirror: Mirror::new(folder.join("mirror"), unit.folder.clone()),
            compiler: Compiler::new(unit, folder.join("out"))?,
            thread_locals: false,
            libraries: None,
            members: Vec::new(),
        })
    }

    /// Puts texts in the stead of sources.
    pub(crate) fn put(&mut self, texts: &[(&Path, &str)]) -> Result<(), Error> {
        let put = self.mirror.put(texts);
        put.map_err(|error| Error::system("the copy of the source cannot be written", &error))
    }

    pub(crate) fn run(&self, goal: Goal, to: &Path, stop: &Stop) -> Result<Run, Error> {
        self.compiler.run(self.mirror.root(), goal, to, stop)
    }

    /// Makes a shared library at `to`.
    pub(crate) fn library(&mut self, to: &Path, stop: &Stop) -> Result<Run, Error> {
        if !self.thread_locals {
            let run = self.run(Goal::Library, to, stop)?;
            // Code for programs reaches thread-locals in a way that no library can.
            let locals = ["TPOFF32", "TLSLE_"];
            if run.passed || !locals.iter().any(|word| run.said.contains(word)) {
                return Ok(run);
            }
            self.thread_locals = true;
        }
        self.run(Goal::LibraryWithThreadLocals, to, stop)
    }

    /// Makes objects.
    pub(crate) fn objects(&self, goal: Goal, stop: &Stop) -> Result<Run, Error> {
        let cleared = self.compiler.clear();
        cleared.map_err(|error| Error::system("the objects of a line", &error))?;
        self.run(goal, Path::new(""), stop)
    }

    /// Makes an image of the objects, for a line in the instance called `symbol`. What the program has left out comes from its libraries.
    pub(crate) fn link(
        &mut self,
        program: &Program,
        symbol: &str,
        stop: &Stop,
    ) -> Result<Result<Image, Unlinked>, Error> {
        let objects = self.compiler.read_objects();
        let objects = objects.map_err(|error| Error::system("the objects of a line", &error))?;
        let mut unlinked = Unlinked::Missing(Vec::new());
        for _ in 0..ROUNDS {
            let own = objects.iter().map(|bytes| Input { bytes, own: true });
            let others = self
                .members
                .iter()
                .map(|(_, bytes)| Input { bytes, own: false });
            let inputs: Vec<Input<'_>> = own.chain(others).collect();
            unlinked = match link::link(&inputs, program, symbol) {
                Err(Unlinked::Missing(names)) if self.fetch(&names, stop)? => {
                    Unlinked::Missing(names)
                }
                made => return Ok(made),
            };
        }
        Ok(Err(unlinked))
    }

    /// Takes the objects with these names from the libraries; whether there was one.
    fn fetch(&mut self, names: &[Vec<u8>], stop: &Stop) -> Result<bool, Error> {
        if self.libraries.is_none() {
            self.run(Goal::Libraries, Path::new(""), stop)?;
            let paths = self.compiler.libraries();
            self.libraries = Some(Libraries::new(paths.into_iter()));
        }
        let mut found = false;
        let Some(libraries) = &self.libraries else {
            return Ok(false);
        };
        for member in names.iter().filter_map(|name| libraries.find(name)) {
            if self.members.iter().all(|(known, _)| *known != member) {
                let bytes = libraries.read(member);
                let bytes = bytes.map_err(|error| Error::system("a library", &error))?;
                self.members.push((member, bytes));
                found = true;
            }
        }
        Ok(found)
    }
}
