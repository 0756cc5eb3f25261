//! Shares its log-ins with the Flask program `login.py` beside it. Start both with the same `SECRET_KEY`, and old keys in `SECRET_KEY_FALLBACKS`, divided by
//! commas: `cargo run -p zeug --example login --features securecookie,security [ADDRESS]`. It refuses unknown names and wrong passwords with 403.

use zeug::gateway::{HandlerExt, IntoHandler};
use zeug::http::StatusCode;
use zeug::messages::SessionLayer;
use zeug::securecookie::{KeyRing, SessionSettings, Value};
use zeug::security::Passwords;
use zeug::{HttpError, Request, Response, run_simple};

/// What both programs have in their table of users: `ada`, `mellon`.
const USERS: [(&str, &str); 1] = [(
    "ada",
    "scrypt:1024:8:1$r3hYQtErStwG771z$9a0c3743669fb64de16097d4cb6a480be76bea026bc5f33197428d40522d3ea5df96453f5a93cccbf3b0f2497ffbec96d71de91cc56384fa24bc8be69611530f",
)];

fn app(request: Request) -> Result<Response, HttpError> {
    match request.raw_path() {
        "/login" => {
            let name = request.args().get("name").unwrap_or_default();
            let password = request.args().get("password").unwrap_or_default();
            let passwords = Passwords::default();
            let known = match USERS.iter().find(|(user, _)| *user == name) {
                Some((_, stored)) => passwords.verify(stored, password),
                None => passwords.verify_unknown(password),
            };
            if !known {
                return Err(HttpError::new(StatusCode::FORBIDDEN));
            }
            let mut session = request.session()?;
            session.clear();
            session.insert("user", name);
            session.make_permanent();
        }
        "/logout" => request.session()?.clear(),
        _ => {}
    }
    let session = request.session()?;
    let user = session.get("user").and_then(Value::as_str);
    Ok(Response::text(user.unwrap_or("nobody").to_owned()))
}

fn main() -> zeug::Result<()> {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let fallbacks = variable("SECRET_KEY_FALLBACKS");
    let keys = fallbacks
        .split(',')
        .filter(|key| !key.is_empty())
        .fold(KeyRing::new(variable("SECRET_KEY")), KeyRing::fallback);
    let settings = SessionSettings::new(keys).unwrap_or_else(|error| {
        eprintln!("SECRET_KEY: {error}");
        std::process::exit(2);
    });
    let address = std::env::args().nth(1);
    run_simple(
        address.as_deref().unwrap_or("127.0.0.1:5000"),
        app.into_handler().with(SessionLayer::new(settings)),
    )
}
