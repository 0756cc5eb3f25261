//! Owns `push_escaped`: text as HTML. It knows no template, and no script or style, where escaping is of no use.

/// Adds text to a page of HTML: as the text of an element or as the value of an attribute in quotes, it shows as it is and is no markup.
///
/// # Example
///
/// ```
/// use zeug_messages::push_escaped;
///
/// let mut page = String::from("<p title=\"");
/// push_escaped(&mut page, "\"><script>");
/// assert_eq!(page, "<p title=\"&#34;&gt;&lt;script&gt;");
/// ```
#[doc(alias = "escape")]
pub fn push_escaped(page: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest
        .bytes()
        .position(|byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\''))
    {
        let Some((before, behind)) = rest.split_at_checked(at) else {
            break;
        };
        page.push_str(before);
        let mut chars = behind.chars();
        page.push_str(match chars.next() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('"') => "&#34;",
            _ => "&#39;",
        });
        rest = chars.as_str();
    }
    page.push_str(rest);
}
