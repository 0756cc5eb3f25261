//! `MultiDict` beside multimap, a map of lists and an indexmap of lists: build, look up, walk, write out, clone; with 4, 16, 64 and 1,000 keys.

use std::collections::HashMap;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use indexmap::IndexMap;
use multimap::MultiMap;
use zeug_datastructures::MultiDict;

/// Every fourth key comes twice.
fn pairs(count: usize) -> Vec<(String, String)> {
    (0..count)
        .map(|n| {
            (
                format!("field{}", if n % 4 == 3 { n - 1 } else { n }),
                format!("value of {n}"),
            )
        })
        .collect()
}

fn zeug(pairs: &[(String, String)]) -> MultiDict {
    pairs.iter().map(|(key, value)| (key, value)).collect()
}

fn multimap(pairs: &[(String, String)]) -> MultiMap<String, String> {
    pairs.iter().cloned().collect()
}

fn hash_map(pairs: &[(String, String)]) -> HashMap<String, Vec<String>> {
    let mut map: HashMap<_, Vec<_>> = HashMap::new();
    for (key, value) in pairs {
        map.entry(key.clone()).or_default().push(value.clone());
    }
    map
}

fn index_map(pairs: &[(String, String)]) -> IndexMap<String, Vec<String>> {
    let mut map: IndexMap<_, Vec<_>> = IndexMap::new();
    for (key, value) in pairs {
        map.entry(key.clone()).or_default().push(value.clone());
    }
    map
}

fn write_pair(out: &mut String, key: &str, value: &str) {
    out.push_str(key);
    out.push('=');
    out.push_str(value);
    out.push('&');
}

fn all(c: &mut Criterion) {
    for count in [4, 16, 64, 1000] {
        let pairs = pairs(count);
        let (ours, multi, hash, index) = (
            zeug(&pairs),
            multimap(&pairs),
            hash_map(&pairs),
            index_map(&pairs),
        );
        let wanted: Vec<_> = (0..6).map(|n| format!("field{}", n * count / 5)).collect();
        for key in &wanted {
            let expected: Option<Vec<_>> = index
                .get(key)
                .map(|values| values.iter().map(String::as_str).collect());
            assert_eq!(
                ours.get_all(key).collect::<Vec<_>>(),
                expected.clone().unwrap_or_default()
            );
            assert_eq!(hash.get(key), index.get(key));
            assert_eq!(multi.get_vec(key), index.get(key));
        }

        let mut group = c.benchmark_group(format!("multi-dict-build/{count}"));
        group.bench_function("zeug", |b| b.iter(|| zeug(black_box(&pairs))));
        group.bench_function("multimap", |b| b.iter(|| multimap(black_box(&pairs))));
        group.bench_function("hash-map", |b| b.iter(|| hash_map(black_box(&pairs))));
        group.bench_function("indexmap", |b| b.iter(|| index_map(black_box(&pairs))));
        group.bench_function("floor-clone-pairs", |b| {
            b.iter(|| black_box(&pairs).clone())
        });
        group.finish();

        let mut group = c.benchmark_group(format!("multi-dict-look-up-6/{count}"));
        group.bench_function("zeug", |b| {
            b.iter(|| {
                wanted
                    .iter()
                    .map(|key| ours.get(black_box(key)).map_or(0, str::len))
                    .sum::<usize>()
            })
        });
        group.bench_function("multimap", |b| {
            b.iter(|| {
                wanted
                    .iter()
                    .map(|key| multi.get(black_box(key)).map_or(0, String::len))
                    .sum::<usize>()
            });
        });
        let first = |values: &Vec<String>| values.first().map_or(0, String::len);
        group.bench_function("hash-map", |b| {
            b.iter(|| {
                wanted
                    .iter()
                    .map(|key| hash.get(black_box(key)).map_or(0, first))
                    .sum::<usize>()
            })
        });
        group.bench_function("indexmap", |b| {
            b.iter(|| {
                wanted
                    .iter()
                    .map(|key| index.get(black_box(key)).map_or(0, first))
                    .sum::<usize>()
            })
        });
        group.finish();

        let mut group = c.benchmark_group(format!("multi-dict-iterate/{count}"));
        group.bench_function("zeug", |b| {
            b.iter(|| {
                ours.iter()
                    .map(|(key, value)| key.len() + value.len())
                    .sum::<usize>()
            })
        });
        let len = |(key, values): (&String, &Vec<String>)| {
            values
                .iter()
                .map(|value| key.len() + value.len())
                .sum::<usize>()
        };
        group.bench_function("multimap", |b| {
            b.iter(|| multi.iter_all().map(len).sum::<usize>())
        });
        group.bench_function("hash-map", |b| {
            b.iter(|| hash.iter().map(len).sum::<usize>())
        });
        group.bench_function("indexmap", |b| {
            b.iter(|| index.iter().map(len).sum::<usize>())
        });
        group.finish();

        // Walking and reading what is met, as who walks does: into a text that is there.
        let mut group = c.benchmark_group(format!("multi-dict-write-out/{count}"));
        let mut out = String::new();
        group.bench_function("zeug", |b| {
            b.iter(|| {
                out.clear();
                ours.iter()
                    .for_each(|(key, value)| write_pair(&mut out, key, value));
                out.len()
            })
        });
        let write = |out: &mut String, (key, values): (&String, &Vec<String>)| {
            values.iter().for_each(|value| write_pair(out, key, value));
        };
        group.bench_function("multimap", |b| {
            b.iter(|| {
                out.clear();
                multi.iter_all().for_each(|pair| write(&mut out, pair));
                out.len()
            })
        });
        group.bench_function("hash-map", |b| {
            b.iter(|| {
                out.clear();
                hash.iter().for_each(|pair| write(&mut out, pair));
                out.len()
            })
        });
        group.bench_function("indexmap", |b| {
            b.iter(|| {
                out.clear();
                index.iter().for_each(|pair| write(&mut out, pair));
                out.len()
            })
        });
        group.finish();

        let mut group = c.benchmark_group(format!("multi-dict-clone/{count}"));
        group.bench_function("zeug", |b| b.iter(|| ours.clone()));
        group.bench_function("multimap", |b| b.iter(|| multi.clone()));
        group.bench_function("hash-map", |b| b.iter(|| hash.clone()));
        group.bench_function("indexmap", |b| b.iter(|| index.clone()));
        group.finish();
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
