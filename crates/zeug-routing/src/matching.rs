//! A path looked up in a bound map: as it is, decoded, with single slashes; what comes of it as an outcome. Searches by the tables, builds
//! redirects' URLs by `redirect`.

use crate::args::Args;
use crate::bind::{Bound, protocol_bit};
use crate::compiled::Compiled;
use crate::options::DoubleSlashes;
use crate::outcome::{Match, MethodSet, Outcome, Redirect};
use crate::path::{self, INNER_SLASH};
use crate::scan::{is_plain, marks};
use crate::search::{MAX_LEN, SLASH, Search, Spans, Trail};
use crate::table::{NONE, OTHER_METHOD};
use crate::target::Target;
use crate::whole::Found;

/// What a search is asked for beside the path.
#[derive(Debug, Clone, Copy)]
struct Asked<'q> {
    /// The method and protocol as a rule's mask has them.
    request: u64,
    method: &'q str,
    /// The query that a redirect keeps, if not the binding's.
    query: Option<&'q str>,
    /// Whether the path may be percent-encoded.
    raw: bool,
}

impl<'a, E> Bound<'a, E> {
    /// What a path, as it stands in a request target, and a method lead to.
    ///
    /// Slashes at the beginning count as one; a path without one gets it. See [`Target`] for percent-encoding.
    ///
    /// # Limits
    ///
    /// Time is linear in the path's length, and does not grow with the number of rules. Nothing is allocated for a match without percent-encoding and
    /// with at most four variables. Nothing fits a path of 2 GiB.
    #[doc(alias = "match")]
    #[inline]
    pub fn match_path<'s, 'p>(&'s self, path: &'p str, method: &str) -> Outcome<'s, 'p, E> {
        let (tables, bytes) = (&self.map.tables, path.as_bytes());
        if tables.wholes.may_have(bytes) {
            self.match_whole(path, method)
        } else if tables.only_texts && is_plain(tables.wholes.decisive(bytes)) {
            Outcome::NotFound
        } else {
            self.search_raw(path, method)
        }
    }

    /// What a path leads to that may be a rule's whole text.
    #[inline(never)]
    fn match_whole<'s, 'p>(&'s self, path: &'p str, method: &str) -> Outcome<'s, 'p, E> {
        let (tables, bytes) = (&self.map.tables, path.as_bytes());
        if let Some(root) = self.root {
            let request = || self.map.method_bit(method) | self.protocol;
            match tables.wholes.find(bytes, root.id(), request) {
                Found::Rule(id) => {
                    if let Some(compiled) = self.map.compiled.get(id as usize) {
                        return self.matched(compiled, path, Spans::default());
                    }
                }
                Found::Not if tables.only_texts && bytes.starts_with(b"/") && is_plain(bytes) => {
                    return Outcome::NotFound;
                }
                Found::Not | Found::Perhaps => {}
            }
        }
        self.search_raw(path, method)
    }

    /// Searches for a path of a request target that is asked for by itself.
    #[inline(never)]
    fn search_raw<'s, 'p>(&'s self, path: &'p str, method: &str) -> Outcome<'s, 'p, E> {
        let asked = Asked {
            request: self.map.method_bit(method) | self.protocol,
            method,
            query: None,
            raw: true,
        };
        self.search(path, asked)
    }

    /// What a target leads to, with all that a target can say.
    pub fn find<'s, 'p>(&'s self, target: impl Into<Target<'p>>) -> Outcome<'s, 'p, E>
    where
        's: 'p,
    {
        let target = target.into();
        let method = target.method.unwrap_or(&self.default_method);
        let request =
            self.map.method_bit(method) | target.protocol.map_or(self.protocol, protocol_bit);
        self.find_request(&target, request, method)
    }

    /// The methods that a path's rules take; none where a rule takes all of them or none fits the path.
    pub fn allowed_methods<'p>(&self, target: impl Into<Target<'p>>) -> MethodSet<'a> {
        let target = target.into();
        let request = OTHER_METHOD | target.protocol.map_or(self.protocol, protocol_bit);
        match self.find_request(&target, request, "--") {
            Outcome::MethodNotAllowed(set) => MethodSet {
                bits: set.bits,
                extra: &self.map.extra,
            },
            _ => MethodSet {
                bits: 0,
                extra: &self.map.extra,
            },
        }
    }

    /// Whether a target leads to a match or a redirect.
    #[doc(alias = "test")]
    pub fn matches<'p>(&self, target: impl Into<Target<'p>>) -> bool {
        let target = target.into();
        let method = target.method.unwrap_or(&self.default_method);
        let request =
            self.map.method_bit(method) | target.protocol.map_or(self.protocol, protocol_bit);
        matches!(
            self.find_request(&target, request, method),
            Outcome::Match(_) | Outcome::Redirect(_)
        )
    }

    fn find_request<'s, 'p>(
        &'s self,
        target: &Target<'p>,
        request: u64,
        method: &str,
    ) -> Outcome<'s, 'p, E>
    where
        's: 'p,
    {
        let path: &'p str = match target.path {
            Some(path) => path,
            None => &self.path,
        };
        self.search(
            path,
            Asked {
                request,
                method,
                query: target.query,
                raw: !target.decoded,
            },
        )
    }

    /// Searches the tree for a path.
    #[inline(always)]
    fn search<'s, 'p>(&'s self, path: &'p str, asked: Asked<'_>) -> Outcome<'s, 'p, E> {
        let bytes = path.as_bytes();
        if bytes.len() > MAX_LEN {
            return Outcome::NotFound;
        }
        let marks = marks(bytes);
        if asked.raw && marks.percent {
            return self.search_decoded(path, &asked);
        }
        let host = self.host_for_args();
        let mut trail = Trail::default();
        let search = Search::new(&self.map.tables, bytes, marks, host, asked.request);
        let id = search.find(&mut trail, self.root, start(bytes));
        if id < SLASH {
            self.found(id, path, trail.spans, asked)
        } else if trail.is_plain_miss(id) {
            Outcome::NotFound
        } else {
            self.missed(path, bytes, &trail, id, &asked)
        }
    }

    /// The outcome of a rule that fits.
    #[inline(always)]
    fn found<'s, 'p>(
        &'s self,
        id: u32,
        path: &'p str,
        spans: Spans,
        asked: Asked<'_>,
    ) -> Outcome<'s, 'p, E> {
        let Some(compiled) = self.map.compiled.get(id as usize) else {
            return Outcome::NotFound;
        };
        if compiled.leads_on {
            return self.found_on_the_way(id, compiled, path, spans, &asked);
        }
        self.matched(compiled, path, spans)
    }

    /// A match.
    #[inline(always)]
    fn matched<'s, 'p>(
        &'s self,
        compiled: &'s Compiled<E>,
        path: &'p str,
        spans: Spans,
    ) -> Outcome<'s, 'p, E> {
        Outcome::Match(Match {
            rule: &compiled.rule,
            args: Args {
                info: &compiled.info,
                host: self.host_for_args(),
                path,
                spans,
            },
        })
    }

    /// The outcome of a rule that fits and may lead on.
    #[cold]
    #[inline(never)]
    fn found_on_the_way<'s, 'p>(
        &'s self,
        id: u32,
        compiled: &'s Compiled<E>,
        path: &'p str,
        spans: Spans,
        asked: &Asked<'_>,
    ) -> Outcome<'s, 'p, E> {
        let args = Args {
            info: &compiled.info,
            host: self.host_for_args(),
            path,
            spans,
        };
        match self.leads_to(id, compiled, &args, asked.method, asked.query) {
            Some(redirect) => Outcome::Redirect(redirect),
            None => Outcome::Match(Match {
                rule: &compiled.rule,
                args,
            }),
        }
    }

    /// Searches for a path with percent-encoding.
    #[cold]
    #[inline(never)]
    fn search_decoded<'s, 'p>(&'s self, path: &'p str, asked: &Asked<'_>) -> Outcome<'s, 'p, E> {
        let decoded = path::decode(path);
        let bytes = decoded.marked.as_deref().unwrap_or(decoded.text.as_bytes());
        let host = self.host_for_args();
        let mut trail = Trail::default();
        let search = Search::new(&self.map.tables, bytes, marks(bytes), host, asked.request);
        let id = search.find(&mut trail, self.root, start(bytes));
        if id < SLASH {
            let spans = trail.spans;
            self.found(id, path, spans.in_text(decoded.text), *asked)
        } else {
            self.missed(&decoded.text, bytes, &trail, id, asked)
        }
    }

    /// What a path leads to that no rule fits as it is.
    #[inline(never)]
    fn missed<'s, 'p>(
        &'s self,
        text: &str,
        bytes: &[u8],
        trail: &Trail,
        id: u32,
        asked: &Asked<'_>,
    ) -> Outcome<'s, 'p, E> {
        let query = asked.query;
        let begin = start(bytes);
        let rest = (
            text.get(begin..).unwrap_or_default(),
            bytes.get(begin..).unwrap_or_default(),
        );
        if id == SLASH {
            return self.redirect_path(
                rest.0,
                rest.1,
                if text.is_empty() { "" } else { "/" },
                query,
            );
        }
        let (mut seen, mut mismatch) = (trail.seen, trail.mismatch);
        if trail.odd
            && self.map.options.double == DoubleSlashes::Merge
            && rest.1.windows(2).any(|pair| pair == b"//")
        {
            let (text, bytes) = merged(rest.0, rest.1);
            let mut again = Trail::default();
            let host = self.host_for_args();
            let id = Search::new(&self.map.tables, &bytes, marks(&bytes), host, asked.request)
                .find(&mut again, self.root, 0);
            if id == SLASH {
                return self.redirect_path(&text, &bytes, "/", query);
            }
            if id != NONE {
                let merges = self
                    .map
                    .compiled
                    .get(id as usize)
                    .is_some_and(|c| c.rule.double != Some(DoubleSlashes::Keep));
                if merges {
                    return self.redirect_path(&text, &bytes, "", query);
                }
            }
            seen |= again.seen;
            mismatch |= again.mismatch;
        }
        if seen != 0 {
            Outcome::MethodNotAllowed(MethodSet {
                bits: seen,
                extra: &self.map.extra,
            })
        } else if mismatch {
            Outcome::WebSocketMismatch
        } else {
            Outcome::NotFound
        }
    }

    /// A redirect to a decoded path, given without its first slash.
    fn redirect_path<'s, 'p>(
        &self,
        text: &str,
        bytes: &[u8],
        slash: &str,
        query: Option<&str>,
    ) -> Outcome<'s, 'p, E> {
        let mut encoded = String::with_capacity(text.len() + 16);
        path::encode_decoded(text, bytes, &mut encoded);
        encoded.push_str(slash);
        Outcome::Redirect(Redirect {
            location: self.redirect_url(None, &encoded, query.unwrap_or(&self.query)),
        })
    }
}

/// Where the first segment begins: after the slashes at the beginning. A path that is empty has none: one after its end.
#[inline]
fn start(path: &[u8]) -> usize {
    match path {
        [b'/', other, ..] if *other != b'/' => 1,
        [] | [b'/'] => 1,
        _ => path.iter().take_while(|&&b| b == b'/').count(),
    }
}

/// A text and its bytes with single slashes; slashes inside segments stay.
fn merged(text: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    let (mut text_out, mut bytes_out) = (
        String::with_capacity(text.len()),
        Vec::with_capacity(bytes.len()),
    );
    for (at, c) in text.char_indices() {
        let real = bytes.get(at) == Some(&b'/');
        if real && bytes_out.last() == Some(&b'/') {
            continue;
        }
        text_out.push(c);
        bytes_out.extend(bytes.get(at..at + c.len_utf8()).unwrap_or_default());
    }
    debug_assert!(!bytes_out.contains(&INNER_SLASH) || text_out.len() == bytes_out.len());
    (text_out, bytes_out)
}
