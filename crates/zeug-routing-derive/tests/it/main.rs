//! Enums of routes, there and back.

mod compiler;

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

mod api {
    use zeug_routing_derive::Routes;

    #[derive(Debug, PartialEq, Routes)]
    pub(crate) enum Items {
        #[route("/")]
        List,
        #[route("/<int:id>", methods(GET, DELETE))]
        One { id: u64 },
    }

    #[derive(Debug, PartialEq, Routes)]
    pub(crate) enum Api {
        #[route("/status")]
        Status,
        #[route("/items", nested)]
        Items(Items),
        #[route("/users/<name>")]
        User { name: String },
    }
}

#[derive(Debug, PartialEq, Routes)]
enum Site {
    #[route("/")]
    Index,
    #[route("/api", nested)]
    Api(api::Api),
    #[route("/v2/api", nested)]
    New(api::Api),
    #[route("/about")]
    About,
}

#[test]
fn nested_enums() {
    use api::{Api, Items};
    let urls = [
        (Site::Index, "/"),
        (Site::Api(Api::Status), "/api/status"),
        (Site::Api(Api::Items(Items::List)), "/api/items/"),
        (Site::Api(Api::Items(Items::One { id: 7 })), "/api/items/7"),
        (
            Site::New(Api::Items(Items::One { id: 7 })),
            "/v2/api/items/7",
        ),
        (
            Site::New(Api::User { name: "a b".into() }),
            "/v2/api/users/a%20b",
        ),
        (Site::About, "/about"),
    ];
    for (url, path) in urls {
        assert_eq!(url.to_path().as_deref(), Ok(path));
        assert_eq!(Site::from_path(path), Some(url));
    }
    assert_eq!(Site::ROUTES, 10);
    assert_eq!(Site::find("/api/items/7", "PUT"), Err(405));
    assert_eq!(Site::find("/api/items", "GET"), Err(308));
    assert_eq!(Site::find("/api/nothing", "GET"), Err(404));
    // Each enum is a set of its own as well.
    assert_eq!(Api::from_path("/status"), Some(Api::Status));
}

#[derive(Debug, Clone, PartialEq)]
struct Slug(String);

impl<'a> zeug_routing::FromArg<'a> for Slug {
    fn from_arg(arg: zeug_routing::Arg<'a>) -> Option<Self> {
        let text = <&str>::from_arg(arg)?;
        let fits = text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        fits.then(|| Self(text.to_owned()))
    }
}

impl From<Slug> for zeug_routing::Value<'_> {
    fn from(slug: Slug) -> Self {
        slug.0.into()
    }
}

#[derive(Debug, PartialEq, Routes)]
enum Blog {
    #[route("/posts/<slug>")]
    Post { slug: Slug },
}

#[test]
fn a_type_of_ones_own() {
    let post = Blog::Post {
        slug: Slug("on-routes".into()),
    };
    assert_eq!(post.to_path().as_deref(), Ok("/posts/on-routes"));
    assert_eq!(Blog::from_path("/posts/on-routes"), Some(post));
    assert_eq!(Blog::from_path("/posts/No"), None);
}

mod shop {
    use std::borrow::Cow;
    use std::sync::Arc;

    use zeug_routing::{Converter, ConverterArgs, Value};
    use zeug_routing_derive::Routes;

    /// Codes such as `a-17`: a letter out of the arguments, a hyphen, a number.
    #[derive(Debug)]
    struct Code(String);

    impl Code {
        fn make(args: &ConverterArgs) -> Option<Arc<dyn Converter>> {
            let letter = args.get("letter", 0)?.text().to_owned();
            Some(Arc::new(Self(letter)))
        }
    }

    impl Converter for Code {
        fn matches(&self, text: &str) -> bool {
            text.strip_prefix(&self.0)
                .and_then(|rest| rest.strip_prefix('-'))
                .is_some_and(|number| number.parse::<u32>().is_ok())
        }

        fn write<'v>(&self, value: &'v Value<'_>) -> Option<Cow<'v, str>> {
            match value {
                Value::Text(text) if self.matches(text) => Some(Cow::Borrowed(text)),
                _ => None,
            }
        }
    }

    #[derive(Debug, PartialEq, Routes)]
    #[routes(converters(code(letter: &str) = Code::make))]
    pub(crate) enum Shop {
        #[route("/<code(letter=\"a\"):article>")]
        Article { article: String },
        #[route("/<code(letter=\"c\"):customer>")]
        Customer { customer: String },
        #[route("/<name>")]
        Page { name: String },
    }
}

#[derive(Debug, PartialEq, Routes)]
enum Town {
    #[route("/")]
    Index,
    #[route("/shop", nested)]
    Shop(shop::Shop),
}

#[test]
fn converters_of_ones_own() {
    use shop::Shop;
    let urls = [
        (
            Shop::Article {
                article: "a-17".into(),
            },
            "/a-17",
        ),
        (
            Shop::Customer {
                customer: "c-3".into(),
            },
            "/c-3",
        ),
        (Shop::Page { name: "b-3".into() }, "/b-3"),
    ];
    for (url, path) in urls {
        assert_eq!(url.to_path().as_deref(), Ok(path));
        assert_eq!(Shop::from_path(path), Some(url));
    }
    let unwritten = Shop::Article {
        article: "c-3".into(),
    };
    assert!(unwritten.to_path().is_err());
    let nested = Town::Shop(Shop::Customer {
        customer: "c-3".into(),
    });
    assert_eq!(nested.to_path().as_deref(), Ok("/shop/c-3"));
    assert_eq!(Town::from_path("/shop/c-3"), Some(nested));
}
