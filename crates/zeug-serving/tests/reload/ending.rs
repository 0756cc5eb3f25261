//! Ends: of the program by itself, of both by a signal, of the reloader by force.

use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::project::{Project, program, until};

fn lives(process: u32) -> bool {
    Path::new(&format!("/proc/{process}")).exists()
}

#[test]
fn a_program_that_ends_at_its_start_is_shown_and_tried_again() {
    let project = Project::new("crashing", &program("old"));
    let running = project.start();
    running.until_answered("old");
    project.write(
        "src/main.rs",
        &program("new").replace(
            "    zeug",
            "    if true { panic!(\"no database\") }\n    zeug",
        ),
    );
    running.until_said("the program ended before it served", 1);
    assert!(running.log().contains("no database"));
    let page = running.browse();
    assert!(
        page.contains("<h1>The program ended before it served</h1>")
            && page.contains("exit status: 101"),
        "{page}"
    );
    project.write("src/main.rs", &program("new"));
    running.until_answered("new");
    // And one that is ended later.
    let status = std::process::Command::new("kill")
        .args(["-KILL", &running.program().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
    running.until_said("the program ended (signal: 9", 1);
    assert!(running.get().starts_with("HTTP/1.1 503 "));
    project.write("src/main.rs", &program("newer"));
    running.until_answered("newer");
}

#[test]
fn a_program_that_asks_for_it_is_started_again() {
    let main = "fn main() -> zeug_serving::Result {
    zeug_serving::run_simple(\"127.0.0.1:0\", |request: zeug_gateway::Request| {
        if request.uri().path() == \"/again\" {
            std::process::exit(3);
        }
        std::process::id().to_string()
    })
}
";
    let project = Project::new("again", main);
    let running = project.start();
    let first = running.get();
    assert!(first.ends_with(&running.program().to_string()), "{first}");
    let _ = std::net::TcpStream::connect(running.address).map(|mut stream| {
        use std::io::{Read, Write};
        stream
            .write_all(b"GET /again HTTP/1.1\r\nHost: h\r\n\r\n")
            .unwrap();
        stream.read_to_end(&mut Vec::new())
    });
    let second = running.get();
    assert!(
        second.starts_with("HTTP/1.1 200 ") && second != first,
        "{second}"
    );
}

#[test]
fn a_signal_ends_both_and_nothing_is_left() {
    for signal in ["-TERM", "-INT"] {
        let project = Project::new("stopped", &program("here"));
        let mut running = project.start();
        running.until_answered("here");
        let program = running.program();
        running.signal(signal);
        assert!(running.child.wait().unwrap().success(), "{}", running.log());
        assert!(!lives(program), "{signal}");
        assert!(std::net::TcpStream::connect(running.address).is_err());
    }
}

#[test]
fn a_program_ends_with_its_reloader() {
    let project = Project::new("orphaned", &program("here"));
    let mut running = project.start();
    running.until_answered("here");
    let program = running.program();
    running.signal("-KILL");
    running.child.wait().unwrap();
    until(|| !lives(program), || "the program's end".into());
}

/// The processor time of a process, in hundredths of a second.
pub(crate) fn ticks(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn an_idle_reloader_uses_no_processor() {
    let project = Project::new("idle", &program("here"));
    let running = project.start();
    running.until_answered("here");
    let both = [running.child.id(), running.program()];
    // The server's watch ticks for a moment after a request.
    thread::sleep(Duration::from_secs(1));
    let before = both.map(ticks);
    thread::sleep(Duration::from_secs(3));
    assert_eq!(both.map(ticks), before);
}
