//! Owns `RateLimit`: so many requests in a time from each client, and what the others are told. The counting is in `buckets`; it keeps nothing for other processes.

mod buckets;

use std::fmt;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;
use zeug_datastructures::{Headers, names};
use zeug_gateway::{Handler, IntoResponse, Layer, Request, Response};
use zeug_http::RetryAfter;
use zeug_messages::{HttpError, Site};

use self::buckets::{Buckets, Rate};
use crate::{MiddlewareError, MiddlewareErrorKind};

/// A [`Layer`] that answers 429 to clients that ask too often ([RFC 6585 section 4](https://www.rfc-editor.org/rfc/rfc6585#section-4)).
///
/// Each client has a bucket that holds [`burst`](Self::burst) requests and is refilled steadily: `requests` in each `per`. There is no window whose turn lets
/// twice as many through (it is the generic cell rate algorithm, [ITU-T I.371](https://www.itu.int/rec/T-REC-I.371)). Each answer tells what is left, by `RateLimit-Policy` and `RateLimit` of
/// [draft-ietf-httpapi-ratelimit-headers-10](https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10); a 429 has `Retry-After` beside them.
///
/// Clients are told apart by [address](zeug_messages::Request::remote_addr), those of IPv6 by its first 64 bits, since one client has all that begin so; or
/// [`by`](Self::by) whatever a function finds, such as a user or an API key. Put [`ProxyFix`](crate::ProxyFix) outside of this; without it all clients of a proxy are one. Requests without
/// an address share one bucket. Clones share their buckets, so one limit may be for several parts of a program, and a handler can [`check`](Self::check) it itself.
///
/// # Limits
///
/// 100,000 keys ([`keys`](Self::keys)) of about 40 bytes, however long they are: what is kept is a keyed hash. A key is forgotten once its bucket is full again; where there are more, those that
/// did not ask for the longest time are forgotten first, which gives them a full bucket.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
/// use zeug_middleware::RateLimit;
///
/// let limit = RateLimit::new(2, Duration::from_secs(60))?;
/// let app = (|_: Request| "hello").into_handler().with(limit);
/// assert_eq!(app.handle(Request::new(())).headers().get("ratelimit").unwrap(), "\"default\";r=1;t=30");
/// assert_eq!(app.handle(Request::new(())).status(), 200);
///
/// let refused = app.handle(Request::new(()));
/// assert_eq!(refused.status(), 429);
/// assert_eq!(refused.headers().get("retry-after").unwrap(), "30");
///
/// assert!(RateLimit::new(0, Duration::from_secs(60)).is_err());
/// # Ok::<(), zeug_middleware::MiddlewareError>(())
/// ```
#[derive(Clone)]
#[doc(alias = "Governor")]
#[doc(alias = "flask_limiter")]
#[doc(alias = "throttle")]
pub struct RateLimit {
    rate: Rate,
    policy: Policy,
    keys: usize,
    ipv6_prefix: u8,
    check: Option<Arc<Check>>,
    clock: Arc<dyn Fn() -> Instant + Send + Sync>,
    buckets: Arc<Buckets>,
}

/// Finds the key of a request and checks it; in one, so that a key may be of any type.
type Check = dyn Fn(&RateLimit, &Request, Instant) -> Option<Quota> + Send + Sync;

/// What the fields say that does not change.
#[derive(Clone, Debug)]
struct Policy {
    name: String,
    requests: u32,
    /// In seconds, where it is whole ones.
    window: Option<u64>,
}

/// What is left of a limit for one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    remaining: u32,
    full_in: Duration,
    retry_in: Option<Duration>,
}

impl Quota {
    /// Whether the request may be answered.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.retry_in.is_none()
    }

    /// How many more requests may come at once.
    #[must_use]
    pub fn remaining(&self) -> u32 {
        self.remaining
    }

    /// How long until the bucket is full again, if nothing comes.
    #[must_use]
    pub fn full_in(&self) -> Duration {
        self.full_in
    }

    /// How long until the next request is allowed, where this one is not.
    #[must_use]
    pub fn retry_in(&self) -> Option<Duration> {
        self.retry_in
    }
}

/// Who asks: an address, or the part of it that is one client's.
#[derive(Hash)]
enum Client {
    V4([u8; 4]),
    V6(u128),
    Unknown,
}

impl RateLimit {
    /// That many requests in that time from each client, and as many at once.
    ///
    /// # Errors
    ///
    /// [`InvalidRate`](MiddlewareErrorKind::InvalidRate) for no requests or no time.
    pub fn new(requests: u32, per: Duration) -> Result<Self, MiddlewareError> {
        if requests == 0 || per.is_zero() {
            return Err(MiddlewareError::new(MiddlewareErrorKind::InvalidRate, 0));
        }
        Ok(Self {
            rate: Rate::new(requests, per),
            policy: Policy {
                name: "default".to_owned(),
                requests,
                window: (per.subsec_nanos() == 0).then_some(per.as_secs()),
            },
            keys: 100_000,
            ipv6_prefix: 64,
            check: None,
            clock: Arc::new(Instant::now),
            buckets: Arc::default(),
        })
    }

    /// Sets how many requests may come at once: fewer than in the whole time, so that they come evenly, or more. At least one may.
    #[must_use]
    pub fn burst(mut self, requests: u32) -> Self {
        self.rate = self.rate.with_burst(requests.max(1));
        self
    }

    /// Tells clients apart by what `key` finds in a request; those of which it finds nothing are not limited.
    ///
    /// ```
    /// use std::time::Duration;
    /// use zeug_middleware::RateLimit;
    ///
    /// let limit = RateLimit::new(1000, Duration::from_secs(3600))?.by(|request| request.headers().get("x-api-key").map(|key| key.as_bytes().to_vec()));
    /// # Ok::<(), zeug_middleware::MiddlewareError>(())
    /// ```
    #[must_use]
    pub fn by<K: Hash>(
        mut self,
        key: impl Fn(&Request) -> Option<K> + Send + Sync + 'static,
    ) -> Self {
        self.check = Some(Arc::new(move |limit, request, now| {
            Some(limit.check(&key(request)?, now))
        }));
        self
    }

    /// Sets how many first bits of an IPv6 address are one client: 64 unless set, 56 or 48 for providers that give whole networks.
    #[must_use]
    pub fn ipv6_prefix(mut self, bits: u8) -> Self {
        self.ipv6_prefix = bits.min(128);
        self
    }

    /// Sets how many keys are remembered at the most.
    #[must_use]
    pub fn keys(mut self, keys: usize) -> Self {
        self.keys = keys;
        self
    }

    /// Sets the name by which the fields call this limit; two that are around one handler need two.
    ///
    /// # Errors
    ///
    /// [`InvalidField`](MiddlewareErrorKind::InvalidField) for other characters than letters, digits and `-_.`, and for none.
    pub fn named(mut self, name: &str) -> Result<Self, MiddlewareError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || !name.bytes().all(fits) {
            return Err(MiddlewareError::new(MiddlewareErrorKind::InvalidField, 0));
        }
        name.clone_into(&mut self.policy.name);
        Ok(self)
    }

    /// Takes the time from that function: for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Takes one request of this key from its bucket, if it has one, and tells what is left.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use zeug_middleware::RateLimit;
    ///
    /// let (logins, now) = (RateLimit::new(1, Duration::from_secs(10))?, Instant::now());
    /// assert!(logins.check("ann", now).is_allowed());
    /// assert_eq!(logins.check("ann", now).retry_in(), Some(Duration::from_secs(10)));
    /// assert!(logins.check("ann", now + Duration::from_secs(10)).is_allowed());
    /// # Ok::<(), zeug_middleware::MiddlewareError>(())
    /// ```
    pub fn check<K: Hash + ?Sized>(&self, key: &K, now: Instant) -> Quota {
        self.buckets.take(key, &self.rate, self.keys, now)
    }

    /// What is left for this request; `None` where it is not limited.
    fn quota(&self, request: &Request) -> Option<Quota> {
        let now = (self.clock)();
        if let Some(check) = &self.check {
            return check(self, request, now);
        }
        let client = match Site::client_of(request).map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => Client::V4(address.octets()),
            Some(IpAddr::V6(address)) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.ipv6_prefix))
                    .unwrap_or(0);
                Client::V6(u128::from(address) & mask)
            }
            None => Client::Unknown,
        };
        Some(self.check(&client, now))
    }

    /// Adds the fields of the draft; several limits make a list.
    fn tell(&self, quota: &Quota, fields: &mut Headers) {
        let Policy {
            name,
            requests,
            window,
        } = &self.policy;
        let window = window.map(|seconds| format!(";w={seconds}"));
        let window = window.as_deref().unwrap_or_default();
        let (left, full) = (quota.remaining, whole_seconds(quota.full_in));
        // Letters and digits.
        let _ = fields.try_append(
            "RateLimit-Policy",
            format!("\"{name}\";q={requests}{window}"),
        );
        let _ = fields.try_append("RateLimit", format!("\"{name}\";r={left};t={full}"));
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit")
            .field("rate", &self.rate)
            .field("policy", &self.policy)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

/// The seconds, and one more for a part of one: who comes back then does not come too early.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs()
        .saturating_add(u64::from(time.subsec_nanos() > 0))
}

impl<H: Handler> Layer<H> for RateLimit {
    type Handler = RateLimited<H>;

    fn layer(self, inner: H) -> RateLimited<H> {
        RateLimited { limit: self, inner }
    }
}

/// The [`Handler`] that [`RateLimit`] makes.
#[derive(Clone, Debug)]
pub struct RateLimited<H> {
    limit: RateLimit,
    inner: H,
}

impl<H: Handler> Handler for RateLimited<H> {
    fn handle(&self, request: Request) -> Response {
        let Some(quota) = self.limit.quota(&request) else {
            return self.inner.handle(request);
        };
        let mut response = match quota.retry_in {
            None => self.inner.handle(request),
            Some(time) => {
                let accept = request.headers().get(names::ACCEPT).map(Into::into);
                HttpError::new(StatusCode::TOO_MANY_REQUESTS)
                    .with_retry_after(RetryAfter::Seconds(whole_seconds(time)))
                    .into_response_accepting(accept.as_ref())
            }
        };
        self.limit.tell(&quota, response.headers_mut());
        response
    }

    fn check_address(&self, local: std::net::SocketAddr) -> Result<(), zeug_gateway::Cause> {
        self.inner.check_address(local)
    }
}
