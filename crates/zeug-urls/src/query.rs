//! Query strings and urlencoded bodies: pairs in, a `MultiDict` out, and back. Nothing is refused but too much of it.

use zeug_datastructures::{MultiDict, Span};

use crate::error::{UrlError, UrlErrorKind};
use crate::escape::{Bytes, escape, plain, text_or_escapes, unhex};

/// How much a query string may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueryLimits {
    /// How many pairs there may be. 1,000 by default: what Django and PHP allow, and what Werkzeug allows of form parts.
    pub max_pairs: usize,
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self { max_pairs: 1000 }
    }
}

impl QueryLimits {
    /// The same limits with another `max_pairs`.
    #[must_use]
    pub fn max_pairs(mut self, max_pairs: usize) -> Self {
        self.max_pairs = max_pairs;
        self
    }
}

/// The pairs of a query string or urlencoded body.
///
/// Pairs are parted by `&`, key and value by the first `=`; empty pairs are passed over, a key without `=` has the empty value. `+` is a space, `%41` is the byte
/// it says, and a `%` without two digits stays. Keys and values are UTF-8; bytes that are not stay, or become, escapes in upper case (`%FF`). This is what the
/// [URL standard](https://url.spec.whatwg.org/#urlencoded-parsing) says, but for such bytes, which it replaces.
///
/// # Errors
///
/// [`TooManyPairs`](UrlErrorKind::TooManyPairs) at the first pair above the limit; [`QueryTooLarge`](UrlErrorKind::QueryTooLarge) above 4 GiB.
///
/// # Limits
///
/// Linear in the length of `query`, of which one copy is made; decoding is done in that copy.
///
/// # Example
///
/// ```
/// use zeug_urls::{QueryLimits, UrlErrorKind, parse_query};
///
/// let args = parse_query("q=snowy+owl&tag=a&tag=%C3%A9&bad=%FF", QueryLimits::default())?;
/// assert_eq!(args.get("q"), Some("snowy owl"));
/// assert_eq!(args.get_all("tag").collect::<Vec<_>>(), ["a", "é"]);
/// assert_eq!(args.get("bad"), Some("%FF"));
///
/// let error = parse_query("a=1&b=2&c=3", QueryLimits::default().max_pairs(2)).unwrap_err();
/// assert_eq!((error.kind(), error.offset()), (UrlErrorKind::TooManyPairs { limit: 2 }, Some(8)));
/// # Ok::<(), zeug_urls::UrlError>(())
/// ```
#[doc(alias = "url_decode")]
#[doc(alias = "parse_qsl")]
pub fn parse_query(query: impl AsRef<[u8]>, limits: QueryLimits) -> Result<MultiDict, UrlError> {
    let mut text = query.as_ref().to_vec();
    let mut pairs = Vec::with_capacity(4);
    decode(&mut text, 0, limits, &mut pairs)?;
    assemble(text, pairs)
}

/// Decodes the pairs of a urlencoded body that comes in pieces.
///
/// Any cutting of the input gives the same pairs. The rules are those of [`parse_query`].
///
/// # Limits
///
/// Each byte is looked at a fixed number of times, however the input is cut. The input is kept; how long it may be is for the caller to limit.
///
/// # Example
///
/// ```
/// use zeug_urls::{PairDecoder, QueryLimits};
///
/// let mut decoder = PairDecoder::new(QueryLimits::default());
/// decoder.push(b"name=J%C3")?;
/// decoder.push(b"%BCrgen&x")?;
/// assert_eq!(decoder.finish()?.get("name"), Some("Jürgen"));
///
/// let mut decoder = PairDecoder::new(QueryLimits::default().max_pairs(1));
/// assert!(decoder.push(b"a&b&c").is_err());
/// # Ok::<(), zeug_urls::UrlError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PairDecoder {
    limits: QueryLimits,
    /// The input. Pairs before `done` are decoded in place: what they no longer need of their room is filled with spaces.
    text: Vec<u8>,
    done: usize,
    pairs: Vec<(Span, Span)>,
}

impl PairDecoder {
    /// A decoder that has seen nothing.
    pub fn new(limits: QueryLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Takes the next piece of the input.
    ///
    /// # Errors
    ///
    /// As [`parse_query`]; after an error nothing more is to be pushed.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), UrlError> {
        let before = self.text.len();
        self.text.extend_from_slice(piece);
        // Up to the last `&` all pairs are whole. The blocks without one are passed over sixteen bytes at once.
        let (_, blocks) = piece.as_rchunks::<16>();
        let has_none =
            |block: &&[u8; 16]| !block.iter().fold(false, |any, &byte| any | (byte == b'&'));
        let behind = blocks.iter().rev().take_while(has_none).count() * 16;
        let (front, _) = piece.split_at(piece.len() - behind);
        match front.iter().rposition(|&byte| byte == b'&') {
            Some(last) => self.decode(before + last),
            None => Ok(()),
        }
    }

    /// The pairs of the whole input.
    ///
    /// # Errors
    ///
    /// As [`parse_query`].
    pub fn finish(mut self) -> Result<MultiDict, UrlError> {
        self.decode(self.text.len())?;
        assemble(self.text, self.pairs)
    }

    fn decode(&mut self, end: usize) -> Result<(), UrlError> {
        let whole = self.text.get_mut(..end).unwrap_or_default();
        decode(whole, self.done, self.limits, &mut self.pairs)?;
        self.done = end;
        Ok(())
    }
}

/// Decodes the pairs from byte `at` to the end of `text`.
fn decode(
    text: &mut [u8],
    mut at: usize,
    limits: QueryLimits,
    pairs: &mut Vec<(Span, Span)>,
) -> Result<(), UrlError> {
    if u32::try_from(text.len()).is_err() {
        let offset = Some(u32::MAX as usize);
        return Err(UrlError::new(UrlErrorKind::QueryTooLarge, offset));
    }
    loop {
        while text.get(at..at + 16) == Some(&[b'&'; 16]) {
            at += 16;
        }
        while text.get(at) == Some(&b'&') {
            at += 1;
        }
        if at >= text.len() {
            return Ok(());
        }
        if pairs.len() >= limits.max_pairs {
            let limit = limits.max_pairs;
            return Err(UrlError::new(
                UrlErrorKind::TooManyPairs { limit },
                Some(at),
            ));
        }
        let (key, stop) = decode_piece(text, at, KEY_END);
        let (value, stop) = match text.get(stop) {
            Some(b'=') => decode_piece(text, stop + 1, VALUE_END),
            _ => (span(stop, stop), stop),
        };
        pairs.push((key, value));
        at = stop;
    }
}

/// The map of decoded pairs. Pieces are parted by ASCII, so that the whole is UTF-8 if and only if each piece is.
fn assemble(text: Vec<u8>, pairs: Vec<(Span, Span)>) -> Result<MultiDict, UrlError> {
    let (text, pairs) = match String::from_utf8(text) {
        Ok(text) => (text, pairs),
        Err(error) => with_escapes(&error.into_bytes(), &pairs),
    };
    MultiDict::from_spans(text, pairs).map_err(|_| UrlError::new(UrlErrorKind::QueryTooLarge, None))
}

/// What a byte means: it ends a value, it ends a key, it has to be decoded.
static MEANING: [u8; 256] = {
    let mut table = [0; 256];
    table[b'&' as usize] = VALUE_END | KEY_END;
    table[b'=' as usize] = KEY_END;
    table[b'+' as usize] = CODED;
    table[b'%' as usize] = CODED;
    table
};
const VALUE_END: u8 = 1;
const KEY_END: u8 = 2;
const CODED: u8 = 4;

/// Decodes the key or value that begins at `start`; where it lies then, and where it ended.
#[inline]
fn decode_piece(text: &mut [u8], start: usize, end_mark: u8) -> (Span, usize) {
    let stop = find_special(text, start, end_mark);
    match text.get(stop) {
        Some(b'%' | b'+') => decode_in_place(text, start, stop, end_mark),
        _ => (span(start, stop), stop),
    }
}

/// The first byte at `at` or behind that ends the piece or has to be decoded.
#[inline]
fn find_special(text: &[u8], mut at: usize, end_mark: u8) -> usize {
    // Most keys and values are short. For the others the compiler looks at sixteen bytes at once.
    let mut short = 0;
    while let Some(&byte) = text.get(at) {
        if MEANING[usize::from(byte)] & (end_mark | CODED) != 0 {
            return at;
        }
        at += 1;
        short += 1;
        if short == 16 {
            at += skip_plain(text.get(at..).unwrap_or_default());
            short = 0;
        }
    }
    at
}

/// How many bytes can be passed over, in blocks of sixteen without any special byte.
fn skip_plain(text: &[u8]) -> usize {
    let is_special = |byte: u8| (byte == b'&') | (byte == b'=') | (byte == b'%') | (byte == b'+');
    let (blocks, _) = text.as_chunks::<16>();
    let plain = |block: &&[u8; 16]| {
        !block
            .iter()
            .fold(false, |any, &byte| any | is_special(byte))
    };
    blocks.iter().take_while(plain).count() * 16
}

/// Decodes what is between `start` and the piece's end; up to `read` there is nothing to be decoded.
fn decode_in_place(text: &mut [u8], start: usize, mut read: usize, end_mark: u8) -> (Span, usize) {
    let mut write = read;
    while let Some(&byte) = text.get(read) {
        // A step of a known length after a branch, so that the next byte need not wait for this one's value.
        if let Some(&[b'%', high, low]) = text.get(read..read + 3)
            && let Some(decoded) = unhex(high, low)
        {
            text[write] = decoded;
            write += 1;
            read += 3;
            continue;
        }
        if MEANING[usize::from(byte)] & end_mark != 0 {
            break;
        }
        text[write] = if byte == b'+' { b' ' } else { byte };
        write += 1;
        read += 1;
    }
    text[write..read].fill(b' ');
    (span(start, write), read)
}

/// The offsets fit, because the text's length was checked.
fn span(start: usize, end: usize) -> Span {
    Span::new(start as u32, end as u32)
}

/// The pairs in a text of their own, in which bytes that are not UTF-8 are escapes.
#[cold]
fn with_escapes(bytes: &[u8], pairs: &[(Span, Span)]) -> (String, Vec<(Span, Span)>) {
    let mut text = String::with_capacity(bytes.len());
    let mut copy = |piece: &Span| {
        let start = text.len();
        text_or_escapes(
            bytes.get(piece.start()..piece.end()).unwrap_or_default(),
            &mut text,
        );
        span(start, text.len())
    };
    let pairs = pairs
        .iter()
        .map(|(key, value)| (copy(key), copy(value)))
        .collect();
    (text, pairs)
}

/// The query string of these pairs: the way back from [`parse_query`].
///
/// A space becomes `+`. Letters, digits and `-._~!$'()*,/:;?@` stay; all else becomes escapes of UTF-8.
///
/// # Example
///
/// ```
/// use zeug_urls::{QueryLimits, encode_query, parse_query};
///
/// let query = encode_query([("q", "snowy owl"), ("é", "a&b=c")]);
/// assert_eq!(query, "q=snowy+owl&%C3%A9=a%26b%3Dc");
/// assert_eq!(encode_query(&parse_query(&query, QueryLimits::default())?), query);
/// # Ok::<(), zeug_urls::UrlError>(())
/// ```
#[doc(alias = "urlencode")]
#[doc(alias = "url_encode")]
pub fn encode_query<K: AsRef<str>, V: AsRef<str>>(
    pairs: impl IntoIterator<Item = (K, V)>,
) -> String {
    const PLAIN: Bytes = plain("!$'()*,/:;?@");
    let mut out = String::new();
    for (key, value) in pairs {
        let (key, value) = (key.as_ref().as_bytes(), value.as_ref().as_bytes());
        out.reserve(key.len() + value.len() + 2);
        if !out.is_empty() {
            out.push('&');
        }
        escape(key, &PLAIN, "+", &mut out);
        out.push('=');
        escape(value, &PLAIN, "+", &mut out);
    }
    out
}
