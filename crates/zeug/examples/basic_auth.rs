//! A page for one user, by HTTP's own log-in (RFC 7617). Start it with `cargo run -p zeug --example basic_auth --features fields,security [ADDRESS]`, then
//! `curl -u ada:mellon http://127.0.0.1:5000/`. Who gives no name, or the wrong password, is refused with 401 and a challenge.

use std::sync::LazyLock;

use zeug::fields::WwwAuthenticate;
use zeug::http::StatusCode;
use zeug::security::{PasswordMethod, Passwords};
use zeug::{HttpError, Request, Response, run_simple};

/// What a table of users would hold; quick to verify, since the password is in the example anyway.
static STORED: LazyLock<String> = LazyLock::new(|| {
    let quick = PasswordMethod::parse("scrypt:1024:8:1").and_then(Passwords::new);
    let stored = quick.and_then(|passwords| passwords.hash("mellon"));
    // Nothing verifies against a text that is no hash.
    stored.unwrap_or_default()
});

fn app(request: Request) -> Result<Response, HttpError> {
    let given = request.authorization();
    let given = given
        .as_ref()
        .and_then(|given| Some((given.username()?, given.password()?)));
    match given {
        Some((name @ "ada", password)) if Passwords::default().verify(&STORED, password) => {
            Ok(Response::text(format!("Hello {name}!\n")))
        }
        _ => Err(HttpError::new(StatusCode::UNAUTHORIZED)
            .try_with_challenge(&WwwAuthenticate::basic("the example"))?),
    }
}

fn main() -> zeug::Result<()> {
    let address = std::env::args().nth(1);
    run_simple(address.as_deref().unwrap_or("127.0.0.1:5000"), app)
}

#[test]
fn who_is_known_enters() {
    let client = zeug_test::Client::new(app);
    let refused = client.get("/").send();
    refused
        .assert_status(401)
        .assert_header("www-authenticate", "Basic realm=\"the example\"");
    client
        .get("/")
        .basic_auth("ada", "friend")
        .send()
        .assert_status(401);
    client
        .get("/")
        .basic_auth("bob", "mellon")
        .send()
        .assert_status(401);
    client
        .get("/")
        .basic_auth("ada", "mellon")
        .send()
        .assert_status(200)
        .assert_text("Hello ada!\n");
}
