//! Owns the tables of lines and answers in each frame of the fixture.

use std::collections::BTreeMap;

use zeug_console::{ErrorKind, Form, Line, Records, State, Workshop};

use crate::stopped::{Stopped, program, stop};

/// Frame, line, type, value.
const VALUES: [(&str, &str, &str, &str); 43] = [
    // arithmetic, and locals of primitive types
    ("ledger::fail", "total + 1", "u64", "113"),
    ("ledger::fail", "total.pow(2) / 7 % 1000", "u64", "792"),
    (
        "ledger::given",
        "list",
        "alloc::vec::Vec<usize>",
        "[\n    2,\n    2,\n    2,\n    2,\n    2,\n    2,\n    2,\n]",
    ),
    (
        "ledger::given",
        "list.len() as u64 + tariff.base",
        "u64",
        "17",
    ),
    // a method of a library
    ("ledger::given", "tariff.price(2, |_| ())", "u64", "32"),
    // a library's own frame, with its private parts
    (
        "tariff::Tariff::price",
        "self.secret() + self.rates[2] + weight",
        "u64",
        "26",
    ),
    ("tariff::Tariff::price", "total", "u64", "112"),
    // names in branches, indices, iterator chains
    ("ledger::outer", "text.len() + size + length", "usize", "11"),
    (
        "ledger::outer",
        "text.chars().rev().collect::<String>()",
        "alloc::string::String",
        "\"54\"",
    ),
    // shadowing, what was moved, what is not there
    ("ledger::shadows", "x", "alloc::string::String", "\"45\""),
    (
        "ledger::shadows",
        "x.parse::<usize>().unwrap() + doubled + usize::from(ready)",
        "usize",
        "54",
    ),
    (
        "ledger::shadows",
        "kept.to_uppercase()",
        "alloc::string::String",
        "\"WAITING\"",
    ),
    (
        "ledger::shadows",
        "maybe.map(|each| each * length)",
        "core::option::Option<usize>",
        "Some(\n    49,\n)",
    ),
    // an async function
    ("ledger::wait::", "doubled * 2", "usize", "8"),
    ("ledger::wait::", "u32::from(ready) + 1", "u32", "6"),
    // a generic one whose type cannot be named
    (
        "ledger::finish<",
        "std::mem::size_of_val(&*future) > 0",
        "bool",
        "true",
    ),
    // a macro's
    ("ledger::made", "doubled - count", "usize", "2"),
    ("ledger::made", "secret(21)", "i64", "42"),
    // generic
    (
        "ledger::copies<&str>",
        "copies",
        "alloc::vec::Vec<&str>",
        "[\n    \"rent\",\n    \"rent\",\n]",
    ),
    ("ledger::copies<&str>", "times + 1", "u8", "3"),
    (
        "ledger::copies<&str>",
        "format!(\"{value:?} {}\", copies.len())",
        "alloc::string::String",
        "\"\\\"rent\\\" 2\"",
    ),
    (
        "ledger::copies<&str>",
        "std::any::type_name::<T>()",
        "&str",
        "\"&str\"",
    ),
    // methods of a trait
    ("::check", "self.0 + entry.cents + over", "i64", "1800"),
    ("::check", "entry.what.as_str()", "&str", "\"rent\""),
    ("::check", "secret(over)", "i64", "1780"),
    (
        "::check",
        "Limit(3).check(&Entry { what: String::new(), cents: 1 }) as u8",
        "u8",
        "0",
    ),
    // a closure: what it captured by reference, of which types
    ("report::{closure", "twice + factor", "i64", "2703"),
    (
        "report::{closure",
        "found.what.clone() + &entry.what",
        "alloc::string::String",
        "\"rentrent\"",
    ),
    ("report::{closure", "total", "i64", "939"),
    // a method
    (
        "::report",
        "self.entries.iter().map(|each| each.cents).max()",
        "core::option::Option<i64>",
        "Some(\n    900,\n)",
    ),
    (
        "::report",
        "self.index.get(\"rent\").copied().unwrap_or_default()",
        "usize",
        "0",
    ),
    ("::report", "opaque.number", "u32", "7"),
    ("::report", "limit.check(first)", "bool", "true"),
    (
        "::report",
        "shared.borrow_mut().push(3); shared.borrow().iter().sum::<u8>()",
        "u8",
        "6",
    ),
    (
        "::report",
        "Self { entries: vec![], index: Default::default() }.entries.is_empty()",
        "bool",
        "true",
    ),
    (
        "::report",
        "let mut seen = Vec::new(); for each in &self.entries { seen.push(each.cents) } seen",
        "alloc::vec::Vec<i64>",
        "[\n    900,\n    4,\n    35,\n]",
    ),
    (
        "::report",
        "std::panic::catch_unwind(|| -> u8 { panic!(\"inner\") }).is_err()",
        "bool",
        "true",
    ),
    (
        "::report",
        "match first { Entry { cents: 900, .. } => \"rent\", _ => \"other\" }",
        "&str",
        "\"rent\"",
    ),
    (
        "::report",
        "struct Own(i64); impl Own { fn twice(&self) -> i64 { self.0 * 2 } } Own(total).twice()",
        "i64",
        "1878",
    ),
    ("::report", "total // and a comment", "i64", "939"),
    // the outermost
    ("ledger::main", "limit.0 + 1", "i64", "11"),
    ("ledger::main", "entries[2].1", "i64", "35"),
    (
        "ledger::main",
        "let Some((name, _)) = entries.first() else { panic!() }; name.len()",
        "usize",
        "4",
    ),
];

/// Compiled by themselves: frame, line, earlier `let`s, value of `_`, and what is said by kind.
type Single = (
    &'static str,
    &'static str,
    &'static [&'static str],
    Option<&'static str>,
    &'static [(u32, &'static str)],
);

const SINGLE: [Single; 7] = [
    (
        "::report",
        "self.entries[1].cents + factor",
        &[],
        None,
        &[(2, "i64"), (1, "7"), (0, "")],
    ),
    // What a line changes another does not see.
    (
        "::report",
        "self.entries.clear(); self.entries.len()",
        &[],
        None,
        &[(1, "0")],
    ),
    ("::report", "self.entries.len()", &[], None, &[(1, "3")]),
    (
        "::report",
        "self.entries[9]",
        &[],
        None,
        &[
            (3, "index out of bounds: the len is 3 but the index is 9"),
            (0, ""),
        ],
    ),
    (
        "::report",
        "print!(\"out\"); opaque",
        &[],
        None,
        &[(2, "ledger::Opaque"), (6, ""), (200, "out")],
    ),
    (
        "::report",
        "wide + _ + _",
        &["let wide = total * 2; wide + 1"],
        Some("factor"),
        &[(1, "1884")],
    ),
    (
        "::report",
        "let some = self.entries.len()",
        &[],
        None,
        &[(2, "()")],
    ),
];

/// Several lines as one, each with its type.
fn together(sources: &[&str]) -> String {
    let each = |source: &&str| {
        let value = match source.contains(';') {
            true => format!("{{ {source}\n }}"),
            false => (*source).to_owned(),
        };
        format!(
            "{{ let value = &({value}\n); format!(\"{{}} is {{value:#?}}\", std::any::type_name_of_val(value)) }}"
        )
    };
    let each: Vec<String> = sources.iter().map(each).collect();
    format!("[{}].join(\"\u{241e}\")", each.join(", "))
}

#[test]
fn libraries_are_answered_in_every_frame() {
    let stopped = Stopped::new();
    let workshop = Workshop::open(Records::of(program()).expect("records")).expect("a workshop");
    check(stopped, &workshop, Form::Library);
}

#[test]
#[cfg_attr(not(target_arch = "x86_64"), ignore = "images are for x86-64")]
fn images_are_answered_in_every_frame() {
    let stopped = Stopped::new();
    let records = Records::of(program()).expect("records");
    let workshop = Workshop::of_process(records, stopped.process).expect("a workshop");
    check(stopped, &workshop, Form::Image);
}

#[track_caller]
fn check(stopped: Stopped, workshop: &Workshop, form: Form) {
    let mut grouped: Vec<(&str, Vec<[&str; 3]>)> = Vec::new();
    for (name, source, kind, value) in VALUES {
        match grouped.iter_mut().find(|(other, _)| *other == name) {
            Some((_, rows)) => rows.push([source, kind, value]),
            None => grouped.push((name, vec![[source, kind, value]])),
        }
    }
    let mut wanted: Vec<(&str, Line)> = Vec::new();
    for (name, rows) in &grouped {
        let sources: Vec<&str> = rows.iter().map(|row| row[0]).collect();
        let source = together(&sources);
        wanted.push((
            name,
            Line {
                source,
                ..Line::default()
            },
        ));
    }
    for (name, source, lets, last, _) in SINGLE {
        let lets = lets.iter().map(|each| (*each).to_owned()).collect();
        let last = last.map(str::to_owned);
        wanted.push((
            name,
            Line {
                source: source.to_owned(),
                lets,
                last,
            },
        ));
    }
    let mut frames = BTreeMap::new();
    let mut lines = Vec::new();
    let mut failed = Vec::new();
    for (name, line) in &wanted {
        let index = stopped.of(name);
        let frame = frames
            .entry(index)
            .or_insert_with(|| workshop.frame(&stopped.frames[index].place, &stop()));
        let compiled = match frame {
            Ok(frame) => frame.compile(line, &stop()),
            Err(error) => Err(error.clone()),
        };
        match compiled {
            Ok(compiled) => {
                assert_eq!(compiled.form, form, "{name}: `{}`", line.source);
                lines.push((index, compiled));
            }
            Err(error) => failed.push(format!("{name}: `{}`: {error}", line.source)),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(lines.last().is_some_and(|(_, compiled)| compiled.keeps));
    let said = stopped.run(&lines);
    for ((name, rows), said) in grouped.iter().zip(&said) {
        let text = said
            .get(&1)
            .and_then(|text| serde_json::from_str::<String>(text).ok());
        let text = text.unwrap_or_else(|| panic!("{name}: {said:?}"));
        let answers: Vec<&str> = text.split('\u{241e}').collect();
        assert_eq!(answers.len(), rows.len());
        for ([source, kind, value], answer) in rows.iter().zip(answers) {
            assert_eq!(answer, format!("{kind} is {value}"), "{name}: `{source}`");
        }
    }
    for ((name, source, .., expected), said) in SINGLE.iter().zip(&said[grouped.len()..]) {
        for (kind, text) in *expected {
            let found = said.get(kind).map(String::as_str);
            assert_eq!(found, Some(*text), "{name}: `{source}`: {said:?}");
        }
    }
}

#[test]
fn what_cannot_be_had_is_said() {
    let stopped = Stopped::new();
    let workshop = Workshop::open(Records::of(program()).expect("records")).expect("a workshop");
    let frame = |name: &str| {
        let place = &stopped.frames[stopped.of(name)].place;
        workshop.frame(place, &stop()).expect(name)
    };
    let shadows = frame("ledger::shadows");
    let state = |name: &str| {
        shadows
            .bound()
            .iter()
            .find(|each| each.name == name)
            .map(|each| each.state)
    };
    for (name, expected) in [
        ("x", State::Bound),
        ("doubled", State::Bound),
        ("kept", State::Bound),
        ("given", State::Moved),
        ("name", State::Moved),
        ("later", State::Uninitialized),
    ] {
        assert_eq!(state(name), Some(expected), "{name}");
    }
    for (source, said) in [
        (
            "given.len()",
            "`given` cannot be used: `given` was moved at src/main.rs:",
        ),
        (
            "later + 1",
            "`later` cannot be used: `later` has no value yet",
        ),
    ] {
        let source = source.to_owned();
        let error = shadows
            .compile(
                &Line {
                    source,
                    ..Line::default()
                },
                &stop(),
            )
            .expect_err("refused");
        assert!(error.to_string().starts_with(said), "{error}");
    }
    let refused = |source: &str| {
        let source = source.to_owned();
        let error = shadows
            .compile(
                &Line {
                    source,
                    ..Line::default()
                },
                &stop(),
            )
            .expect_err("refused");
        match error.kind() {
            ErrorKind::Rustc { diagnostics } => diagnostics[0].clone(),
            other => panic!("{other:?}"),
        }
    };
    for (source, code, message, at) in [
        (
            "doubled + \"a\"",
            "E0277",
            "cannot add `&str` to `usize`",
            (8, 9),
        ),
        (
            "x.parse::<u8>().unwrap().len()",
            "E0599",
            "no method named `len` found for type `u8` in the current scope",
            (25, 28),
        ),
        (
            "1 + nowhere",
            "E0425",
            "cannot find value `nowhere` in this scope",
            (4, 11),
        ),
        ("let a: u8 = x; a", "E0308", "mismatched types", (12, 13)),
        (
            "\"5\".parse().unwrap()",
            "E0284",
            "type annotations needed",
            (4, 9),
        ),
    ] {
        let said = refused(source);
        assert_eq!(
            (said.code.as_deref(), said.message.as_str()),
            (Some(code), message),
            "{source}"
        );
        assert_eq!((said.start, said.end), at, "{}", said.rendered_ansi);
        assert!(
            !said.rendered_ansi.contains("__z"),
            "{}",
            said.rendered_ansi
        );
    }
}

#[test]
fn thread_locals_and_statics_are_fresh_in_a_library_and_types_are_the_programs() {
    let (answer, warnings) = of_threads(|records, _| Workshop::open(records));
    assert_eq!(answer, "(11,Some(4,),1,)");
    let warned = "`SEEN` is a copy of the static here, with the value that it starts with";
    assert_eq!(warnings.last().map(String::as_str), Some(warned));
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

#[test]
#[cfg_attr(not(target_arch = "x86_64"), ignore = "images are for x86-64")]
fn thread_locals_and_statics_are_the_programs_in_an_image() {
    let (answer, warnings) = of_threads(Workshop::of_process);
    assert_eq!(answer, "(12,Some(4,),3,)");
    assert!(warnings.is_empty(), "{warnings:?}");
}

fn of_threads(
    open: impl FnOnce(Records, u32) -> Result<Workshop, zeug_console::Error>,
) -> (String, Vec<String>) {
    let program = program().with_file_name("threads");
    let stopped = Stopped::of_program(&program);
    let records = Records::of(&program).expect("records");
    let workshop = open(records, stopped.process).expect("a workshop");
    let index = stopped.of("threads::main");
    let frame = workshop
        .frame(&stopped.frames[index].place, &stop())
        .expect("a frame");
    let source = "(COUNT.with(|each| each.get()) + count, any.downcast_ref::<Marker>().map(|each| each.0), SEEN.load(Ordering::Relaxed))";
    let line = Line {
        source: source.to_owned(),
        ..Line::default()
    };
    let compiled = frame.compile(&line, &stop()).expect("a line");
    let warnings = compiled.warnings.clone();
    let lines = [(index, compiled)];
    let said = stopped.run(&lines);
    let shown: String = said[0][&1].split_whitespace().collect();
    (shown, warnings)
}
