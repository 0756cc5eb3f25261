//! Owns one run of the compiler: the recorded call, changed so that it makes objects or a shared library without debug information, and the process that does it. What it says is for `said`.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::records::Unit;
use crate::{Error, ErrorKind, Stop};

/// How often is looked whether it was stopped.
const LOOK: Duration = Duration::from_millis(20);

/// The most of what a compiler says that is read.
const MOST: u64 = 8 << 20;

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    /// A type check and a borrow check.
    Check,
    /// The objects of the whole crate.
    Objects,
    /// One object, of what the source's roots reach.
    OneObject,
    /// Nothing but the names of the libraries that the linker would be given.
    Libraries,
    /// The library.
    Library,
    /// The library, of a crate that has thread-locals of its own.
    LibraryWithThreadLocals,
}

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) passed: bool,
    /// The compiler's messages, a line of JSON each.
    pub(crate) said: String,
}

/// The recorded call of a unit, ready to be made again.
#[derive(Debug)]
pub(crate) struct Compiler {
    unit: Unit,
    /// The options that each run has.
    kept: Vec<OsString>,
    /// Where its files go.
    out: PathBuf,
    linker: PathBuf,
}

impl Compiler {
    /// One that writes into `out`, which is made.
    pub(crate) fn new(unit: Unit, out: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&out)?;
        // The compiler tells by the name how a linker is called.
        let linker = out.join("cc");
        fs::create_dir(out.join("objects"))?;
        let lister = out.join("list/cc");
        fs::create_dir(out.join("list"))?;
        let list = quoted(out.join("libraries").as_os_str());
        fs::write(
            &lister,
            format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >{list}\n"),
        )?;
        fs::set_permissions(&lister, fs::Permissions::from_mode(0o700))?;
        fs::write(out.join("libraries.rs"), with_all_libraries(&unit))?;
        fs::write(out.join("exports"), "{ local: *; };\n")?;
        fs::write(&linker, linker_script(&unit, &out.join("exports")))?;
        fs::set_permissions(&linker, fs::Permissions::from_mode(0o700))?;
        let kept = kept(&unit);
        Ok(Self {
            unit,
            kept,
            out,
            linker,
        })
    }

    pub(crate) fn unit(&self) -> &Unit {
        &self.unit
    }

    /// Where the objects of the last run for them are.
    fn objects(&self) -> PathBuf {
        self.out.join("objects")
    }

    /// Removes the objects of the run before.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(crate) fn clear(&self) -> io::Result<()> {
        fs::remove_dir_all(self.objects())?;
        fs::create_dir(self.objects())
    }

    /// The objects of the last run for them.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(crate) fn read_objects(&self) -> io::Result<Vec<Vec<u8>>> {
        let entries = fs::read_dir(self.objects())?;
        let objects = entries.map(|entry| Ok(entry?.path()));
        let objects = objects.filter(|path: &io::Result<PathBuf>| match path {
            Ok(path) => path.extension().is_some_and(|extension| extension == "o"),
            Err(_) => true,
        });
        objects.map(|path| fs::read(path?)).collect()
    }

    /// The libraries that the last run for them found.
    pub(crate) fn libraries(&self) -> Vec<PathBuf> {
        let text = fs::read_to_string(self.out.join("libraries")).unwrap_or_default();
        let libraries = text.lines().filter(|word| word.ends_with(".rlib"));
        libraries.map(|path| self.unit.folder.join(path)).collect()
    }

    /// The options without the source, for a crate of another type.
    fn as_another(&self, kind: &str) -> Vec<OsString> {
        let mut words = self.kept.iter();
        let mut options: Vec<OsString> = vec!["--crate-type".into(), kind.into()];
        while let Some(word) = words.next() {
            match word.to_str() {
                Some("--crate-type") => drop(words.next()),
                Some("--test") => {}
                Some(text) if text.ends_with(".rs") => {}
                _ => options.push(word.clone()),
            }
        }
        options
    }

    /// Runs it in `folder`, which looks like the one that it was recorded in.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Stopped`], [`ErrorKind::System`].
    pub(crate) fn run(
        &self,
        folder: &Path,
        goal: Goal,
        to: &Path,
        stop: &Stop,
    ) -> Result<Run, Error> {
        let rustc = &self.unit.rustc;
        let named = Path::new(rustc).display();
        let cannot =
            |error: &io::Error| Error::system(format_args!("{named} cannot be run"), error);
        let mut command = Command::new(rustc);
        match goal {
            Goal::Libraries => command
                .args(self.as_another("bin"))
                .arg(self.out.join("libraries.rs")),
            // Of a library code is made for all that is public, but for such a one.
            Goal::OneObject if !self.unit.is_program() => command
                .args(self.as_another("cdylib"))
                .args(self.unit.root()),
            _ => command.args(&self.kept),
        };
        command
            .args(["--error-format=json", "--cap-lints=allow"])
            .args(["-Cdebuginfo=0", "-Cembed-bitcode=no"]);
        match goal {
            Goal::Check => {
                command
                    .arg("--emit=metadata")
                    .arg("-o")
                    .arg(self.out.join("checked"))
                    .arg(incremental(&self.out, "check"));
            }
            Goal::Objects | Goal::OneObject => {
                command
                    .args(["--emit=obj", "--out-dir"])
                    .arg(self.objects());
                // Of a whole crate only those are made anew that have changed.
                let (units, kept) = match goal {
                    Goal::OneObject => ("-Ccodegen-units=1", "one"),
                    _ => ("-Ccodegen-units=256", "all"),
                };
                command.arg(units).arg(incremental(&self.out, kept));
            }
            Goal::Libraries => {
                let mut linker = OsString::from("-Clinker=");
                linker.push(self.out.join("list/cc"));
                command
                    .arg("--emit=link")
                    .arg("-o")
                    .arg(self.out.join("listed"))
                    .arg(linker);
            }
            Goal::Library | Goal::LibraryWithThreadLocals => {
                if !self.unit.is_program() {
                    command.arg("--crate-type=cdylib");
                }
                let mut linker = OsString::from("-Clinker=");
                linker.push(&self.linker);
                command
                    .arg("--emit=link")
                    .arg("-o")
                    .arg(to)
                    .arg(linker)
                    .arg(incremental(&self.out, "library"));
            }
        }
        command.env_clear();
        // The jobs of a cargo that has ended are nobody's to take, and its descriptors are something else now.
        let jobs = ["CARGO_MAKEFLAGS", "MAKEFLAGS", "MFLAGS"];
        let environment = self.unit.environment.iter();
        command.envs(
            environment
                .filter(|(name, _)| !jobs.iter().any(|job| name == job))
                .map(|(name, value)| (name, value)),
        );
        if goal == Goal::LibraryWithThreadLocals {
            command
                .args(["-Ztls-model=emulated", "-Zunstable-options"])
                .env("RUSTC_BOOTSTRAP", "1");
            if self.unit.codegen("symbol-mangling-version").is_none() {
                command.arg("-Csymbol-mangling-version=legacy");
            }
        }
        let child = command
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // So that the linker ends with it.
            .process_group(0)
            .spawn()
            .map_err(|error| cannot(&error))?;
        follow(child, stop).map_err(|error| match error {
            Some(error) => cannot(&error),
            None => Error::new(ErrorKind::Stopped),
        })
    }
}

/// A program that has all libraries that the unit could use, and nothing else.
fn with_all_libraries(unit: &Unit) -> String {
    let names = unit.values("--extern").filter_map(|value| {
        let value = value.to_str()?;
        let value = value.rsplit_once(':').map_or(value, |(_, value)| value);
        let (name, path) = value.split_once('=')?;
        (!path.ends_with(".so")).then(|| format!("extern crate {name} as _; "))
    });
    names.fold("#![no_main] ".to_owned(), |all, one| all + &one)
}

/// Waits for a compiler's end, and kills it with all that it started when it is to stop.
fn follow(mut child: Child, stop: &Stop) -> Result<Run, Option<io::Error>> {
    let (sender, said) = mpsc::channel();
    let stderr = child.stderr.take();
    let reader = thread::Builder::new()
        .name("zeug-console".to_owned())
        .spawn(move || {
            let mut bytes = Vec::new();
            let read = stderr.map(|stderr| stderr.take(MOST).read_to_end(&mut bytes));
            let _ = sender.send(read.transpose().map(|_| bytes));
        });
    let mut end = || {
        let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
        child.wait()
    };
    if let Err(error) = reader {
        let _ = end();
        return Err(Some(error));
    }
    let bytes = loop {
        match said.recv_timeout(LOOK) {
            Ok(bytes) => break bytes,
            Err(RecvTimeoutError::Timeout) if !stop.is_stopped() => {}
            Err(_) => {
                let _ = end();
                return Err(None);
            }
        }
    };
    let bytes = match bytes {
        // More than is read is no message that anyone could.
        Ok(bytes) if (bytes.len() as u64) < MOST => bytes,
        Ok(_) => {
            let _ = end();
            return Err(Some(io::Error::other("it says too much")));
        }
        Err(error) => {
            let _ = end();
            return Err(Some(error));
        }
    };
    let status = child.wait().map_err(Some)?;
    Ok(Run {
        passed: status.success(),
        said: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

/// The recorded arguments without those that say where files go, how messages look, how the program is linked and what can be debugged.
fn kept(unit: &Unit) -> Vec<OsString> {
    let mut kept = Vec::new();
    let mut words = unit.arguments.iter();
    while let Some(word) = words.next() {
        let text = word.to_str().unwrap_or_default();
        match text {
            "--emit" | "--out-dir" | "--error-format" | "--json" | "--cap-lints"
            | "--diagnostic-width" | "--color" | "-o" => {
                words.next();
            }
            "-g" => {}
            "--extern" => kept.extend([word.clone()].into_iter().chain(words.next().map(linkable))),
            "-C" => {
                let Some(value) = words.next() else { break };
                let name = value.to_str().and_then(|value| value.split('=').next());
                let dropped = [
                    "codegen-units",
                    "debuginfo",
                    "embed-bitcode",
                    "extra-filename",
                    "incremental",
                    "linker",
                    "lto",
                    "save-temps",
                    "split-debuginfo",
                    "strip",
                ];
                if !name.is_some_and(|name| dropped.contains(&name)) {
                    kept.extend([word.clone(), value.clone()]);
                }
            }
            // The crate's root of a package outside of the workspace, which is to be found in the mirror.
            _ => match Path::new(word).strip_prefix(&unit.folder) {
                Ok(within) if text.ends_with(".rs") => kept.push(within.into()),
                _ => kept.push(word.clone()),
            },
        }
    }
    kept
}

/// A library that is compiled against what others promise is linked with what they are.
fn linkable(named: &OsString) -> OsString {
    let whole = named.to_str().and_then(|text| text.strip_suffix(".rmeta"));
    let whole = whole.map(|text| format!("{text}.rlib"));
    let is_there = |text: &String| {
        text.split_once('=')
            .is_some_and(|(_, path)| Path::new(path).is_file())
    };
    whole
        .filter(is_there)
        .map_or_else(|| named.clone(), OsString::from)
}

fn incremental(out: &Path, name: &str) -> OsString {
    let mut argument = OsString::from("-Cincremental=");
    argument.push(out.join(name));
    argument
}

/// A linker that makes a shared library where a program was asked for: as small as can be, with nothing in it that others could see, and its own symbols bound to itself.
fn linker_script(unit: &Unit, exports: &Path) -> String {
    let linker = unit.codegen("linker").unwrap_or("cc");
    let name = linker.rsplit('/').next().unwrap_or(linker);
    let direct = ["ld", "lld", "wild", "mold"]
        .iter()
        .any(|each| name == *each || name.ends_with(&format!("-{each}")))
        || name.starts_with("ld.");
    let pass = if direct { "" } else { "-Wl," };
    format!(
        "#!/bin/sh\nleft=$#\nwhile [ \"$left\" -gt 0 ]; do\n    case $1 in\n        -pie|-static-pie) set -- \"$@\" -shared ;;\n        -no-pie) echo 'the program is not position-independent' >&2; exit 1 ;;\n        \
         -Wl,--version-script=*|--version-script=*) ;;\n        *) set -- \"$@\" \"$1\" ;;\n    esac\n    shift\n    left=$((left - 1))\ndone\nexec {} \"$@\" {pass}--version-script={} {pass}--strip-debug\n",
        quoted(OsStr::new(linker)),
        quoted(exports.as_os_str()),
    )
}

/// A word of the shell.
fn quoted(word: &OsStr) -> String {
    format!("'{}'", word.to_string_lossy().replace('\'', "'\\''"))
}
