#![doc = include_str!("../README.md")]

#[cfg(feature = "dispatcher")]
mod dispatcher;
mod error;
#[cfg(feature = "http-proxy")]
mod http_proxy;
#[cfg(feature = "lint")]
mod lint;
#[cfg(feature = "profiler")]
mod profiler;
#[cfg(feature = "proxy-fix")]
mod proxy_fix;
#[cfg(feature = "shared-data")]
mod shared_data;
#[cfg(feature = "trusted-hosts")]
mod trusted_hosts;

#[cfg(feature = "dispatcher")]
pub use dispatcher::{Dispatched, Dispatcher};
pub use error::{MiddlewareError, MiddlewareErrorKind};
#[cfg(feature = "tls")]
pub use http_proxy::TlsRoots;
#[cfg(feature = "http-proxy")]
pub use http_proxy::{HostField, HttpProxy, ProxyTimeouts, Proxying, Upstream};
#[cfg(feature = "lint")]
pub use lint::{Lint, LintWarning, Linted};
#[cfg(feature = "profiler")]
pub use profiler::{Profiled, Profiler, Record, Records, Span, span};
#[cfg(feature = "proxy-fix")]
pub use proxy_fix::{Forwarding, ProxyFix, ProxyFixed};
#[cfg(feature = "shared-data")]
pub use shared_data::{SharedData, Sharing, Symlinks};
#[cfg(feature = "trusted-hosts")]
pub use trusted_hosts::{HostChecked, TrustedHosts};
