#![doc = include_str!("../README.md")]

mod error;
mod field;
mod headers;
mod multi_dict;
pub mod names;
mod quote;

pub use error::{HeaderError, HeaderErrorKind, MultiDictError, MultiDictErrorKind};
pub use field::{AsFieldName, FieldName, FieldValue};
pub use headers::{Headers, HeadersGetAll, HeadersIter};
pub use multi_dict::{
    DictValue, IntoDictValue, MultiDict, MultiDictEntry, MultiDictGetAll, MultiDictIntoIter,
    MultiDictIter, MultiDictKeys, Span,
};
pub use quote::quoted;
