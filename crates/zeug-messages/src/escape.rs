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
    for char in text.chars() {
        match char {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&#34;"),
            '\'' => page.push_str("&#39;"),
            other => page.push(other),
        }
    }
}
