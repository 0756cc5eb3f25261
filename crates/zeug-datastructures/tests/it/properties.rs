//! What holds for any calls: the maps are what a plain list would be, and chosen keys cannot slow them down.

use std::time::Instant;

use http::HeaderMap;
use proptest::prelude::*;
use zeug_datastructures::{FieldName, FieldValue, HeaderSet, Headers, MultiDict};

/// A map as a plain list of pairs.
#[derive(Debug, Default)]
struct Model(Vec<(String, String)>);

impl Model {
    fn set_all(&mut self, key: &str, values: &[String], same: fn(&str, &str) -> bool) {
        let at = self.0.iter().position(|(other, _)| same(other, key));
        let Some((first, rest)) = values.split_first() else {
            return self.0.retain(|(other, _)| !same(other, key));
        };
        match at {
            Some(at) => {
                let mut index = 0;
                self.0.retain(|(other, _)| {
                    index += 1;
                    index - 1 <= at || !same(other, key)
                });
                self.0[at] = (key.to_owned(), first.clone());
            }
            None => self.0.push((key.to_owned(), first.clone())),
        }
        self.0
            .extend(rest.iter().map(|value| (key.to_owned(), value.clone())));
    }
}

fn text_eq(a: &str, b: &str) -> bool {
    a == b
}

fn name_eq(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// What to do with a key: append, set to these, remove.
fn calls(key: &'static str) -> impl Strategy<Value = Vec<(u8, String, Vec<String>)>> {
    proptest::collection::vec(
        (
            0..4u8,
            key,
            proptest::collection::vec("[a-z\u{e9}]{0,40}", 0..3),
        ),
        0..120,
    )
}

type Pair = (Vec<u8>, Vec<u8>);

/// What `Headers::parse_lines` has to say, written the plain way: name and value of each line, `None` for what is wrong or not whole.
fn plain_lines(input: &[u8]) -> Option<(Vec<Pair>, usize)> {
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        let len = input[at..].windows(2).position(|pair| pair == b"\r\n")?;
        let line = &input[at..at + len];
        at += len + 2;
        if line.is_empty() {
            return Some((fields, at));
        }
        let colon = line.iter().position(|&byte| byte == b':')?;
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let value = &line[colon + 1..];
        let start = value
            .iter()
            .position(|byte| !blank(byte))
            .unwrap_or(value.len());
        let end = value
            .iter()
            .rposition(|byte| !blank(byte))
            .map_or(start, |last| last + 1);
        let (name, value) = (&line[..colon], &value[start..end]);
        if FieldName::parse_bytes(name).is_err() || FieldValue::parse_bytes(value).is_err() {
            return None;
        }
        fields.push((name.to_vec(), value.to_vec()));
    }
}

proptest! {
    #[test]
    fn lines_are_read_as_they_stand(
        input in "(Host|X|Accept-Language|te|X-Forwarded-For|[a-zA-Z:]{0,9})?(:|: |:\t| :|)[ -~\té]{0,40}(\r\n|\r|\n|\u{1}|)((X-[a-z]{1,20}|Content-Length|Via)(:|: )[a-z \t]{0,20}\r\n){0,4}(\r\n)?(x)?",
    ) {
        let bytes = input.as_bytes();
        let read = Headers::parse_lines(bytes).ok().flatten().map(|(headers, end)| {
            let pairs = headers.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()));
            (pairs.collect::<Vec<_>>(), end)
        });
        prop_assert_eq!(read, plain_lines(bytes));
        // A beginning is never worse than the whole, and a wrong byte stays where it is.
        let whole = Headers::parse_lines(bytes);
        for end in 0..bytes.len() {
            match (Headers::parse_lines(&bytes[..end]), &whole) {
                (Err(early), Err(whole)) => prop_assert_eq!(early.offset(), whole.offset()),
                (Err(_), Ok(_)) => prop_assert!(false, "only the beginning is refused"),
                (Ok(Some((_, early))), Ok(Some((_, whole)))) => prop_assert_eq!(early, *whole),
                _ => {}
            }
        }
    }

    #[test]
    fn what_is_written_is_read(pairs in proptest::collection::vec(("[a-zA-Z-]{1,20}", "[!-~]([ -~\té]{0,40}[!-~])?"), 0..20)) {
        let headers = Headers::try_from_pairs(pairs).expect("valid");
        let mut wire = Vec::new();
        headers.write_to(&mut wire);
        wire.extend_from_slice(b"\r\n");
        let (read, end) = Headers::parse_lines(&wire).expect("valid").expect("whole");
        prop_assert_eq!(end, wire.len());
        prop_assert!(read.iter().eq(headers.iter()));
    }

    #[test]
    fn a_multi_dict_is_a_list(calls in calls("[a-f\u{e9}]{0,2}")) {
        let (mut dict, mut model) = (MultiDict::new(), Model::default());
        for (call, key, values) in &calls {
            match call {
                0 | 1 => {
                    values.iter().for_each(|value| dict.append(key, value));
                    model.0.extend(values.iter().map(|value| (key.clone(), value.clone())));
                }
                2 => {
                    dict.set_all(key, values);
                    model.set_all(key, values, text_eq);
                }
                _ => {
                    let removed = dict.remove_all(key);
                    prop_assert!(model.0.iter().filter(|(other, _)| other == key).map(|(_, value)| value).eq(&removed));
                    model.set_all(key, &[], text_eq);
                }
            }
            let expected: Vec<_> = model.0.iter().filter(|(other, _)| other == key).map(|(_, value)| value.as_str()).collect();
            prop_assert_eq!(dict.get_all(key).collect::<Vec<_>>(), expected);
        }
        prop_assert!(dict.iter().eq(model.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))));
        let mut keys: Vec<_> = Vec::new();
        model.0.iter().for_each(|(key, _)| if !keys.contains(&key.as_str()) { keys.push(key) });
        prop_assert_eq!(dict.keys().collect::<Vec<_>>(), keys);
        prop_assert_eq!(dict.clone().into_iter().collect::<MultiDict>(), dict);
    }

    #[test]
    fn headers_are_a_list(calls in calls("[aB]{1,2}|Age|accept")) {
        let (mut headers, mut model) = (Headers::new(), Model::default());
        for (call, name, values) in &calls {
            match call {
                0 | 1 => {
                    headers.try_extend(values.iter().map(|value| (name, value))).expect("valid");
                    model.0.extend(values.iter().map(|value| (name.clone(), value.clone())));
                }
                2 => {
                    headers.try_set_all(name, values).expect("valid");
                    model.set_all(name, values, name_eq);
                }
                _ => {
                    headers.remove(name);
                    model.set_all(name, &[], name_eq);
                }
            }
        }
        prop_assert!(headers.iter().map(|(name, value)| (name.as_str(), value.to_str().expect("text"))).eq(
            model.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
        ));
        let map = HeaderMap::try_from(&headers).expect("fits");
        prop_assert_eq!(&Headers::from(&map), &headers);
        prop_assert_eq!(HeaderMap::try_from(Headers::from(&map)).expect("fits"), map);
        let text = headers.to_string();
        prop_assert_eq!(text.matches("\r\n").count(), headers.len() + 1);
    }

    #[test]
    fn no_bytes_panic_or_break_a_line(name in proptest::collection::vec(any::<u8>(), 0..12), value in proptest::collection::vec(any::<u8>(), 0..40)) {
        let mut headers = Headers::new();
        let valid = headers.try_append(name.as_slice(), &value).is_ok();
        prop_assert_eq!(valid, FieldName::parse_bytes(&name).is_ok() && FieldValue::parse_bytes(&value).is_ok());
        prop_assert_eq!(valid, http::HeaderName::from_bytes(&name).is_ok() && http::HeaderValue::from_bytes(&value).is_ok());
        let mut out = Vec::new();
        headers.write_to(&mut out);
        prop_assert_eq!(out.iter().filter(|byte| matches!(**byte, b'\r' | b'\n' | 0)).count(), 2 * headers.len());
        let _ = (format!("{headers:?}{headers}"), headers.get_as::<u8>(name.as_slice()).is_ok());
    }

    #[test]
    fn any_spans_are_checked(block in proptest::collection::vec(any::<u8>(), 0..30), spans in proptest::collection::vec((0..40usize, 0..40usize, 0..40usize, 0..40usize), 0..4)) {
        if let Ok(headers) = Headers::from_block(block.as_slice(), spans.iter().map(|(a, b, c, d)| (*a..*b, *c..*d))) {
            prop_assert!(headers.iter().all(|(name, value)| FieldName::parse_bytes(name.as_bytes()).is_ok() && FieldValue::parse_bytes(value.as_bytes()).is_ok()));
        }
    }

    #[test]
    fn a_header_set_is_a_list(names in proptest::collection::vec("[a-dA-D]{1,2}", 0..60), gone in "[a-d]{1,2}") {
        let mut set: HeaderSet = names.iter().cloned().collect();
        let mut model: Vec<&String> = Vec::new();
        names.iter().for_each(|name| if !model.iter().any(|other| name_eq(other, name)) { model.push(name) });
        prop_assert!(set.iter().eq(model.iter().copied()));
        prop_assert_eq!(set.remove(&gone), model.iter().any(|name| name_eq(name, &gone)));
        model.retain(|name| !name_eq(name, &gone));
        prop_assert!(set.iter().eq(model.iter().copied()));
    }
}

/// 64-bit FNV-1a, a hash without a key, as a map would use that can be flooded.
fn fnv(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Keys whose hashes agree in their low ten bits, so that they would share a few buckets of any table that takes these.
fn colliding(count: usize) -> Vec<String> {
    (0u64..)
        .map(|n| format!("{n:08}"))
        .filter(|key| fnv(key) & 0x3ff == 7)
        .take(count)
        .collect()
}

/// The work on chosen keys is that on any keys: the index is hashed with a random key, so all that could differ is luck.
#[test]
fn chosen_keys_cost_no_more_than_others() {
    let chosen = colliding(20_000);
    let random: Vec<_> = (0..chosen.len())
        .map(|n| format!("{:08}", n * 7919 % 100_000_007))
        .collect();
    let work = |keys: &[String]| {
        let once = || {
            let start = Instant::now();
            let mut dict = MultiDict::new();
            let mut set = HeaderSet::new();
            let mut headers = Headers::new();
            for key in keys {
                dict.insert(key, key);
                set.add(key);
                headers.try_append(key, key).expect("valid");
            }
            assert!(keys.iter().all(|key| dict.get_all(key).count() == 1));
            assert_eq!(
                (dict.key_count(), set.len(), headers.len()),
                (keys.len(), keys.len(), keys.len())
            );
            start.elapsed()
        };
        std::iter::repeat_with(once)
            .take(3)
            .min()
            .unwrap_or_default()
            .as_secs_f64()
    };
    let ratios: Vec<_> = std::iter::repeat_with(|| work(&chosen) / work(&random))
        .take(3)
        .take_while(|ratio| *ratio > 2.0)
        .collect();
    assert!(
        ratios.len() < 3,
        "chosen keys take {ratios:?} times as long"
    );
}

/// With 100,000 keys a scan for each would be ten thousand million steps: that this ends soon is the test.
#[test]
fn large_maps_are_not_scanned() {
    let keys: Vec<_> = (0..100_000).map(|n| format!("key{n}")).collect();
    let mut dict = MultiDict::new();
    for key in &keys {
        dict.insert(key, "1");
        dict.insert(key, "2");
    }
    dict.extend(keys.iter().map(|key| (key, "3")));
    assert_eq!(
        dict.lists()
            .filter(|(key, values)| dict.get(key) == Some("2") && values.clone().count() == 2)
            .count(),
        keys.len()
    );
    assert_eq!(dict, dict.clone().into_iter().rev_by_key());
}

/// The same pairs with the keys in another order.
trait RevByKey {
    fn rev_by_key(self) -> MultiDict;
}

impl<I: Iterator<Item = (String, String)>> RevByKey for I {
    fn rev_by_key(self) -> MultiDict {
        let mut pairs: Vec<_> = self.collect();
        pairs.sort_by(|(a, _), (b, _)| b.cmp(a));
        pairs.into_iter().collect()
    }
}
