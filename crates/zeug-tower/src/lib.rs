#![doc = include_str!("../README.md")]

#[cfg(any(
    feature = "axum-accept",
    feature = "axum-form",
    feature = "axum-query",
    feature = "axum-routing",
    feature = "axum-session"
))]
pub mod axum;
mod handler;
mod incoming;
mod outgoing;
mod pool;
mod service;
#[cfg(feature = "hyper")]
mod upgrade;

pub use handler::ServiceHandler;
pub use outgoing::BodyStream;
pub use service::HandlerService;
