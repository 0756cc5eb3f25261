//! Owns the shortest way through a body: all events with their pieces joined, and the error that ended them.

use zeug_forms::{Dialect, FormErrorKind, Limits, MultipartDecoder, MultipartEvent};

/// An event with its pieces joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    Preamble(Vec<u8>),
    Part {
        name: String,
        filename: Option<String>,
        fields: Vec<(String, String)>,
    },
    Data(Vec<u8>),
    End,
    Epilogue(Vec<u8>),
}

pub(crate) type Walk = (Vec<Seen>, Option<(FormErrorKind, u64, Option<String>)>);

/// Decodes the chunks one after the other.
pub(crate) fn walk<'c>(
    boundary: &[u8],
    limits: &Limits,
    dialect: Dialect,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> Walk {
    let mut decoder = match MultipartDecoder::new(boundary, limits.clone()) {
        Ok(decoder) => decoder.dialect(dialect),
        Err(error) => return (Vec::new(), Some((error.kind(), error.offset(), None))),
    };
    let (mut seen, mut data, mut epilogue) = (Vec::new(), Vec::new(), Vec::new());
    let mut error = None;
    'chunks: for chunk in chunks {
        let mut events = decoder.push(chunk);
        loop {
            match events.next_event() {
                Ok(None) => break,
                Ok(Some(event)) => match event {
                    MultipartEvent::Preamble { bytes, last }
                    | MultipartEvent::Data { bytes, last } => {
                        assert!(
                            last || !bytes.is_empty(),
                            "an empty piece that is not the last"
                        );
                        data.extend_from_slice(bytes);
                        if last {
                            let bytes = std::mem::take(&mut data);
                            seen.push(if seen.is_empty() {
                                Seen::Preamble(bytes)
                            } else {
                                Seen::Data(bytes)
                            });
                        }
                    }
                    MultipartEvent::Field(head) | MultipartEvent::File(head) => {
                        seen.push(Seen::Part {
                            name: head.name().to_owned(),
                            filename: head.filename().map(str::to_owned),
                            fields: head
                                .fields()
                                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                                .collect(),
                        })
                    }
                    MultipartEvent::End => seen.push(Seen::End),
                    MultipartEvent::Epilogue(bytes) => epilogue.extend_from_slice(bytes),
                },
                Err(why) => {
                    error = Some(why);
                    break 'chunks;
                }
            }
        }
    }
    if !epilogue.is_empty() && error.is_none() {
        seen.push(Seen::Epilogue(epilogue));
    }
    let error = error.or_else(|| decoder.finish().err());
    (
        seen,
        error.map(|error| {
            (
                error.kind(),
                error.offset(),
                error.field().map(str::to_owned),
            )
        }),
    )
}
