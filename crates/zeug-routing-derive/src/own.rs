//! Converters of the program's own, as `#[routes(converters(..))]` names them. Refuses arguments in a rule that a converter does not declare.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Ident, Path, Result, Token};
use zeug_routing::{ConverterArg, ConverterArgs};

/// A converter of the program's own: its name in rules, the arguments it takes, and the function that makes it of them.
pub(crate) struct Own {
    pub(crate) name: Ident,
    /// Nothing where it does not say what it takes.
    params: Option<Vec<Param>>,
    pub(crate) factory: Path,
}

/// An argument that a converter declares: `max: Option<i64>`.
struct Param {
    name: Ident,
    kind: Kind,
    optional: bool,
}

/// What an argument is, as the methods of `ConverterArg` read it.
#[derive(Clone, Copy)]
enum Kind {
    Int,
    Float,
    Bool,
    Text,
}

/// The converters in `#[routes(converters(name = function, ...))]` before the enum.
pub(crate) fn converters(attributes: &[Attribute]) -> Result<Vec<Own>> {
    let mut all: Vec<Own> = Vec::new();
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("routes"))
    {
        attribute.parse_args_with(|input: ParseStream<'_>| {
            let word: Ident = input.parse()?;
            if word != "converters" {
                return Err(Error::new(
                    word.span(),
                    "expected converters(name = function, ...)",
                ));
            }
            let list;
            syn::parenthesized!(list in input);
            for own in Punctuated::<Own, Token![,]>::parse_terminated(&list)? {
                if all.iter().any(|other| other.name == own.name) {
                    return Err(Error::new(own.name.span(), "a converter has one function"));
                }
                all.push(own);
            }
            Ok(())
        })?;
    }
    Ok(all)
}

impl Parse for Own {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.parse()?;
        let mut params = None;
        if input.peek(syn::token::Paren) {
            let list;
            syn::parenthesized!(list in input);
            let declared = Punctuated::<Param, Token![,]>::parse_terminated(&list)?;
            params = Some(declared.into_iter().collect());
        }
        input.parse::<Token![=]>()?;
        Ok(Self {
            name,
            params,
            factory: input.parse()?,
        })
    }
}

impl Parse for Param {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        let (kind, optional) = kind(input)?;
        Ok(Self {
            name,
            kind,
            optional,
        })
    }
}

/// The kind that a type names, and whether it is an `Option`.
fn kind(input: ParseStream<'_>) -> Result<(Kind, bool)> {
    let reference = input.parse::<Option<Token![&]>>()?.is_some();
    let word: Ident = input.parse()?;
    let found = match (reference, word.to_string().as_str()) {
        (false, "i64") => Kind::Int,
        (false, "f64") => Kind::Float,
        (false, "bool") => Kind::Bool,
        (true, "str") => Kind::Text,
        (false, "Option") => {
            input.parse::<Token![<]>()?;
            let (inner, _) = kind(input)?;
            input.parse::<Token![>]>()?;
            return Ok((inner, true));
        }
        _ => {
            return Err(Error::new(
                word.span(),
                "an argument is an i64, f64, bool or &str, or an Option of one",
            ));
        }
    };
    Ok((found, false))
}

impl Own {
    /// Why a rule's arguments are not those that the converter declares; nothing where they are, or where it declares none.
    pub(crate) fn refusal(&self, args: &ConverterArgs) -> Option<String> {
        let (name, params) = (&self.name, self.params.as_deref()?);
        let mut given = vec![false; params.len()];
        let mut unnamed = 0..;
        for arg in args.iter() {
            let place = match arg.name() {
                Some(named) => params.iter().position(|param| param.name == named),
                None => unnamed.next(),
            };
            let Some((param, given)) = place.and_then(|i| params.get(i).zip(given.get_mut(i)))
            else {
                return Some(match arg.name() {
                    Some(named) => format!("`{name}` takes no argument `{named}`"),
                    None => format!("`{name}` takes at most {} arguments", params.len()),
                });
            };
            if std::mem::replace(given, true) {
                return Some(format!("`{name}` is given `{}` twice", param.name));
            }
            if !param.fits(arg) {
                let (param, text, what) = (&param.name, arg.text(), param.kind.what());
                return Some(format!("`{param}` of `{name}` is `{text}`, not {what}"));
            }
        }
        let mut declared = params.iter().zip(given);
        let lacking = declared.find(|(param, given)| !given && !param.optional);
        lacking.map(|(param, _)| format!("`{name}` lacks its argument `{}`", param.name))
    }
}

impl Param {
    fn fits(&self, arg: &ConverterArg) -> bool {
        let fits = match self.kind {
            Kind::Int => arg.as_int().is_some(),
            Kind::Float => arg.as_float().is_some(),
            Kind::Bool => arg.as_bool().is_some(),
            Kind::Text => true,
        };
        fits || self.optional && arg.text() == "None"
    }
}

impl Kind {
    fn what(self) -> &'static str {
        match self {
            Self::Int => "a whole number",
            Self::Float => "a number",
            Self::Bool => "`True` or `False`",
            Self::Text => "a text",
        }
    }
}
