//! The debugger of the example `shop`: through a browser, as a person uses it; beside other requests; in a release build, where there is none.

pub(crate) mod beside_gdb;
mod cost;

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::Example;
use crate::webdriver::Browser;

pub(crate) const PIN: &str = "314-159-265";

/// The shop, with a PIN that the test knows.
fn shop() -> Example {
    Example::start_env("shop", &[("ZEUG_DEBUG_PIN", PIN)])
}

pub(crate) fn get(shop: &Example, path: &str, accept: &str) -> String {
    shop.exchange(
        format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: {accept}\r\nConnection: close\r\n\r\n",
            shop.address
        )
        .as_bytes(),
    )
}

/// The failure as a program sees it.
pub(crate) fn failed(shop: &Example, path: &str) -> Value {
    let answer = get(shop, path, "application/json");
    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}

/// A question to the console, and the status and body of its answer.
pub(crate) fn asked(shop: &Example, path: &str, cookie: &str, question: &Value) -> (String, Value) {
    let body = question.to_string();
    let answer = shop.exchange(
        format!(
            "POST /__zeug__{path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookie}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len(),
            host = shop.address
        )
        .as_bytes(),
    );
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), serde_json::from_str(body).unwrap())
}

/// A failure whose console was opened.
pub(crate) struct Opened<'a> {
    shop: &'a Example,
    pub(crate) failure: Value,
    secret: String,
    cookie: String,
}

impl<'a> Opened<'a> {
    pub(crate) fn new(shop: &'a Example, path: &str) -> Self {
        let failure = failed(shop, path);
        let page = get(shop, failure["failure"].as_str().unwrap(), "text/html");
        let secret = page.split("data-secret=\"").nth(1).unwrap();
        let secret = secret.split('"').next().unwrap().to_owned();
        let (head, _) = asked(shop, "/pin", "", &json!({"secret": secret, "pin": PIN}));
        let cookie = head
            .lines()
            .find_map(|line| line.strip_prefix("Set-Cookie: "))
            .unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self {
            shop,
            failure,
            secret,
            cookie,
        }
    }

    /// What a frame is asked, and the head and body of the answer.
    pub(crate) fn ask(&self, deed: &str, frame: usize, line: &str) -> (String, Value) {
        let path = self.failure["failure"].as_str().unwrap();
        let path = format!("{}/{deed}", path.trim_start_matches("/__zeug__"));
        let question = json!({"secret": self.secret, "frame": frame, "line": line});
        asked(self.shop, &path, &self.cookie, &question)
    }

    pub(crate) fn line(&self, frame: usize, line: &str) -> (String, Value) {
        self.ask("evaluate", frame, line)
    }

    /// The index of the innermost frame of that function; what stands behind its name does not count.
    #[cfg(feature = "console")]
    #[track_caller]
    pub(crate) fn frame(&self, function: &str) -> usize {
        let frames = self.failure["frames"].as_array().unwrap();
        let is_meant = |frame: &Value| frame["function"].as_str().unwrap().starts_with(function);
        let found = frames.iter().position(is_meant);
        found.unwrap_or_else(|| panic!("no {function} in {frames:#?}"))
    }
}

#[test]
fn a_person_reads_and_asks() {
    let shop = shop();
    let browser = Browser::start();
    browser.open(&format!("http://{}/", shop.address));
    browser.click("a[href^='/cart']");
    browser.wait_for(
        "return document.querySelector('h1')?.textContent.startsWith('index out of bounds')",
    );
    assert_eq!(browser.text(".kind"), "panicked");

    // The frame of `bill`, folded at first.
    let frame = "[...document.querySelectorAll('details.frame.own')].find(f => f.querySelector('.fn').textContent.endsWith('::answer'))";
    assert_eq!(browser.run(&format!("return {frame}.open")), false);
    browser.run(&format!("{frame}.id = 'wanted'"));
    browser.click("#wanted > summary");
    browser.wait_for("return document.querySelector('#wanted').open");
    assert!(browser.text("#wanted .here").contains("cart.bill()"));
    let row = browser.run("return [...document.querySelectorAll('#wanted .vars tr')].find(r => r.querySelector('th').textContent === 'user').innerText");
    assert!(row.as_str().unwrap().contains("\"ada\""), "{row}");

    // The console asks for the PIN once.
    let log = "document.querySelector('#wanted .log')";
    browser.type_into("#wanted [name=line]", "cart.items.len()\u{e007}");
    browser.wait_for("return document.querySelector('#pin').open");
    browser.type_into("#pin input", "000000000\u{e007}");
    browser.wait_for("return document.querySelector('#pin .told').textContent.includes('9 tries')");
    browser.type_into("#pin input", &format!("{PIN}\u{e007}"));
    browser.wait_for(&format!("return {log}.querySelector('.answer') !== null"));
    assert_eq!(browser.text("#wanted .log .asked"), "cart.items.len()");
    assert_eq!(
        browser.run(&format!(
            "return {log}.querySelector('.answer').firstChild.data"
        )),
        "3"
    );
    browser.type_into("#wanted [name=line]", "cart.items[1].sku\u{e007}");
    browser.wait_for(&format!(
        "return {log}.querySelectorAll('.answer').length === 2"
    ));
    assert!(browser.text("#wanted .log").contains("\"B-7\""));
    browser.type_into("#wanted [name=line]", "nobody\u{e007}");
    browser.wait_for(&format!("return {log}.querySelector('.error') !== null"));
    // The line before the last, by the arrow key.
    browser.type_into("#wanted [name=line]", "\u{e013}\u{e013}");
    assert_eq!(
        browser.run("return document.querySelector('#wanted [name=line]').value"),
        "cart.items[1].sku"
    );

    // Keys: out of the console, to the next frame, help.
    browser.type_into("#wanted [name=line]", "\u{e00c}");
    browser.wait_for("return document.activeElement.tagName === 'SUMMARY'");
    browser.type_into("#wanted > summary", "j");
    browser.wait_for("return !document.activeElement.closest('#wanted')");
    browser.type_into("#wanted > summary", "?");
    browser.wait_for("return document.querySelector('#help').open");

    // It is in the list, at an address of its own.
    browser.open(&format!("http://{}/__zeug__/", shop.address));
    browser.click(".list a");
    browser.wait_for("return location.pathname.startsWith('/__zeug__/failures/')");
    assert!(browser.text("h1").starts_with("index out of bounds"));
    assert_eq!(
        browser.run("return document.querySelectorAll('script').length"),
        1
    );
}

#[test]
fn six_failures_show_what_they_had_in_hand() {
    let shop = shop();
    // Path, message, a function of the shop's, one of its variables, and what that is.
    let rows = [
        (
            "/cart",
            "index out of bounds: the len is 3 but the index is 3",
            "shop::prices::step_of",
            "table",
            "[0, 5, 10]",
        ),
        (
            "/delivery?by=soon",
            "called `Result::unwrap()` on an `Err` value: FieldError { kind: InvalidDate, offset: 0 }",
            "shop::orders::delivery",
            "by",
            "\"soon\"",
        ),
        (
            "/order?number=A-1017",
            "order A-1017 cannot be read",
            "shop::Shop::answer",
            "number",
            "\"A-1017\"",
        ),
        (
            "/sum?discount=100",
            "attempt to divide by zero",
            "shop::cart::Cart::shares",
            "left",
            "0",
        ),
        (
            "/stock",
            "called `Result::unwrap()` on an `Err` value: PoisonError { .. }",
            "shop::Shop::answer",
            "user",
            "\"ada\"",
        ),
        (
            "/loyalty?points=200",
            "attempt to add with overflow",
            "shop::prices::loyalty",
            "bonus",
            "60",
        ),
    ];
    for (path, message, function, name, value) in rows {
        let failure = failed(&shop, path);
        assert_eq!(failure["detail"], message, "{path}");
        let frames = failure["frames"].as_array().unwrap();
        let frame = frames.iter().find(|frame| frame["function"] == function);
        let frame = frame.unwrap_or_else(|| panic!("{path}: no {function} in {frames:?}"));
        let variables = frame["variables"].as_array().unwrap();
        let found = variables.iter().find(|variable| variable["name"] == name);
        let found = found.unwrap_or_else(|| panic!("{path}: no {name} in {variables:?}"));
        assert_eq!(found["value"], value, "{path}: {name}");
    }
    let order = failed(&shop, "/order?number=A-1017");
    assert_eq!(order["causes"], json!(["invalid digit found in string"]));
    assert_eq!(order["kind"], "failed");
    assert!(order["type_name"].as_str().unwrap().ends_with("BadOrder"));
}

/// Six lines at once, each of a frame that has to be read first, and other requests beside them.
#[test]
fn requests_are_answered_while_lines_are() {
    let shop = shop();
    let failure = Opened::new(&shop, "/cart");
    std::thread::scope(|scope| {
        for frame in 0..6 {
            let failure = &failure;
            scope.spawn(move || {
                for _ in 0..5 {
                    let (head, answer) = failure.line(frame, "1 + 2");
                    assert!(head.starts_with("HTTP/1.1 200"), "{head}\n{answer}");
                    assert_eq!(answer["value"], "3");
                }
            });
        }
        for _ in 0..20 {
            assert!(get(&shop, "/", "text/html").starts_with("HTTP/1.1 200"));
        }
    });
}

/// The processes whose program is that file.
pub(crate) fn processes_of(program: &str) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|process| process.file_name().to_str()?.parse().ok())
        .filter(|id: &u32| {
            std::fs::read_link(format!("/proc/{id}/exe"))
                .is_ok_and(|exe| exe.to_string_lossy() == program)
        })
        .collect()
}

#[test]
#[cfg(target_os = "linux")]
fn no_process_is_left_when_the_program_is_killed() {
    // A program of its own, so that the others' processes are not counted.
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("shop");
    std::fs::copy(crate::process::program("shop"), &program).unwrap();
    let mut shop = Example::spawn(Command::new(&program).arg("127.0.0.1:0"));
    for path in ["/cart", "/sum?discount=100", "/loyalty?points=200"] {
        failed(&shop, path);
    }
    let program = program.to_str().unwrap();
    assert_eq!(
        processes_of(program).len(),
        4,
        "the shop and three snapshots"
    );
    shop.child.kill().unwrap();
    shop.child.wait().unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while !processes_of(program).is_empty() {
        assert!(Instant::now() < until, "left: {:?}", processes_of(program));
        std::thread::yield_now();
    }
}

#[test]
fn it_does_not_start_where_others_reach_it() {
    let output = Command::new(crate::process::program("shop"))
        .arg("0.0.0.0:0")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.contains("not served at 0.0.0.0:") && told.contains("listen on 127.0.0.1"),
        "{told}"
    );
    assert!(output.stdout.is_empty(), "and says nothing of listening");
}

#[test]
fn the_terminal_shows_a_failure_once() {
    let shop = shop();
    failed(&shop, "/cart?password=mellon");
    failed(&shop, "/order?number=A-1017");
    // Each is printed by a thread of its own.
    let log = shop.log_once(&["prices::step_of", "caused by: invalid digit", PIN]);
    for once in [
        "order A-1017 cannot be read",
        "failed GET /cart",
        "failed GET /order",
        "invalid digit",
    ] {
        assert_eq!(log.matches(once).count(), 1, "{once} in {log}");
    }
    assert_eq!(log.matches(PIN).count(), 1, "{log}");
    let panicked = log.split("failed GET /cart").nth(1);
    assert!(
        panicked.is_some_and(|told| told.trim_start().starts_with("index out of bounds")),
        "a panic's message, beside the panic hook's: {log}"
    );
    assert!(
        log.contains("shop::prices::step_of  examples/shop/prices.rs:20"),
        "{log}"
    );
    assert!(
        !log.contains('\u{1b}'),
        "no colour where there is no terminal: {log}"
    );
}

/// Builds for release: no address of the debugger's is there, and a failure is a plain 500.
#[test]
fn a_release_build_has_no_debugger() {
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--release",
            "--package",
            "zeug",
            "--example",
            "shop",
        ])
        .args(["--features", "debug,fields"])
        .status()
        .unwrap();
    assert!(built.success());
    let debug = crate::process::program("shop");
    let release = debug
        .ancestors()
        .nth(3)
        .unwrap()
        .join("release/examples/shop");
    let shop = Example::spawn(Command::new(&release).arg("127.0.0.1:0"));
    assert!(get(&shop, "/__zeug__/", "text/html").starts_with("HTTP/1.1 404"));
    assert!(get(&shop, "/__zeug__/pin", "text/html").starts_with("HTTP/1.1 404"));
    let failed = get(&shop, "/cart", "text/html");
    assert!(
        failed.starts_with("HTTP/1.1 500") && failed.ends_with("\r\n\r\nInternal Server Error\n"),
        "{failed}"
    );
    let bytes = std::fs::read(&release).unwrap();
    let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    // The example itself links to the list; nothing else of the debugger is there.
    assert!(!has(b"/failures/") && !has(b"zeug-debug-") && !has(b"ZEUG_DEBUG_PIN"));
}
