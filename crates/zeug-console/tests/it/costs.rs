//! Owns what it costs, and how much of a frame can be read: printed, not judged. `cargo test -p zeug-console --test it -- --ignored --nocapture costs`
#![expect(clippy::print_stdout, reason = "a measurement is printed")]

use std::fs;
use std::time::{Duration, Instant};

use zeug_console::{ErrorKind, Line, Records, State, Stop, Workshop};

use crate::stopped::{Stopped, program, stop};

/// Processor time of this process and of its children, in seconds.
fn used() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("a table");
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    let ticks = fields.split_whitespace().skip(11).take(4);
    ticks
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

fn timed<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let (clock, before) = (Instant::now(), used());
    let result = run();
    let processor = used() - before;
    println!(
        "    {what}: {:.2} s, processor {processor:.2} s",
        clock.elapsed().as_secs_f64()
    );
    result
}

/// Of frames whose names have `ZEUG_CONSOLE_FRAME` in them; of another program with `ZEUG_CONSOLE_PROGRAM`, `STOP_AT` and, for what makes it stop, `ZEUG_CONSOLE_ASK` (a command for `sh -c`).
#[test]
#[ignore = "measures"]
fn costs() {
    let load = fs::read_to_string("/proc/loadavg").expect("a load");
    println!("load {load}");
    let other = std::env::var_os("ZEUG_CONSOLE_PROGRAM");
    let program = &other.map_or_else(|| program().to_owned(), std::path::PathBuf::from);
    let stopped = Stopped::of_program(program);
    let records = Records::of(program).expect("records");
    let workshop = Workshop::of_process(records, stopped.process).expect("a workshop");
    let (mut bound, mut moved, mut all) = (0, 0, 0);
    let wanted = std::env::var("ZEUG_CONSOLE_FRAME").unwrap_or_default();
    let frames = stopped.frames.iter();
    for seen in frames.filter(|seen| seen.name.contains(&wanted)) {
        if matches!(workshop.frame(&seen.place, &Stop::after(Duration::ZERO)), Err(error) if matches!(error.kind(), ErrorKind::Foreign { .. }))
        {
            continue;
        }
        println!("{} ({} variables)", seen.name, seen.place.locals.len());
        let frame = match timed("probe", || workshop.frame(&seen.place, &stop())) {
            Ok(frame) => frame,
            Err(error) => {
                println!("    {error}");
                continue;
            }
        };
        for binding in frame.bound() {
            match binding.state {
                State::Bound | State::Stale => bound += 1,
                State::Moved | State::Uninitialized => moved += 1,
                _ => {}
            }
            if binding.state != State::Bound {
                println!("    {}", binding.said);
            }
            all += 1;
        }
        let names: Vec<String> = frame
            .bound()
            .iter()
            .filter(|binding| matches!(binding.state, State::Bound | State::Stale))
            .map(|binding| format!("&{}", binding.name.replace("__", ".")))
            .collect();
        for (what, source) in [
            ("first line", "1 + 1".to_owned()),
            ("later line", "2 + 2".to_owned()),
            ("all names", format!("({},)", names.join(", "))),
        ] {
            let line = Line {
                source,
                ..Line::default()
            };
            match timed(what, || frame.compile(&line, &stop())) {
                Ok(compiled) => println!("    {:?}", compiled.form),
                Err(error) => println!("    {error}"),
            }
        }
    }
    println!("{bound} of {all} variables bound, {moved} moved or without a value");
}
