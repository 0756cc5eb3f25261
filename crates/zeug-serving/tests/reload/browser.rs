//! The page of a failed build in Chromium: what it shows, and that it loads itself again. Left out, and said so, where Chromium is not installed.

use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use crate::project::{Project, program};

/// Starts Chromium on an address; it ends when it has shown what came of it.
fn chromium(profile: &std::path::Path, url: &str, budget: &str) -> Command {
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
        .arg(format!("--virtual-time-budget={budget}"))
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(url)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
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
    let url = format!("http://{}/", running.address);
    let Ok(shown) = chromium(profile.path(), &url, "1000").output() else {
        eprintln!("left out: chromium is not installed");
        return;
    };
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("<h1>The build failed: 1 error</h1>") && shown.contains("fn &lt;T&gt; main"),
        "{shown}"
    );
    // Its time stands still while it waits for an answer: it ends after the page has been loaded again.
    let mut browser = chromium(profile.path(), &url, "60000")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (sender, seen) = mpsc::channel();
    let mut stdout = browser.stdout.take().unwrap();
    thread::spawn(move || {
        let mut text = String::new();
        let _ = std::io::Read::read_to_string(&mut stdout, &mut text);
        let _ = sender.send(text);
    });
    running.until_said("the build failed", 1);
    project.write("src/main.rs", &page("new"));
    running.until_answered("new</p>");
    let shown = seen
        .recv_timeout(std::time::Duration::from_secs(60))
        .unwrap();
    let _ = browser.wait();
    assert!(shown.contains("<p>new</p>"), "{shown}");
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
