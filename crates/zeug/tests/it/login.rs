//! One log-in for two programs: the real Flask 3.1.3 and zeug, as processes, over sockets, through a change of the key. Left out, with a word, where Python is
//! not to be had.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::python;

/// A program that shares the log-in; killed when dropped.
struct Program {
    child: Child,
    address: SocketAddr,
}

impl Program {
    fn start(mut command: Command, keys: &[&str]) -> Self {
        let mut child = command
            .env("SECRET_KEY", keys[0])
            .env("SECRET_KEY_FALLBACKS", keys[1..].join(","))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .split("http://")
            .nth(1)
            .and_then(|rest| rest.split_whitespace().next());
        let address = address
            .unwrap_or_else(|| panic!("no address in {line:?}"))
            .parse()
            .unwrap();
        Self { child, address }
    }

    fn zeug(keys: &[&str]) -> Self {
        let mut path = PathBuf::from(std::env::current_exe().unwrap().parent().unwrap());
        path.pop();
        path.push("examples/login");
        let mut command = Command::new(path);
        command.arg("127.0.0.1:0");
        Self::start(command, keys)
    }

    fn flask(python: &Path, keys: &[&str]) -> Self {
        let mut command = Command::new(python);
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/login.py"))
            .arg("0");
        Self::start(command, keys)
    }

    /// The answer to a browser with that cookie, which the answer may change.
    fn get(&self, path: &str, cookie: &mut String) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let field = |name: &str| {
            head.lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(other, _)| other.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.to_owned())
        };
        if let Some(set) = field("set-cookie") {
            *cookie = set.split(';').next().unwrap().to_owned();
        }
        let vary = field("vary").unwrap_or_default();
        (head[9..12].parse().unwrap(), body.to_owned(), vary)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn one_login_for_two_programs() {
    let Some(python) = python::interpreter() else {
        eprintln!("left out: no Python environment with Flask can be made here");
        return;
    };
    let (zeug, flask) = (
        Program::zeug(&["first"]),
        Program::flask(&python, &["first"]),
    );
    let (zeug_later, flask_later) = (
        Program::zeug(&["second", "first"]),
        Program::flask(&python, &["second", "first"]),
    );
    let (zeug_at_last, flask_at_last) = (
        Program::zeug(&["second"]),
        Program::flask(&python, &["second"]),
    );
    let cookies = "Cookie".to_owned();
    for here in [&zeug, &flask] {
        let mut cookie = String::new();
        let known = (200, "ada".to_owned(), cookies.clone());
        let nobody = (200, "nobody".to_owned(), cookies.clone());
        assert_eq!(
            here.get("/login?name=ada&password=wrong", &mut cookie).0,
            403
        );
        assert_eq!(
            here.get("/login?name=eve&password=mellon", &mut cookie).0,
            403
        );
        assert_eq!(
            here.get("/login?name=ada&password=mellon", &mut cookie),
            known
        );
        for there in [&zeug, &flask] {
            assert_eq!(there.get("/", &mut cookie), known);
        }
        // The key changes: the old one still counts, and the session is signed anew with each answer, since it is permanent.
        let old = cookie.clone();
        for there in [&zeug_later, &flask_later] {
            let mut cookie = old.clone();
            assert_eq!(there.get("/", &mut cookie), known);
            assert_ne!(cookie, old);
            for at_last in [&zeug_at_last, &flask_at_last] {
                assert_eq!(
                    at_last.get("/", &mut cookie.clone()),
                    known,
                    "signed with the new key"
                );
                assert_eq!(
                    at_last.get("/", &mut old.clone()),
                    nobody,
                    "the old key counts no more"
                );
            }
        }
        // Out at one, out at the other.
        for there in [&zeug, &flask] {
            let mut cookie = old.clone();
            assert_eq!(there.get("/logout", &mut cookie), nobody);
            assert_eq!(cookie, "session=");
            assert_eq!(flask.get("/", &mut cookie), nobody);
            assert_eq!(zeug.get("/", &mut cookie), nobody);
        }
    }
}

/// The page shows the programs that ran above.
#[test]
fn the_page_shows_these_programs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(folder.join("../../docs/sharing-sessions.md")).unwrap();
    for (file, language) in [("login.rs", "rust"), ("login.py", "python")] {
        let program = std::fs::read_to_string(folder.join("examples").join(file)).unwrap();
        let fence = format!("```{language}\n");
        let shown: Vec<&str> = page
            .split(&fence)
            .skip(1)
            .map(|rest| rest.split("```").next().unwrap())
            .collect();
        assert!(!shown.is_empty());
        for snippet in shown {
            assert!(program.contains(snippet.trim()), "{file} has no\n{snippet}");
        }
    }
}

/// Werkzeug 3.1.9 takes the hashes that are made here, each with its own password only.
#[test]
fn werkzeug_takes_these_hashes() {
    use zeug::security::{PasswordMethod, Passwords};

    let Some(python) = python::interpreter() else {
        eprintln!("left out: no Python environment with Werkzeug can be made here");
        return;
    };
    let methods = [
        "scrypt:1024:8:1",
        "scrypt:2048:8:3",
        "pbkdf2:sha1:9",
        "pbkdf2:sha224:1",
        "pbkdf2:sha256:1000",
        "pbkdf2:sha384:3",
        "pbkdf2:sha512:7",
    ];
    let mut arguments = Vec::new();
    for (number, method) in methods.into_iter().cycle().take(48).enumerate() {
        let passwords = Passwords::new(PasswordMethod::parse(method).unwrap()).unwrap();
        let password = format!("pässword ☃ {number}");
        arguments.extend([passwords.hash(&password).unwrap(), password]);
    }
    arguments.extend([
        Passwords::default().hash("mellon").unwrap(),
        "mellon".to_owned(),
    ]);
    let program = "import sys; from werkzeug.security import check_password_hash as check; a = sys.argv[1:]; \
        print(sum(check(h, p) for h, p in zip(a[::2], a[1::2])), sum(check(h, p + 'x') for h, p in zip(a[::2], a[1::2])))";
    let output = Command::new(python)
        .args(["-c", program])
        .args(&arguments)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "49 0");
}
