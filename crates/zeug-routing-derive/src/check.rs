//! What a variant says, checked: its rule, its methods, its fields against the rule's variables. Refuses what could not be matched or built.

use std::sync::Arc;

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Field, Fields, Ident, LitStr, Result, Token, Type, Variant};
use zeug_routing::{Converter, Map, MapBuilder, Pattern, RoutingError, Rule};

use crate::convert::fits;
use crate::own::Own;

/// Stands for a converter of the program's own, which cannot be asked while the program is compiled.
#[derive(Debug)]
struct Unasked;

impl Converter for Unasked {
    fn matches(&self, _: &str) -> bool {
        true
    }
}

/// A map in the making that knows the program's own converters by name.
fn builder(own: &[Own]) -> MapBuilder<()> {
    own.iter().fold(Map::builder(), |builder, own| {
        builder.converter(own.name.to_string(), |_| Some(Arc::new(Unasked)))
    })
}

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
pub(crate) fn route<'a>(variant: &'a Variant, own: &[Own]) -> Result<Route<'a>> {
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
    check(&route, own)?;
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
    attribute.parse_args_with(|input: ParseStream<'_>| {
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
    let Some(offset) = error.offset() else {
        return Error::new(text.span(), error);
    };
    refuse_at(text, offset, &error.to_string())
}

/// A refusal of what stands at a byte of the rule's text. The compiler's message shows the text once more with the place marked, as only
/// unstable compilers can point into a literal.
fn refuse_at(text: &LitStr, offset: usize, message: &str) -> Error {
    let rule = text.value();
    let before = rule
        .get(..offset)
        .map_or(0, |before| before.chars().count());
    let message = format!("{message}\n    {rule}\n    {}^", " ".repeat(before));
    Error::new(place(text, &rule, offset), message)
}

/// The place in the source of the variable that begins at a byte of a rule's text, or of the whole text.
fn place(text: &LitStr, rule: &str, offset: usize) -> Span {
    let literal = text.token();
    // In a raw or escaped literal the places are others.
    let plain = literal.to_string() == format!("\"{rule}\"");
    let rest = rule.get(offset..).filter(|_| plain);
    let length = rest.map(|rest| rest.find('>').map_or(rest.len(), |end| end + 1));
    length
        .and_then(|length| literal.subspan(offset + 1..=offset + length))
        .unwrap_or_else(|| text.span())
}

fn check(route: &Route<'_>, own: &[Own]) -> Result<()> {
    let text = route.text.value();
    let pattern = Pattern::parse(&text).map_err(|error| refuse(&route.text, &error))?;
    builder(own)
        .rule(Rule::new(text, ()))
        .build()
        .map_err(|error| refuse(&route.text, &error))?;
    for variable in pattern.variables() {
        let Some((name, ty)) = route
            .fields
            .iter()
            .find(|(name, _)| *name == variable.name())
        else {
            let message = format!(
                "no field for the variable `{}` of the rule",
                variable.name()
            );
            return Err(refuse_at(&route.text, variable.offset(), &message));
        };
        let converter = variable.converter();
        match own.iter().find(|own| own.name == converter) {
            Some(own) => {
                if let Some(refusal) = own.refusal(variable.args()) {
                    return Err(refuse_at(&route.text, variable.offset(), &refusal));
                }
            }
            None if fits(converter, ty) => {}
            None => {
                return Err(Error::new_spanned(
                    ty,
                    format!("`{name}` is of a type that `{converter}` does not give"),
                ));
            }
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

/// Checks the rules together, but for nested ones, which are another enum's.
pub(crate) fn together(routes: &[Route<'_>], own: &[Own]) -> Result<()> {
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
        if let (Err(error), Some(last)) = (builder(own).rules(rules).build(), routes.get(end - 1)) {
            return Err(refuse(&last.text, &error));
        }
    }
    Ok(())
}
