//! Extractors for axum: what zeug's crates read of a request, as arguments of axum's handlers.
//!
//! Each is behind a feature of its own; what they read is documented in the crates that read it. They depend on `axum-core` alone.

#[cfg(feature = "axum-accept")]
mod accept;
#[cfg(feature = "axum-form")]
mod form;
#[cfg(feature = "axum-query")]
mod query;
#[cfg(any(
    feature = "axum-form",
    feature = "axum-query",
    feature = "axum-session"
))]
mod rejection;
#[cfg(feature = "axum-routing")]
mod routed;
#[cfg(feature = "axum-session")]
mod session;

#[cfg(feature = "axum-accept")]
pub use accept::Accepts;
#[cfg(feature = "axum-form")]
pub use form::FormData;
#[cfg(feature = "axum-query")]
pub use query::Query;
#[cfg(any(
    feature = "axum-form",
    feature = "axum-query",
    feature = "axum-session"
))]
pub use rejection::Rejection;
#[cfg(feature = "axum-routing")]
pub use routed::{Routed, Unmatched};
#[cfg(feature = "axum-session")]
pub use session::FlaskSession;
