//! What a variant says, checked: its rule, its methods, its fields against the rule's variables. Refuses what could not be matched or built.

use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Field, Fields, Ident, LitStr, Result, Token, Type, Variant};
use zeug_routing::{Map, Pattern, RoutingError, Rule};

/// A variant with its rule, or with another enum's rules below a path.
pub(crate) struct Route<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) text: LitStr,
    pub(crate) methods: Vec<String>,
    pub(crate) fields: Vec<(&'a Ident, &'a Type)>,
    /// The enum whose routes stand below the text.
    pub(crate) nested: Option<&'a Type>,
}

/// What stands in `#[route(..)]` after the text.
enum Rest {
    Methods(Vec<String>),
    Nested,
}

/// Reads the variant and checks it by itself.
pub(crate) fn route(variant: &Variant) -> Result<Route<'_>> {
    let mut attributes = variant
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("route"));
    let Some(attribute) = attributes.next() else {
        return Err(Error::new_spanned(
            variant,
            "a variant needs a rule: #[route(\"/path/<int:name>\")]",
        ));
    };
    if let Some(second) = attributes.next() {
        return Err(Error::new_spanned(second, "a variant has one rule"));
    }
    let (text, rest) = arguments(attribute)?;
    let methods = match rest {
        Rest::Methods(methods) => methods,
        Rest::Nested => return nested(variant, text),
    };
    let fields = match &variant.fields {
        Fields::Unit => Vec::new(),
        Fields::Named(named) => named
            .named
            .iter()
            .filter_map(|field: &Field| Some((field.ident.as_ref()?, &field.ty)))
            .collect(),
        Fields::Unnamed(unnamed) => {
            return Err(Error::new_spanned(
                unnamed,
                "fields need names: they are the rule's variables",
            ));
        }
    };
    let route = Route {
        name: &variant.ident,
        text,
        methods,
        fields,
        nested: None,
    };
    check(&route)?;
    Ok(route)
}

/// A variant that holds another enum of routes.
fn nested(variant: &Variant, text: LitStr) -> Result<Route<'_>> {
    let nested = match &variant.fields {
        Fields::Unnamed(unnamed) if unnamed.unnamed.len() == 1 => {
            unnamed.unnamed.first().map(|field| &field.ty)
        }
        _ => None,
    };
    let Some(nested) = nested else {
        return Err(Error::new_spanned(
            variant,
            "a nested variant holds one enum of routes: Api(ApiUrl)",
        ));
    };
    let path = text.value();
    let pattern = Pattern::parse(&path).map_err(|error| refuse(&text, &error))?;
    if pattern.variables().next().is_some() || path.ends_with('/') {
        return Err(Error::new(
            text.span(),
            "the path of nested routes has no variables and no slash at its end",
        ));
    }
    Ok(Route {
        name: &variant.ident,
        text,
        methods: Vec::new(),
        fields: Vec::new(),
        nested: Some(nested),
    })
}

fn arguments(attribute: &Attribute) -> Result<(LitStr, Rest)> {
    attribute.parse_args_with(|input: syn::parse::ParseStream<'_>| {
        let text: LitStr = input.parse()?;
        let mut methods = Vec::new();
        if input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let word: Ident = input.parse()?;
            if word == "nested" {
                return Ok((text, Rest::Nested));
            }
            if word != "methods" {
                return Err(Error::new(
                    word.span(),
                    "expected methods(GET, ...) or nested",
                ));
            }
            let list;
            syn::parenthesized!(list in input);
            methods = Punctuated::<Ident, Token![,]>::parse_terminated(&list)?
                .iter()
                .map(ToString::to_string)
                .collect();
        }
        Ok((text, Rest::Methods(methods)))
    })
}

/// A refusal of the rule's text, with the place marked.
fn refuse(text: &LitStr, error: &RoutingError) -> Error {
    let marked = error.offset().map(|offset| {
        let before = error
            .subject()
            .get(..offset)
            .map_or(0, |before| before.chars().count());
        format!("\n    {}\n    {}^", error.subject(), " ".repeat(before))
    });
    Error::new(
        text.span(),
        format!("{error}{}", marked.unwrap_or_default()),
    )
}

fn check(route: &Route<'_>) -> Result<()> {
    let text = route.text.value();
    let pattern = Pattern::parse(&text).map_err(|error| refuse(&route.text, &error))?;
    Map::builder()
        .rule(Rule::new(text, ()))
        .build()
        .map_err(|error| refuse(&route.text, &error))?;
    for variable in pattern.variables() {
        let Some((name, ty)) = route
            .fields
            .iter()
            .find(|(name, _)| *name == variable.name())
        else {
            return Err(Error::new(
                route.name.span(),
                format!(
                    "no field for the variable `{}` of the rule",
                    variable.name()
                ),
            ));
        };
        if !fits(variable.converter(), ty) {
            return Err(Error::new_spanned(
                ty,
                format!(
                    "`{name}` is of a type that `{}` does not give",
                    variable.converter()
                ),
            ));
        }
    }
    match route
        .fields
        .iter()
        .find(|(name, _)| !pattern.variables().any(|variable| *name == variable.name()))
    {
        Some((name, _)) => Err(Error::new(
            name.span(),
            format!("the rule has no variable `{name}`"),
        )),
        None => Ok(()),
    }
}

/// Whether a converter's values can become a type. Types that are not known by name are left to the compiler.
fn fits(converter: &str, ty: &Type) -> bool {
    let Type::Path(path) = ty else {
        return !matches!(ty, Type::Array(_)) || converter == "uuid";
    };
    let name = path
        .path
        .segments
        .last()
        .map(|segment| segment.ident.to_string())
        .unwrap_or_default();
    let integer = matches!(
        name.as_str(),
        "i8" | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "isize"
            | "u8"
            | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "usize"
    );
    match name.as_str() {
        _ if integer => converter == "int",
        "f32" | "f64" => matches!(converter, "float" | "int"),
        "char" | "bool" => !matches!(converter, "int" | "float" | "uuid"),
        _ => true,
    }
}

/// Checks the rules together, but for nested ones, which are another enum's.
pub(crate) fn together(routes: &[Route<'_>]) -> Result<()> {
    let routes: Vec<_> = routes
        .iter()
        .filter(|route| route.nested.is_none())
        .collect();
    for end in 1..=routes.len() {
        let rules = routes.iter().take(end).map(|route| {
            let rule = Rule::new(route.text.value(), ());
            if route.methods.is_empty() {
                rule
            } else {
                rule.methods(&route.methods)
            }
        });
        if let (Err(error), Some(last)) = (Map::builder().rules(rules).build(), routes.get(end - 1))
        {
            return Err(refuse(&last.text, &error));
        }
    }
    Ok(())
}
