#![doc = include_str!("../README.md")]

#[cfg(feature = "body-limit")]
mod body_limit;
#[cfg(any(feature = "brotli", feature = "gzip", feature = "zstd"))]
mod compress;
#[cfg(feature = "cors")]
mod cors;
#[cfg(feature = "dispatcher")]
mod dispatcher;
mod error;
#[cfg(any(
    feature = "brotli",
    feature = "cors",
    feature = "gzip",
    feature = "proxy-fix",
    feature = "zstd"
))]
mod field_list;
#[cfg(feature = "http-proxy")]
mod http_proxy;
#[cfg(feature = "lint")]
mod lint;
#[cfg(feature = "profiler")]
mod profiler;
#[cfg(feature = "proxy-fix")]
mod proxy_fix;
#[cfg(feature = "rate-limit")]
mod rate_limit;
#[cfg(feature = "request-id")]
mod request_id;
#[cfg(feature = "security-headers")]
mod security_headers;
#[cfg(feature = "shared-data")]
mod shared_data;
#[cfg(feature = "trusted-hosts")]
mod trusted_hosts;

#[cfg(feature = "body-limit")]
pub use body_limit::{BodyLimit, BodyLimited};
#[cfg(any(feature = "brotli", feature = "gzip", feature = "zstd"))]
pub use compress::{Coding, Compress, Compressed, Uncompressed};
#[cfg(feature = "cors")]
pub use cors::{Cors, CorsChecked};
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
#[cfg(feature = "rate-limit")]
pub use rate_limit::{Quota, RateLimit, RateLimited};
#[cfg(feature = "request-id")]
pub use request_id::{RequestId, RequestIds, WithRequestId};
#[cfg(feature = "security-headers")]
pub use security_headers::{CspNonce, Secured, SecurityHeaders};
#[cfg(feature = "shared-data")]
pub use shared_data::{SharedData, Sharing, Symlinks};
#[cfg(feature = "trusted-hosts")]
pub use trusted_hosts::{HostChecked, TrustedHosts};
