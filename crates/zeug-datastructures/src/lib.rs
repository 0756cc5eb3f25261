#![doc = include_str!("../README.md")]

mod combined;
mod error;
mod field;
mod header_set;
mod headers;
mod multi_dict;
pub mod names;
mod quote;

pub use combined::CombinedMultiDict;
pub use error::{HeaderError, HeaderErrorKind, MultiDictError, MultiDictErrorKind};
pub use field::{AsFieldName, FieldName, FieldValue};
pub use header_set::HeaderSet;
pub use headers::{Headers, HeadersGetAll, HeadersIter};
pub use multi_dict::{
    DictValue, IntoDictValue, MultiDict, MultiDictEntry, MultiDictGetAll, MultiDictIntoIter,
    MultiDictIter, MultiDictKeys, Span,
};
pub use quote::quoted;
