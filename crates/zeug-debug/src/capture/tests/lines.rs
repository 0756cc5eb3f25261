//! Owns the runs of compiled lines: what each kind of end is told as, and that nothing of it reaches the snapshot or stays. The library is made by hand, in the form that a compiled line has.

use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use object::{Object, ObjectSymbol};

use super::life::{runs, until};
use super::{PATIENCE, alone, caught, fixtures, pid, snapshot};
use crate::snapshot::line::{End, Ran};
use crate::system::line::Order;

/// Functions in the form of a compiled line's: each takes the addresses of `numbers`, a `Vec<i32>`, and of `small`, a `u8`.
const SOURCE: &str = r#"
#![allow(unconditional_recursion)]
use std::mem::ManuallyDrop;

type Out = extern "C" fn(u32, *const u8, usize);

fn say(out: Out, kind: u32, text: &str) {
    out(kind, text.as_ptr(), text.len())
}

unsafe fn numbers(locals: *const *const u8) -> ManuallyDrop<Vec<i32>> {
    unsafe { ManuallyDrop::new((*locals).cast::<Vec<i32>>().read()) }
}

// As in the fixtures, and so laid out alike.
struct Item { sku: String, price_cents: i64, qty: u8 }

macro_rules! lines {
    ($($name:ident |$locals:ident, $out:ident| $body:block)*) => {
        $(#[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($locals: *const *const u8, $out: Out) {
            println!("of an earlier line");
            say($out, 6, "");
            #[allow(unused_unsafe)]
            unsafe { $body }
            say($out, 0, "");
        })*
    };
}

fn deeper(n: u64) -> u64 {
    let big = [n; 512];
    deeper(n + 1) + std::hint::black_box(big)[7]
}

lines! {
    value |locals, out| {
        let mut numbers = numbers(locals);
        numbers[0] += 1;
        numbers.push(4);
        println!("hello");
        eprintln!("and here");
        say(out, 2, std::any::type_name_of_val(&*numbers));
        say(out, 1, &format!("{:?}", *numbers));
    }
    second |locals, out| {
        let small = (*locals.add(1)).cast::<u8>().read();
        say(out, 2, "u8");
        say(out, 1, &small.to_string());
    }
    panics |_locals, out| { say(out, 3, "no luck\nat 1:5"); }
    segfault |_locals, _out| { std::hint::black_box((8 as *const u8).read_volatile()); }
    aborts |_locals, _out| { eprintln!("last words"); std::process::abort(); }
    exits |_locals, _out| { std::process::exit(7) }
    exits_well |_locals, _out| { std::process::exit(0) }
    recursion |_locals, _out| { std::hint::black_box(deeper(1)); }
    endless |_locals, _out| { loop { std::hint::black_box(1); } }
    sleeps |_locals, _out| {
        print!("before");
        use std::io::Write;
        std::io::stdout().flush().unwrap();
        std::thread::sleep(std::time::Duration::from_secs(600));
    }
    chatters |_locals, out| {
        for n in 0..100_000 { println!("line {n}"); }
        say(out, 1, "()");
    }
    long |_locals, out| { say(out, 1, &"x".repeat(3_000_000)); }
    hungry |_locals, out| {
        let all: Vec<Vec<u8>> = (0..64).map(|_| vec![1; 64 << 20]).collect();
        say(out, 1, &all.len().to_string());
    }
    files |_locals, out| {
        let files = std::fs::read_dir("/proc/self/fd").unwrap();
        let mut files: Vec<String> = files.map(|file| {
            let file = file.unwrap();
            let target = std::fs::read_link(file.path()).unwrap_or_default();
            format!("{} {}", file.file_name().to_str().unwrap(), target.display())
        }).collect();
        files.sort();
        say(out, 1, &files.join(", "));
    }
    begins_others |_locals, out| {
        let child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        say(out, 1, &child.id().to_string());
    }
    threads |_locals, out| {
        let sum: u32 = (0..4).map(|n| std::thread::spawn(move || n)).map(|t| t.join().unwrap()).sum();
        say(out, 1, &sum.to_string());
    }
    bare |_locals, out| {
        let item = std::hint::black_box(Item { sku: "C-3".repeat(2), price_cents: -5, qty: 7 });
        let _ = (&item.sku, item.price_cents, item.qty);
        say(out, 2, "zeug_debug::capture::tests::fixtures::Item");
        let at = [&raw const item as u64, size_of::<Item>() as u64];
        out(4, at.as_ptr().cast(), 16);
        println!("after");
    }
}
"#;

/// The library; it is built once.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<std::path::PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let tests = std::env::current_exe().expect("the tests' program");
        let folder = tests.with_extension("lines");
        fs::create_dir_all(&folder).expect("a folder");
        let source = folder.join("lines.rs");
        fs::write(&source, SOURCE).expect("a source");
        let library = folder.join("liblines.so");
        let built = Command::new("rustc")
            .args([
                "--edition",
                "2024",
                "--crate-type",
                "cdylib",
                "-C",
                "debuginfo=0",
                "-o",
            ])
            .args([&library, &source])
            .status()
            .expect("rustc");
        assert!(built.success());
        library
    })
}

fn entry(name: &str) -> u64 {
    let bytes = fs::read(library()).expect("the library");
    let file = object::File::parse(&*bytes).expect("ELF");
    let mut symbols = file.dynamic_symbols();
    let found = symbols.find(|symbol| symbol.name() == Ok(name));
    found.unwrap_or_else(|| panic!("no {name}")).address()
}

#[track_caller]
fn order(captured: &crate::failure::Caught, name: &str, patience: Duration) -> Order {
    let stand = snapshot(captured).stand(0, PATIENCE).expect("a frame");
    let at = |name: &str| {
        let found = stand
            .variables
            .iter()
            .find(|variable| variable.name == name);
        found
            .expect("the variable")
            .at
            .clone()
            .expect("its address")
    };
    Order {
        code: CString::new(library().as_os_str().as_bytes()).expect("a path"),
        is_image: false,
        entry: entry(name),
        locals: vec![at("numbers"), at("small")],
        patience,
    }
}

#[track_caller]
fn run(captured: &crate::failure::Caught, name: &str, patience: Duration) -> Ran {
    let order = order(captured, name, patience);
    snapshot(captured)
        .run(&order, PATIENCE, &|| false)
        .expect("it runs")
}

/// What each line is told as: `value: type`, or how it ended; and what it printed.
const LINES: &[(&str, &str, &str)] = &[
    (
        "value",
        "[2, 2, 3, 4]: alloc::vec::Vec<i32>",
        "hello\nand here\n",
    ),
    ("second", "200: u8", ""),
    ("panics", "panicked: no luck\nat 1:5", ""),
    (
        "segfault",
        "a segmentation fault at address 0x8 ended it",
        "",
    ),
    ("aborts", "an abort ended it", "last words\n"),
    (
        "exits",
        "the line itself ended its process, with code 7",
        "",
    ),
    (
        "exits_well",
        "the line itself ended its process, with code 0",
        "",
    ),
    (
        "recursion",
        "the stack was too small: an endless recursion?",
        "",
    ),
    ("threads", "6", ""),
    (
        "hungry",
        "an abort ended it",
        "memory allocation of 67108864 bytes failed",
    ),
    (
        "bare",
        "Item { sku: \"C-3C-3\", price_cents: -5, qty: 7 }: zeug_debug::capture::tests::fixtures::Item",
        "after\n",
    ),
];

#[test]
fn each_end_is_told() {
    let _alone = alone();
    let captured = caught(fixtures::everything);
    for (name, expected, printed) in LINES {
        let ran = run(&captured, name, PATIENCE);
        let told = match ran.end {
            End::Value => {
                let value = ran.value.unwrap_or_default();
                match ran.type_name {
                    Some(type_name) => format!("{value}: {type_name}"),
                    None => value,
                }
            }
            End::Panicked(message) => format!("panicked: {message}"),
            End::Ended(how) => how,
            other => format!("{other:?}"),
        };
        assert_eq!(told, *expected, "{name}");
        // The allocator's last words may be followed by a backtrace.
        let heard = ran.output.text.lines().next().unwrap_or_default();
        let heard = if *name == "hungry" {
            heard
        } else {
            &ran.output.text
        };
        assert_eq!(heard, *printed, "{name}");
    }
    let untouched = snapshot(&captured).evaluate(0, "numbers", PATIENCE);
    assert_eq!(
        untouched.map(|answer| answer.value),
        Ok("[1, 2, 3]".to_owned())
    );
}

#[test]
fn what_takes_too_long_is_ended() {
    let _alone = alone();
    let captured = caught(fixtures::everything);
    for (name, printed) in [("endless", ""), ("sleeps", "before")] {
        let ran = run(&captured, name, Duration::from_millis(300));
        assert_eq!((ran.end, &*ran.output.text), (End::Late, printed), "{name}");
    }
    let order = order(&captured, "endless", PATIENCE);
    let begun = Instant::now();
    let asked = std::cell::Cell::new(0);
    let stops = || asked.replace(asked.get() + 1) > 2;
    let ran = snapshot(&captured)
        .run(&order, PATIENCE, &stops)
        .expect("it runs");
    assert_eq!(ran.end, End::Stopped);
    assert!(begun.elapsed() < PATIENCE, "it was not waited for");
    until("no line runs", || lines() == 0);
}

#[test]
fn what_is_too_much_is_cut() {
    let _alone = alone();
    let captured = caught(fixtures::everything);
    let ran = run(&captured, "chatters", PATIENCE);
    assert_eq!(ran.end, End::Value);
    assert_eq!((ran.output.text.len(), ran.output.cut), (64 << 10, true));
    let ran = run(&captured, "long", PATIENCE);
    assert_eq!(ran.value.map(|value| value.len()), Some(256 << 10));
}

#[test]
fn a_line_has_nothing_of_the_server() {
    let _alone = alone();
    let _listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let captured = caught(fixtures::everything);
    let files = run(&captured, "files", PATIENCE).value.expect("a value");
    let files: Vec<&str> = files.split(", ").collect();
    assert_eq!(files[0], "0 /dev/null");
    assert!(
        files[1].starts_with("1 pipe:") && files[2].starts_with("2 pipe:"),
        "{files:?}"
    );
    assert!(
        files[3].starts_with("3 socket:") && files[4].starts_with("4 pipe:"),
        "{files:?}"
    );
    // The fifth is the folder that is being read.
    assert_eq!(files.len(), 6, "{files:?}");
}

#[test]
fn what_a_line_begins_ends_with_it() {
    let _alone = alone();
    let captured = caught(fixtures::everything);
    let child = run(&captured, "begins_others", PATIENCE)
        .value
        .expect("a value");
    let child: u32 = child.parse().expect("a number");
    until("it has ended", || !runs(child));
}

#[test]
fn a_library_that_is_not_there_is_said() {
    let _alone = alone();
    let captured = caught(fixtures::everything);
    let mut order = order(&captured, "value", PATIENCE);
    order.code = c"/nowhere/liblines.so".into();
    let ran = snapshot(&captured)
        .run(&order, PATIENCE, &|| false)
        .expect("it runs");
    assert!(
        matches!(&ran.end, End::Unloaded(why) if why.contains("/nowhere/liblines.so")),
        "{ran:?}"
    );
    order.locals = vec![0; 5000];
    let long = snapshot(&captured).run(&order, PATIENCE, &|| false);
    assert_eq!(
        long.err().as_deref(),
        Some("the line could not be run: it uses too many variables")
    );
    // The snapshot answers as before.
    assert_eq!(run(&captured, "second", PATIENCE).end, End::Value);
}

/// Several at once, with reads of the snapshot beside them.
#[test]
fn lines_run_beside_each_other() {
    let _alone = alone();
    let captured = caught(fixtures::everything);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..4 {
                    assert_eq!(run(&captured, "value", PATIENCE).end, End::Value);
                }
            });
        }
        for _ in 0..20 {
            assert!(snapshot(&captured).evaluate(0, "small", PATIENCE).is_ok());
        }
    });
    let id = pid(&captured);
    drop(captured);
    until("the snapshot has ended", || !runs(id));
    until("no line runs", || lines() == 0);
}

/// The processes of lines that are there: those that were forked from a snapshot have its program's file, and a name of their own.
fn lines() -> usize {
    let own = fs::read_link("/proc/self/exe").expect("a program");
    let processes = fs::read_dir("/proc").expect("processes").flatten();
    processes
        .filter(|process| fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe == own))
        .filter(|process| {
            let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            matches!(name.trim(), "zeug-line" | "zeug-keeper")
        })
        .count()
}
