//! Installs what the tests run beside Rust: with the system's package manager, and Python's packages in an environment of their own; and says so. Where it cannot, it says which tests are left out.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::run::{complain, root, say, step};

/// A program that tests need.
struct Tool {
    program: &'static str,
    package: &'static str,
    tests: &'static str,
}

/// What the fronts of `torture fronts` are beside those of `test`.
const FRONTS: &[Tool] = &[
    tool("apache2", "torture fronts: Apache"),
    Tool {
        program: "varnishd",
        package: "varnish",
        tests: "torture fronts: Varnish",
    },
    Tool {
        program: "traffic_server",
        package: "trafficserver",
        tests: "torture fronts: Traffic Server",
    },
    tool("squid", "torture fronts: Squid"),
];

const fn tool(program: &'static str, tests: &'static str) -> Tool {
    Tool {
        program,
        package: program,
        tests,
    }
}

/// What `test` needs.
const TOOLS: &[Tool] = &[
    tool(
        "curl",
        "the examples called with curl (crates/zeug/tests), certificates (crates/zeug-serving/tests)",
    ),
    tool(
        "chromium",
        "a browser that seeks (crates/zeug/tests, crates/zeug-middleware/tests), one that sees a failed build (crates/zeug-serving/tests)",
    ),
    Tool {
        program: "chromedriver",
        package: "chromium-driver",
        tests: "the debugger in a browser (crates/zeug/tests)",
    },
    tool(
        "gdb",
        "variables beside gdb's (crates/zeug-debug), a program stopped for lines in its frames (crates/zeug-console)",
    ),
    Tool {
        program: "objcopy",
        package: "binutils",
        tests: "programs without debug information (crates/zeug-debug)",
    },
    tool(
        "nginx",
        "zeug behind nginx and before it (crates/zeug-serving/tests, crates/zeug-middleware/tests)",
    ),
    tool(
        "gzip",
        "a page with a compressed file beside (crates/zeug-middleware/tests)",
    ),
    tool("haproxy", "zeug behind haproxy (crates/zeug-serving/tests)"),
    tool(
        "npm",
        "the Postman collection of an example (crates/zeug/examples/api)",
    ),
];

/// What `serve-bench` and `torture` need beside.
const MORE: &[Tool] = &[
    tool("wrk", "the measurements of serve-bench, load in torture"),
    tool("slowhttptest", "torture slowhttptest"),
    tool("strace", "torture faults"),
];

/// Whether a program is on the path.
pub(crate) fn found(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path)
            .chain(["/usr/sbin".into()])
            .any(|folder| folder.join(program).is_file())
    })
}

/// The Python environment of the tests that ask the real Flask, with what is installed in it.
const PYTHON: &str = "target/python";
const PACKAGES: [&str; 4] = [
    "flask==3.1.3",
    "werkzeug==3.1.9",
    "itsdangerous==2.2.0",
    "flask-wtf==1.2.2",
];

/// What `torture differential` asks beside zeug.
const ORACLES: [&str; 2] = ["h11==0.16.0", "httptools==0.9.0"];

/// Makes the Python environment, with these packages in it; whether it has them.
fn python(imports: &str, packages: &[&str]) -> bool {
    let folder = root().join(PYTHON);
    let interpreter = folder.join("bin/python");
    let quietly = |command: &mut Command| {
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let has_all = || quietly(Command::new(&interpreter).args(["-c", imports]));
    if !has_all() {
        say(&format!("    making {PYTHON}: {}", packages.join(" ")));
        quietly(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        quietly(
            Command::new(&interpreter)
                .args(["-m", "pip", "install", "-q"])
                .args(packages),
        );
    }
    has_all()
}

/// The interpreter that has h11 and httptools.
pub(crate) fn oracles() -> Result<PathBuf, String> {
    if python("import h11, httptools", &ORACLES) {
        Ok(root().join(PYTHON).join("bin/python"))
    } else {
        Err(format!("{PYTHON} cannot be made"))
    }
}

/// Installs what `test` needs and is missing.
pub(crate) fn run() -> Result<(), String> {
    // The tests make it, too; without it they say what they leave out.
    if !python("import flask, flask_wtf, itsdangerous, werkzeug", &PACKAGES) {
        complain(&format!(
            "{PYTHON} cannot be made, left out: sessions and tokens beside the real Flask (crates/zeug-securecookie/tests, crates/zeug/tests), Flask behind HttpProxy (crates/zeug-middleware/tests)"
        ));
    }
    install(TOOLS.iter())?;
    newman();
    Ok(())
}

/// Postman's runner of collections, which Node's package manager has.
const NEWMAN: &str = "target/newman";

/// Installs it where it is missing; without it one test says that it is left out.
fn newman() {
    let folder = root().join(NEWMAN);
    let program = folder.join("node_modules/.bin/newman");
    if program.is_file() {
        return;
    }
    say(&format!("    installing with npm: newman, in {NEWMAN}"));
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-fund", "--no-audit", "--prefix"])
        .arg(folder)
        .arg("newman@6");
    if step("newman", &mut npm).is_err() || !program.is_file() {
        complain(
            "newman cannot be installed, left out: the Postman collection (crates/zeug/examples/api)",
        );
    }
}

/// Installs what any command needs and is missing.
pub(crate) fn all() -> Result<(), String> {
    install(TOOLS.iter().chain(MORE))
}

/// Installs the fronts that `torture fronts` tries.
pub(crate) fn fronts() -> Result<(), String> {
    install(FRONTS.iter())
}

fn install(tools: impl Iterator<Item = &'static Tool>) -> Result<(), String> {
    let missing: Vec<&Tool> = tools.filter(|tool| !found(tool.program)).collect();
    if missing.is_empty() {
        say("    tools: all there");
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    if Path::new("/usr/bin/apt-get").exists() && is_root() {
        say(&format!(
            "    installing with apt-get: {}",
            packages.join(" ")
        ));
        let mut update = Command::new("apt-get");
        update
            .args(["update", "-q"])
            .env("DEBIAN_FRONTEND", "noninteractive");
        step("package lists", &mut update)?;
        let mut install = Command::new("apt-get");
        install
            .args(["install", "-q", "-y", "--no-install-recommends"])
            .args(&packages)
            .env("DEBIAN_FRONTEND", "noninteractive");
        step("packages", &mut install)?;
    }
    for tool in missing {
        if !found(tool.program) {
            complain(&format!(
                "`{}` is not installed (package {}), left out: {}",
                tool.program, tool.package, tool.tests
            ));
        }
    }
    Ok(())
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
