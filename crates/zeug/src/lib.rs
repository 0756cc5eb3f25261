#![doc = include_str!("../README.md")]

#[cfg(feature = "gateway")]
pub use http;
#[cfg(feature = "datastructures")]
pub use zeug_datastructures as datastructures;
#[cfg(feature = "debug")]
pub use zeug_debug as debug;
#[cfg(feature = "forms")]
pub use zeug_forms as forms;
#[cfg(feature = "gateway")]
pub use zeug_gateway as gateway;
#[cfg(feature = "h1")]
pub use zeug_h1 as h1;
#[cfg(feature = "fields")]
pub use zeug_http as fields;
#[cfg(feature = "local")]
pub use zeug_local as local;
#[cfg(feature = "messages")]
pub use zeug_messages as messages;
#[cfg(feature = "messages")]
pub use zeug_messages::{
    ErrorForm, FormOptions, HttpError, Request, Response, SendFile, Site, abort, redirect,
};
#[cfg(feature = "middleware")]
pub use zeug_middleware as middleware;
#[cfg(feature = "routing")]
pub use zeug_routing as routing;
#[cfg(feature = "routing-derive")]
pub use zeug_routing_derive::Routes;
#[cfg(feature = "securecookie")]
pub use zeug_securecookie as securecookie;
#[cfg(feature = "security")]
pub use zeug_security as security;
#[cfg(feature = "serving")]
pub use zeug_serving as serving;
#[cfg(feature = "serving")]
pub use zeug_serving::{Result, run_simple};
#[cfg(feature = "test")]
pub use zeug_test as test;
#[cfg(feature = "tower")]
pub use zeug_tower as tower;
#[cfg(feature = "urls")]
pub use zeug_urls as urls;

#[cfg(all(
    doctest,
    feature = "debug",
    feature = "fields",
    feature = "forms",
    feature = "h1",
    feature = "local",
    feature = "middleware",
    feature = "routing-derive",
    feature = "securecookie",
    feature = "security",
    feature = "test",
    feature = "tower"
))]
mod guide;

/// The front page's program, compiled as everything that the documents show.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct FrontPage;
