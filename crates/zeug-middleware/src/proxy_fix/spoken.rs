//! Owns reading the fields of proxies: values counted from the end. It trusts none of them; who is trusted is the caller's to say.

use std::borrow::Cow;

use zeug_datastructures::{FieldName, Headers, names};
use zeug_http::{FieldList, Forwarded};

use crate::field_list::joined;

/// The fields of a request that proxies write.
pub(super) enum Spoken<'a> {
    /// Those of everyone's custom, each a list.
    Custom(&'a Headers),
    /// That of RFC 7239; nothing where it is malformed.
    Standard(Forwarded<'static>),
}

impl<'a> Spoken<'a> {
    pub(super) fn of(fields: &'a Headers, rfc7239: bool) -> Self {
        if !rfc7239 {
            return Self::Custom(fields);
        }
        let text = joined(fields, names::FORWARDED).unwrap_or_default();
        Self::Standard(
            Forwarded::parse(&text)
                .map(Forwarded::into_owned)
                .unwrap_or_default(),
        )
    }

    /// The client's address as the proxy `count` from here says it; `None` for 0 and beyond those who spoke.
    pub(super) fn client(&self, count: usize) -> Option<Cow<'a, str>> {
        self.value(count, names::X_FORWARDED_FOR, "for")
    }

    /// The clients' addresses as they were said, from the end on, `most` of them.
    pub(super) fn clients(&self, most: usize) -> Vec<String> {
        match self {
            Self::Custom(fields) => {
                let list = joined(fields, names::X_FORWARDED_FOR).unwrap_or_default();
                if list.contains('"') {
                    let items = FieldList::parse(&list);
                    let items: Vec<_> = items.iter().collect();
                    return items
                        .into_iter()
                        .rev()
                        .take(most)
                        .map(str::to_owned)
                        .collect();
                }
                items_from_end(&list)
                    .take(most)
                    .map(str::to_owned)
                    .collect()
            }
            Self::Standard(forwarded) => forwarded
                .elements()
                .iter()
                .rev()
                .take(most)
                .map(|element| element.for_node().unwrap_or_default().to_owned())
                .collect(),
        }
    }

    pub(super) fn scheme(&self, count: usize) -> Option<Cow<'a, str>> {
        self.value(count, names::X_FORWARDED_PROTO, "proto")
    }

    pub(super) fn host(&self, count: usize) -> Option<Cow<'a, str>> {
        self.value(count, names::X_FORWARDED_HOST, "host")
    }

    pub(super) fn port(&self, count: usize) -> Option<Cow<'a, str>> {
        self.value(count, names::X_FORWARDED_PORT, "")
    }

    pub(super) fn prefix(&self, count: usize) -> Option<Cow<'a, str>> {
        self.value(count, names::X_FORWARDED_PREFIX, "")
    }

    fn value(
        &self,
        count: usize,
        name: FieldName<'static>,
        parameter: &str,
    ) -> Option<Cow<'a, str>> {
        let distance = count.checked_sub(1)?;
        match self {
            Self::Custom(fields) => nth_from_end(joined(fields, name)?, distance),
            Self::Standard(forwarded) => forwarded
                .nth_from_end(distance)?
                .get(parameter)
                .filter(|value| !value.is_empty())
                .map(|value| Cow::Owned(value.to_owned())),
        }
    }
}

/// The item of a list that many before its last; empty ones do not count.
fn nth_from_end(list: Cow<'_, str>, distance: usize) -> Option<Cow<'_, str>> {
    let find = |text: &str| -> Option<(usize, usize)> {
        let item = items_from_end(text).nth(distance)?;
        let start = item.as_ptr() as usize - text.as_ptr() as usize;
        Some((start, start + item.len()))
    };
    if list.contains('"') {
        let items = FieldList::parse(&list);
        let at = items.len().checked_sub(distance + 1)?;
        return items
            .iter()
            .nth(at)
            .filter(|item| !item.is_empty())
            .map(|item| Cow::Owned(item.to_owned()));
    }
    let (start, end) = find(&list)?;
    Some(match list {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(start..end)?),
        Cow::Owned(text) => Cow::Owned(text.get(start..end)?.to_owned()),
    })
}

/// The items of a list without quotes, the last one first.
fn items_from_end(text: &str) -> impl Iterator<Item = &str> {
    text.rsplit(',')
        .map(|item| item.trim_matches([' ', '\t']))
        .filter(|item| !item.is_empty())
}
