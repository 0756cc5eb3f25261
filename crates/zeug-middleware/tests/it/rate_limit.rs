//! Limits of rates: what each key has left, against a model, and what clients are told. No test waits: the time is given.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use zeug_gateway::{Handler, HandlerExt, IntoHandler, Received, Request, Response};
use zeug_messages::Site;
use zeug_middleware::{MiddlewareErrorKind, RateLimit};

fn from(address: &str) -> Request {
    let address: IpAddr = address.parse().unwrap();
    let mut request = Request::new(());
    *request.received_mut() = Received::default().with_peer(Some(SocketAddr::new(address, 4711)));
    request
}

fn told(response: &Response) -> Vec<String> {
    ["ratelimit-policy", "ratelimit", "retry-after"]
        .iter()
        .flat_map(|name| response.headers().get_all(*name))
        .map(|value| value.to_utf8_lossy().into_owned())
        .collect()
}

/// A limit whose clock stands until it is moved, by seconds.
fn with_clock(limit: RateLimit) -> (RateLimit, Arc<AtomicU64>) {
    let seconds = Arc::new(AtomicU64::new(0));
    let (begin, shared) = (Instant::now(), Arc::clone(&seconds));
    let now = move || begin + Duration::from_secs(shared.load(Ordering::Relaxed));
    (limit.clock(now), seconds)
}

#[test]
fn what_clients_are_told() {
    let limit = RateLimit::new(3, Duration::from_secs(30)).unwrap();
    let (limit, seconds) = with_clock(limit);
    let app = (|_: Request| "x").into_handler().with(limit);
    let asks = |status: u16, fields: &[&str]| {
        let response = app.handle(from("192.0.2.7"));
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(told(&response), fields);
    };
    const POLICY: &str = "\"default\";q=3;w=30";
    asks(200, &[POLICY, "\"default\";r=2;t=10"]);
    asks(200, &[POLICY, "\"default\";r=1;t=20"]);
    asks(200, &[POLICY, "\"default\";r=0;t=30"]);
    asks(429, &[POLICY, "\"default\";r=0;t=30", "10"]);
    seconds.store(9, Ordering::Relaxed);
    asks(429, &[POLICY, "\"default\";r=0;t=21", "1"]);
    seconds.store(10, Ordering::Relaxed);
    asks(200, &[POLICY, "\"default\";r=0;t=30"]);
    seconds.store(1_000, Ordering::Relaxed);
    asks(200, &[POLICY, "\"default\";r=2;t=10"]);
}

#[test]
fn clients_by_address() {
    let limit = || RateLimit::new(1, Duration::from_secs(60)).unwrap();
    #[track_caller]
    fn same(limit: RateLimit, one: Request, other: Request, wanted: bool) {
        let (limit, _) = with_clock(limit);
        let app = (|_: Request| "x").into_handler().with(limit);
        assert_eq!(app.handle(one).status(), 200);
        assert_eq!(app.handle(other).status() == 429, wanted);
    }
    same(limit(), from("192.0.2.7"), from("192.0.2.7"), true);
    same(limit(), from("192.0.2.7"), from("192.0.2.8"), false);
    same(limit(), from("192.0.2.7"), from("::ffff:192.0.2.7"), true);
    same(limit(), from("2001:db8::1"), from("2001:db8::ffff:2"), true);
    same(limit(), from("2001:db8::1"), from("2001:db8:0:1::1"), false);
    let wide = limit().ipv6_prefix(48);
    same(wide, from("2001:db8::1"), from("2001:db8:0:1::1"), true);
    let all = limit().ipv6_prefix(0);
    same(all, from("2001:db8::1"), from("fe80::1"), true);
    same(limit(), Request::new(()), Request::new(()), true);
    same(limit(), Request::new(()), from("192.0.2.7"), false);
    let behind = |address: [u8; 4]| {
        let mut request = from("10.0.0.1");
        let site = Site::default().remote_addr(address.into());
        request.extensions_mut().insert(site);
        request
    };
    same(limit(), behind([1, 1, 1, 1]), behind([2, 2, 2, 2]), false);
    let hidden = || {
        let mut request = from("10.0.0.1");
        request
            .extensions_mut()
            .insert(Site::default().unknown_client());
        request
    };
    same(limit(), hidden(), hidden(), true);
    same(limit(), hidden(), from("10.0.0.1"), false);
}

#[test]
fn keys_of_ones_own_and_several_limits() {
    let by_key = RateLimit::new(1, Duration::from_millis(1_500)).unwrap();
    let by_key = by_key.named("key").unwrap().by(|request| {
        let key = request.headers().get("x-key")?;
        Some(key.as_bytes().to_vec())
    });
    let all = RateLimit::new(5, Duration::from_secs(5)).unwrap();
    let (by_key, _) = with_clock(by_key);
    let (all, _) = with_clock(all.burst(2).by(|_| Some("all")));
    let app = (|_: Request| "x").into_handler().with(by_key).with(all);
    let asks = |key: Option<&str>| {
        let mut request = Request::new(());
        if let Some(key) = key {
            request.headers_mut().try_append("X-Key", key).unwrap();
        }
        app.handle(request)
    };
    assert_eq!(
        told(&asks(Some("a"))),
        [
            "\"key\";q=1",
            "\"default\";q=5;w=5",
            "\"key\";r=0;t=2",
            "\"default\";r=1;t=1",
        ]
    );
    assert_eq!(
        told(&asks(None)),
        ["\"default\";q=5;w=5", "\"default\";r=0;t=2"],
        "without a key there is no limit by key"
    );
    assert_eq!(asks(Some("b")).status(), 429, "the burst of all is spent");
}

#[test]
fn settings_are_checked() {
    for (requests, time) in [(0, Duration::from_secs(1)), (1, Duration::ZERO)] {
        let error = RateLimit::new(requests, time).unwrap_err();
        assert_eq!(error.kind(), &MiddlewareErrorKind::InvalidRate);
    }
    let limit = || RateLimit::new(1, Duration::from_secs(1)).unwrap();
    for name in ["", "a\"b", "a b", "ä"] {
        assert!(limit().named(name).is_err(), "{name}");
    }
    // The largest of everything: no overflow.
    let now = Instant::now();
    let vast = RateLimit::new(u32::MAX, Duration::MAX)
        .unwrap()
        .burst(u32::MAX);
    assert!(vast.check("x", now).is_allowed());
    let slow = RateLimit::new(1, Duration::MAX).unwrap().burst(u32::MAX);
    assert!(slow.check("x", now).is_allowed());
    let quick = RateLimit::new(u32::MAX, Duration::from_nanos(1)).unwrap();
    assert!(quick.check("x", now).is_allowed());
}

#[test]
fn threads_together_get_no_more_than_the_limit() {
    let limit = RateLimit::new(100, Duration::from_secs(1_000)).unwrap();
    let (now, barrier) = (Instant::now(), Barrier::new(4));
    let allowed = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                barrier.wait();
                for _ in 0..100 {
                    let quota = limit.check("all", now);
                    allowed.fetch_add(u64::from(quota.is_allowed()), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(allowed.load(Ordering::Relaxed), 100);
}

proptest! {
    #[test]
    fn a_bucket_is_a_models(
        requests in 1_u32..20,
        burst in 1_u32..20,
        steps in proptest::collection::vec((0_u64..3_000, 0_u8..3), 1..200),
    ) {
        // A second for each request makes the model's numbers whole.
        let limit = RateLimit::new(requests, Duration::from_secs(u64::from(requests))).unwrap().burst(burst);
        let begin = Instant::now();
        let mut now = 0;
        let mut models = [(f64::from(burst), 0_u64); 3];
        for (wait, key) in steps {
            now += wait;
            let (left, then) = &mut models[usize::from(key)];
            *left = (*left + (now - *then) as f64 / 1_000.0).min(f64::from(burst));
            *then = now;
            let quota = limit.check(&key, begin + Duration::from_millis(now));
            let allowed = *left >= 1.0 - 1e-9;
            prop_assert_eq!(quota.is_allowed(), allowed);
            if allowed {
                *left -= 1.0;
            }
            prop_assert_eq!(quota.remaining(), (*left + 1e-6).floor() as u32);
            let full_in = (f64::from(burst) - *left) * 1_000.0;
            prop_assert!((quota.full_in().as_millis() as f64 - full_in).abs() <= 1.0);
        }
    }
}
