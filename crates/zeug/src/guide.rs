//! Owns nothing but the guide's blocks of Rust, which are compiled and run as documentation of these names.

macro_rules! chapters {
    ($($name:ident: $file:literal),* $(,)?) => {
        $(#[doc = include_str!(concat!("../../../docs/guide/src/", $file, ".md"))] struct $name;)*
    };
}

chapters! {
    Context: "context",
    Deployment: "deployment",
    DevLoop: "dev-loop",
    Errors: "errors",
    Forms: "forms",
    FromAxum: "from-axum",
    FromWerkzeug: "from-werkzeug",
    Levels: "levels",
    Middleware: "middleware",
    QuickStart: "quick-start",
    Requests: "requests",
    Responses: "responses",
    Routing: "routing",
    Security: "security",
    Serving: "serving",
    Sessions: "sessions",
    Testing: "testing",
    Tower: "tower",
    Tutorial: "tutorial",
    Wire: "wire",
}
