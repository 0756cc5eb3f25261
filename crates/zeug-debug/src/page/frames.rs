//! Owns the frames on a failure's page: the program's own in full, those of libraries folded between them; source, variables and console of each.

use super::html::Html;
use super::rust::{Inside, push_line};
use super::{View, push_editor_link};
use crate::failure::{Failure, Traced};
use crate::report::place_text;
use crate::source::around;
use crate::traceback::{Frame, Shown, Variable};

/// Beyond this many bytes of HTML, frames of libraries come without their source, so that a page stays quick.
const AMPLE: usize = 90 * 1024;
/// How many frames are shown: an endless recursion has thousands.
const MOST: usize = 200;
/// A value that is longer is folded, and one that is longest is cut.
const FOLDED: usize = 140;
const CUT: usize = 8 * 1024;

/// The frames, once they have come.
pub(super) fn all(failure: &Failure, view: &View) -> String {
    let traced = failure.traced();
    let mut html = Html::default();
    html.markup(
        "<section class=frames aria-labelledby=frames>\n<div class=tools><h2 id=frames>Frames</h2>",
    );
    if traced.frames.iter().any(|frame| !frame.own) {
        html.markup("<label class=js><input type=checkbox data-do=libraries> those of libraries, too</label>");
    }
    html.markup("</div>\n");
    if let Some(note) = &traced.note {
        html.markup("<p class=note role=note>")
            .str(note)
            .markup("</p>\n");
    }
    if traced.frames.is_empty() {
        html.markup("<p class=empty>No frames of this failure are known.</p>\n");
    }
    let shown = traced.frames.get(..MOST).unwrap_or(&traced.frames);
    let first_own = shown.iter().position(|frame| frame.own);
    let mut at = 0;
    for group in shown.chunk_by(|one, other| one.own == other.own) {
        let own = group.first().is_some_and(|frame| frame.own);
        if !own {
            html.markup("<details class=libraries><summary>")
                .text(group.len())
                .markup(if group.len() == 1 {
                    " frame of "
                } else {
                    " frames of "
                })
                .text(libraries(group))
                .markup("</summary>\n");
        }
        for frame in group {
            push_frame(&mut html, at, frame, traced, view, first_own == Some(at));
            at += 1;
        }
        if !own {
            html.markup("</details>\n");
        }
    }
    if traced.frames.len() > MOST {
        html.markup("<p class=note>and ")
            .text(traced.frames.len() - MOST)
            .markup(" more frames, which are in the text</p>\n");
    }
    html.markup("</section>\n");
    html.into_string()
}

/// Whose frames they are: the first parts of their names, each once.
fn libraries(frames: &[Frame]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for frame in frames {
        let bare = frame.function.trim_start_matches(['<', '&']);
        let end = bare.find(|char: char| !char.is_alphanumeric() && char != '_');
        let name = &bare[..end.unwrap_or(bare.len())];
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names.truncate(4);
    names.join(", ")
}

fn push_frame(html: &mut Html, at: usize, frame: &Frame, traced: &Traced, view: &View, open: bool) {
    html.markup("<details class=\"frame")
        .markup(if frame.own { " own" } else { "" })
        .markup("\" id=f")
        .text(at)
        .markup(if open { " open" } else { "" })
        .markup(">\n<summary>");
    push_function(html, &frame.function);
    if let Some(place) = &frame.place {
        html.markup("<span class=where>")
            .text(place_text(place))
            .markup("</span>");
    }
    html.markup("</summary>\n<div class=body>\n");
    push_source(html, frame, view);
    push_variables(html, frame, traced);
    if traced.frozen && view.secret.is_some() {
        push_console(html, at, frame);
    }
    html.markup("</div>\n</details>\n");
}

/// The name with its last part set off: what a reader looks for.
fn push_function(html: &mut Html, function: &str) {
    // Generics may hold paths of their own.
    let plain = function
        .find('<')
        .filter(|at| *at > 0)
        .unwrap_or(function.len());
    let last = function[..plain].rfind("::").map_or(0, |at| at + 2);
    let (path, name) = function.split_at(last);
    html.markup("<span class=fn>")
        .str(path)
        .markup("<b>")
        .str(name)
        .markup("</b></span>");
}

fn push_source(html: &mut Html, frame: &Frame, view: &View) {
    let Some(place) = &frame.place else { return };
    html.markup("<div class=source>\n");
    let excerpt = around(place).filter(|_| frame.own || html.len() < AMPLE);
    if let Some(excerpt) = &excerpt {
        html.markup("<pre tabindex=0 aria-label=\"Source\">");
        let mut inside = Inside::Code;
        for (number, line) in (excerpt.first..).zip(&excerpt.lines) {
            html.markup(if number == place.line {
                "<code class=here aria-current=true data-n="
            } else {
                "<code data-n="
            })
            .text(number)
            .markup(">");
            inside = push_line(html, line, inside);
            html.markup("\n</code>");
        }
        html.markup("</pre>\n");
    }
    html.markup("<p class=file>");
    push_editor_link(html, place, view, "Open in the editor");
    match &excerpt {
        None => html.markup(" <span class=dim>its source is not here</span>"),
        Some(excerpt) if excerpt.changed => html.markup(
            " <span class=warn>the file is newer than the program: its lines may be others</span>",
        ),
        Some(_) => html,
    };
    if frame.inlined {
        html.markup(" <span class=dim>inlined into its caller</span>");
    }
    html.markup("</p>\n</div>\n");
}

fn push_variables(html: &mut Html, frame: &Frame, traced: &Traced) {
    if frame.variables.is_empty() {
        if traced.frozen && frame.own {
            html.markup("<p class=\"vars dim\">No variables here.</p>\n");
        }
        return;
    }
    html.markup("<table class=vars><caption class=vh>Variables</caption>\n<thead class=vh><tr><th scope=col>Name<th scope=col>Type<th scope=col>Value</thead>\n<tbody>\n");
    for variable in &frame.variables {
        push_variable(html, variable);
    }
    html.markup("</tbody></table>\n");
}

fn push_variable(html: &mut Html, variable: &Variable) {
    html.markup("<tr><th scope=row");
    if let Some(line) = variable.line {
        html.markup(" title=\"line ").text(line).markup("\"");
    }
    html.markup(">")
        .str(&variable.name)
        .markup("<td class=type title=\"")
        .str(&variable.type_name)
        .markup("\">")
        .str(&bare(&variable.type_name))
        .markup("<td class=value>");
    match &variable.value {
        Shown::Hidden => {
            html.markup("<span class=dim>hidden</span>");
        }
        Shown::Missing(why) => {
            html.markup("<span class=dim>").str(why).markup("</span>");
        }
        Shown::Value(value) => push_value(html, value),
    }
    // White space counts in there.
    html.markup("</td>\n");
}

/// A type without the paths of its names, as it stands in source that imports them.
fn bare(type_name: &str) -> String {
    let mut bare = String::with_capacity(type_name.len());
    // Where the last name began.
    let mut name = 0;
    for char in type_name.chars() {
        bare.push(char);
        if bare.ends_with("::") {
            bare.truncate(name);
        } else if !(char.is_alphanumeric() || matches!(char, '_' | ':')) {
            name = bare.len();
        }
    }
    bare
}

/// A value; a long one folded, with its beginning to be seen.
fn push_value(html: &mut Html, value: &str) {
    let Some((fold, _)) = value.char_indices().nth(FOLDED) else {
        push_line(html, value, Inside::Code);
        return;
    };
    let cut = value.char_indices().nth(CUT).map(|(at, _)| at);
    html.markup("<details class=long><summary>");
    push_line(html, &value[..fold], Inside::Code);
    html.markup("<span class=dim>\u{2026}</span></summary><pre>")
        .str(&value[..cut.unwrap_or(value.len())]);
    if cut.is_some() {
        html.markup("\u{2026}");
    }
    html.markup("</pre></details>");
}

fn push_console(html: &mut Html, at: usize, frame: &Frame) {
    html.markup("<form class=\"console js\" data-frame=")
        .text(at)
        .markup("><div class=log role=log aria-label=\"Answers\"></div><label><span class=vh>An expression in this frame</span><span class=prompt aria-hidden=true>\u{276f}</span><textarea name=line rows=1 autocomplete=off autocapitalize=off autocorrect=off spellcheck=false enterkeyhint=go placeholder=\"");
    match frame.variables.first() {
        Some(variable) => html.str(&variable.name),
        None => html.markup("an expression"),
    };
    html.markup("\"></textarea></label><div class=offers role=listbox aria-label=\"What may follow\"></div><p class=state role=status></p></form>\n");
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn types_are_shown_without_paths() {
        for (full, short) in [
            ("&shop::cart::Cart", "&Cart"),
            (
                "std::collections::HashMap<alloc::string::String, (u8, a::B)>",
                "HashMap<String, (u8, B)>",
            ),
            ("&mut [core::option::Option<u8>; 3]", "&mut [Option<u8>; 3]"),
            ("a::f::{{closure}}", "{{closure}}"),
            ("", ""),
        ] {
            assert_eq!(bare(full), short);
        }
    }
}
