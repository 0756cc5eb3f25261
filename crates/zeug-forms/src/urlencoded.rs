//! Owns urlencoded bodies that come in chunks: the ceilings, and that they are UTF-8. The pairs themselves are read by `zeug-urls`.

use zeug_datastructures::MultiDict;
use zeug_urls::{PairDecoder, QueryLimits, UrlError, UrlErrorKind, parse_query};

use crate::{FormError, FormErrorKind, Limits};

/// Decodes an `application/x-www-form-urlencoded` body from chunks of any size.
///
/// Pairs are parted by `&` only; `+` is a space and `%41` the byte it says; a key without `=` has the empty value; bytes that do not decode to UTF-8 stay
/// percent-encoded. This is [the URL standard's parser](https://url.spec.whatwg.org/#urlencoded-parsing) but for the last, which keeps what was sent.
///
/// # Limits
///
/// `body`, `fields` (the whole encoded body, for all of it becomes text), and `pairs`. Time is linear however the body is cut; memory is twice the body.
///
/// # Deviations
///
/// Werkzeug has no limits here. As in Werkzeug, `field` does not count.
///
/// # Example
///
/// ```
/// use zeug_forms::{FormErrorKind, Limits, UrlencodedDecoder};
///
/// let mut decoder = UrlencodedDecoder::new(Limits::default());
/// decoder.push(b"name=J%C3")?;
/// decoder.push(b"%BCrgen&lang=de")?;
/// assert_eq!(decoder.finish()?.get("name"), Some("Jürgen"));
///
/// let mut decoder = UrlencodedDecoder::new(Limits::default().pairs(2));
/// let error = decoder.push(b"a=1&b=2&c=3&").unwrap_err();
/// assert_eq!((error.kind(), error.offset()), (FormErrorKind::TooManyPairs { limit: 2 }, 8));
/// # Ok::<(), zeug_forms::FormError>(())
/// ```
#[derive(Debug)]
pub struct UrlencodedDecoder {
    limits: Limits,
    pairs: PairDecoder,
    offset: u64,
    /// Where the body stops being UTF-8, if it does.
    broken: Option<u64>,
    /// The beginning of a character that the last chunk cut in two.
    cut: [u8; 4],
    cut_length: usize,
}

impl UrlencodedDecoder {
    /// A decoder with these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let pairs = PairDecoder::new(QueryLimits::default().max_pairs(limits.pairs));
        Self {
            limits,
            pairs,
            offset: 0,
            broken: None,
            cut: [0; 4],
            cut_length: 0,
        }
    }

    /// The pairs of a body that is there as a whole; the same as one [`push`](Self::push), and quicker.
    ///
    /// # Errors
    ///
    /// As for `push` and [`finish`](Self::finish).
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_forms::{FormErrorKind, Limits, UrlencodedDecoder};
    ///
    /// let limits = Limits::default();
    /// assert_eq!(UrlencodedDecoder::decode(b"q=snowy+owl", &limits)?.get("q"), Some("snowy owl"));
    /// let error = UrlencodedDecoder::decode(b"q=\xff", &limits).unwrap_err();
    /// assert_eq!((error.kind(), error.offset()), (FormErrorKind::NotUtf8, 2));
    /// # Ok::<(), zeug_forms::FormError>(())
    /// ```
    pub fn decode(body: &[u8], limits: &Limits) -> Result<MultiDict, FormError> {
        let length = body.len() as u64;
        if str::from_utf8(body).is_err() {
            // the slower way knows which of several errors comes first
            let mut decoder = Self::new(limits.clone());
            decoder.push(body)?;
            return decoder.finish();
        }
        check_size(limits, length)?;
        let limits = QueryLimits::default().max_pairs(limits.pairs);
        parse_query(body, limits).map_err(|error| of_pairs(&error, length))
    }

    /// Takes the next chunk of the body.
    ///
    /// # Errors
    ///
    /// `BodyTooLarge`, `FieldsTooLarge`, `TooManyPairs` for too much. Nothing more is to be pushed then.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), FormError> {
        let begin = self.offset;
        let end = begin + chunk.len() as u64;
        check_size(&self.limits, end)?;
        self.offset = end;
        if self.broken.is_some() {
            return Ok(());
        }
        self.broken = self.first_broken(chunk, begin);
        // the pairs before bytes that are no text still count, however the body is cut
        let text = match self.broken {
            None => chunk,
            Some(at) => &chunk[..usize::try_from(at.saturating_sub(begin)).unwrap_or(0)],
        };
        self.pairs
            .push(text)
            .map_err(|error| of_pairs(&error, begin))
    }

    /// The pairs of the whole body.
    ///
    /// # Errors
    ///
    /// `NotUtf8` for bytes that are no text, wherever they were: as in Werkzeug a body is judged when it is there as a whole, so that one that is too large
    /// or does not arrive is told of first. `TooManyPairs` if the last pair was one too many.
    pub fn finish(mut self) -> Result<MultiDict, FormError> {
        let cut = (self.cut_length > 0).then(|| self.offset - self.cut_length as u64);
        if let Some(at) = self.broken.or(cut) {
            return Err(FormError::new(FormErrorKind::NotUtf8, at));
        }
        let pairs = std::mem::take(&mut self.pairs);
        pairs
            .finish()
            .map_err(|error| of_pairs(&error, self.offset))
    }

    /// Where the body so far is not UTF-8, but for a character that is not complete; `begin` is where the chunk stands.
    fn first_broken(&mut self, chunk: &[u8], begin: u64) -> Option<u64> {
        let mut rest = chunk;
        while self.cut_length > 0 {
            let (first, after) = rest.split_first()?;
            self.cut[self.cut_length] = *first;
            rest = after;
            match str::from_utf8(&self.cut[..=self.cut_length]) {
                Ok(_) => self.cut_length = 0,
                Err(error) if error.error_len().is_none() => self.cut_length += 1,
                Err(_) => {
                    let taken = chunk.len() - rest.len();
                    return Some(begin + taken as u64 - self.cut_length as u64 - 1);
                }
            }
        }
        let error = str::from_utf8(rest).err()?;
        let cut = &rest[error.valid_up_to()..];
        if error.error_len().is_some() {
            return Some(begin + (chunk.len() - cut.len()) as u64);
        }
        self.cut[..cut.len()].copy_from_slice(cut);
        self.cut_length = cut.len();
        None
    }
}

/// Refuses a body of more bytes than the limits allow.
fn check_size(limits: &Limits, length: u64) -> Result<(), FormError> {
    if length > limits.body {
        let kind = FormErrorKind::BodyTooLarge { limit: limits.body };
        return Err(FormError::new(kind, limits.body));
    }
    if length > limits.fields as u64 {
        let limit = limits.fields;
        return Err(FormError::new(
            FormErrorKind::FieldsTooLarge { limit },
            limit as u64,
        ));
    }
    Ok(())
}

/// An error of the pair decoder in the words of this crate; `end` is where the body ends so far.
#[cold]
fn of_pairs(error: &UrlError, end: u64) -> FormError {
    let offset = error.offset().map_or(end, |offset| offset as u64);
    let kind = match error.kind() {
        UrlErrorKind::TooManyPairs { limit } => FormErrorKind::TooManyPairs { limit },
        // more than 4 GiB of text
        _ => FormErrorKind::FieldsTooLarge {
            limit: u32::MAX as usize,
        },
    };
    FormError::new(kind, offset)
}
