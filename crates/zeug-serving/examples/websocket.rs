//! Echoes WebSocket messages. Start it with `cargo run -p zeug-serving --example websocket [ADDRESS]`; what asks for no WebSocket is refused with 426.

use http::StatusCode;
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::{Role, WebSocket};
use zeug_datastructures::{FieldValue, names};
use zeug_gateway::{IntoResponse, Request, Response, Upgrade, Upgraded};

pub(crate) fn app(request: Request) -> Response {
    let wanted = request
        .headers()
        .get(names::UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
    let key = request
        .headers()
        .get(names::SEC_WEBSOCKET_KEY)
        .filter(|_| wanted);
    let accept = key.map(|key| derive_accept_key(key.as_bytes()));
    let accept = accept.as_deref().map(FieldValue::parse);
    match (accept, Upgrade::to("websocket", echo)) {
        (Some(Ok(accept)), Ok(upgrade)) => {
            let mut response = upgrade.into_response();
            response
                .headers_mut()
                .append(names::SEC_WEBSOCKET_ACCEPT, accept);
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
