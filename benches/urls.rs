//! Query strings to pairs: `zeug_urls::parse_query` beside form_urlencoded and serde_urlencoded, from two fields to a megabyte of hostile input.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use zeug_urls::{QueryLimits, parse_query};

type Pairs = Vec<(String, String)>;

fn form_urlencoded_pairs(query: &str) -> Pairs {
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

fn serde_urlencoded_pairs(query: &str) -> Pairs {
    serde_urlencoded::from_str(query).expect("pairs")
}

fn cases() -> Vec<(&'static str, String)> {
    let numbered = |count: usize, value: &dyn Fn(usize) -> String| {
        (0..count)
            .map(|n| format!("field{n}={}", value(n)))
            .collect::<Vec<_>>()
            .join("&")
    };
    vec![
        ("search", "q=snowy+owl+nest&page=2".to_owned()),
        (
            "login",
            "username=ada%40example.org&password=correct+horse+battery&next=%2Fhome".to_owned(),
        ),
        ("1000-fields", numbered(1000, &|n| format!("value{n}"))),
        ("1MiB-plain", numbered(1000, &|_| "x".repeat(1038))),
        (
            "1MiB-escaped",
            numbered(10, &|_| "%41%c3%a9".repeat((1 << 20) / 90)),
        ),
        ("1MiB-separators", "&".repeat(1 << 20)),
    ]
}

fn parse(c: &mut Criterion) {
    let limits = QueryLimits::default();
    for (case, query) in cases() {
        let ours = parse_query(&query, limits).expect("within the limits");
        let expected: Pairs = ours
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        assert!(
            form_urlencoded_pairs(&query) == expected && serde_urlencoded_pairs(&query) == expected,
            "{case}"
        );

        let mut group = c.benchmark_group(format!("urls-query/{case}"));
        group.throughput(Throughput::Bytes(query.len() as u64));
        group.bench_function("zeug", |b| {
            b.iter(|| parse_query(black_box(&query), limits))
        });
        group.bench_function("form_urlencoded", |b| {
            b.iter(|| form_urlencoded_pairs(black_box(&query)))
        });
        group.bench_function("form_urlencoded-borrowed", |b| {
            b.iter(|| form_urlencoded::parse(black_box(query.as_bytes())).collect::<Vec<_>>());
        });
        group.bench_function("serde_urlencoded", |b| {
            b.iter(|| serde_urlencoded_pairs(black_box(&query)))
        });
        group.bench_function("floor-copy", |b| b.iter(|| black_box(&query).clone()));
        group.finish();
    }
}

criterion_group!(benches, parse);
criterion_main!(benches);
