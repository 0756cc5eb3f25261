//! The rules of the search written down plainly and slowly, to compare the search in tables with. It knows paths of text, not encodings.

use crate::converter::Kind;
use crate::parts::{RulePart, Weight, parts, shape, weighed};
use crate::pattern::Pattern;
use crate::segment::{Atom, Part, Shape};

/// A part of a rule, weighed.
#[derive(Clone, PartialEq)]
enum Owned {
    Static(String),
    Dynamic(Part, Weight),
}

impl From<RulePart<'_>> for Owned {
    fn from(part: RulePart<'_>) -> Self {
        let (part, weight) = match part {
            RulePart::Static(label) => return Self::Static(label.to_owned()),
            RulePart::Variable(shape, converter) => weighed(shape, converter),
            RulePart::Dynamic(part, weight) => (part, weight),
        };
        Self::Dynamic(part, weight)
    }
}

/// A rule: its parts, methods (none: all), slash policy and number.
struct Rule {
    parts: Vec<Owned>,
    methods: Option<Vec<String>>,
    strict: bool,
}

/// A state: its edges and the rules that end there.
#[derive(Default)]
struct State {
    statics: Vec<(String, State)>,
    dynamics: Vec<(Owned, State)>,
    rules: Vec<usize>,
}

/// What a search gives.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Rule(usize, Vec<String>),
    Slash,
    Methods(Vec<String>),
    Nothing,
}

pub(crate) struct Reference {
    rules: Vec<Rule>,
    root: State,
}

impl Reference {
    pub(crate) fn new(rules: &[(&str, Option<Vec<&str>>, bool)]) -> Self {
        let mut reference = Self {
            rules: Vec::new(),
            root: State::default(),
        };
        for (text, methods, strict) in rules {
            let pattern = Pattern::parse(text).unwrap();
            let kinds: Vec<Kind> = pattern
                .variables()
                .map(|v| Kind::builtin(v.converter(), v.args()).unwrap().unwrap())
                .collect();
            let parts = parts(&pattern, |i| {
                (
                    shape(&kinds[i], 0),
                    kinds[i].weight(),
                    kinds[i].spans_segments(),
                )
            });
            let parts: Vec<Owned> = parts.into_iter().map(Owned::from).collect();
            let mut state = &mut reference.root;
            for part in &parts {
                state = match part {
                    Owned::Static(label) => {
                        let label = label.to_string();
                        let at = state
                            .statics
                            .iter()
                            .position(|(l, _)| *l == label)
                            .unwrap_or_else(|| {
                                state.statics.push((label, State::default()));
                                state.statics.len() - 1
                            });
                        &mut state.statics[at].1
                    }
                    dynamic => {
                        let at = state
                            .dynamics
                            .iter()
                            .position(|(d, _)| d == dynamic)
                            .unwrap_or_else(|| {
                                state.dynamics.push((dynamic.clone(), State::default()));
                                state.dynamics.len() - 1
                            });
                        &mut state.dynamics[at].1
                    }
                };
            }
            state.rules.push(reference.rules.len());
            let methods = methods
                .as_ref()
                .map(|m| m.iter().map(|m| (*m).to_owned()).collect());
            reference.rules.push(Rule {
                parts,
                methods,
                strict: *strict,
            });
        }
        sort(&mut reference.root);
        reference
    }

    pub(crate) fn find(&self, path: &str, method: &str) -> Answer {
        assert!(self.rules.iter().all(|rule| !rule.parts.is_empty()));
        let mut seen = Vec::new();
        let pieces: Vec<&str> = path.split('/').collect();
        match self.walk(&self.root, &pieces, method, &mut Vec::new(), &mut seen) {
            Some(answer) => answer,
            None if seen.is_empty() => Answer::Nothing,
            None => {
                seen.sort_unstable();
                seen.dedup();
                Answer::Methods(seen)
            }
        }
    }

    fn fits(&self, rule: usize, method: &str, seen: &mut Vec<String>) -> bool {
        match &self.rules[rule].methods {
            Some(methods) if !methods.iter().any(|m| m == method) => {
                seen.extend(methods.iter().cloned());
                false
            }
            _ => true,
        }
    }

    fn walk(
        &self,
        state: &State,
        pieces: &[&str],
        method: &str,
        values: &mut Vec<String>,
        seen: &mut Vec<String>,
    ) -> Option<Answer> {
        let [first, rest @ ..] = pieces else {
            if let Some(&rule) = state
                .rules
                .iter()
                .find(|&&rule| self.fits(rule, method, seen))
            {
                return Some(Answer::Rule(rule, values.clone()));
            }
            let (_, slash) = state.statics.iter().find(|(label, _)| label.is_empty())?;
            let rule = *slash
                .rules
                .iter()
                .find(|&&rule| self.fits(rule, method, &mut Vec::new()))?;
            return Some(if self.rules[rule].strict {
                Answer::Slash
            } else {
                Answer::Rule(rule, values.clone())
            });
        };
        if let Some((_, next)) = state.statics.iter().find(|(label, _)| label == first)
            && let Some(answer) = self.walk(next, rest, method, values, seen)
        {
            return Some(answer);
        }
        for (part, next) in &state.dynamics {
            let Owned::Dynamic(part, _) = part else {
                continue;
            };
            let text = if part.rest {
                pieces.join("/")
            } else {
                (*first).to_owned()
            };
            let Some((found, slash)) = whole(&part.atoms, &text, part.slash) else {
                continue;
            };
            let rest: &[&str] = if slash {
                &[""]
            } else if part.rest {
                &[]
            } else {
                rest
            };
            let kept = values.len();
            values.extend(found);
            if let Some(answer) = self.walk(next, rest, method, values, seen) {
                return Some(answer);
            }
            values.truncate(kept);
        }
        if first.is_empty() && rest.is_empty() {
            let lenient = state
                .rules
                .iter()
                .find(|&&rule| !self.rules[rule].strict && self.fits(rule, method, seen));
            return lenient.map(|&rule| Answer::Rule(rule, values.clone()));
        }
        None
    }
}

fn sort(state: &mut State) {
    state.dynamics.sort_by(|(a, _), (b, _)| match (a, b) {
        (Owned::Dynamic(_, a), Owned::Dynamic(_, b)) => a.cmp(b),
        _ => std::cmp::Ordering::Equal,
    });
    state.statics.iter_mut().for_each(|(_, next)| sort(next));
    state.dynamics.iter_mut().for_each(|(_, next)| sort(next));
}

/// The values of a text that fits, and whether a slash at the end was left over.
fn whole(atoms: &[Atom], text: &str, slash: bool) -> Option<(Vec<String>, bool)> {
    if !slash {
        return atoms_fit(atoms, text).map(|values| (values, false));
    }
    let body = text.strip_suffix('/').unwrap_or(text);
    if body.ends_with('/') {
        return None;
    }
    atoms_fit(atoms, body).map(|values| (values, body.len() < text.len()))
}

/// Tries all ends of the first variable in the order of its greed.
fn atoms_fit(atoms: &[Atom], text: &str) -> Option<Vec<String>> {
    let [first, rest @ ..] = atoms else {
        return text.is_empty().then(Vec::new);
    };
    let ends: Vec<usize> = match first {
        Atom::Literal(literal) => {
            return text
                .strip_prefix(str::from_utf8(literal).unwrap())
                .and_then(|text| atoms_fit(rest, text));
        }
        Atom::Variable(Shape::Any(items)) => items
            .iter()
            .filter(|item| text.as_bytes().starts_with(item))
            .map(|item| item.len())
            .collect(),
        Atom::Variable(shape) => {
            let ends = (0..=text.len())
                .filter(|&end| text.is_char_boundary(end) && takes(shape, &text[..end]));
            if *shape == Shape::Path {
                ends.collect()
            } else {
                ends.rev().collect()
            }
        }
    };
    ends.into_iter().find_map(|end| {
        let mut values = atoms_fit(rest, &text[end..])?;
        values.insert(0, text[..end].to_owned());
        Some(values)
    })
}

fn takes(shape: &Shape, text: &str) -> bool {
    let number = |signed: bool| {
        if signed {
            text.strip_prefix('-').unwrap_or(text)
        } else {
            text
        }
    };
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    match shape {
        Shape::Str(len) => len.fits(text.as_bytes()) && !text.contains('/'),
        Shape::Path => {
            !text.is_empty() && !text.starts_with('/') && !text.chars().skip(1).any(|c| c == '\n')
        }
        Shape::Int { signed } => digits(number(*signed)),
        Shape::Float { signed } => number(*signed)
            .split_once('.')
            .is_some_and(|(a, b)| digits(a) && digits(b)),
        Shape::Uuid => crate::value::parse_uuid(text).is_some(),
        Shape::Any(_) | Shape::Custom(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Map, Outcome, Target, TrailingSlash};

    const PIECES: [&str; 12] = [
        "a",
        "b",
        "ab",
        "<string:V>",
        "<int:V>",
        "<float:V>",
        "<path:V>",
        "<any(a, ab, abc):V>",
        "<string(length=2):V>",
        "<string(minlength=0):V>",
        "<int(signed=True):V>",
        "-",
    ];

    /// A rule's text of numbered pieces, its variables named apart.
    fn rule_text(segments: &[Vec<usize>], slash: bool) -> String {
        let mut text = String::new();
        let mut number = 0;
        for segment in segments {
            text.push('/');
            for &piece in segment {
                number += 1;
                text.push_str(&PIECES[piece].replace('V', &format!("v{number}")));
            }
        }
        if slash || text.is_empty() {
            text.push('/');
        }
        text
    }

    fn compare(rules: &[(String, Option<Vec<&str>>, bool)], paths: &[String]) {
        let plain: Vec<_> = rules
            .iter()
            .map(|(text, methods, strict)| (text.as_str(), methods.clone(), *strict))
            .collect();
        let reference = Reference::new(&plain);
        let made = rules
            .iter()
            .enumerate()
            .map(|(i, (text, methods, strict))| {
                let rule = crate::Rule::new(text.as_str(), i).trailing_slash(if *strict {
                    TrailingSlash::Strict
                } else {
                    TrailingSlash::Lenient
                });
                match methods {
                    Some(methods) => rule.methods(methods),
                    None => rule,
                }
            });
        let builder = Map::builder()
            .allow_duplicates()
            .double_slashes(crate::DoubleSlashes::Keep);
        let map = builder.rules(made).build().unwrap();
        let bound = map.bind("example.org").unwrap();
        for path in paths {
            for method in ["POST", "PUT"] {
                let expected = reference.find(path, method);
                let found = match bound.find(Target::decoded(path).method(method)) {
                    Outcome::Match(found) => {
                        let values = found.args().iter().count();
                        let texts = (0..values)
                            .map(|i| found.args().at::<String>(i).unwrap())
                            .collect();
                        Answer::Rule(*found.endpoint(), texts)
                    }
                    Outcome::Redirect(_) => Answer::Slash,
                    Outcome::MethodNotAllowed(set) => {
                        Answer::Methods(set.iter().map(str::to_owned).collect())
                    }
                    _ => Answer::Nothing,
                };
                assert_eq!(found, expected, "{path:?} {method} in {rules:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]

        #[test]
        fn the_tables_answer_as_the_reference(
            rules in prop::collection::vec(
                (prop::collection::vec(prop::collection::vec(0usize..PIECES.len(), 1..4), 0..4), any::<bool>(), 0usize..4, any::<bool>()),
                1..7,
            ),
            paths in prop::collection::vec("/(a|b|ab|abc|1|-1|1\\.5|-|aa|/|\n|é){0,8}(/(a|b|1|ab-1|1\\.5){1,2}){0,3}/?", 8),
        ) {
            let rules: Vec<_> = rules.iter().map(|(segments, slash, methods, strict)| {
                let methods = [None, None, Some(vec!["POST"]), Some(vec!["PUT", "PATCH"])][*methods].clone();
                (rule_text(segments, *slash), methods, *strict)
            }).collect();
            // The binding drops slashes at a path's beginning; the reference does not.
            let paths: Vec<String> = paths.iter().map(|path| format!("/{}", path.trim_start_matches('/'))).collect();
            compare(&rules, &paths);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn many_variable_edges_at_one_node(
            rules in prop::collection::vec(prop::collection::vec(0usize..PIECES.len(), 1..4), 5..30),
            paths in prop::collection::vec("/(a|b|ab|abc|1|1\\.5|-|é){1,4}(/a)?/?", 8),
        ) {
            let rules: Vec<_> = rules.into_iter().map(|segment| (rule_text(&[segment], false), None, true)).collect();
            compare(&rules, &paths);
        }
    }
}
