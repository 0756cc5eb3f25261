#![doc = include_str!("../README.md")]

mod check;
mod convert;
mod expand;
mod own;
#[cfg(test)]
mod refusals;

use proc_macro::TokenStream;

/// Makes an enum a set of routes: each variant has a rule, and its fields are the rule's variables.
///
/// `#[route("/users/<int:id>")]`, or `#[route("/users/<int:id>", methods(GET, PUT))]`, stands before each variant. The enum gets
///
/// - `routes() -> &'static Map<usize>`: the map, whose endpoints are the variants' numbers;
/// - `from_path(path) -> Option<Self>`: the variant that `GET` of a path leads to;
/// - `find(path, method) -> Result<Self, u16>`: the same with the method, or the status to answer with;
/// - `from_outcome(&Outcome) -> Option<Self>`: the variant of a search with a binding of one's own;
/// - `to_path(&self) -> Result<String, RoutingError>`: the variant's path, percent-encoded.
///
/// Fields may be of the number types, `String`, `char`, `bool` and `[u8; 16]` for a UUID, or of any type that has
/// `FromArg` and whose clone becomes a `Value`: a type of one's own refuses values by its `FromArg`.
///
/// `#[route("/api", nested)]` before a variant that holds another such enum puts that enum's routes below a path, which has no variables. Where
/// routes of two enums are the same, the first variant's counts.
///
/// `#[routes(converters(slug = Slug::make))]` before the enum names converters of one's own: `Slug::make` is a function as
/// `MapBuilder::converter` takes it, from the arguments in the rule to the converter. Enums that are nested bring their own; where two have one
/// name, the outer enum's counts, else the last one's. `converters(slug(max: Option<i64>) = Slug::make)` says as well what arguments `slug` takes, in
/// order: those of each rule are then checked when it is compiled, against the types that the methods of `ConverterArg` answer with (`i64`, `f64`,
/// `bool`, `&str`, or `Option` of one for an argument that may be missing). The function itself, which may refuse a value that has the right
/// type, is part of the program that is being compiled and cannot be asked before that runs: what it refuses is a panic of `routes()`, which a test that
/// calls it finds.
///
/// # Errors
///
/// These do not compile: a rule that is none, an unknown converter, arguments that a built-in converter or the declaration of another does not take, a variable without a field or a field
/// without a variable, a number for a `string` or the other way round where the type cannot hold it, two variants of which one hides the other.
/// Nor does a nested variant that holds anything but one value, or whose path has a variable or a slash at its end.
/// `to_path` refuses a text that is none of an `any`'s, and a float that is not finite.
///
/// # Example
///
/// ```
/// use zeug_routing_derive::Routes;
///
/// #[derive(Debug, PartialEq, Routes)]
/// enum Url {
///     #[route("/")]
///     Index,
///     #[route("/users/<int:id>", methods(GET, PUT))]
///     User { id: u32 },
/// }
///
/// assert_eq!(Url::from_path("/users/7"), Some(Url::User { id: 7 }));
/// assert_eq!(Url::from_path("/users/x"), None);
/// assert_eq!(Url::User { id: 7 }.to_path()?, "/users/7");
/// # Ok::<(), zeug_routing::RoutingError>(())
/// ```
///
/// Enums in enums:
///
/// ```
/// use zeug_routing_derive::Routes;
///
/// #[derive(Debug, PartialEq, Routes)]
/// enum Api {
///     #[route("/items/<int:id>")]
///     Item { id: u64 },
/// }
///
/// #[derive(Debug, PartialEq, Routes)]
/// enum Site {
///     #[route("/")]
///     Index,
///     #[route("/api", nested)]
///     Api(Api),
/// }
///
/// assert_eq!(Site::from_path("/api/items/7"), Some(Site::Api(Api::Item { id: 7 })));
/// assert_eq!(Site::Api(Api::Item { id: 7 }).to_path()?, "/api/items/7");
/// assert_eq!(Site::from_path("/items/7"), None);
/// # Ok::<(), zeug_routing::RoutingError>(())
/// ```
///
/// A converter of one's own, and a type for its values:
///
/// ```
/// use std::sync::Arc;
/// use zeug_routing::{Arg, Converter, ConverterArgs, FromArg, Value};
/// use zeug_routing_derive::Routes;
///
/// #[derive(Debug)]
/// struct Year;
///
/// impl Year {
///     fn make(args: &ConverterArgs) -> Option<Arc<dyn Converter>> {
///         args.is_empty().then(|| Arc::new(Self) as Arc<dyn Converter>)
///     }
/// }
///
/// impl Converter for Year {
///     fn matches(&self, text: &str) -> bool {
///         text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())
///     }
/// }
///
/// #[derive(Debug, PartialEq, Routes)]
/// #[routes(converters(year() = Year::make))]
/// enum Url {
///     #[route("/archive/<year:year>")]
///     Archive { year: u16 },
///     #[route("/archive/<name>")]
///     Topic { name: String },
/// }
///
/// assert_eq!(Url::from_path("/archive/2026"), Some(Url::Archive { year: 2026 }));
/// assert_eq!(Url::from_path("/archive/20266"), Some(Url::Topic { name: "20266".into() }));
/// ```
///
/// A field of a type that the converter's values do not fit:
///
/// ```compile_fail
/// #[derive(zeug_routing_derive::Routes)]
/// enum Url {
///     #[route("/users/<string:id>")]
///     User { id: u32 },
/// }
/// ```
///
/// A variable without a field:
///
/// ```compile_fail
/// #[derive(zeug_routing_derive::Routes)]
/// enum Url {
///     #[route("/users/<int:id>")]
///     User,
/// }
/// ```
#[proc_macro_derive(Routes, attributes(route, routes))]
pub fn routes(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    expand::routes(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
