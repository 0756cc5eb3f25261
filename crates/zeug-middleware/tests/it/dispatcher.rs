//! Mounted applications: which one is asked, and what it sees of the path.

use zeug_gateway::{Handler, HandlerExt, IntoHandler};
use zeug_messages::{Request, Response, Site};
use zeug_middleware::Dispatcher;

fn app(name: &'static str) -> impl Handler {
    (move |request: Request| {
        Response::text(format!(
            "{name}|{}|{}|{}|{}",
            request.root_path(),
            request.path(),
            request.raw_path(),
            String::from_utf8_lossy(request.query_bytes())
        ))
    })
    .into_handler()
}

fn text(response: zeug_gateway::Response) -> String {
    let bytes = response.into_body().into_bytes(1000).unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_longest_prefix_counts() {
    let dispatcher = Dispatcher::new().mount("/a", app("a")).unwrap();
    let dispatcher = dispatcher.mount("/a/b", app("ab")).unwrap();
    let dispatcher = dispatcher.mount("/é x", app("e")).unwrap();
    let app = app("none").with(dispatcher);
    for (path, wanted) in [
        ("/", "none||/|/|"),
        ("/a", "a|/a|/|/|"),
        ("/a/", "a|/a|/|/|"),
        ("/ab", "none||/ab|/ab|"),
        ("/a/bc?q=/a/b", "a|/a|/bc|/bc|q=/a/b"),
        ("/a/b/c?x", "ab|/a/b|/c|/c|x"),
        ("/%61/b%2fc", "ab|/a/b|/c|/c|"),
        ("/%C3%A9%20x/%25?", "e|/é x|/%|/%25|"),
        ("/a//evil.test", "a|/a|/evil.test|//evil.test|"),
        ("http://h.test/a/x", "a|/a|/x|/x|"),
    ] {
        let request = http::Request::get(path).body(()).unwrap();
        assert_eq!(text(app.handle(request.into())), wanted, "{path}");
    }
}

#[test]
fn root_paths_add_up() {
    let inner = app("none").with(Dispatcher::new().mount("/b", app("b")).unwrap());
    let outer = app("none").with(Dispatcher::new().mount("/a", inner).unwrap());
    let site = Site::default().root_path("/root").scheme("https");
    let request = http::Request::get("/a/b/c")
        .extension(site)
        .body(())
        .unwrap();
    assert_eq!(text(outer.handle(request.into())), "b|/root/a/b|/c|/c|");
    let custom = http::Request::builder()
        .method("mIxEd")
        .uri("/a/b")
        .body(())
        .unwrap();
    assert_eq!(text(outer.handle(custom.into())), "b|/a/b|/|/|");
}
