//! The page of a failed build in Chromium: what it shows, and that it loads itself again. Left out, and said so, where Chromium is not installed.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::project::{Project, program, until};

/// Chromium on an address; it prints what it shows and ends. With `later`, that is when a minute of its time has passed, which stands still while it waits for an answer.
fn chromium(profile: &Path, address: SocketAddr, later: bool) -> Command {
    let mut command = Command::new("chromium");
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(later.then_some("--virtual-time-budget=60000"))
        .arg(format!("http://{address}/"))
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Passes connections on to a server and keeps what was asked.
fn relay(server: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let upstream = TcpStream::connect(server).unwrap();
            let (mut back, mut forth) =
                (upstream.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || {
                let _ = std::io::copy(&mut back, &mut forth);
                let _ = forth.shutdown(Shutdown::Both);
            });
            let kept = Arc::clone(&kept);
            thread::spawn(move || {
                let (mut client, mut upstream) = (client, upstream);
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = client.read(&mut buffer) {
                    kept.lock().unwrap().extend_from_slice(&buffer[..count]);
                    if upstream.write_all(&buffer[..count]).is_err() {
                        break;
                    }
                }
                let _ = upstream.shutdown(Shutdown::Write);
            });
        }
    });
    (address, asked)
}

/// A program that answers with a page.
fn page(answer: &str) -> String {
    program("x").replace(
        "|_: zeug_gateway::Request| \"x\"",
        &format!(
            "|_: zeug_gateway::Request| {{
        let mut page = zeug_gateway::Response::new(\"<!doctype html><p>{answer}</p>\");
        let _ = page.headers_mut().try_append(\"Content-Type\", \"text/html\");
        page
    }}"
        ),
    )
}

#[test]
fn a_browser_sees_the_error_and_then_the_new_program() {
    let project = Project::new("browsed", &page("old"));
    let running = project.start();
    running.until_answered("old</p>");
    project.write(
        "src/main.rs",
        &page("new").replace("fn main", "fn <T> main"),
    );
    running.until_said("the build failed", 1);
    let profile = tempfile::tempdir().unwrap();
    let Ok(shown) = chromium(profile.path(), running.address, false).output() else {
        eprintln!("left out: chromium is not installed");
        return;
    };
    let shown = String::from_utf8(shown.stdout).unwrap();
    for part in [
        "<h1>The build failed: 1 error</h1>",
        "<small>src/main.rs:1:",
        "fn &lt;T&gt; main",
        "<span class=\"b c9\">error",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // Another browser, which stays until the page has been loaded again.
    let (address, asked) = relay(running.address);
    let mut browser = chromium(profile.path(), address, true)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let count = |what: &str| {
        String::from_utf8_lossy(&asked.lock().unwrap())
            .matches(what)
            .count()
    };
    until(
        || count("GET /__zeug__/build?") == 1,
        || "the page's question".into(),
    );
    assert_eq!(count("GET / "), 1);
    project.write("src/main.rs", &page("new"));
    let mut shown = String::new();
    browser
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut shown)
        .unwrap();
    browser.wait().unwrap();
    assert!(shown.contains("<p>new</p>"), "{shown}");
    assert_eq!(count("GET / "), 2, "the page was loaded again, once");
}
