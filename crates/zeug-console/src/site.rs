//! Owns where in a source a line can stand: the statement, arm, closure or macro's group that holds a place, and the names in scope there. It knows no types.

mod macros;

use std::ops::Range;

use proc_macro2::TokenStream;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// A place that something can be put before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Site {
    /// Where: a byte of the source.
    pub(crate) at: usize,
    /// The end of the expression that begins there, where it has no block of its own and has to be given one.
    pub(crate) wrapped: Option<usize>,
    /// What can be asked afterwards.
    pub(crate) after: After,
    /// The names in scope, the outermost first.
    pub(crate) scope: Vec<Name>,
    /// How many closures and async blocks of its function it stands in. A name of fewer is captured.
    pub(crate) depth: usize,
    /// The word `const` of the function: what is called at run time need not be constant.
    pub(crate) constant: Option<Range<usize>>,
    /// The function, where code can be made for it alone: it has one instance, and its callers need not be there for it.
    pub(crate) root: Option<Root>,
    /// Whether types in the function may be parameters, for which the debug information has what they stand for.
    pub(crate) is_generic: bool,
}

/// A function that code can be made for alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Root {
    /// Where it begins, behind its attributes.
    pub(crate) at: usize,
    /// For an async function how it is named beside it, and how many parameters it has: code is made of what it gives back.
    pub(crate) polled: Option<(String, usize)>,
}

/// Where it can be asked what a statement has moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum After {
    /// Behind it.
    Behind(usize),
    /// Behind the value of this expression.
    Value(Range<usize>),
}

/// A name that a pattern binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) name: String,
    /// The line that it stands in, from 1.
    pub(crate) line: u32,
    /// How many closures and async blocks its binding stands in.
    pub(crate) depth: usize,
}

impl Site {
    /// Those that hold a place, the innermost first. None where the place is in no function's body, or the source is no Rust.
    pub(crate) fn find(source: &str, line: u32, column: u32) -> Vec<Self> {
        let sites = sites(source, line, column);
        // What the parser remembers of a source it remembers for ever otherwise.
        proc_macro2::extra::invalidate_current_thread_spans();
        sites
    }
}

fn sites(source: &str, line: u32, column: u32) -> Vec<Site> {
    let Some(place) = offset(source, line, column) else {
        return Vec::new();
    };
    let Ok(tokens) = plain(source).parse::<TokenStream>() else {
        return Vec::new();
    };
    let mut finder = Finder {
        place,
        scope: Vec::new(),
        depth: 0,
        constant: None,
        root: None,
        is_generic: false,
        around: Around::Module,
        sites: Vec::new(),
    };
    match syn::parse2::<syn::File>(tokens.clone()) {
        Ok(file) => finder.visit_file(&file),
        // Syntax that the parser does not know somewhere in the file.
        Err(_) => finder.groups(tokens),
    }
    finder.sites.reverse();
    finder.sites
}

/// The byte of a place; without a column the first of the line that is not blank.
fn offset(source: &str, line: u32, column: u32) -> Option<usize> {
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    let text = source.split_inclusive('\n').nth(index)?;
    let before: usize = source.split_inclusive('\n').take(index).map(str::len).sum();
    let within = match usize::try_from(column).ok()?.checked_sub(1) {
        Some(column) => column,
        None => text.len() - text.trim_start().len(),
    };
    Some(before + within.min(text.trim_end().len()))
}

/// The source with what only a file may begin with as blanks.
fn plain(source: &str) -> String {
    let mut text = source.to_owned();
    if text.starts_with('\u{feff}') {
        text.replace_range(..3, "   ");
    }
    let first = text.trim_start();
    if first.starts_with("#!") && !first.trim_start_matches("#!").trim_start().starts_with('[') {
        let end = text.find('\n').unwrap_or(text.len());
        text.replace_range(..end, &" ".repeat(end));
    }
    text
}

/// What a function stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    /// A module, or a block.
    Module,
    /// An `impl` of a type's own.
    Type,
    /// An `impl` of a trait.
    Trait,
    /// Something with parameters that its instances depend on.
    Types,
}

struct Finder {
    place: usize,
    scope: Vec<Name>,
    depth: usize,
    constant: Option<Range<usize>>,
    root: Option<Root>,
    is_generic: bool,
    around: Around,
    /// The outermost first.
    sites: Vec<Site>,
}

impl Finder {
    fn holds(&self, range: &Range<usize>) -> bool {
        range.start <= self.place && self.place < range.end
    }

    fn bind(&mut self, pattern: &syn::Pat) {
        let mut names = Names(&mut self.scope, self.depth);
        names.visit_pat(pattern);
    }

    /// The names that a condition binds for what it guards.
    fn bind_condition(&mut self, condition: &syn::Expr) {
        match condition {
            syn::Expr::Let(each) => self.bind(&each.pat),
            syn::Expr::Binary(both) => {
                self.bind_condition(&both.left);
                self.bind_condition(&both.right);
            }
            _ => {}
        }
    }

    fn push(&mut self, at: usize, wrapped: Option<usize>, after: After) {
        self.sites.push(Site {
            at,
            wrapped,
            after,
            scope: self.scope.clone(),
            depth: self.depth,
            constant: self.constant.clone(),
            root: self.root.clone(),
            is_generic: self.is_generic,
        });
    }

    /// A function's body, in which no name of outside is in scope.
    fn function(
        &mut self,
        attributes: &[syn::Attribute],
        start: usize,
        signature: &syn::Signature,
        block: &syn::Block,
    ) {
        if !self.holds(&range(block)) {
            return;
        }
        let outer = (
            std::mem::take(&mut self.scope),
            std::mem::take(&mut self.depth),
        );
        let constant = self.constant.take();
        let root = self.root.take();
        let around = std::mem::replace(&mut self.around, Around::Module);
        let is_generic = around == Around::Types || has_instances(signature);
        let is_one = !is_generic && attributes.iter().all(is_plain);
        let is_generic = std::mem::replace(&mut self.is_generic, is_generic);
        let polled = signature.asyncness.is_some().then(|| {
            let path = if around == Around::Type { "Self::" } else { "" };
            (format!("{path}{}", signature.ident), signature.inputs.len())
        });
        let can_be_named = match around {
            Around::Module | Around::Type => true,
            // Nothing can stand beside it that is not the trait's.
            Around::Trait => polled.is_none(),
            Around::Types => false,
        };
        self.root = (is_one && can_be_named).then_some(Root { at: start, polled });
        self.constant = signature.constness.map(|word| word.span.byte_range());
        for input in &signature.inputs {
            match input {
                syn::FnArg::Receiver(receiver) => {
                    self.scope
                        .push(Name::new("self".to_owned(), receiver.self_token.span, 0))
                }
                syn::FnArg::Typed(typed) => self.bind(&typed.pat),
            }
        }
        self.visit_block(block);
        (self.scope, self.depth) = outer;
        (self.constant, self.root, self.around) = (constant, root, around);
        self.is_generic = is_generic;
    }

    /// An expression that may have no block of its own.
    fn body(&mut self, body: &syn::Expr) {
        let range = range(body);
        if !self.holds(&range) {
            return;
        }
        if !matches!(body, syn::Expr::Block(block) if block.label.is_none()) {
            self.push(range.start, Some(range.end), After::Value(range.clone()));
        }
        self.visit_expr(body);
    }

    /// The statements of a block that ends before `end`.
    fn statements(&mut self, statements: &[syn::Stmt], end: usize) {
        let mut last = None;
        for (index, statement) in statements.iter().enumerate() {
            let range = range(statement);
            let after = after(statement, index + 1 == statements.len(), &range);
            if self.holds(&range) {
                self.push(range.start, None, after);
                return visit::visit_stmt(self, statement);
            }
            // Between two statements, or behind the last.
            if range.start > self.place {
                return self.push(range.start, None, after);
            }
            if let syn::Stmt::Local(local) = statement {
                self.bind(&local.pat);
            }
            last = Some((range, after));
        }
        match last {
            Some((range, after @ After::Value(_))) => self.push(range.start, None, after),
            _ => self.push(end, None, After::Behind(end)),
        }
    }
}

impl Name {
    fn new(name: String, span: proc_macro2::Span, depth: usize) -> Self {
        let line = u32::try_from(span.start().line).unwrap_or(0);
        Self { name, line, depth }
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let start = start(&item.vis, &item.sig);
        self.function(&item.attrs, start, &item.sig, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let start = match &item.defaultness {
            Some(word) => word.span().byte_range().start,
            None => start(&item.vis, &item.sig),
        };
        self.function(&item.attrs, start, &item.sig, &item.block);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let is_plain = item.attrs.iter().all(is_plain) && !has_parameters(&item.generics);
        let around = match item.trait_ {
            _ if !is_plain => Around::Types,
            Some(_) => Around::Trait,
            None => Around::Type,
        };
        let outer = std::mem::replace(&mut self.around, around);
        visit::visit_item_impl(self, item);
        self.around = outer;
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        // `Self` is a parameter.
        let outer = std::mem::replace(&mut self.around, Around::Types);
        visit::visit_item_trait(self, item);
        self.around = outer;
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(
                &item.attrs,
                start(&syn::Visibility::Inherited, &item.sig),
                &item.sig,
                block,
            );
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let whole = range(block);
        if !self.holds(&whole) {
            return;
        }
        let outer = self.scope.len();
        self.statements(&block.stmts, whole.end.saturating_sub(1));
        self.scope.truncate(outer);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let outer = self.scope.len();
        self.bind(&arm.pat);
        if let Some((_, guard)) = &arm.guard {
            self.visit_expr(guard);
        }
        self.body(&arm.body);
        self.scope.truncate(outer);
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        let outer = self.scope.len();
        self.depth += 1;
        closure.inputs.iter().for_each(|input| self.bind(input));
        self.body(&closure.body);
        self.scope.truncate(outer);
        self.depth -= 1;
    }

    fn visit_expr_async(&mut self, each: &'ast syn::ExprAsync) {
        self.depth += 1;
        self.visit_block(&each.block);
        self.depth -= 1;
    }

    fn visit_expr_if(&mut self, each: &'ast syn::ExprIf) {
        self.visit_expr(&each.cond);
        let outer = self.scope.len();
        self.bind_condition(&each.cond);
        self.visit_block(&each.then_branch);
        self.scope.truncate(outer);
        if let Some((_, otherwise)) = &each.else_branch {
            self.visit_expr(otherwise);
        }
    }

    fn visit_expr_while(&mut self, each: &'ast syn::ExprWhile) {
        self.visit_expr(&each.cond);
        let outer = self.scope.len();
        self.bind_condition(&each.cond);
        self.visit_block(&each.body);
        self.scope.truncate(outer);
    }

    fn visit_expr_for_loop(&mut self, each: &'ast syn::ExprForLoop) {
        self.visit_expr(&each.expr);
        let outer = self.scope.len();
        self.bind(&each.pat);
        self.visit_block(&each.body);
        self.scope.truncate(outer);
    }

    // In a constant nothing runs.
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}

    fn visit_macro(&mut self, each: &'ast syn::Macro) {
        if self.holds(&range(each)) {
            self.within_macro(each.tokens.clone());
        }
    }
}

/// Where a function begins behind its attributes.
fn start(visibility: &syn::Visibility, signature: &syn::Signature) -> usize {
    match visibility {
        syn::Visibility::Inherited => range(signature).start,
        visibility => range(visibility).start,
    }
}

/// Whether a function is compiled once for each kind of its callers.
fn has_instances(signature: &syn::Signature) -> bool {
    struct Impls(bool);
    impl Visit<'_> for Impls {
        fn visit_type_impl_trait(&mut self, _: &syn::TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut impls = Impls(false);
    signature
        .inputs
        .iter()
        .for_each(|input| impls.visit_fn_arg(input));
    impls.0 || has_parameters(&signature.generics)
}

fn has_parameters(generics: &syn::Generics) -> bool {
    let mut parameters = generics.params.iter();
    parameters.any(|parameter| !matches!(parameter, syn::GenericParam::Lifetime(_)))
}

/// Whether an attribute is known to leave a function what it is, and what it is called.
fn is_plain(attribute: &syn::Attribute) -> bool {
    const PLAIN: [&str; 10] = [
        "allow",
        "cfg",
        "cold",
        "deny",
        "deprecated",
        "doc",
        "expect",
        "inline",
        "must_use",
        "warn",
    ];
    PLAIN.iter().any(|name| attribute.path().is_ident(name))
}

/// What can be asked after a statement.
fn after(statement: &syn::Stmt, last: bool, range: &Range<usize>) -> After {
    match statement {
        syn::Stmt::Expr(
            syn::Expr::Return(syn::ExprReturn {
                expr: Some(value), ..
            }),
            _,
        )
        | syn::Stmt::Expr(
            syn::Expr::Break(syn::ExprBreak {
                expr: Some(value), ..
            }),
            _,
        ) => After::Value(self::range(value)),
        syn::Stmt::Expr(
            syn::Expr::ForLoop(_)
            | syn::Expr::While(_)
            | syn::Expr::If(syn::ExprIf {
                else_branch: None, ..
            }),
            None,
        ) => After::Behind(range.end),
        syn::Stmt::Expr(_, None) if last => After::Value(range.clone()),
        syn::Stmt::Macro(each) if last && each.semi_token.is_none() => After::Value(range.clone()),
        _ => After::Behind(range.end),
    }
}

fn range(node: &impl Spanned) -> Range<usize> {
    node.span().byte_range()
}

/// Collects the names that a pattern binds.
struct Names<'a>(&'a mut Vec<Name>, usize);

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        let name = pattern.ident.to_string();
        let name = name.strip_prefix("r#").unwrap_or(&name);
        let name = Name::new(name.to_owned(), pattern.ident.span(), self.1);
        self.0.push(name);
        visit::visit_pat_ident(self, pattern);
    }

    // An array's length is no pattern.
    fn visit_expr(&mut self, _: &'ast syn::Expr) {}
}

#[cfg(test)]
mod tests;
