//! Owns the methods that the console knows: those that look, and those that lead to what a value holds. None of them runs the program's own code.

use super::Fault;
use super::nearest::nearest;
use super::number::Scalar;
use super::parse::{Named, Node};
use super::run::{Frame, Outcome, Thing, fault};
use crate::value::{Field, Form, View};

/// All of them, for the suggestion.
const KNOWN: [&str; 36] = [
    "abs",
    "as_bytes",
    "as_deref",
    "as_mut",
    "as_path",
    "as_ref",
    "as_slice",
    "as_str",
    "borrow",
    "clone",
    "contains",
    "contains_key",
    "count",
    "deref",
    "ends_with",
    "expect",
    "first",
    "get",
    "is_empty",
    "is_err",
    "is_none",
    "is_ok",
    "is_poisoned",
    "is_some",
    "iter",
    "last",
    "len",
    "lock",
    "read",
    "starts_with",
    "to_owned",
    "to_string",
    "trim",
    "unwrap",
    "unwrap_err",
    "write",
];

/// Those that a value of that form is likely asked by.
pub(super) fn methods_of(view: Option<&View>) -> &'static [&'static str] {
    match view {
        Some(View::Sequence(_)) => &["first", "is_empty", "iter", "last", "len"],
        Some(View::Map(_)) => &["is_empty", "iter", "len"],
        Some(View::Text(_)) => &["is_empty", "len", "trim"],
        Some(View::Form(form)) => match &*form.name {
            "Some" | "None" => &["is_none", "is_some", "unwrap"],
            "Ok" | "Err" => &["is_err", "is_ok", "unwrap", "unwrap_err"],
            "Mutex" => &["is_poisoned", "lock"],
            "RwLock" => &["is_poisoned", "read", "write"],
            "RefCell" => &["borrow"],
            "Cell" => &["get"],
            _ => &[],
        },
        _ => &[],
    }
}

impl Frame<'_> {
    pub(super) fn call(
        &self,
        thing: &Thing,
        named: &Named,
        arguments: &[Node],
        node: &Node,
    ) -> Outcome {
        let method = &*named.text;
        let wanted = match method {
            "contains" | "contains_key" | "starts_with" | "ends_with" => 1,
            "get" => arguments.len().min(1),
            "expect" => arguments.len().min(1),
            _ => 0,
        };
        if !KNOWN.contains(&method) {
            let hint = match nearest(method, KNOWN.into_iter()) {
                Some(other) => format!("; did you mean `{other}`?"),
                None => String::new(),
            };
            let text = format!("the console knows no method `{method}`{hint}");
            return fault(&named.at, text);
        }
        if arguments.len() != wanted {
            let text = format!("`{method}` takes {wanted} arguments here");
            return fault(&named.at, text);
        }
        let argument = match arguments.first() {
            Some(argument) => Some(self.scalar(&self.eval(argument)?, &argument.at)?),
            None => None,
        };
        match (method, argument) {
            ("len" | "count", _) => {
                let length = self.length(thing, method, node)?;
                Ok(Thing::Scalar(Scalar::Int(
                    i128::from(length),
                    Some("usize"),
                )))
            }
            ("is_empty", _) => truth(self.length(thing, method, node)? == 0),
            (
                "is_some" | "is_none" | "is_ok" | "is_err" | "unwrap" | "expect" | "unwrap_err",
                _,
            ) => self.variant(thing, method, node),
            ("get", Some(wanted)) => {
                let found = self.element(thing, &wanted, node)?;
                let found = found
                    .ok()
                    .map(|found| Box::new(Thing::Reference(Box::new(found))));
                Ok(Thing::Option(found))
            }
            ("first" | "last", _) => self.end(thing, method, node),
            ("contains_key", Some(wanted)) => match self.meant(thing, &node.at)?.1 {
                Some(View::Map(entries)) => truth(self.entry(&entries, &wanted, node)?.is_ok()),
                _ => self.unknown(thing, method, node),
            },
            ("contains" | "starts_with" | "ends_with", Some(wanted)) => {
                self.holds(thing, method, &wanted, node)
            }
            ("abs", _) => match self.scalar(thing, &node.at)? {
                Scalar::Int(number, name) if number >= 0 => {
                    Ok(Thing::Scalar(Scalar::Int(number, name)))
                }
                negative @ Scalar::Int(..) => match negative.unary("-") {
                    Ok(positive) => Ok(Thing::Scalar(positive)),
                    Err(text) => fault(&node.at, text),
                },
                Scalar::Float(number, name) => Ok(Thing::Scalar(Scalar::Float(number.abs(), name))),
                _ => self.unknown(thing, method, node),
            },
            ("trim", _) => match self.scalar(thing, &node.at)? {
                Scalar::Text(text) => Ok(Thing::Scalar(Scalar::Text(text.trim().to_owned()))),
                _ => self.unknown(thing, method, node),
            },
            ("is_poisoned" | "lock" | "read" | "write" | "borrow" | "get", _) => {
                self.held(thing, method, node)
            }
            ("to_string", _) => match self.scalar(thing, &node.at)? {
                Scalar::Text(text) => Ok(Thing::Scalar(Scalar::Text(text))),
                Scalar::Char(c) => Ok(Thing::Scalar(Scalar::Text(c.to_string()))),
                other => Ok(Thing::Scalar(Scalar::Text(other.show()))),
            },
            // What only changes the type of the way to a value.
            _ => Ok(thing.clone()),
        }
    }

    fn unknown<T>(&self, thing: &Thing, method: &str, node: &Node) -> Result<T, Fault> {
        let name = self.type_name(thing);
        fault(
            &node.at,
            format!("the console knows no method `{method}` of `{name}`"),
        )
    }

    fn length(&self, thing: &Thing, method: &str, node: &Node) -> Result<u64, Fault> {
        if let Thing::Scalar(Scalar::Text(text)) = thing {
            return Ok(text.len() as u64);
        }
        match self.meant(thing, &node.at)?.1 {
            Some(View::Text(text)) => Ok(text.length),
            Some(View::Sequence(sequence)) => Ok(sequence.count),
            Some(View::Map(entries)) => Ok(entries.count),
            _ => self.unknown(thing, method, node),
        }
    }

    /// The methods of `Option` and `Result`.
    fn variant(&self, thing: &Thing, method: &str, node: &Node) -> Outcome {
        let (name, inner) = match thing {
            Thing::Option(Some(inner)) => ("Some".to_owned(), Some((**inner).clone())),
            Thing::Option(None) => ("None".to_owned(), None),
            _ => match self.meant(thing, &node.at)?.1 {
                Some(View::Form(Form { name, fields })) => {
                    let inner = match fields.into_iter().next() {
                        Some((_, Field::Value(value))) => Some(Thing::Memory(value)),
                        _ => None,
                    };
                    (name, inner)
                }
                _ => return self.unknown(thing, method, node),
            },
        };
        let good = match &*name {
            "Some" | "Ok" => true,
            "None" | "Err" => false,
            _ => return self.unknown(thing, method, node),
        };
        match method {
            "is_some" | "is_ok" => truth(good),
            "is_none" | "is_err" => truth(!good),
            _ => match inner {
                Some(inner) if good == (method != "unwrap_err") => Ok(inner),
                _ => fault(&node.at, format!("it is `{name}`")),
            },
        }
    }

    fn end(&self, thing: &Thing, method: &str, node: &Node) -> Outcome {
        let Some(View::Sequence(sequence)) = self.meant(thing, &node.at)?.1 else {
            return self.unknown(thing, method, node);
        };
        let index = match method {
            "first" => Some(0),
            _ => sequence.count.checked_sub(1),
        };
        let found = index.and_then(|index| sequence.get(index));
        let found = found.map(|value| Box::new(Thing::Reference(Box::new(Thing::Memory(value)))));
        Ok(Thing::Option(found))
    }

    fn holds(&self, thing: &Thing, method: &str, wanted: &Scalar, node: &Node) -> Outcome {
        match self.meant(thing, &node.at)?.1 {
            Some(View::Sequence(sequence)) if method == "contains" => {
                const MOST: u64 = 100_000;
                for index in 0..sequence.count.min(MOST) {
                    let Some(value) = sequence.get(index) else {
                        break;
                    };
                    let value = self.scalar(&Thing::Memory(value), &node.at)?;
                    match value.binary("==", wanted) {
                        Ok(Scalar::Bool(true)) => return truth(true),
                        Ok(_) => {}
                        Err(text) => return fault(&node.at, text),
                    }
                }
                if sequence.count > MOST {
                    let text = format!("it is not among the first {MOST}");
                    return fault(&node.at, text);
                }
                return truth(false);
            }
            Some(View::Map(entries)) if method == "contains" && entries.is_set => {
                return truth(self.entry(&entries, wanted, node)?.is_ok());
            }
            _ => {}
        }
        let Scalar::Text(text) = self.scalar(thing, &node.at)? else {
            return self.unknown(thing, method, node);
        };
        let part = match wanted {
            Scalar::Text(part) => part.clone(),
            Scalar::Char(c) => c.to_string(),
            _ => return fault(&node.at, "a text holds texts and characters"),
        };
        truth(match method {
            "contains" => text.contains(&part),
            "starts_with" => text.starts_with(&part),
            _ => text.ends_with(&part),
        })
    }

    /// What a cell or a lock holds.
    fn held(&self, thing: &Thing, method: &str, node: &Node) -> Outcome {
        let Some(View::Form(form)) = self.meant(thing, &node.at)?.1 else {
            return self.unknown(thing, method, node);
        };
        let right = match &*form.name {
            "Mutex" => matches!(method, "lock" | "is_poisoned"),
            "RwLock" => matches!(method, "read" | "write" | "is_poisoned"),
            "RefCell" => method == "borrow",
            "Cell" | "OnceCell" => method == "get",
            _ => false,
        };
        if !right {
            return self.unknown(thing, method, node);
        }
        let wanted = match method {
            "is_poisoned" => "poisoned",
            "lock" | "read" | "write" => "data",
            _ => "value",
        };
        let field = form.fields.iter().find(|(name, _)| &**name == wanted);
        match field {
            Some((_, Field::Value(value))) => Ok(Thing::Memory(value.clone())),
            Some((_, Field::Said(what))) => truth(what == "true"),
            None => self.unknown(thing, method, node),
        }
    }
}

fn truth(value: bool) -> Outcome {
    Ok(Thing::Scalar(Scalar::Bool(value)))
}
