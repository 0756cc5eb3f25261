//! Counts a visitor's visits in a session, and shows who the visitor is, behind one proxy. Several processes with the same `SECRET_KEY` are one program to the visitor:
//! start two and have nginx take turns. It refuses to start without a key.
//!
//! `SECRET_KEY=... cargo run -p zeug-middleware --example visits -- 127.0.0.1:8081`

use std::error::Error;

use zeug_gateway::{HandlerExt, IntoHandler};
use zeug_messages::{HttpError, Request, Response, SessionLayer};
use zeug_middleware::ProxyFix;
use zeug_securecookie::{SessionSettings, Value};
use zeug_serving::Server;

/// A line for each thing that the proxy is believed.
fn visit(request: Request) -> Result<Response, HttpError> {
    let visits = {
        let mut session = request.session()?;
        let visits = session.get("visits").and_then(Value::as_i64).unwrap_or(0) + 1;
        session.insert("visits", visits);
        visits
    };
    let address = request.remote_addr().map(|address| address.to_string());
    Ok(Response::text(format!(
        "process {}\nvisits {visits}\naddress {}\nscheme {}\nurl {}\nroot {}\npath {}\n",
        std::process::id(),
        address.unwrap_or_default(),
        request.scheme(),
        request.url()?,
        request.root_path(),
        request.path(),
    )))
}

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1);
    let key = std::env::var("SECRET_KEY").map_err(|_| "SECRET_KEY is not set")?;
    let app = visit
        .into_handler()
        .with(SessionLayer::new(SessionSettings::new(key)?))
        .with(ProxyFix::default().host(1).port(1).prefix(1));
    let server = Server::bind(address.as_deref().unwrap_or("127.0.0.1:8081"))?;
    let here = server.local_addr().ok_or("no address")?;
    #[expect(clippy::print_stdout, reason = "whoever starts it asks where it is")]
    {
        println!("listening on http://{here}");
    }
    server.stop_on_signals().serve(app)?;
    Ok(())
}
