//! Enums of routes, there and back.

use zeug_routing_derive::Routes;

#[derive(Debug, PartialEq, Routes)]
enum Url {
    #[route("/")]
    Index,
    #[route("/users/<int(min=1):id>", methods(GET, PUT))]
    User { id: u32 },
    #[route("/files/<path:file>")]
    File { file: String },
    #[route("/o/<uuid:object>/<float:scale>")]
    Object { object: [u8; 16], scale: f64 },
    #[route("/c/<any(red, green):colour>/<letter>/")]
    Colour { colour: String, letter: char },
}

#[test]
fn there_and_back() {
    let object = *b"0123456789abcdef";
    let urls = [
        (Url::Index, "/"),
        (Url::User { id: 7 }, "/users/7"),
        (
            Url::File {
                file: "a/b c".into(),
            },
            "/files/a/b%20c",
        ),
        (
            Url::Object { object, scale: 0.5 },
            "/o/30313233-3435-3637-3839-616263646566/0.5",
        ),
        (
            Url::Colour {
                colour: "red".into(),
                letter: 'é',
            },
            "/c/red/%C3%A9/",
        ),
    ];
    for (url, path) in urls {
        assert_eq!(url.to_path().as_deref(), Ok(path));
        assert_eq!(Url::from_path(path), Some(url));
    }
}

#[test]
fn what_is_refused() {
    for (path, method, status) in [
        ("/users/0", "GET", 404),
        ("/users/99999999999", "GET", 404),
        ("/users/1", "POST", 405),
        ("/c/red/x", "GET", 308),
        ("/c/red/xy/", "GET", 404),
    ] {
        assert_eq!(Url::find(path, method), Err(status), "{method} {path}");
    }
    assert!(
        Url::Colour {
            colour: "blue".into(),
            letter: 'x'
        }
        .to_path()
        .is_err()
    );
}
