//! Owns places within a macro: its arguments where they are expressions, statements in braces where they are not, bodies of `macro_rules!`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::Visit;

use super::Finder;

impl Finder {
    /// Looks into a macro's tokens.
    pub(super) fn within_macro(&mut self, tokens: TokenStream) {
        let tokens = flat(tokens);
        let arguments = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        match arguments.parse2(tokens.clone()) {
            Ok(arguments) => arguments.iter().for_each(|each| self.visit_expr(each)),
            Err(_) => self.groups(tokens),
        }
    }

    /// Looks into the group that holds the place: as statements if it is in braces and they are some, otherwise into its groups.
    pub(super) fn groups(&mut self, tokens: TokenStream) {
        let group = tokens.into_iter().find_map(|token| match token {
            TokenTree::Group(group) if self.holds(&group.span().byte_range()) => Some(group),
            _ => None,
        });
        let Some(group) = group else { return };
        if group.delimiter() == Delimiter::Brace
            && let Ok(statements) = syn::Block::parse_within.parse2(group.stream())
        {
            let outer = self.scope.len();
            self.statements(&statements, group.span_close().byte_range().start);
            self.scope.truncate(outer);
        } else {
            self.groups(group.stream());
        }
    }
}

/// The tokens with `$name` as `name` and `$(..)*` as what it holds, so that a macro's body can be read as what it becomes.
fn flat(tokens: TokenStream) -> TokenStream {
    let mut flattened = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '$' => match tokens.peek() {
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                    flattened.extend(flat(group.stream()));
                    tokens.next();
                    // At most a separator and `*`, `+` or `?`.
                    for _ in 0..2 {
                        let Some(TokenTree::Punct(punct)) = tokens.peek() else {
                            break;
                        };
                        let last = matches!(punct.as_char(), '*' | '+' | '?');
                        tokens.next();
                        if last {
                            break;
                        }
                    }
                }
                _ => {}
            },
            TokenTree::Group(group) => {
                let mut flattened_group =
                    proc_macro2::Group::new(group.delimiter(), flat(group.stream()));
                flattened_group.set_span(group.span());
                flattened.extend([TokenTree::Group(flattened_group)]);
            }
            other => flattened.extend([other]),
        }
    }
    flattened
}
