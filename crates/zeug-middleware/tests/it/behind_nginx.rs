//! Two processes of zeug behind a real nginx that takes turns: what `ProxyFix` believes of it, and a session that either process reads.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpStream;

use crate::programs::{PATIENCE, Program};
use crate::{body, field, read_answer};

const KEY: (&str, &str) = ("SECRET_KEY", "the same in both processes");

/// What `visits` shows of a request, by its word.
type Shown = BTreeMap<String, String>;

/// Asks with these fields; what was shown, and the cookie that came.
fn ask(front: &Program, path: &str, fields: &str) -> (Shown, Option<String>) {
    let mut stream = TcpStream::connect(front.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: front.test:8443\r\nConnection: close\r\n{fields}\r\n"
    )
    .unwrap();
    let answer = read_answer(&mut stream);
    let text = String::from_utf8_lossy(body(&answer)).into_owned();
    let shown = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(word, value)| (word.to_owned(), value.to_owned()))
        .collect();
    let cookie =
        field(&answer, "set-cookie").and_then(|cookie| cookie.split(';').next().map(str::to_owned));
    (shown, cookie)
}

#[test]
fn two_processes_are_one_program_to_the_client() {
    let both = [0, 1].map(|_| Program::example("visits", &[KEY]));
    let [one, other] = both.each_ref().map(|program| program.address);
    let Some(front) = Program::nginx(&[], |address, _| {
        format!(
            "upstream zeug {{ server {one}; server {other}; keepalive 4; }}
  server {{
    listen {address};
    location /app/ {{
      proxy_pass http://zeug/; proxy_http_version 1.1; proxy_set_header Connection '';
      proxy_set_header Host inside; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto https; proxy_set_header X-Forwarded-Host $http_host; proxy_set_header X-Forwarded-Port 8443;
      proxy_set_header X-Forwarded-Prefix /app;
    }}
  }}"
        )
    }) else {
        return;
    };
    // A client that makes everything up: nginx adds the address that it saw behind, and writes the rest anew.
    let made_up = "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: ftp\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Prefix: //evil.test\r\nForwarded: for=6.6.6.6\r\n";
    let mut cookie = String::new();
    let mut processes = BTreeMap::<String, u32>::new();
    for visit in 1..=20 {
        let fields = format!("{cookie}{made_up}");
        let (shown, fresh) = ask(&front, "/app/page?x=1", &fields);
        for (word, value) in [
            ("visits", visit.to_string()),
            ("address", "127.0.0.1".into()),
            ("scheme", "https".into()),
            ("url", "https://front.test:8443/app/page?x=1".into()),
            ("root", "/app".into()),
            ("path", "/page".into()),
        ] {
            assert_eq!(shown.get(word), Some(&value), "{word} in {shown:?}");
        }
        *processes.entry(shown["process"].clone()).or_default() += 1;
        cookie = format!("Cookie: {}\r\n", fresh.unwrap());
    }
    assert_eq!(processes.len(), 2, "{processes:?}");
    assert!(processes.values().all(|&count| count >= 5), "{processes:?}");

    // A session that nobody signed is no session.
    let forged = cookie.replacen("session=", "session=x", 1);
    assert_eq!(ask(&front, "/app/", &forged).0["visits"], "1");
}

#[test]
fn another_key_reads_no_session() {
    let one = Program::example("visits", &[KEY]);
    let other = Program::example("visits", &[("SECRET_KEY", "another")]);
    let (_, cookie) = ask(&one, "/", "");
    let cookie = format!("Cookie: {}\r\n", cookie.unwrap());
    assert_eq!(ask(&one, "/", &cookie).0["visits"], "2");
    assert_eq!(ask(&other, "/", &cookie).0["visits"], "1");
}
