//! Owns what several middlewares do with lists in fields: read all lines as one, and add a name to `Vary`. It reads no item.

use std::borrow::Cow;

use zeug_datastructures::{FieldName, Headers};

/// The lines of a field as one list ([RFC 9110 section 5.3](https://www.rfc-editor.org/rfc/rfc9110#section-5.3)).
pub(crate) fn joined<'a>(fields: &'a Headers, name: FieldName<'static>) -> Option<Cow<'a, str>> {
    let mut lines = fields.get_all(name);
    let first = lines.next()?.to_utf8_lossy();
    let Some(second) = lines.next() else {
        return Some(first);
    };
    let mut all = first.into_owned();
    for line in std::iter::once(second).chain(lines) {
        all.push(',');
        all.push_str(&line.to_utf8_lossy());
    }
    Some(Cow::Owned(all))
}

/// Says that the answer depends on a field of the request, beside what it says already.
#[cfg(any(
    feature = "brotli",
    feature = "cors",
    feature = "gzip",
    feature = "zstd"
))]
pub(crate) fn add_vary(fields: &mut Headers, name: &'static str) {
    use zeug_datastructures::{FieldValue, names};
    use zeug_http::Vary;

    let Some(text) = joined(fields, names::VARY) else {
        return fields.append(names::VARY, FieldValue::from_static(name));
    };
    let mut vary = Vary::parse(&text);
    if vary.contains(name) {
        return;
    }
    vary.insert(name);
    let text = vary.to_string();
    // Names that came out of a field, and one of ours.
    let _ = fields.try_insert(names::VARY, text);
}
