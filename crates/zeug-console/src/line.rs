//! Owns the line that someone typed: which names and statements it has, what it cannot have, and its text as it stands among other code. It knows no types.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::Visit;

use crate::said::render;
use crate::{Diagnostic, Error, ErrorKind, Level};

/// A line of a frame's session.
///
/// One expression, or statements with an expression at the end. `self` is the frame's; `_` is the value of [`last`](Self::last). There is no `?`, `.await` and `return` outside of a
/// closure: the frame's function does not run on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// The line.
    pub source: String,
    /// The lines of this session so far that have a `let` or an item, each as [`Compiled::source`](crate::Compiled::source) gave it ([`Compiled::keeps`](crate::Compiled::keeps)): their statements are run again before the line.
    pub lets: Vec<String>,
    /// The line whose value is `_`, as [`Compiled::source`](crate::Compiled::source) gave it: it is evaluated again.
    pub last: Option<String>,
}

/// How a line stands among other code.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    /// Its statements.
    pub(crate) statements: Text,
    /// The expression at its end.
    pub(crate) value: Option<Text>,
    /// Whether it has a `let` or an item.
    pub(crate) keeps: bool,
}

/// A part of a line with some of its words replaced.
#[derive(Debug, Clone, Default)]
pub(crate) struct Text {
    pub(crate) text: String,
    /// For each part of the text, where it begins, and the bytes of the line that it stands for.
    parts: Vec<(usize, Range<usize>)>,
}

/// Words of a line that stand for others.
#[derive(Debug)]
struct Change {
    range: Range<usize>,
    by: String,
}

/// The hidden name of what is called `name` in the program, where that cannot be a variable's.
pub(crate) fn hidden(name: &str) -> Option<String> {
    (name == "self" || name.contains("__")).then(|| format!("__zc_{name}"))
}

impl Line {
    /// All that it stands on, and itself.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let before = self.lets.iter().chain(&self.last).map(String::as_str);
        before.chain([self.source.as_str()])
    }

    /// The line with `_` replaced.
    pub(crate) fn complete(&self) -> Result<Text, Error> {
        let changes = match &self.last {
            Some(last) => {
                let statements = parse(&self.source)?;
                let mut blanks = Blanks(Vec::new());
                statements.iter().for_each(|each| blanks.visit_stmt(each));
                let by = format!("({})", last.trim());
                let change = |range| Change {
                    range,
                    by: by.clone(),
                };
                blanks.0.into_iter().map(change).collect()
            }
            None => Vec::new(),
        };
        Ok(Text::new(&self.source, 0..self.source.len(), changes))
    }
}

impl Placed {
    /// Reads a line; `names` are those that have hidden ones.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rustc`] for what is no Rust, or cannot be had here.
    pub(crate) fn new(source: &str, names: &[&str]) -> Result<Self, Error> {
        let placed = Self::read(source, names);
        // What the parser remembers of a source it remembers for ever otherwise.
        proc_macro2::extra::invalidate_current_thread_spans();
        placed
    }

    fn read(source: &str, names: &[&str]) -> Result<Self, Error> {
        let statements = parse(source)?;
        let mut leaving = Leaving(None);
        statements.iter().for_each(|each| leaving.visit_stmt(each));
        if let Some((range, word)) = leaving.0 {
            let message = format!("no {word} in a line: the frame's function does not run on");
            return Err(refused(source, message, range));
        }
        let tokens: TokenStream = source.parse().unwrap_or_default();
        let mut changes = Vec::new();
        rename(tokens, names, &mut changes);
        // An item of the line has names of its own.
        let mut items = Items(Vec::new());
        statements.iter().for_each(|each| items.visit_stmt(each));
        changes.retain(|change| {
            !items
                .0
                .iter()
                .any(|item| item.contains(&change.range.start))
        });
        changes.sort_by_key(|change| change.range.start);
        let keeps = statements
            .iter()
            .any(|each| matches!(each, syn::Stmt::Local(_) | syn::Stmt::Item(_)));
        let value = match statements.last() {
            Some(syn::Stmt::Expr(value, None)) => Some(value.span().byte_range()),
            Some(syn::Stmt::Macro(each)) if each.semi_token.is_none() => {
                Some(each.span().byte_range())
            }
            _ => None,
        };
        let split = value.map_or(source.len(), |range| range.start.min(source.len()));
        let (before, behind): (Vec<_>, Vec<_>) = changes
            .into_iter()
            .partition(|change| change.range.start < split);
        let mut text = Text::new(source, 0..split, before);
        let value = (split < source.len()).then(|| Text::new(source, split..source.len(), behind));
        if value.is_none() && !text.text.trim_end().ends_with([';', '}']) {
            text.text.push(';');
        }
        Ok(Self {
            statements: text,
            value,
            keeps,
        })
    }
}

impl Text {
    fn new(source: &str, range: Range<usize>, changes: Vec<Change>) -> Self {
        let mut made = Self::default();
        let mut at = range.start;
        for change in changes {
            made.keep(source, at..change.range.start);
            made.parts.push((made.text.len(), change.range.clone()));
            made.text.push_str(&change.by);
            at = change.range.end;
        }
        made.keep(source, at..range.end);
        made
    }

    /// Takes bytes as they are.
    fn keep(&mut self, source: &str, range: Range<usize>) {
        let Some(text) = source.get(range.clone()).filter(|text| !text.is_empty()) else {
            return;
        };
        // Each by itself, so that a place in it can be told.
        for (at, character) in text.char_indices() {
            let start = range.start + at;
            self.parts
                .push((self.text.len(), start..start + character.len_utf8()));
            self.text.push(character);
        }
    }

    /// The bytes of the line for bytes of the text.
    pub(crate) fn original(&self, range: Range<usize>) -> Option<Range<usize>> {
        let part = |at: usize| {
            let after = self.parts.partition_point(|(start, _)| *start <= at);
            self.parts
                .get(after.checked_sub(1)?)
                .map(|(_, range)| range.clone())
        };
        let first = part(range.start)?;
        if range.is_empty() {
            return Some(first.start..first.start);
        }
        Some(first.start..part(range.end - 1)?.end)
    }
}

/// The statements of a line, with a semicolon at the end where that is all that is missing.
fn parse(source: &str) -> Result<Vec<syn::Stmt>, Error> {
    let tokens: TokenStream = source.parse().map_err(|error: proc_macro2::LexError| {
        let range = error.span().byte_range();
        refused(
            source,
            "a bracket or a quote is not closed".to_owned(),
            range,
        )
    })?;
    let first = match syn::Block::parse_within.parse2(tokens) {
        Ok(statements) => return Ok(statements),
        Err(error) => error,
    };
    let closed: TokenStream = format!("{source};").parse().unwrap_or_default();
    syn::Block::parse_within.parse2(closed).map_err(|_| {
        // An end that came too early has no place of its own.
        let range = match first.span().byte_range() {
            range if range.is_empty() => source.len()..source.len(),
            range => range,
        };
        refused(source, first.to_string(), range)
    })
}

/// The error that a line is no Rust.
fn refused(source: &str, message: String, range: Range<usize>) -> Error {
    let end = range.end.min(source.len());
    let start = range.start.min(end);
    let mut diagnostic = Diagnostic {
        level: Level::Error,
        message,
        code: None,
        rendered_ansi: String::new(),
        start,
        end,
    };
    diagnostic.rendered_ansi = render(source, &diagnostic, &[(start..end, true, "")], &[]);
    Error::new(ErrorKind::Rustc {
        diagnostics: vec![diagnostic],
    })
}

/// Puts hidden names in the stead of `self` and of what a closure has captured of a variable: `order.lines` for `order__lines`.
fn rename(tokens: TokenStream, names: &[&str], changes: &mut Vec<Change>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let TokenTree::Group(group) = token {
            rename(group.stream(), names, changes);
        }
        let is_field = at
            .checked_sub(1)
            .is_some_and(|before| is_punct(tokens.get(before), '.'))
            && !at
                .checked_sub(2)
                .is_some_and(|before| is_punct(tokens.get(before), '.'));
        let found = names
            .iter()
            .filter_map(|name| Some((name, path(tokens.get(at..)?, name)?)))
            .max_by_key(|(_, length)| *length);
        match found {
            Some((name, length)) if !is_field => {
                let last = tokens.get(at + length - 1).unwrap_or(token);
                changes.extend(hidden(name).map(|by| Change {
                    range: token.span().byte_range().start..last.span().byte_range().end,
                    by,
                }));
                at += length;
            }
            _ => at += 1,
        }
    }
}

/// How many tokens the path that `name` stands for has, if it stands there.
fn path(tokens: &[TokenTree], name: &str) -> Option<usize> {
    let mut length = 0;
    for part in name.split("__") {
        if length > 0 {
            is_punct(tokens.get(length), '.').then_some(())?;
            length += 1;
        }
        (tokens.get(length)?.to_string() == part).then_some(())?;
        length += 1;
    }
    // `self::name` is a path of modules.
    (!(name == "self" && is_punct(tokens.get(length), ':'))).then_some(length)
}

fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

/// Finds `_` where a value is asked for.
struct Blanks(Vec<Range<usize>>);

impl<'ast> Visit<'ast> for Blanks {
    fn visit_expr_infer(&mut self, each: &'ast syn::ExprInfer) {
        self.0.push(each.span().byte_range());
    }

    // `_ = value` and `(a, _) = value` are patterns.
    fn visit_expr_assign(&mut self, each: &'ast syn::ExprAssign) {
        self.visit_expr(&each.right);
    }

    fn visit_macro(&mut self, each: &'ast syn::Macro) {
        let arguments = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if let Ok(arguments) = arguments.parse2(each.tokens.clone()) {
            arguments.iter().for_each(|each| self.visit_expr(each));
        }
    }
}

/// Finds items, in blocks too.
struct Items(Vec<Range<usize>>);

impl<'ast> Visit<'ast> for Items {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        self.0.push(item.span().byte_range());
    }
}

/// Finds what would leave the line for the function around it.
struct Leaving(Option<(Range<usize>, &'static str)>);

impl<'ast> Visit<'ast> for Leaving {
    fn visit_expr_try(&mut self, each: &'ast syn::ExprTry) {
        self.visit_expr(&each.expr);
        self.0
            .get_or_insert((each.question_token.span().byte_range(), "`?`"));
    }

    fn visit_expr_await(&mut self, each: &'ast syn::ExprAwait) {
        self.visit_expr(&each.base);
        self.0
            .get_or_insert((each.await_token.span.byte_range(), "`.await`"));
    }

    fn visit_expr_return(&mut self, each: &'ast syn::ExprReturn) {
        self.0
            .get_or_insert((each.return_token.span.byte_range(), "`return`"));
    }

    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}

    fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}

    fn visit_item(&mut self, _: &'ast syn::Item) {}
}

#[cfg(test)]
mod tests;
