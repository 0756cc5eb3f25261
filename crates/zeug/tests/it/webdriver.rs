//! A browser that is driven through WebDriver (<https://www.w3.org/TR/webdriver2/>): Chromium by its `chromedriver`, over plain HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long a page may take to become what is waited for: machines that run tests are busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// A browser with one window; it ends when this is dropped.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// Starts the driver, and through it the browser.
    pub(crate) fn start() -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("chromedriver: {error}; `cargo xtask setup` installs it")
            });
        let port = port_of(&mut driver);
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
        };
        let options = json!({"args": ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,1000"]});
        let wanted = json!({"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}});
        let begun = browser.command("POST", "/session", &wanted);
        let id = begun["sessionId"].as_str().unwrap();
        browser.session = format!("/session/{id}");
        browser
    }

    pub(crate) fn open(&self, url: &str) {
        self.in_session("POST", "/url", &json!({"url": url}));
    }

    /// What a script gives.
    pub(crate) fn run(&self, script: &str) -> Value {
        let script = json!({"script": script, "args": []});
        self.in_session("POST", "/execute/sync", &script)
    }

    /// The text of the first element, as a reader sees it.
    pub(crate) fn text(&self, selector: &str) -> String {
        let element = self.element(selector);
        let text = self.in_session("GET", &format!("/element/{element}/text"), &Value::Null);
        text.as_str().unwrap().to_owned()
    }

    pub(crate) fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.in_session("POST", &format!("/element/{element}/click"), &json!({}));
    }

    /// Types into the first element. U+E007 is the Enter key.
    pub(crate) fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.in_session(
            "POST",
            &format!("/element/{element}/value"),
            &json!({"text": text}),
        );
    }

    /// Waits until a script gives true.
    #[track_caller]
    pub(crate) fn wait_for(&self, script: &str) {
        let until = Instant::now() + PATIENCE;
        while self.run(script) != true {
            let page = self.run("return document.body.innerText");
            assert!(Instant::now() < until, "waited for {script} on {page}");
            std::thread::yield_now();
        }
    }

    fn element(&self, selector: &str) -> String {
        let wanted = json!({"using": "css selector", "value": selector});
        let found = self.in_session("POST", "/element", &wanted);
        let id = found.as_object().and_then(|found| found.values().next());
        id.and_then(Value::as_str).unwrap().to_owned()
    }

    fn in_session(&self, method: &str, path: &str, body: &Value) -> Value {
        self.command(method, &format!("{}{path}", self.session), body)
    }

    /// Sends a command and gives its value; an error of the driver's ends the test.
    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE * 2)).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        // The driver leaves the connection open, whatever it is asked.
        let mut answer = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(answer.read_line(&mut head).unwrap() > 0, "{path}: {head}");
        }
        let fields = head.lines().filter_map(|line| line.split_once(':'));
        let length = fields
            .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .find_map(|(_, value)| value.trim().parse().ok());
        let mut body = vec![0; length.unwrap()];
        answer.read_exact(&mut body).unwrap();
        let answer: Value = serde_json::from_slice(&body).unwrap();
        let value = answer["value"].clone();
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {value}");
        value
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browser with the session, but not when it is killed.
        if !self.session.is_empty() && !std::thread::panicking() {
            self.in_session("DELETE", "", &Value::Null);
        }
        let _ = Command::new("kill")
            .arg("-TERM")
            .arg(self.driver.id().to_string())
            .status();
        let _ = self.driver.wait();
    }
}

/// The port that the driver says it took.
fn port_of(driver: &mut Child) -> u16 {
    let mut output = BufReader::new(driver.stdout.take().unwrap());
    let mut line = String::new();
    let port = loop {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0, "the driver ended");
        if let Some(port) = line
            .trim()
            .strip_prefix("ChromeDriver was started successfully on port ")
        {
            break port.trim_end_matches('.').parse().unwrap();
        }
    };
    // What it says later is not read, and must not stop it.
    std::thread::spawn(move || {
        std::io::copy(&mut output.by_ref().take(u64::MAX), &mut std::io::sink())
    });
    port
}
