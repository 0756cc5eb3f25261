//! The code for an enum of routes: a map that is built at first use, and a way to and from each variant.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Error, Ident, Result};

use crate::check::{Route, route, together};
use crate::own::{Own, converters};

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
    let own = converters(&input.attrs)?;
    let routes = data
        .variants
        .iter()
        .map(|variant| route(variant, &own))
        .collect::<Result<Vec<_>>>()?;
    together(&routes, &own)?;
    let (name, visible) = (&input.ident, &input.vis);
    // Numbers of nested routes follow those of the routes before them, so each variant's first number is a sum.
    let count = |route: &Route<'_>| match route.nested {
        Some(nested) => quote! { <#nested>::ROUTES },
        None => quote! { 1 },
    };
    let counts: Vec<_> = routes.iter().map(count).collect();
    let firsts: Vec<_> = (0..routes.len())
        .map(|i| format_ident!("FIRST_{i}"))
        .collect();
    let ends: Vec<_> = (0..=routes.len())
        .map(|i| match i.checked_sub(1) {
            Some(before) => {
                let (first, count) = (&firsts[before], &counts[before]);
                quote! { Self::#first + #count }
            }
            None => quote! { 0 },
        })
        .collect();
    let starts = &ends[..routes.len()];
    let total = &ends[routes.len()];
    let rules = routes
        .iter()
        .zip(&firsts)
        .map(|(route, first)| rule(route, first));
    let reads = routes
        .iter()
        .zip(&firsts)
        .zip(&counts)
        .map(|((route, first), count)| read(route, first, count));
    let writes = routes
        .iter()
        .zip(&firsts)
        .map(|(route, first)| write(route, first));
    let builders = routes
        .iter()
        .filter_map(|route| route.nested)
        .map(|nested| quote! { let builder = <#nested>::add_converters(builder); });
    let own = own.iter().map(|Own { name, factory, .. }| {
        let name = name.to_string();
        quote! { .converter(#name, #factory) }
    });
    Ok(quote! {
        #[doc(hidden)]
        impl #name {
            #(const #firsts: usize = #starts;)*
            /// How many routes there are, nested ones among them.
            #visible const ROUTES: usize = #total;

            #visible fn add_routes(prefix: &str, first: usize, rules: &mut ::std::vec::Vec<::zeug_routing::Rule<usize>>) {
                #(#rules)*
            }

            #visible fn add_converters(builder: ::zeug_routing::MapBuilder<usize>) -> ::zeug_routing::MapBuilder<usize> {
                #(#builders)*
                builder #(#own)*
            }

            #visible fn read_route(number: usize, args: &::zeug_routing::Args<'_, '_>) -> ::core::option::Option<Self> {
                match number {
                    #(#reads)*
                    _ => ::core::option::Option::None,
                }
            }

            #visible fn write_route(
                &self,
                first: usize,
                bound: &::zeug_routing::Bound<'_, usize>,
            ) -> ::core::result::Result<::std::string::String, ::zeug_routing::RoutingError> {
                match self {
                    #(#writes)*
                }
            }
        }

        impl #name {
            /// The map of all routes, whose endpoints are the routes' numbers.
            ///
            /// # Panics
            ///
            /// If a converter of the program's own refuses its arguments.
            #visible fn routes() -> &'static ::zeug_routing::Map<usize> {
                static MAP: ::std::sync::LazyLock<::zeug_routing::Map<usize>> = ::std::sync::LazyLock::new(|| {
                    let mut rules = ::std::vec::Vec::new();
                    #name::add_routes("", 0, &mut rules);
                    // Rules of one enum that hide each other do not compile; of nested ones the first counts.
                    let builder = #name::add_converters(::zeug_routing::Map::builder());
                    match builder.allow_duplicates().rules(rules).build() {
                        Ok(map) => map,
                        Err(error) => ::core::panic!("the routes of {}: {error}", ::core::stringify!(#name)),
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
                Self::read_route(*found.endpoint(), found.args())
            }

            /// The variant's path, percent-encoded.
            ///
            /// # Errors
            ///
            /// A text that is none of an `any`'s, or a float that is not finite.
            #visible fn to_path(&self) -> ::core::result::Result<::std::string::String, ::zeug_routing::RoutingError> {
                self.write_route(0, &Self::bound_routes())
            }
        }
    })
}

fn rule(route: &Route<'_>, first: &Ident) -> TokenStream {
    let (text, methods) = (&route.text, &route.methods);
    if let Some(nested) = route.nested {
        return quote! { <#nested>::add_routes(&::std::format!("{prefix}{}", #text), first + Self::#first, rules); };
    }
    let limit = (!methods.is_empty()).then(|| quote! { .methods([#(#methods),*]) });
    quote! {
        rules.push(::zeug_routing::Rule::new(::std::format!("{prefix}{}", #text), first + Self::#first)#limit);
    }
}

fn read(route: &Route<'_>, first: &Ident, count: &TokenStream) -> TokenStream {
    let name = route.name;
    if let Some(nested) = route.nested {
        return quote! {
            number if (Self::#first..Self::#first + #count).contains(&number) => {
                <#nested>::read_route(number - Self::#first, args).map(Self::#name)
            }
        };
    }
    let fields = route.fields.iter().map(|(field, _)| {
        let text = field.to_string();
        quote! { #field: args.get(#text).ok()? }
    });
    quote! { Self::#first => ::core::option::Option::Some(Self::#name { #(#fields),* }), }
}

fn write(route: &Route<'_>, first: &Ident) -> TokenStream {
    let name = route.name;
    if route.nested.is_some() {
        return quote! { Self::#name(nested) => nested.write_route(first + Self::#first, bound), };
    }
    let fields: Vec<_> = route.fields.iter().map(|(field, _)| *field).collect();
    let texts = fields.iter().map(ToString::to_string);
    quote! {
        Self::#name { #(#fields),* } => {
            bound.url_for(&(first + Self::#first))#(.arg(#texts, ::core::clone::Clone::clone(#fields)))*.build()
        }
    }
}
