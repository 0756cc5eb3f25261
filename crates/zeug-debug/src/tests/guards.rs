//! Who may see, ask and open: a table of attacks, none of which may run anything.

use std::sync::atomic::Ordering;
use std::thread;

use serde_json::json;
use zeug_gateway::Handler;

use super::{App, Ask, EVIL, PIN, app, kept, text};
use crate::debugger::Debugger;

/// Opens the console and gives the cookie.
fn cookie(app: &App) -> String {
    let opened = pin(app, PIN).send(app);
    assert_eq!(opened.status(), 200);
    let set = opened.headers().get("set-cookie").expect("a cookie");
    let set = set.to_utf8_lossy().into_owned();
    assert!(
        set.contains("; HttpOnly") && set.contains("; SameSite=Strict"),
        "{set}"
    );
    set.split(';').next().expect("a pair").to_owned()
}

fn post(app: &App, path: &str, mut question: serde_json::Value) -> Ask {
    question["secret"] = json!(app.desk().secret);
    Ask {
        method: "POST",
        body: question.to_string(),
        ..Ask::get(path)
            .field("content-type", Some("application/json"))
            .field("origin", Some("http://localhost:5000"))
            .field("sec-fetch-site", Some("same-origin"))
    }
}

fn pin(app: &App, pin: &str) -> Ask {
    post(app, "/__zeug__/pin", json!({"pin": pin}))
}

/// What an attack does to a request.
type Change = fn(Ask) -> Ask;

/// The attack: what it does to a question that would be answered, and the status that refuses it. 0 stands for the application's own 404 or 200.
type Attack = (&'static str, Change, u16);

fn swapped(mut ask: Ask, from: &str, to: &str) -> Ask {
    assert!(ask.body.contains(from), "{from} in {}", ask.body);
    ask.body = ask.body.replace(from, to);
    ask
}

const ATTACKS: &[Attack] = &[
    (
        "a foreign host",
        |ask| ask.field("host", Some("evil.test")),
        403,
    ),
    (
        "a rebound name with the port",
        |ask| ask.field("host", Some("evil.test:5000")),
        403,
    ),
    (
        "a rebound name, same origin",
        |ask| {
            ask.field("host", Some("evil.test:5000"))
                .field("origin", Some("http://evil.test:5000"))
        },
        403,
    ),
    (
        "a name that begins as a trusted one",
        |ask| ask.field("host", Some("localhost.evil.test")),
        403,
    ),
    (
        "a name that ends as one",
        |ask| ask.field("host", Some("evillocalhost")),
        403,
    ),
    (
        "an address that begins as one",
        |ask| ask.field("host", Some("127.0.0.1.evil.test")),
        403,
    ),
    (
        "an address of the network",
        |ask| ask.field("host", Some("192.168.1.2:5000")),
        403,
    ),
    (
        "0.0.0.0",
        |ask| ask.field("host", Some("0.0.0.0:5000")),
        403,
    ),
    (
        "a user before the host",
        |ask| ask.field("host", Some("localhost@evil.test")),
        403,
    ),
    ("no host", |ask| ask.field("host", None), 403),
    ("an empty host", |ask| ask.field("host", Some("")), 403),
    (
        "two hosts",
        |mut ask| {
            ask.fields.push(("host", "evil.test".to_owned()));
            ask
        },
        403,
    ),
    (
        "another host in the target",
        |mut ask| {
            ask.path = format!("http://evil.test{}", ask.path);
            ask
        },
        403,
    ),
    (
        "a foreign origin",
        |ask| ask.field("origin", Some("http://evil.test")),
        403,
    ),
    (
        "another port's origin",
        |ask| ask.field("origin", Some("http://localhost:3000")),
        403,
    ),
    (
        "the origin of no page",
        |ask| ask.field("origin", Some("null")),
        403,
    ),
    (
        "the origin of a file",
        |ask| ask.field("origin", Some("file://")),
        403,
    ),
    (
        "an origin that begins as the own",
        |ask| ask.field("origin", Some("http://localhost:5000.evil.test")),
        403,
    ),
    (
        "from another site",
        |ask| ask.field("sec-fetch-site", Some("cross-site")),
        403,
    ),
    (
        "from the same site",
        |ask| ask.field("sec-fetch-site", Some("same-site")),
        403,
    ),
    (
        "from the address bar",
        |ask| ask.field("sec-fetch-site", Some("none")),
        403,
    ),
    (
        "from nowhere that is known",
        |ask| ask.field("sec-fetch-site", Some("?")),
        403,
    ),
    (
        "a simple form",
        |ask| ask.field("content-type", Some("application/x-www-form-urlencoded")),
        415,
    ),
    (
        "text",
        |ask| ask.field("content-type", Some("text/plain")),
        415,
    ),
    (
        "JSON's name in a parameter",
        |ask| ask.field("content-type", Some("text/plain; a=application/json")),
        415,
    ),
    (
        "no content type",
        |ask| ask.field("content-type", None),
        415,
    ),
    (
        "by GET",
        |ask| Ask {
            method: "GET",
            ..ask
        },
        405,
    ),
    (
        "by PUT",
        |ask| Ask {
            method: "PUT",
            ..ask
        },
        405,
    ),
    (
        "by OPTIONS",
        |ask| Ask {
            method: "OPTIONS",
            ..ask
        },
        405,
    ),
    (
        "no secret",
        |ask| swapped(ask, "\"secret\"", "\"secrets\""),
        403,
    ),
    (
        "an empty secret",
        |mut ask| {
            ask.body = json!({"secret": "", "frame": 0, "line": "x"}).to_string();
            ask
        },
        403,
    ),
    (
        "a secret that is no text",
        |mut ask| {
            ask.body = json!({"secret": [], "frame": 0, "line": "x"}).to_string();
            ask
        },
        403,
    ),
    (
        "no JSON",
        |mut ask| {
            ask.body = "secret=1".to_owned();
            ask
        },
        400,
    ),
    (
        "far too long",
        |mut ask| {
            ask.body.push_str(&" ".repeat(20_000));
            ask
        },
        413,
    ),
    ("no PIN", |ask| ask.field("cookie", None), 401),
    (
        "a forged cookie",
        |ask| {
            ask.field(
                "cookie",
                Some("zeug-debug-5000=console.aSdF.AAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            )
        },
        401,
    ),
    (
        "the PIN for a cookie",
        |ask| ask.field("cookie", Some("zeug-debug-5000=123-456-789")),
        401,
    ),
    (
        "another program's cookie",
        |mut ask| {
            ask.local = "127.0.0.1:5001";
            ask
        },
        401,
    ),
    (
        "a frame that is not there",
        |ask| swapped(ask, "\"frame\":0", "\"frame\":2"),
        404,
    ),
    (
        "a frame beyond all",
        |ask| swapped(ask, "\"frame\":0", "\"frame\":18446744073709551615"),
        404,
    ),
    (
        "a frame below all",
        |ask| swapped(ask, "\"frame\":0", "\"frame\":-1"),
        400,
    ),
    ("no line", |ask| swapped(ask, "\"line\"", "\"lines\""), 400),
    (
        "a guessed failure",
        |mut ask| {
            ask.path = "/__zeug__/failures/AAAAAAAAAAAAAAAAAAAAAA/evaluate".to_owned();
            ask
        },
        404,
    ),
    (
        "no failure",
        |mut ask| {
            ask.path = "/__zeug__/failures//evaluate".to_owned();
            ask
        },
        404,
    ),
    (
        "a client elsewhere",
        |mut ask| {
            ask.peer = "192.0.2.7:40000";
            ask
        },
        0,
    ),
    (
        "an address that others reach",
        |mut ask| {
            ask.local = "192.0.2.1:5000";
            ask
        },
        0,
    ),
    (
        "a client elsewhere behind IPv6",
        |mut ask| {
            ask.peer = "[::ffff:192.0.2.7]:40000";
            ask
        },
        0,
    ),
    (
        "a proxy's client",
        |ask| ask.field("x-forwarded-for", Some("192.0.2.7")),
        403,
    ),
    (
        "a proxy's client behind another",
        |ask| ask.field("x-forwarded-for", Some("127.0.0.1, 192.0.2.7")),
        403,
    ),
    (
        "a proxy's client in its other field",
        |ask| ask.field("x-real-ip", Some("192.0.2.7")),
        403,
    ),
    (
        "a proxy's client by the standard",
        |ask| ask.field("forwarded", Some("for=\"[2001:db8::7]:4711\";proto=http")),
        403,
    ),
    (
        "a proxy's client without a name",
        |ask| ask.field("forwarded", Some("for=unknown")),
        403,
    ),
];

#[test]
fn no_attack_runs_anything() {
    let app = app(Debugger::new().pin(PIN));
    let (failure, asked) = kept(&app, Ask::get("/cart").request());
    let cookie = cookie(&app);
    let asks = |deed: &str| {
        let path = format!("/__zeug__/failures/{}/{deed}", failure.id);
        post(&app, &path, json!({"frame": 0, "line": "cart.items.len()"}))
            .field("cookie", Some(&cookie))
    };
    let good = || asks("evaluate");
    let answer = good().send(&app);
    assert_eq!(answer.status(), 200);
    let answer: serde_json::Value = serde_json::from_str(&text(answer)).unwrap();
    assert_eq!(answer, json!({"type": "usize", "value": "3"}));
    assert_eq!(asked.swap(0, Ordering::SeqCst), 1);
    for (name, attack, status) in ATTACKS {
        let answer = attack(good()).send(&app);
        let (got, answer) = (answer.status().as_u16(), text(answer));
        let expected = if *status == 0 { 200 } else { *status };
        assert_eq!(got, expected, "{name}: {answer}");
        assert!(*status != 0 || answer == "fine", "{name}: {answer}");
        assert!(!answer.contains(&app.desk().secret), "{name}");
        assert_eq!(asked.load(Ordering::SeqCst), 0, "{name}");
    }
    assert!(ATTACKS.len() >= 40);
    // Whatever else is asked of a frame is guarded alike.
    for deed in ["complete", "frame", "stop"] {
        assert_eq!(asks(deed).send(&app).status(), 200, "{deed}");
        asked.store(0, Ordering::SeqCst);
        for (name, attack, status) in ATTACKS {
            if *name == "no line" && deed != "complete" {
                continue;
            }
            let answer = attack(asks(deed)).send(&app).status().as_u16();
            assert_eq!(
                answer,
                if *status == 0 { 200 } else { *status },
                "{deed}: {name}"
            );
            assert_eq!(asked.load(Ordering::SeqCst), 0, "{deed}: {name}");
        }
    }
    // None of them has spoilt anything.
    assert_eq!(good().send(&app).status(), 200);
    let wrong = post(
        &app,
        &format!("/__zeug__/failures/{}/evaluate", failure.id),
        json!({"frame": 0, "line": "bad"}),
    );
    let answer = wrong.field("cookie", Some(&cookie)).send(&app);
    assert_eq!(answer.status(), 422);
    assert!(text(answer).contains("no such name"));
}

#[test]
fn what_is_trusted_is_answered() {
    let app = app(Debugger::new().pin(PIN).trust_host_fields(["dev.test"]));
    let (failure, _) = kept(&app, Ask::get("/cart").request());
    let cookie = cookie(&app);
    let path = format!("/__zeug__/failures/{}/evaluate", failure.id);
    for host in [
        "localhost:5000",
        "LOCALHOST:5000",
        "shop.localhost:5000",
        "127.0.0.1:5000",
        "[::1]:5000",
        "dev.test:5000",
    ] {
        let answer = post(&app, &path, json!({"frame": 0, "line": "x"}))
            .field("cookie", Some(&cookie))
            .field("host", Some(host))
            .field("origin", Some(&format!("http://{host}")))
            .send(&app);
        assert_eq!(answer.status(), 200, "{host}");
    }
    let forwarded = Ask::get("/__zeug__/").field("x-forwarded-for", Some("127.0.0.1, ::1"));
    assert_eq!(forwarded.send(&app).status(), 200);
    let unix = Ask {
        peer: "",
        local: "",
        ..Ask::get("/__zeug__/")
    };
    assert_eq!(unix.send(&app).status(), 200, "a Unix socket");
}

#[test]
fn ten_wrong_pins_lock_the_console() {
    let app = app(Debugger::new().pin(PIN));
    for left in (0..10).rev() {
        let answer = text(pin(&app, "000-000-000").send(&app));
        let expected = match left {
            0 => "\"error\":\"locked\"".to_owned(),
            left => format!("\"left\":{left}"),
        };
        assert!(answer.contains(&expected), "{answer}");
    }
    let answer = pin(&app, PIN).send(&app);
    assert_eq!(answer.status(), 403, "the right one, too");
    assert!(!answer.headers().contains("set-cookie"));
}

#[test]
fn threads_get_no_more_tries() {
    let app = app(Debugger::new().pin(PIN));
    let wrong = || match text(pin(&app, "1").send(&app)) {
        answer if answer.contains("\"left\"") => 1,
        answer => {
            assert!(answer.contains("\"locked\""));
            0
        }
    };
    let tries: u32 = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| (0..10).map(|_| wrong()).sum::<u32>()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .sum()
    });
    assert_eq!(tries, 9, "the tenth locks");
    assert_eq!(pin(&app, PIN).send(&app).status(), 403);
}

#[test]
fn pins_are_read_without_dashes_and_may_be_off() {
    for entered in ["123456789", "123-456-789", " 123 456 789 "] {
        let app = app(Debugger::new().pin(PIN));
        assert_eq!(pin(&app, entered).send(&app).status(), 200, "{entered:?}");
    }
    let open = app(Debugger::new().without_pin());
    let (failure, asked) = kept(&open, Ask::get("/").request());
    let path = format!("/__zeug__/failures/{}/evaluate", failure.id);
    let question = || json!({"frame": 1, "line": "x"});
    assert_eq!(post(&open, &path, question()).send(&open).status(), 200);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let closed = app(Debugger::new().without_pin().without_console());
    let (failure, asked) = kept(&closed, Ask::get("/").request());
    let path = format!("/__zeug__/failures/{}/evaluate", failure.id);
    assert_eq!(post(&closed, &path, question()).send(&closed).status(), 403);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    let page = Ask::get(&format!("/__zeug__/failures/{}", failure.id)).send(&closed);
    assert!(!text(page).contains(&closed.desk().secret));
}

#[test]
fn random_pins_have_nine_digits() {
    let shown: Vec<_> = (0..20)
        .map(|_| {
            let app = app(Debugger::new().pin("-"));
            app.desk().pin.shown().expect("a PIN")
        })
        .collect();
    for pin in &shown {
        assert_eq!(pin.len(), 11, "{pin}");
        let digit = |(at, char): (usize, char)| match at {
            3 | 7 => char == '-',
            _ => char.is_ascii_digit(),
        };
        assert!(pin.chars().enumerate().all(digit), "{pin}");
    }
    assert!(shown.windows(2).any(|pair| pair[0] != pair[1]));
}

#[test]
fn is_served_to_this_machine_alone() {
    let app = app(Debugger::new());
    for address in ["127.0.0.1:5000", "[::1]:5000", "127.1.2.3:80"] {
        assert!(
            app.check_address(address.parse().expect("an address"))
                .is_ok()
        );
    }
    for address in [
        "0.0.0.0:5000",
        "[::]:5000",
        "192.168.1.2:5000",
        "[2001:db8::1]:80",
    ] {
        let refused = app.check_address(address.parse().expect("an address"));
        let why = refused.expect_err(address).to_string();
        assert!(why.contains("127.0.0.1"), "{why}");
    }
}

#[test]
fn secrets_are_in_no_debug_text() {
    let app = app(Debugger::new().pin(PIN));
    let text = format!(
        "{:?} {:?} {:?}",
        app.desk(),
        app.desk().pin,
        Debugger::new().pin(PIN)
    );
    for secret in [app.desk().secret.as_str(), "123", EVIL] {
        assert!(!text.contains(secret), "{text}");
    }
}
