#![doc = include_str!("../README.md")]

mod charset;
mod error;
mod file_storage;
mod form;
mod limits;
mod multipart;
mod parser;
mod spool;
mod urlencoded;

pub use crate::{
    error::{FormError, FormErrorKind},
    file_storage::FileStorage,
    form::{Form, FormKind},
    limits::Limits,
    multipart::{
        Dialect, Events, MultipartBody, MultipartDecoder, MultipartEncoder, MultipartEvent,
        PartHead,
    },
    parser::{FormParser, NewFile},
    spool::{Spool, SpooledFile},
    urlencoded::UrlencodedDecoder,
};
