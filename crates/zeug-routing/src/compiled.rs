//! One rule, compiled: its variables, its mask, its parts for the search, its steps for building. Refuses what one rule can do wrong.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::args::{Info, Var};
use crate::compile::{Input, Tree};
use crate::converter::{Converter, ConverterArgs, Kind};
use crate::error::{RoutingError, RoutingErrorKind as Error};
use crate::map::Factory;
use crate::method::METHODS;
use crate::mix::Fast;
use crate::options::{DoubleSlashes, HostPolicy, Options, Slashes, TrailingSlash};
use crate::parts::{self, RulePart};
use crate::path;
use crate::pattern::{Pattern, Piece, Variable};
use crate::rule::Rule;
use crate::scan::same;
use crate::segment::Shape;
use crate::table::{ALL_METHODS, HTTP, WEBSOCKET};
use crate::value::Value;

/// Whether a later rule at the same node can never be reached.
pub(crate) fn hides<E>(earlier: &Compiled<E>, later: &Compiled<E>) -> bool {
    let refusals = |rule: &Compiled<E>| -> Vec<String> {
        let constrained = rule
            .info
            .vars
            .iter()
            .filter(|var| var.kind.is_constrained());
        constrained.map(|var| format!("{:?}", var.kind)).collect()
    };
    let methods = match (&earlier.rule.methods, &later.rule.methods) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(a), Some(b)) => {
            a == b
                || a.iter()
                    .any(|m| !matches!(&**m, "HEAD" | "OPTIONS") && b.contains(m))
        }
    };
    methods
        && earlier.rule.websocket == later.rule.websocket
        && refusals(earlier) == refusals(later)
}

/// A step of building a rule's URL.
#[derive(Debug)]
pub(crate) enum Op {
    /// Text, percent-encoded.
    Text(Box<str>),
    /// The variable with that number.
    Var(u32),
}

/// A rule with what matching and building need.
#[derive(Debug)]
pub(crate) struct Compiled<E> {
    pub(crate) rule: Rule<E>,
    pub(crate) info: Info,
    pub(crate) host_ops: Box<[Op]>,
    pub(crate) path_ops: Box<[Op]>,
    /// Whether a match may lead on: an alias, a redirect, or a rule whose defaults another rule has.
    pub(crate) leads_on: bool,
}

impl<E> Compiled<E> {
    pub(crate) fn default(&self, name: &str) -> Option<&Value<'static>> {
        self.info
            .defaults
            .iter()
            .find(|(other, _)| same(other.as_bytes(), name.as_bytes()))
            .map(|(_, value)| value)
    }

    /// Whether the rule has a variable or default of that name.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.info
            .vars
            .iter()
            .any(|var| same(var.name.as_bytes(), name.as_bytes()))
            || self.default(name).is_some()
    }

    /// The names of variables and defaults.
    pub(crate) fn names(&self) -> HashSet<&str> {
        self.info
            .vars
            .iter()
            .map(|var| &*var.name)
            .chain(self.info.defaults.iter().map(|(name, _)| &**name))
            .collect()
    }
}

/// A custom converter and its number.
type Numbered = (u32, Arc<dyn Converter>);

/// What is needed while rules are compiled.
pub(crate) struct Maker {
    pub(crate) converters: HashMap<Box<str>, Factory>,
    /// Custom converters by name and arguments: one place in the tree each.
    customs: HashMap<(Box<str>, ConverterArgs), Numbered, Fast>,
    pub(crate) tree: Tree,
    pub(crate) extra: Vec<Box<str>>,
}

impl Maker {
    pub(crate) fn new(converters: HashMap<Box<str>, Factory>, rules: usize) -> Self {
        Self {
            converters,
            customs: HashMap::default(),
            tree: Tree::for_rules(rules),
            extra: Vec::new(),
        }
    }

    /// The rule compiled, and the node of the tree it ends at, if it can match.
    pub(crate) fn compile<E>(
        &mut self,
        id: u32,
        mut rule: Rule<E>,
        options: &Options,
    ) -> Result<(Compiled<E>, Option<u32>), RoutingError> {
        rule.policy = options.hosts;
        rule.trailing = rule.trailing.or(Some(options.trailing));
        rule.double = rule.double.or(Some(options.double));
        rule.subdomain = rule
            .subdomain
            .or_else(|| Some(options.default_subdomain.clone()));
        let methods = rule.methods.as_deref().unwrap_or_default();
        if rule.websocket
            && methods
                .iter()
                .any(|m| !matches!(&**m, "GET" | "HEAD" | "OPTIONS"))
        {
            return Err(RoutingError::new(Error::WebSocketMethod, &rule.text));
        }
        let mask = self.mask(&rule)?;
        let host_text = match options.hosts {
            HostPolicy::Subdomain => rule.subdomain.as_deref(),
            HostPolicy::Host => rule.host.as_deref(),
            HostPolicy::Ignore => None,
        };
        let host = Pattern::parse_host(host_text.unwrap_or_default())?;
        let merged = merge(&rule.text).filter(|_| rule.double == Some(DoubleSlashes::Merge));
        let path = Pattern::parse(merged.as_deref().unwrap_or(&rule.text))?;
        let count = host.variables().count() + path.variables().count();
        let mut vars: Vec<Var> = Vec::with_capacity(count);
        let mut shapes = Vec::with_capacity(count);
        for (pattern, variable) in host
            .variables()
            .map(|v| (&host, v))
            .chain(path.variables().map(|v| (&path, v)))
        {
            let (kind, shape) = self.kind(pattern, variable)?;
            shapes.push((shape, kind.weight(), kind.spans_segments()));
            vars.push(Var {
                name: variable.name().into(),
                kind,
            });
        }
        for variable in path.variables() {
            if host
                .variables()
                .any(|other| other.name() == variable.name())
            {
                return Err(RoutingError::at(
                    Error::DuplicateVariable,
                    path.as_str(),
                    variable.offset(),
                ));
            }
        }
        let in_host = host.variables().count();
        let shape_of = |i: usize| shapes.get(i).cloned().unwrap_or((Shape::Path, 0, true));
        let input = Input {
            host: if host.as_str().is_empty() {
                vec![RulePart::Static("")]
            } else {
                parts::parts(&host, shape_of)
            },
            path: parts::parts(&path, |i| shape_of(in_host + i)),
            mask,
            strict: rule.trailing == Some(TrailingSlash::Strict),
            constraints: vars
                .iter()
                .enumerate()
                .filter(|(_, v)| v.kind.is_constrained())
                .map(|(i, v)| (i, v.kind.clone()))
                .collect(),
        };
        let host_ops = ops(&host, &vars, 0, &rule)?;
        let path_ops = ops(&path, &vars, in_host, &rule)?;
        let leads_on = rule.alias && !options.keep_defaults || rule.redirect_to.is_some();
        let info = Info {
            vars: vars.into_boxed_slice(),
            defaults: rule.defaults.clone().into(),
        };
        let node = if rule.build_only {
            None
        } else {
            self.tree.add(id, input)
        };
        let compiled = Compiled {
            rule,
            info,
            host_ops,
            path_ops,
            leads_on,
        };
        Ok((compiled, node))
    }

    /// The methods and the protocol that a rule takes.
    fn mask<E>(&mut self, rule: &Rule<E>) -> Result<u64, RoutingError> {
        let protocol = if rule.websocket { WEBSOCKET } else { HTTP };
        let Some(methods) = &rule.methods else {
            return Ok(protocol | ALL_METHODS);
        };
        let mut mask = protocol;
        for method in methods {
            let known = METHODS.iter().position(|m| **m == **method);
            let known = known.or_else(|| {
                self.extra
                    .iter()
                    .position(|m| m == method)
                    .map(|i| METHODS.len() + i)
            });
            let bit = known.unwrap_or_else(|| {
                self.extra.push(method.clone());
                METHODS.len() + self.extra.len() - 1
            });
            if self.extra.len() > 48 {
                return Err(RoutingError::new(Error::TooManyMethods, &rule.text));
            }
            mask |= 1 << bit;
        }
        Ok(mask)
    }

    /// A variable's kind and shape.
    fn kind(
        &mut self,
        pattern: &Pattern,
        variable: &Variable,
    ) -> Result<(Kind, Shape), RoutingError> {
        let name = variable.converter();
        let refuse = |kind| RoutingError::at(kind, pattern.as_str(), variable.offset());
        if let Some(factory) = self.converters.get(name) {
            let key = (name.into(), variable.args().clone());
            let (id, custom) = if let Some(known) = self.customs.get(&key) {
                known.clone()
            } else {
                let custom =
                    factory(variable.args()).ok_or_else(|| refuse(Error::BadConverterArgument))?;
                let id = u32::try_from(self.tree.customs.len()).unwrap_or(u32::MAX);
                self.tree.customs.push(Arc::clone(&custom));
                self.customs.insert(key, (id, Arc::clone(&custom)));
                (id, custom)
            };
            let kind = Kind::Custom(custom);
            let shape = parts::shape(&kind, id);
            return Ok((kind, shape));
        }
        let kind =
            Kind::builtin(name, variable.args()).ok_or_else(|| refuse(Error::UnknownConverter))?;
        let kind = kind.map_err(|()| refuse(Error::BadConverterArgument))?;
        let shape = parts::shape(&kind, 0);
        Ok((kind, shape))
    }
}

/// A text with single slashes, if it has others.
fn merge(text: &str) -> Option<String> {
    text.contains("//").then(|| {
        let mut merged = String::with_capacity(text.len());
        for c in text.chars() {
            if c != '/' || !merged.ends_with('/') {
                merged.push(c);
            }
        }
        merged
    })
}

/// The steps of building a pattern: literals encoded, defaults written out, neighbours joined.
fn ops<E>(
    pattern: &Pattern,
    vars: &[Var],
    first: usize,
    rule: &Rule<E>,
) -> Result<Box<[Op]>, RoutingError> {
    let mut ops = Vec::new();
    let mut text = String::with_capacity(pattern.as_str().len());
    let mut number = first;
    for piece in pattern.pieces() {
        match piece {
            Piece::Slash => text.push('/'),
            Piece::Literal(literal) => path::encode_path(literal, &mut text),
            Piece::Variable(variable) => {
                let default = rule
                    .defaults
                    .iter()
                    .find(|(name, _)| **name == *variable.name());
                match (vars.get(number), default) {
                    (Some(var), Some((_, value))) => {
                        let bad = || {
                            RoutingError::at(Error::BadDefault, pattern.as_str(), variable.offset())
                        };
                        var.kind
                            .write(value, Slashes::Encoded, &mut text)
                            .ok_or_else(bad)?;
                    }
                    _ => {
                        if !text.is_empty() {
                            ops.push(Op::Text(text.as_str().into()));
                            text.clear();
                        }
                        ops.push(Op::Var(u32::try_from(number).unwrap_or(u32::MAX)));
                    }
                }
                number += 1;
            }
        }
    }
    if !text.is_empty() {
        ops.push(Op::Text(text.as_str().into()));
    }
    Ok(ops.into())
}
