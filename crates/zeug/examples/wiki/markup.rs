//! A page's text as HTML: paragraphs, headings, lists, links in double brackets. Everything else is text.

use zeug::messages::push_escaped;

/// The text as HTML; `link` gives the URL of a page.
pub(crate) fn html(text: &str, link: impl Fn(&str) -> String) -> String {
    let mut html = String::new();
    for block in text
        .replace("\r\n", "\n")
        .split("\n\n")
        .map(str::trim)
        .filter(|block| !block.is_empty())
    {
        let (open, close, lines): (_, _, Vec<&str>) = match block.strip_prefix("= ") {
            Some(heading) => ("<h2>", "</h2>\n", vec![heading]),
            None if block.lines().all(|line| line.starts_with("* ")) => {
                html.push_str("<ul>\n");
                for item in block.lines() {
                    html.push_str("<li>");
                    inline(&item[2..], &link, &mut html);
                    html.push_str("</li>\n");
                }
                html.push_str("</ul>\n");
                continue;
            }
            None => ("<p>", "</p>\n", block.lines().collect()),
        };
        html.push_str(open);
        inline(&lines.join("\n"), &link, &mut html);
        html.push_str(close);
    }
    html
}

/// Writes a text in which `[[Title]]` is a link.
fn inline(mut text: &str, link: &impl Fn(&str) -> String, html: &mut String) {
    while let Some((before, rest)) = text.split_once("[[") {
        let Some((title, after)) = rest.split_once("]]") else {
            break;
        };
        push_escaped(html, before);
        html.push_str("<a href=\"");
        push_escaped(html, &link(title));
        html.push_str("\">");
        push_escaped(html, title);
        html.push_str("</a>");
        text = after;
    }
    push_escaped(html, text);
}
