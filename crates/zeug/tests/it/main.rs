//! The examples as real processes, called with curl and through raw sockets. Fails where an example was not built: `cargo build -p zeug --examples`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[cfg(all(
    feature = "console",
    feature = "fields",
    target_os = "linux",
    target_env = "gnu"
))]
mod console;
mod curl;
#[cfg(all(feature = "debug", feature = "fields"))]
mod debugger;
#[cfg(all(feature = "debug", feature = "middleware", feature = "securecookie"))]
mod examples;
mod files;
#[cfg(all(feature = "securecookie", feature = "security"))]
mod login;
mod process;
#[cfg(all(feature = "securecookie", feature = "security"))]
#[path = "../../../zeug-middleware/tests/it/programs.rs"]
#[allow(dead_code, reason = "only nginx is wanted here")]
mod programs;
#[cfg(all(feature = "securecookie", feature = "security"))]
#[path = "../../../zeug-securecookie/tests/it/python.rs"]
#[allow(dead_code, reason = "only the interpreter is wanted here")]
mod python;
mod restart;
#[cfg(all(feature = "securecookie", feature = "security"))]
mod scale;
mod stop;
#[cfg(all(feature = "debug", feature = "fields"))]
mod webdriver;
mod wire;
#[cfg(all(feature = "debug", feature = "middleware", feature = "securecookie"))]
mod words;
