//! What holds for all inputs: nothing panics, nothing leaves, a model agrees.

use proptest::prelude::*;
use zeug_datastructures::Headers;
use zeug_gateway::{Handler, HandlerExt, IntoHandler, Received, Request};
use zeug_middleware::{Dispatcher, ProxyFix, SharedData};

proptest! {
    #[test]
    fn the_nth_value_from_the_end_is_a_models(items in proptest::collection::vec("[a-z0-9.:]{0,4}", 0..8), count in 0_usize..6) {
        let list = items.join(", ");
        let fields = Headers::try_from_pairs([("X-Forwarded-Host", list.as_str())]).unwrap();
        let said = ProxyFix::nothing().host(count).read(&fields, &Received::default());
        let full: Vec<_> = items.iter().filter(|item| !item.is_empty()).collect();
        let model = count.checked_sub(1).and_then(|distance| full.iter().rev().nth(distance));
        prop_assert_eq!(said.host(), model.map(|item| item.as_str()));
    }

    #[test]
    fn no_field_panics(text in "[ -~]{0,60}", count in 0_usize..4, rfc7239: bool) {
        let fields = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "Forwarded"];
        let fix = ProxyFix::nothing().client(count).scheme(count).host(count).port(count).prefix(count);
        let fix = if rfc7239 { fix.rfc7239() } else { fix };
        let app = (|request: zeug_messages::Request| {
            let _ = (request.url(), request.remote_addr());
            let root = request.root_path();
            assert!(!root.starts_with("//") && !root.contains('\\'));
            zeug_messages::Response::text("")
        }).into_handler().with(fix);
        let mut request = Request::new(());
        for name in fields {
            request.headers_mut().try_append(name, &text).unwrap();
        }
        app.handle(request);
    }

    #[test]
    fn dispatching_is_a_models(mounts in proptest::collection::vec("(/[ab]){1,3}", 0..5), path in "(/[ab]{0,2}){0,4}") {
        let dispatcher = mounts.iter().fold(Dispatcher::new(), |dispatcher, mount| {
            dispatcher.mount(mount.as_str(), |_: Request| ()).unwrap()
        });
        let model = mounts
            .iter()
            .filter(|mount| path == **mount || path.starts_with(&format!("{mount}/")))
            .max_by_key(|mount| mount.len());
        prop_assert_eq!(dispatcher.find(&path).0, model.map(String::as_str));
    }

    #[test]
    fn no_path_leaves_the_folder(path in "(/|\\.|%2e|%2f|%5c|\\\\|a|src|Cargo\\.toml|lib\\.rs|%00|;|:|c:){0,12}") {
        let files = SharedData::new().folder("/src", "src").unwrap().index("lib.rs");
        let app = (|_: Request| http::StatusCode::NOT_FOUND).into_handler().with(files);
        let Ok(uri) = format!("/src/{path}").parse::<http::Uri>() else {
            return Ok(());
        };
        let mut request = Request::new(());
        *request.uri_mut() = uri;
        let body = app.handle(request).into_body().into_bytes(1 << 20).unwrap();
        prop_assert!(!body.starts_with(b"[package]"));
    }
}
