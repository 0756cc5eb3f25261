//! The console's second level: any Rust in a frame that failed, through HTTP and through a browser. The program is the example `ledger`, built once more so that it is recorded how.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::debugger::beside_gdb::PROGRAMS;
use crate::debugger::{Opened, PIN, get, processes_of};
use crate::process::Example;
use crate::webdriver::Browser;

/// The ledger, with a PIN that the test knows.
fn ledger() -> Example {
    built();
    Example::start_env("ledger", &[("ZEUG_DEBUG_PIN", PIN)])
}

/// The ledger's program, built so that it is recorded how; once.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build("ledger"))
}

/// Builds an example with the wrapper that records how.
fn build(example: &str) -> PathBuf {
    let program = crate::process::program(example);
    let records = zeug_console::Records::of(&program).unwrap();
    let wrapper = records.wrapper().unwrap();
    // What is up to date is not compiled, and so not recorded.
    let source = format!("{}/examples/{example}/main.rs", env!("CARGO_MANIFEST_DIR"));
    let source = File::options().append(true).open(source).unwrap();
    source.set_modified(SystemTime::now()).unwrap();
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--workspace", "--all-features"])
        .args(["--example", example])
        .env("RUSTC_WRAPPER", wrapper)
        .status()
        .unwrap();
    assert!(built.success());
    program
}

/// What a line is to be answered.
enum Told {
    /// A value, white space aside.
    Is(&'static str),
    /// The same, and its type.
    Typed(&'static str, &'static str),
    /// What it prints first, and then its value.
    Prints(&'static str, &'static str),
    /// A word for what is wrong, and a part of what is said of it.
    Wrong(&'static str, &'static str),
}

use Told::{Is, Prints, Typed, Wrong};

/// Lines of the frame of `ledger::audit`, one after the other.
const LINES: &[(&str, Told)] = &[
    // Arithmetic.
    ("1 + 2 * 3", Typed("7", "i32")),
    ("numbers[0] + numbers[1] * 2", Is("5")),
    ("first.cents as f64 / 100.0", Typed("-800.0", "f64")),
    ("total", Is("-162399")),
    ("(total % 7).abs()", Is("6")),
    ("small.wrapping_add(10)", Typed("4", "u8")),
    ("small as u32 + 10", Typed("260", "u32")),
    ("small.checked_add(10)", Is("None")),
    // Indices.
    ("entries[1].label", Is("\"bread\"")),
    ("entries[1..].len()", Is("2")),
    ("names[\"ada\"]", Is("1")),
    ("tree.range(2..).next()", Is("Some((2, \"two\"))")),
    ("entries.get(9)", Is("None")),
    ("text.chars().nth(2)", Is("Some('ü')")),
    // Iterators.
    (
        "entries.iter().map(|e| e.cents).sum::<i64>()",
        Typed("169550", "i64"),
    ),
    (
        "entries.iter().filter(|e| e.is_large()).map(|e| &e.label).collect::<Vec<_>>()",
        Is("[\"wages\"]"),
    ),
    ("numbers.iter().copied().max()", Is("Some(4)")),
    (
        "{ let mut sorted = numbers.clone(); sorted.sort(); sorted }",
        Is("[1, 2, 3, 4]"),
    ),
    ("entries.iter().position(|e| e.id == 2)", Is("Some(1)")),
    (
        "text.char_indices().map(|(at, _)| at).collect::<Vec<_>>()",
        Is("[0, 1, 2, 4, 6]"),
    ),
    (
        "numbers.chunks(3).map(<[i32]>::len).collect::<Vec<_>>()",
        Is("[3, 1]"),
    ),
    (
        "tree.values().rev().copied().collect::<Vec<_>>().join(\"-\")",
        Is("\"two-one\""),
    ),
    // Methods of the standard library.
    ("text.to_uppercase()", Typed("\"GRÜSSE\"", "String")),
    ("some.map(|n| n * 2).unwrap_or_default()", Is("10")),
    ("none.unwrap_or(3)", Is("3")),
    ("failed.is_err()", Is("true")),
    (
        "failed.as_ref().unwrap_err().to_string()",
        Is("\"invalid digit found in string\""),
    ),
    ("shared.len()", Is("6")),
    ("Rc::strong_count(&shared)", Is("1")),
    ("text.trim_start_matches('g')", Is("\"rüße\"")),
    // The program's own types.
    ("entries[0].is_large()", Is("false")),
    ("kind", Is("Out { fee: 12 }")),
    ("matches!(kind, Kind::Out { fee: 12 })", Is("true")),
    (
        "Kind::Moved(text.clone())",
        Typed("Moved(\"grüße\")", "ledger::entries::Kind"),
    ),
    ("stack.top()", Is("Some(3)")),
    ("Stack::of([1.5, 2.5]).top()", Is("Some(2.5)")),
    ("Shown(8)", Is("no. 8")),
    (
        "Opaque::new(1, \"x\")",
        Is("Opaque { inner: 1, name: \"x\" }"),
    ),
    // Statics are as they were, what a line changes in them is gone after it, and the thread is the one that failed.
    ("VISITS.load(Ordering::Relaxed)", Typed("1", "u32")),
    (
        "VISITS.fetch_add(5, Ordering::Relaxed) + VISITS.load(Ordering::Relaxed)",
        Is("7"),
    ),
    ("VISITS.load(Ordering::Relaxed)", Is("1")),
    ("std::thread::current().name().is_some()", Is("true")),
    // Private functions, constants.
    ("fee(1000)", Is("30")),
    ("fee(RATE * 100)", Is("9")),
    (
        "largest(&[3, 9, 4], 0)",
        Wrong("panic", "the len is 3 but the index is 3"),
    ),
    ("std::mem::size_of::<Entry>()", Is("64")),
    // Closures.
    ("twice(21)", Is("42")),
    ("boxed(41)", Is("42")),
    ("(|a: i64, b| a + b)(1, 2)", Is("3")),
    (
        "{ let add = |n: i64| n + i64::from(small); add(1) }",
        Is("251"),
    ),
    // What is changed is changed for one line.
    ("{ numbers.push(5); numbers.len() }", Is("5")),
    ("numbers.len()", Is("4")),
    // Printed.
    ("format!(\"{:>6.2}\", 3.14159)", Is("\"  3.14\"")),
    (
        "format!(\"{text:?} {}\", names.len())",
        Is(r#""\"grüße\" 1""#),
    ),
    ("println!(\"hello {text}\")", Prints("hello grüße\n", "()")),
    (
        "{ eprintln!(\"careful\"); print!(\"x\"); 1 }",
        Prints("careful\nx", "1"),
    ),
    // From one line to the next.
    (
        "let cheap = { println!(\"once\"); entries.iter().filter(|e| e.cents < 0).count() };",
        Prints("once\n", "()"),
    ),
    ("cheap + 1", Is("3")),
    ("_ * 2", Is("6")),
    ("let cheap = cheap * 10;", Is("()")),
    ("cheap", Is("20")),
    (
        "{\n    let a = 1;\n    let b = a + 1;\n    a + b\n}",
        Is("3"),
    ),
    // Panics.
    (
        "none.unwrap()",
        Wrong("panic", "called `Option::unwrap()` on a `None` value"),
    ),
    (
        "entries[99].cents",
        Wrong("panic", "the len is 3 but the index is 99"),
    ),
    ("small + 10", Wrong("panic", "attempt to add with overflow")),
    (
        "1 / (numbers.len() - 4)",
        Wrong("panic", "attempt to divide by zero"),
    ),
    (
        "panic!(\"on purpose: {}\", 1)",
        Wrong("panic", "on purpose: 1"),
    ),
    // Ends of the process.
    (
        "unsafe { *(8 as *const u8) }",
        Wrong("ended", "a segmentation fault at address 0x8"),
    ),
    (
        "{ fn deep(n: u64) -> u64 { if n == 0 { 0 } else { 1 + deep(n + 1) } } deep(1) }",
        Wrong("ended", "the stack was too small"),
    ),
    (
        "{ std::process::abort(); }",
        Wrong("ended", "an abort ended it"),
    ),
    ("{ std::process::exit(3); }", Wrong("ended", "with code 3")),
    ("loop {}", Wrong("late", "still running after 5 s")),
    // What rustc refuses, with the place.
    ("entries.lenn()", Wrong("rustc", "no method named `lenn`")),
    (
        "1 + \"a\"",
        Wrong("rustc", "cannot add `&str` to `{integer}`"),
    ),
    (
        "{ let n: u8 = text.clone(); n }",
        Wrong("rustc", "mismatched types"),
    ),
    (
        "unknown_name",
        Wrong("rustc", "cannot find value `unknown_name`"),
    ),
    (
        "entries[0].tags.iter().count()",
        Wrong("rustc", "field `tags`"),
    ),
    ("1 +", Wrong("rustc", "")),
    ("gone.len()", Wrong("", "moved")),
    ("password", Wrong("line", "`password` is hidden")),
];

/// Without white space, and without the commas that stand before the end of a list.
fn squeezed(text: &str) -> String {
    let mut text: String = text.split_whitespace().collect();
    for end in [")", "]", "}"] {
        text = text.replace(&format!(",{end}"), end);
    }
    text
}

#[track_caller]
fn check(line: &str, answer: &Value, told: &Told) -> Result<(), String> {
    let text = |name: &str| answer[name].as_str().unwrap_or_default();
    let (value, type_name, output) = (squeezed(text("value")), text("type"), text("output"));
    let right = match told {
        Is(expected) => value == squeezed(expected) && output.is_empty(),
        Typed(expected, ty) => value == squeezed(expected) && type_name == *ty,
        Prints(printed, expected) => value == squeezed(expected) && output == *printed,
        Wrong(kind, part) => {
            let error = text("error");
            let kind = if kind.is_empty() { error } else { kind };
            error == kind && !error.is_empty() && text("message").contains(part)
        }
    };
    match right {
        true => Ok(()),
        false => Err(format!("{line}: {answer:#}")),
    }
}

#[test]
fn each_line_is_answered() {
    let ledger = ledger();
    let opened = Opened::new(&ledger, "/audit");
    let frame = opened.frame("ledger::audit");
    let mut wrong = Vec::new();
    for (line, told) in LINES {
        let (_, answer) = opened.line(frame, line);
        wrong.extend(check(line, &answer, told).err());
    }
    assert!(
        wrong.is_empty(),
        "{} of {} are wrong:\n{}",
        wrong.len(),
        LINES.len(),
        wrong.join("\n")
    );
    // In the server nothing was changed, and it is still there.
    assert!(get(&ledger, "/visits", "*/*").ends_with("\r\n\r\n2"));
}

#[test]
fn a_generic_function_and_a_closure_are_asked() {
    let ledger = ledger();
    let generic = Opened::new(&ledger, "/largest");
    let frame = generic.frame("ledger::largest");
    for (line, told) in [
        ("pair.1 - items.len()", Is("3")),
        ("first < items[1]", Is("true")),
        // As in the function itself only the bounds of the parameter are known.
        ("items[0] < items[1]", Is("true")),
        ("items[0] + 1.0", Wrong("rustc", "`T`")),
        (
            "items.iter().fold(items[0], |a, b| if *b > a { *b } else { a })",
            Is("2.5"),
        ),
    ] {
        check(line, &generic.line(frame, line).1, &told).unwrap();
    }
    let closure = Opened::new(&ledger, "/fees");
    let frame = closure.frame("ledger::fees::{{closure}}");
    for (line, told) in [
        ("cents + add + divisor", Is("-79986")),
        ("entry.is_large()", Is("false")),
        ("entry.label.repeat(2)", Is("\"rentrent\"")),
    ] {
        check(line, &closure.line(frame, line).1, &told).unwrap();
    }
}

#[test]
fn others_are_answered_while_a_line_compiles_and_loops() {
    let ledger = ledger();
    let opened = Opened::new(&ledger, "/audit");
    let frame = opened.frame("ledger::audit");
    let looped = std::thread::scope(|scope| {
        let looping = scope.spawn(|| opened.line(frame, "loop {}").1);
        let mut answered = 0;
        while !looping.is_finished() {
            assert!(get(&ledger, "/", "*/*").starts_with("HTTP/1.1 200"));
            answered += 1;
        }
        assert!(answered > 10, "{answered}");
        looping.join().unwrap()
    });
    assert_eq!(looped["error"], "late", "{looped}");
    // A newer line ends an older one of the frame, and so does a word.
    std::thread::scope(|scope| {
        let older = scope.spawn(|| opened.line(frame, "loop {}").1);
        until("it runs", || lines_run() > 0);
        assert_eq!(opened.line(frame, "fee(200)").1["value"], "6");
        assert_eq!(older.join().unwrap()["error"], "stopped");
        let stopped = scope.spawn(|| opened.line(frame, "loop {}").1);
        until("it runs", || lines_run() > 0);
        opened.ask("stop", frame, "");
        assert_eq!(stopped.join().unwrap()["error"], "stopped");
    });
}

#[track_caller]
fn until(what: &str, done: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(120);
    while !done() {
        assert!(Instant::now() < end, "{what}");
        std::thread::yield_now();
    }
}

/// How many processes are at a line of the ledger's.
fn lines_run() -> usize {
    let program = built().to_str().unwrap();
    let named = |id: &u32| {
        let name = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
        name.trim() == "zeug-line"
    };
    processes_of(program).iter().filter(|id| named(id)).count()
}

#[test]
fn nothing_is_left_when_the_program_is_killed() {
    let mut ledger = ledger();
    let id = ledger.child.id();
    let opened = Opened::new(&ledger, "/audit");
    let frame = opened.frame("ledger::audit");
    assert_eq!(opened.line(frame, "fee(100)").1["value"], "3");
    let folder = built().ancestors().nth(3).unwrap().join("zeug-console");
    let own = || {
        let entries = fs::read_dir(&folder).unwrap().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.contains(&id.to_string())).count()
    };
    assert!(own() > 0, "the folder that lines are compiled in");
    ledger.child.kill().unwrap();
    ledger.child.wait().unwrap();
    until("its folder is gone", || own() == 0);
}

#[test]
fn a_person_types_rust() {
    let ledger = ledger();
    let browser = Browser::start();
    browser.open(&format!("http://{}/audit", ledger.address));
    let line = "details.frame.own[open] [name=line]";
    let log = "document.querySelector('details.frame.own[open] .log')";
    browser.type_into(line, "1 + 1\u{e007}");
    browser.wait_for("return document.querySelector('#pin').open");
    browser.type_into("#pin input", &format!("{PIN}\u{e007}"));
    let mut answers = 0;
    for (typed, class, expected) in [
        ("", ".answer", "2"),
        (
            "entries.iter().map(|e| e.cents).sum::<i64>()\u{e007}",
            ".answer",
            "169550",
        ),
        (
            "println!(\"hello {text}\")\u{e007}",
            ".printed",
            "hello grüße",
        ),
        (
            "entries.lenn()\u{e007}",
            ".error:has(.c9)",
            "no method named `lenn`",
        ),
        (
            "none.unwrap()\u{e007}",
            ".error",
            "called `Option::unwrap()`",
        ),
        ("let half = total / 2;\u{e007}", ".answer", "()"),
        // Two lines.
        (
            "{ let more = 1;\u{e008}\u{e007}\u{e008} half + more }\u{e007}",
            ".answer",
            "-81198",
        ),
        ("_ - 1\u{e007}", ".answer", "-81199"),
        (
            "unsafe { *(8 as *const u8) }\u{e007}",
            ".error",
            "segmentation fault",
        ),
        // Completed: a variable, then its field.
        ("firs\u{e004}.la\u{e004}\u{e007}", ".answer", "\"rent\""),
    ] {
        answers += 1;
        if !typed.is_empty() {
            for part in typed.split_inclusive('\u{e004}') {
                let before = browser.run(&format!(
                    "return document.querySelector('{line}').value.length"
                ));
                browser.type_into(line, part);
                if part.ends_with('\u{e004}') {
                    let keys = part.chars().count() as u64 - 1;
                    let before = before.as_u64().unwrap();
                    browser.wait_for(&format!(
                        "return document.querySelector('{line}').value.length > {}",
                        before + keys
                    ));
                }
            }
        }
        browser.wait_for(&format!(
            "return {log}.querySelectorAll('.asked').length === {answers} && !{log}.querySelector('.wait')"
        ));
        let found = browser.run(&format!(
            "return [...{log}.querySelectorAll('{class}')].at(-1)?.textContent ?? {log}.innerText"
        ));
        let found = found.as_str().unwrap();
        assert!(found.contains(expected), "{typed}: {found}");
    }
}

/// How many of the variables of each own frame a line can name, for each way in which the examples fail.
#[test]
#[ignore = "a table for people: cargo test -p zeug --all-features --test it -- --ignored --nocapture share_of_variables"]
fn share_of_variables() {
    let ledger: (_, &[&str], &[&str]) = ("ledger", &[], &["/audit", "/largest", "/fees"]);
    let others = PROGRAMS
        .iter()
        .map(|(name, args, paths)| (*name, *args, &paths[..]));
    let (mut all, mut bound) = (0, 0);
    for (program, args, paths) in std::iter::once(ledger).chain(others) {
        let mut command = Command::new(build(program));
        command
            .arg("127.0.0.1:0")
            .args(args)
            .env("ZEUG_DEBUG_PIN", PIN);
        let example = Example::spawn(&mut command);
        for path in paths {
            let opened = Opened::new(&example, path);
            let frames = opened.failure["frames"].as_array().unwrap();
            for (at, frame) in frames.iter().enumerate() {
                if frame["own"] != true {
                    continue;
                }
                let (_, about) = opened.ask("frame", at, "");
                let there = frame["variables"].as_array().unwrap().len();
                let named = about["bound"].as_array().map_or(0, Vec::len);
                let missing = about["missing"].as_array().cloned().unwrap_or_default();
                let missing: Vec<String> = missing
                    .iter()
                    .map(|each| format!("{}: {}", each[0], each[1]))
                    .collect();
                let note = about["note"].as_str().unwrap_or_default();
                eprintln!(
                    "| {program} | {path} | {} | {there} | {named} | {} {note} |",
                    frame["function"],
                    missing.join("; ")
                );
                all += there;
                bound += named;
            }
        }
    }
    eprintln!("{bound} of {all}");
}

/// How long a first line takes and how long later ones do, as a person waits for them, and the processor time of program, compiler and all.
#[test]
#[ignore = "figures for people, with the machine's load: cargo test -p zeug --all-features --test it -- --ignored --nocapture times_of_lines"]
fn times_of_lines() {
    type Asked = (&'static str, &'static str, &'static str, [&'static str; 4]);
    const ASKED: [Asked; 5] = [
        (
            "ledger",
            "/audit",
            "ledger::audit",
            [
                "fee(100)",
                "entries.iter().map(|e| e.cents).sum::<i64>()",
                "twice(4)",
                "fee(200)",
            ],
        ),
        (
            "ledger",
            "/largest",
            "ledger::largest",
            [
                "items.iter().count()",
                "pair.1 * 2",
                "pair.1 * 3",
                "items.first().is_some()",
            ],
        ),
        (
            "depot",
            "/due?by=soon",
            "Depot::due",
            [
                "first.map(|date| date.year())",
                "self.parcels.iter().map(|p| p.grams).sum::<u32>()",
                "self.pattern.is_match(by)",
                "by.to_uppercase()",
            ],
        ),
        (
            "depot",
            "/tour",
            "carry",
            [
                "left + handling",
                "stop.due.year()",
                "stop.number.len() + at",
                "format!(\"{stop:?}\")",
            ],
        ),
        (
            "depot",
            "/loads?vans=0",
            "loads::{{closure}}",
            [
                "grams * 2",
                "parcel.due.to_string()",
                "parcel.number.len()",
                "grams.checked_div(vans)",
            ],
        ),
    ];
    for (program, path, function, lines) in ASKED {
        let mut command = Command::new(build(program));
        let example = Example::spawn(command.arg("127.0.0.1:0").env("ZEUG_DEBUG_PIN", PIN));
        let opened = Opened::new(&example, path);
        let frames = opened.failure["frames"].as_array().unwrap();
        let named = |frame: &Value| {
            frame["function"]
                .as_str()
                .is_some_and(|name| name.contains(function))
        };
        let frame = frames.iter().position(named).unwrap();
        let used = || {
            let stat = fs::read_to_string(format!("/proc/{}/stat", example.child.id())).unwrap();
            let (_, fields) = stat.rsplit_once(')').unwrap();
            let ticks = fields.split_whitespace().skip(11).take(4);
            ticks
                .map(|ticks| ticks.parse::<f64>().unwrap())
                .sum::<f64>()
                / 100.0
        };
        eprintln!("{program}{path}");
        // What is done when the page is seen.
        let (begun, before) = (Instant::now(), used());
        opened.ask("frame", frame, "");
        eprintln!(
            "    {:.2} s, processor {:.2} s: the look",
            begun.elapsed().as_secs_f64(),
            used() - before
        );
        for line in lines {
            let (begun, before) = (Instant::now(), used());
            let (_, answer) = opened.line(frame, line);
            let (waited, used) = (begun.elapsed().as_secs_f64(), used() - before);
            eprintln!(
                "    {waited:.2} s, processor {used:.2} s: {line} = {}",
                answer["value"]
            );
            assert!(answer["error"].is_null(), "{answer}");
        }
    }
    eprintln!("load: {}", fs::read_to_string("/proc/loadavg").unwrap());
}
