//! What has to hold for any bytes taken as an urlencoded body: cuts do not matter, limits bite, a body that is no text is refused.

use zeug_forms::{FormErrorKind, Limits, UrlencodedDecoder};

type Outcome = Result<Vec<(String, String)>, (FormErrorKind, u64)>;

/// Runs one input: two bytes that choose limits and cut, the body.
pub(crate) fn run(data: &[u8]) {
    let [choice, cut, body @ ..] = data else {
        return;
    };
    let limits = if choice & 1 == 0 {
        Limits::default()
    } else {
        Limits::default().body(200).fields(100).pairs(5)
    };
    let whole = decode(&limits, [body]);
    let at_once = UrlencodedDecoder::decode(body, &limits).map(|dict| {
        dict.iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    });
    assert_eq!(
        at_once.map_err(|error| (error.kind(), error.offset())),
        whole
    );
    let size = usize::from(*cut).max(1);
    // the limit of the body is seen before what a large chunk holds
    let refused = |outcome: &Outcome| {
        matches!(
            outcome,
            Err((
                FormErrorKind::BodyTooLarge { .. } | FormErrorKind::FieldsTooLarge { .. },
                _
            ))
        )
    };
    let cut = decode(&limits, body.chunks(size));
    assert!(
        cut == whole || refused(&whole) && cut.is_err(),
        "cut into {size}: {cut:?} instead of {whole:?}"
    );
    match &whole {
        Ok(pairs) => {
            assert!(str::from_utf8(body).is_ok());
            assert!(pairs.len() <= limits.pairs && body.len() as u64 <= limits.body);
            // at most one pair a separator
            assert!(
                pairs.len()
                    <= body
                        .split(|byte| *byte == b'&')
                        .filter(|pair| !pair.is_empty())
                        .count()
            );
        }
        Err((kind, offset)) => {
            assert!(*offset <= body.len() as u64);
            assert_eq!(
                matches!(kind, FormErrorKind::NotUtf8),
                str::from_utf8(body).is_err()
                    && !refused(&whole)
                    && !matches!(kind, FormErrorKind::TooManyPairs { .. })
            );
        }
    }
}

fn decode<'c>(limits: &Limits, chunks: impl IntoIterator<Item = &'c [u8]>) -> Outcome {
    let mut decoder = UrlencodedDecoder::new(limits.clone());
    for chunk in chunks {
        decoder
            .push(chunk)
            .map_err(|error| (error.kind(), error.offset()))?;
    }
    let dict = decoder
        .finish()
        .map_err(|error| (error.kind(), error.offset()))?;
    Ok(dict
        .iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect())
}
