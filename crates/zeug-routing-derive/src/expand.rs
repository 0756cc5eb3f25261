//! The code for an enum of routes: a map that is built at first use, and a way to and from each variant.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Result};

use crate::check::{Route, route, together};

pub(crate) fn routes(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(input, "Routes is for enums"));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            "Routes is for enums without parameters",
        ));
    }
    let routes = data
        .variants
        .iter()
        .map(route)
        .collect::<Result<Vec<_>>>()?;
    together(&routes)?;
    let (name, visible) = (&input.ident, &input.vis);
    let rules = routes.iter().enumerate().map(|(i, route)| rule(i, route));
    let reads = routes.iter().enumerate().map(|(i, route)| read(i, route));
    let writes = routes.iter().enumerate().map(|(i, route)| write(i, route));
    Ok(quote! {
        impl #name {
            /// The map of all routes, whose endpoints are the variants' numbers.
            #visible fn routes() -> &'static ::zeug_routing::Map<usize> {
                static MAP: ::std::sync::LazyLock<::zeug_routing::Map<usize>> = ::std::sync::LazyLock::new(|| {
                    match ::zeug_routing::Map::builder()#(.rule(#rules))*.build() {
                        Ok(map) => map,
                        Err(error) => ::core::unreachable!("the rules were checked when this was compiled: {error}"),
                    }
                });
                &MAP
            }

            fn bound_routes() -> ::zeug_routing::Bound<'static, usize> {
                match Self::routes().bind("localhost") {
                    Ok(bound) => bound,
                    Err(error) => ::core::unreachable!("localhost is a host: {error}"),
                }
            }

            /// The variant that `GET` of a path, as it stands in a request target, leads to.
            #[must_use]
            #visible fn from_path(path: &str) -> ::core::option::Option<Self> {
                Self::from_outcome(&Self::bound_routes().match_path(path, "GET"))
            }

            /// The variant that a path and method lead to.
            ///
            /// # Errors
            ///
            /// The status to answer with: 404, 405, or 308 where the path lacks or has a slash too much.
            #visible fn find(path: &str, method: &str) -> ::core::result::Result<Self, u16> {
                let bound = Self::bound_routes();
                let outcome = bound.match_path(path, method);
                Self::from_outcome(&outcome).ok_or(match outcome.status_hint() { 200 => 404, other => other })
            }

            /// The variant of an outcome of the map; nothing where it is no match or a value is out of its type's range.
            #[must_use]
            #visible fn from_outcome(outcome: &::zeug_routing::Outcome<'_, '_, usize>) -> ::core::option::Option<Self> {
                let ::zeug_routing::Outcome::Match(found) = outcome else { return ::core::option::Option::None };
                let args = found.args();
                match *found.endpoint() {
                    #(#reads)*
                    _ => ::core::option::Option::None,
                }
            }

            /// The variant's path, percent-encoded.
            ///
            /// # Errors
            ///
            /// A text that is none of an `any`'s, or a float that is not finite.
            #visible fn to_path(&self) -> ::core::result::Result<::std::string::String, ::zeug_routing::RoutingError> {
                let bound = Self::bound_routes();
                match self {
                    #(#writes)*
                }
            }
        }
    })
}

fn rule(i: usize, route: &Route<'_>) -> TokenStream {
    let (text, methods) = (&route.text, &route.methods);
    let limit = (!methods.is_empty()).then(|| quote! { .methods([#(#methods),*]) });
    quote! { ::zeug_routing::Rule::new(#text, #i)#limit }
}

fn read(i: usize, route: &Route<'_>) -> TokenStream {
    let name = route.name;
    let fields = route.fields.iter().map(|(field, _)| {
        let text = field.to_string();
        quote! { #field: args.get(#text).ok()? }
    });
    quote! { #i => ::core::option::Option::Some(Self::#name { #(#fields),* }), }
}

fn write(i: usize, route: &Route<'_>) -> TokenStream {
    let name = route.name;
    let fields: Vec<_> = route.fields.iter().map(|(field, _)| *field).collect();
    let texts = fields.iter().map(ToString::to_string);
    quote! { Self::#name { #(#fields),* } => bound.url_for(&#i)#(.arg(#texts, ::core::clone::Clone::clone(#fields)))*.build(), }
}
