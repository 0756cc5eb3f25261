//! Echoes WebSocket messages. Start it with `cargo run -p zeug-serving --example websocket [ADDRESS]`; what asks for no WebSocket is refused with 426.

use http::header::{HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use http::{Request, Response, StatusCode};
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::{Role, WebSocket};
use zeug_gateway::{Body, IntoResponse, Upgrade, Upgraded};

pub(crate) fn app(request: Request<Body>) -> Response<Body> {
    let wanted = request
        .headers()
        .get(UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
    let key = request.headers().get(SEC_WEBSOCKET_KEY).filter(|_| wanted);
    match key.map(|key| {
        (
            HeaderValue::from_str(&derive_accept_key(key.as_bytes())),
            Upgrade::to("websocket", echo),
        )
    }) {
        Some((Ok(accept), Ok(upgrade))) => {
            let mut response = upgrade.into_response();
            response.headers_mut().insert(SEC_WEBSOCKET_ACCEPT, accept);
            response
        }
        _ => (StatusCode::UPGRADE_REQUIRED, "this is a WebSocket\n").into_response(),
    }
}

/// Sends every message back until the client has enough.
fn echo(stream: Upgraded) {
    let mut socket = WebSocket::from_raw_socket(stream, Role::Server, None);
    while let Ok(message) = socket.read() {
        if (message.is_text() || message.is_binary()) && socket.send(message).is_err() {
            break;
        }
    }
}

fn main() -> zeug_serving::Result {
    let address = std::env::args().nth(1);
    zeug_serving::run_simple(address.as_deref().unwrap_or("127.0.0.1:5000"), app)
}
