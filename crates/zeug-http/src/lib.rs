#![doc = include_str!("../README.md")]

mod accept;
mod accept_charset;
mod accept_encoding;
mod accept_language;
mod accept_macro;
mod age;
mod authorization;
mod cache_control;
mod charset;
mod conditional;
mod content_disposition;
mod content_range;
mod content_type;
mod cookie_value;
mod cookies;
mod cors;
mod cross_origin;
mod csp;
mod date;
mod dict;
mod error;
mod etag;
mod etags;
mod forwarded;
mod hops;
mod if_range;
mod list;
mod macros;
mod options;
mod ordered;
mod parts;
mod punycode;
mod quote;
mod range;
mod retry_after;
mod sec_fetch;
mod set_cookie;
mod status;
mod text;
mod value;
mod vary;
mod weighted;
mod word;
mod www_authenticate;

pub use accept::Accept;
pub use accept_charset::AcceptCharset;
pub use accept_encoding::AcceptEncoding;
pub use accept_language::AcceptLanguage;
pub use age::Age;
pub use authorization::{Authorization, Credentials};
pub use cache_control::{Directive, RequestCacheControl, ResponseCacheControl};
pub use conditional::{
    Conditions, IfRangeUse, MAX_RANGES, Outcome, Representation, evaluate, is_modified,
};
pub use content_disposition::ContentDisposition;
pub use content_range::ContentRange;
pub use content_type::ContentType;
pub use cookies::{CookieLimits, Cookies};
pub use cors::{AllowOrigin, CorsNames};
pub use cross_origin::{
    CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, CrossOriginResourcePolicy,
};
pub use csp::ContentSecurityPolicy;
pub use date::HttpDate;
pub use dict::FieldDict;
pub use error::{FieldError, FieldErrorKind};
pub use etag::ETag;
pub use etags::ETags;
pub use forwarded::{Forwarded, ForwardedElement};
pub use hops::{
    Fields, KEPT_WITHOUT_BODY, is_entity_field, is_hop_by_hop, remove_entity_fields,
    remove_hop_by_hop,
};
pub use if_range::IfRange;
pub use list::FieldList;
pub use options::OptionsField;
pub use quote::{Quoting, quote, unquote};
pub use range::{Range, RangeSpec};
pub use retry_after::RetryAfter;
pub use sec_fetch::{SecFetchDest, SecFetchMode, SecFetchSite, SecFetchUser};
pub use set_cookie::{CookieSize, SameSite, SetCookie};
pub use status::status_phrase;
pub use vary::Vary;
pub use www_authenticate::WwwAuthenticate;
