//! Greets. Start it with `cargo run -p zeug --example hello [ADDRESS]`; it refuses nobody.

use zeug::{Request, Response, run_simple};

fn app(request: Request) -> Response {
    let name = request.args().get("name").unwrap_or("World");
    Response::text(format!("Hello {name}!"))
}

fn main() -> zeug::Result<()> {
    let address = std::env::args().nth(1);
    run_simple(address.as_deref().unwrap_or("127.0.0.1:5000"), app)
}
