//! Owns what may stand at the end of a line that is being written: names of the frame, fields of a value, the methods that it is likely asked by.

use super::methods::methods_of;
use super::parse::parse;
use super::run::Frame;
use crate::traceback::Completed;
use crate::value::{View, tuple_index};

impl Frame<'_> {
    /// What begins with the word that `line` ends with: after a dot a part of the value before it, otherwise a variable.
    pub(super) fn complete(&self, line: &str) -> Completed {
        let in_word = |c: char| c.is_alphanumeric() || c == '_';
        let word = line.trim_end_matches(in_word);
        let (before, begun) = line.split_at(word.len());
        let mut names = match before.strip_suffix('.') {
            Some(of) => self.parts(last_path(of)),
            None => {
                let names = self.locals.iter().map(|local| local.name.to_string());
                names.collect()
            }
        };
        names.retain(|name| name.starts_with(begun) && name != begun);
        Completed {
            start: before.len(),
            names,
        }
    }

    /// Fields and methods of what an expression is.
    fn parts(&self, of: &str) -> Vec<String> {
        let thing = parse(of).and_then(|node| self.eval(&node));
        let Ok(thing) = thing else {
            return Vec::new();
        };
        let view = self.meant(&thing, &(0..0)).ok().and_then(|(_, view)| view);
        let mut names: Vec<String> = match &view {
            Some(View::Form(form)) => {
                let fields = form.fields.iter();
                let fields = fields.map(|(name, _)| tuple_index(name).unwrap_or(name));
                fields.map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        names.extend(
            methods_of(view.as_ref())
                .iter()
                .map(|name| format!("{name}()")),
        );
        names
    }
}

/// The path that a text ends with: names, dots, and what stands in brackets.
fn last_path(text: &str) -> &str {
    let mut open = 0_u32;
    let mut start = text.len();
    for (at, c) in text.char_indices().rev() {
        match c {
            ')' | ']' => open += 1,
            '(' | '[' if open > 0 => open -= 1,
            _ if open > 0 => {}
            '.' | '_' => {}
            c if c.is_alphanumeric() => {}
            _ => break,
        }
        start = at;
    }
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::last_path;

    #[test]
    fn the_path_before_a_dot() {
        for (text, path) in [
            ("cart", "cart"),
            ("1 + cart.items[0 + n]", "cart.items[0 + n]"),
            ("f(cart", "cart"),
            ("a; b.c(d)(e)", "b.c(d)(e)"),
            ("*self", "self"),
            ("", ""),
            ("]", "]"),
        ] {
            assert_eq!(last_path(text), path, "{text}");
        }
    }
}
