//! Owns the console's grammar: Rust's expressions as far as they are paths, calls without closures, and operators. It knows no values.

use std::ops::Range;

use super::Fault;
use super::lex::{Token, Word, words};
#[cfg(all(feature = "console", target_env = "gnu"))]
use crate::hidden::is_secret;

/// An expression and its place in the line.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: Range<usize>,
    pub(super) kind: Expression,
}

/// The name of a field or a method, and its place.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) text: String,
    pub(super) at: Range<usize>,
}

#[derive(Debug)]
pub(super) enum Expression {
    Name(String),
    Bool(bool),
    Int(i128, Option<String>),
    Float(f64),
    Text(String),
    Char(char),
    Field(Box<Node>, Named),
    Index(Box<Node>, Box<Node>),
    Range {
        start: Option<Box<Node>>,
        end: Option<Box<Node>>,
        with_end: bool,
    },
    Call(Box<Node>, Named, Vec<Node>),
    Unary(&'static str, Box<Node>),
    Binary(&'static str, Box<Node>, Box<Node>),
    Cast(Box<Node>, String),
}

#[cfg(all(feature = "console", target_env = "gnu"))]
impl Node {
    /// Whether it is a path that only looks: what it means here is what it means in Rust.
    pub(super) fn only_looks(&self) -> bool {
        const QUESTIONS: [&str; 6] = ["is_empty", "is_err", "is_none", "is_ok", "is_some", "len"];
        match &self.kind {
            Expression::Name(_) => true,
            Expression::Field(of, _) | Expression::Unary("*" | "&", of) => of.only_looks(),
            Expression::Index(of, index) => of.only_looks() && index.is_an_index(),
            Expression::Call(of, named, arguments) => {
                arguments.is_empty() && QUESTIONS.contains(&&*named.text) && of.only_looks()
            }
            _ => false,
        }
    }

    fn is_an_index(&self) -> bool {
        match &self.kind {
            Expression::Int(..) | Expression::Text(_) => true,
            Expression::Range { start, end, .. } => {
                let ends = [start, end];
                ends.into_iter().flatten().all(|end| end.is_an_index())
            }
            _ => self.only_looks(),
        }
    }

    /// Whether a name in it is that of a secret.
    pub(super) fn names_a_secret(&self) -> bool {
        match &self.kind {
            Expression::Name(name) => is_secret(name),
            Expression::Text(_)
            | Expression::Bool(_)
            | Expression::Int(..)
            | Expression::Float(_)
            | Expression::Char(_) => false,
            Expression::Field(of, named) => is_secret(&named.text) || of.names_a_secret(),
            Expression::Index(of, index) => {
                let is_key = matches!(&index.kind, Expression::Text(key) if is_secret(key));
                is_key || of.names_a_secret() || index.names_a_secret()
            }
            Expression::Range { start, end, .. } => {
                let ends = [start, end];
                ends.into_iter().flatten().any(|end| end.names_a_secret())
            }
            Expression::Call(of, _, arguments) => {
                of.names_a_secret() || arguments.iter().any(Self::names_a_secret)
            }
            Expression::Unary(_, inner) | Expression::Cast(inner, _) => inner.names_a_secret(),
            Expression::Binary(_, one, two) => one.names_a_secret() || two.names_a_secret(),
        }
    }
}

/// Parentheses and signs inside each other.
const DEEPEST: u32 = 40;
/// Signs, fields and calls of a line: each is a value in another.
const MOST: usize = 400;

/// The expression that a line is.
pub(super) fn parse(line: &str) -> Result<Node, Fault> {
    let tokens = words(line)?;
    if tokens.len() > MOST {
        return Err(Fault {
            at: 0..line.len(),
            text: format!("the line has more than {MOST} words"),
        });
    }
    let mut parser = Parser {
        tokens: &tokens,
        next: 0,
        depth: 0,
    };
    let node = parser.range()?;
    match parser.peek().word {
        Word::End => Ok(node),
        _ => Err(parser.unexpected("an operator or the end")),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    next: usize,
    depth: u32,
}

/// The operators of each level, the loosest first.
const LEVELS: [&[&str]; 5] = [
    &["||"],
    &["&&"],
    &["==", "!=", "<", "<=", ">", ">="],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Parser<'_> {
    fn peek(&self) -> &Token {
        let last = self.tokens.len() - 1;
        &self.tokens[self.next.min(last)]
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    fn sign(&mut self, among: &[&str]) -> Option<&'static str> {
        match self.peek().word {
            Word::Sign(sign) if among.contains(&sign) => {
                self.next += 1;
                Some(sign)
            }
            _ => None,
        }
    }

    fn expect(&mut self, sign: &'static str) -> Result<usize, Fault> {
        let end = self.peek().at.end;
        match self.sign(&[sign]) {
            Some(_) => Ok(end),
            None => Err(self.unexpected(&format!("`{sign}`"))),
        }
    }

    fn unexpected(&self, wanted: &str) -> Fault {
        let token = self.peek();
        let text = match &token.word {
            Word::End => format!("{wanted} is missing at the end"),
            Word::Sign("=") => {
                "nothing can be changed here; to compare, write `==`".to_owned()
            }
            Word::Sign("?" | "|" | "::") => "this console knows names, fields, indices, a few methods and operators: no closures, paths or `?`".to_owned(),
            _ => format!("{wanted} was expected here"),
        };
        Fault {
            at: token.at.clone(),
            text,
        }
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault {
                at: self.peek().at.clone(),
                text: "too many parentheses and signs inside each other".to_owned(),
            });
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// `a..b`, `a..`, `..b`, or no range at all.
    fn range(&mut self) -> Result<Node, Fault> {
        let from = self.peek().at.start;
        let start = match self.peek().word {
            Word::Sign(".." | "..=") => None,
            _ => Some(Box::new(self.binary(0)?)),
        };
        let Some(sign) = self.sign(&["..", "..="]) else {
            // Without a sign there was an expression.
            return match start {
                Some(node) => Ok(*node),
                None => Err(self.unexpected("a value")),
            };
        };
        let ends = matches!(self.peek().word, Word::End | Word::Sign("]" | ")" | ","));
        let end = match ends {
            true => None,
            false => Some(Box::new(self.binary(0)?)),
        };
        Ok(Node {
            at: from..self.before(),
            kind: Expression::Range {
                start,
                end,
                with_end: sign == "..=",
            },
        })
    }

    /// Where the last word that was taken ends.
    fn before(&self) -> usize {
        let before = self.next.checked_sub(1);
        before
            .and_then(|before| self.tokens.get(before))
            .map_or(0, |token| token.at.end)
    }

    fn binary(&mut self, level: usize) -> Result<Node, Fault> {
        let Some(signs) = LEVELS.get(level) else {
            return self.cast();
        };
        let mut left = self.binary(level + 1)?;
        while let Some(sign) = self.sign(signs) {
            let right = self.binary(level + 1)?;
            left = Node {
                at: left.at.start..right.at.end,
                kind: Expression::Binary(sign, Box::new(left), Box::new(right)),
            };
        }
        Ok(left)
    }

    fn cast(&mut self) -> Result<Node, Fault> {
        let mut node = self.unary()?;
        while self.peek().word == Word::Name("as".to_owned()) {
            self.next += 1;
            let token = self.take();
            let Word::Name(ty) = token.word else {
                self.next -= 1;
                return Err(self.unexpected("a type of number"));
            };
            node = Node {
                at: node.at.start..token.at.end,
                kind: Expression::Cast(Box::new(node), ty),
            };
        }
        Ok(node)
    }

    fn unary(&mut self) -> Result<Node, Fault> {
        let start = self.peek().at.start;
        if self.sign(&["&&"]).is_some() {
            let inner = self.deeper(Self::unary)?;
            let at = start + 1..inner.at.end;
            let kind = Expression::Unary("&", Box::new(inner));
            let inner = Node { at, kind };
            let at = start..inner.at.end;
            let kind = Expression::Unary("&", Box::new(inner));
            return Ok(Node { at, kind });
        }
        let Some(sign) = self.sign(&["&", "*", "!", "-"]) else {
            return self.postfix();
        };
        if sign == "&" && self.peek().word == Word::Name("mut".to_owned()) {
            self.next += 1;
        }
        let inner = self.deeper(Self::unary)?;
        Ok(Node {
            at: start..inner.at.end,
            kind: Expression::Unary(sign, Box::new(inner)),
        })
    }

    fn postfix(&mut self) -> Result<Node, Fault> {
        let mut node = self.primary()?;
        loop {
            let start = node.at.start;
            if self.sign(&["["]).is_some() {
                let index = self.deeper(Self::range)?;
                let end = self.expect("]")?;
                node = Node {
                    at: start..end,
                    kind: Expression::Index(Box::new(node), Box::new(index)),
                };
            } else if self.sign(&["."]).is_some() {
                let token = self.take();
                let at = token.at;
                let text = match token.word {
                    Word::Name(name) => name,
                    Word::Int(number, None) => number.to_string(),
                    _ => {
                        self.next -= 1;
                        return Err(self.unexpected("a field or a method"));
                    }
                };
                let name = Named { text, at };
                if self.sign(&["("]).is_none() {
                    node = Node {
                        at: start..name.at.end,
                        kind: Expression::Field(Box::new(node), name),
                    };
                    continue;
                }
                let arguments = self.arguments()?;
                node = Node {
                    at: start..self.before(),
                    kind: Expression::Call(Box::new(node), name, arguments),
                };
            } else {
                return Ok(node);
            }
        }
    }

    /// What stands up to the closing parenthesis.
    fn arguments(&mut self) -> Result<Vec<Node>, Fault> {
        let mut arguments = Vec::new();
        while self.sign(&[")"]).is_none() {
            arguments.push(self.deeper(Self::range)?);
            if self.sign(&[","]).is_none() {
                self.expect(")")?;
                break;
            }
        }
        Ok(arguments)
    }

    fn primary(&mut self) -> Result<Node, Fault> {
        let token = self.take();
        let kind = match token.word {
            Word::Name(name) => match &*name {
                "true" => Expression::Bool(true),
                "false" => Expression::Bool(false),
                _ => Expression::Name(name),
            },
            Word::Int(number, ty) => Expression::Int(number, ty),
            Word::Float(number) => Expression::Float(number),
            Word::Text(text) => Expression::Text(text),
            Word::Char(c) => Expression::Char(c),
            Word::Sign("(") => {
                let inner = self.deeper(Self::range)?;
                let end = self.expect(")")?;
                return Ok(Node {
                    at: token.at.start..end,
                    ..inner
                });
            }
            _ => {
                self.next -= 1;
                return Err(self.unexpected("a value"));
            }
        };
        Ok(Node { at: token.at, kind })
    }
}
