#![doc = include_str!("../README.md")]

mod charset;
mod error;
mod limits;
mod multipart;

pub use crate::{
    error::{FormError, FormErrorKind},
    limits::Limits,
    multipart::{Dialect, Events, MultipartDecoder, MultipartEvent, PartHead},
};
