//! Owns the lives of snapshots: how many there are, what they hold on to, and when they end.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::fd::RawFd;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{PATIENCE, alone, caught, fixtures, pid, snapshot};
use crate::snapshot::MOST;
use crate::traceback::Shown;

/// Waits until `done` is true, for as long as a busy machine may take.
#[track_caller]
pub(super) fn until(what: &str, done: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < end, "{what}");
        thread::yield_now();
    }
}

/// Whether there is a process of that number, also one that has ended and was not collected.
fn exists(pid: u32) -> bool {
    fs::exists(format!("/proc/{pid}")).is_ok_and(|exists| exists)
}

/// Whether a process runs: not ended, collected or not.
pub(super) fn runs(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit(") ")
        .next()
        .and_then(|rest| rest.chars().next());
    state.is_some_and(|state| state != 'Z' && state != 'X')
}

fn open_files() -> BTreeSet<RawFd> {
    let files = fs::read_dir("/proc/self/fd").expect("files").flatten();
    files
        .filter_map(|file| file.file_name().to_str()?.parse().ok())
        .collect()
}

/// The processes that were forked from this one and still stand in the system's table.
pub(super) fn children() -> usize {
    let own = std::process::id().to_string();
    let processes = fs::read_dir("/proc").expect("processes").flatten();
    processes
        .filter(|process| {
            let stat = fs::read_to_string(process.path().join("stat")).unwrap_or_default();
            let rest = stat.rsplit(") ").next().unwrap_or("");
            rest.split(' ').nth(1) == Some(&own)
        })
        .count()
}

#[test]
fn a_snapshot_ends_when_it_is_dropped() {
    let _alone = alone();
    let captured = caught(fixtures::overflow);
    let pid = pid(&captured);
    assert!(runs(pid));
    drop(captured);
    assert!(!exists(pid));
}

#[test]
fn a_snapshot_that_ends_by_itself_is_collected() {
    let _alone = alone();
    let captured = caught(fixtures::overflow);
    let pid = pid(&captured);
    let process = rustix::process::Pid::from_raw(pid.cast_signed()).expect("a process");
    rustix::process::kill_process(process, rustix::process::Signal::KILL).expect("killed");
    until("it is collected", || !exists(pid));
    let why = "the snapshot has ended: 10 newer failures took its place, or 10 minutes are over";
    let (frames, lack) = snapshot(&captured).frames(PATIENCE).expect("frames");
    assert!(frames[0].function.ends_with("fixtures::add") && frames[0].variables.is_empty());
    assert_eq!(lack.as_deref(), Some(why));
    let answer = snapshot(&captured).evaluate(0, "total + 1", PATIENCE);
    assert_eq!(answer, Err(why.to_owned()));
}

#[test]
fn the_eleventh_ends_the_oldest() {
    let _alone = alone();
    let mut captured: Vec<_> = (0..MOST).map(|_| caught(fixtures::overflow)).collect();
    let pids: Vec<u32> = captured.iter().map(pid).collect();
    assert!(pids.iter().all(|pid| runs(*pid)));
    captured.push(caught(fixtures::overflow));
    assert!(!exists(pids[0]));
    assert!(pids[1..].iter().all(|pid| runs(*pid)));
    let last = snapshot(&captured[MOST]).frames(PATIENCE).expect("frames");
    assert_eq!(last.0[0].variables[0].value, Shown::Value("200".to_owned()));
}

#[test]
fn a_request_that_fails_often_takes_few_snapshots() {
    let _alone = alone();
    let captured = caught(|| {
        for _ in 0..50 {
            fixtures::question_marks();
        }
    });
    let why = captured.frozen.as_ref().expect_err("no snapshot");
    assert!(
        why.starts_with("no variables: this request failed 50 times"),
        "{why}"
    );
    let frames = captured.walked();
    let innermost = &frames[0].function;
    assert!(innermost.ends_with("fixtures::handle"), "{innermost}");
    assert!(frames.iter().all(|frame| frame.variables.is_empty()));
}

#[test]
fn a_snapshot_holds_none_of_the_servers_files() {
    let _alone = alone();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let captured = caught(fixtures::overflow);
    // It is answered, so what comes before its loop is done.
    snapshot(&captured).frames(PATIENCE).expect("frames");
    let files = fs::read_dir(format!("/proc/{}/fd", pid(&captured))).expect("files");
    assert_eq!(files.count(), 1, "only its own socket");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    assert!(
        std::net::TcpStream::connect(address).is_err(),
        "the port is free"
    );
}

#[test]
fn a_thousand_failures_leave_nothing() {
    let _alone = alone();
    // The thread that reads, and what it opens once.
    snapshot(&caught(fixtures::overflow))
        .frames(PATIENCE)
        .expect("frames");
    let (files, processes) = (open_files(), children());
    for round in 0..1000 {
        let captured = caught(fixtures::overflow);
        if round % 100 == 0 {
            snapshot(&captured).frames(PATIENCE).expect("frames");
        }
    }
    // The threads that wait for the processes close their handles when they have seen the end.
    until("all files are closed", || open_files().len() <= files.len());
    until("no process is left, none uncollected", || {
        children() <= processes
    });
}

/// Busy threads that allocate, take locks and fail.
#[test]
fn failures_of_many_busy_threads() {
    const THREADS: usize = 8;
    const FAILURES: usize = 75;
    let _alone = alone();
    let stop = AtomicBool::new(false);
    let kept = thread::scope(|scope| {
        let busy = scope.spawn(|| {
            let mut count = 0_usize;
            while !stop.load(Ordering::Relaxed) {
                let texts: Vec<String> = (0..100).map(|n| n.to_string().repeat(n)).collect();
                count += texts.len();
                thread::yield_now();
            }
            count
        });
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let mut forked = 0;
                    for round in 0..FAILURES {
                        let captured = caught(fixtures::overflow);
                        assert_eq!(captured.message, "attempt to add with overflow");
                        forked += usize::from(captured.frozen.is_ok());
                        if round % 25 == 0 {
                            // Another thread's may have ended this one; it says so, and does not hang.
                            let frames = snapshot(&captured).frames(PATIENCE).expect("frames");
                            assert!(frames.0[0].function.ends_with("fixtures::add"));
                        }
                    }
                    forked
                })
            })
            .collect();
        let kept: usize = threads
            .into_iter()
            .map(|thread| thread.join().expect("no failure"))
            .sum();
        stop.store(true, Ordering::Relaxed);
        assert!(busy.join().expect("no failure") > 0);
        kept
    });
    assert_eq!(kept, THREADS * FAILURES);
}

/// The test of this name, run in a process of its own.
fn alone_in_a_process(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the tests' program"));
    command
        .args([
            "--exact",
            &format!("capture::tests::life::{name}"),
            "--ignored",
            "--nocapture",
        ])
        .stdin(Stdio::null());
    command
}

#[test]
#[ignore = "the server that is_killed kills"]
fn server() {
    let captured = caught(fixtures::overflow);
    eprintln!("snapshot {}", pid(&captured));
    loop {
        thread::park();
    }
}

#[test]
fn no_process_is_left_when_the_server_is_killed() {
    let _alone = alone();
    let mut server = alone_in_a_process("server");
    let mut server = server
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a server");
    let lines = BufReader::new(server.stderr.take().expect("its words")).lines();
    let pid = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("snapshot ")?.parse().ok());
    let pid: u32 = pid.expect("a snapshot");
    assert!(runs(pid));
    server.kill().expect("killed");
    server.wait().expect("ended");
    // In a container whose first process collects nobody it stays in the table.
    until("the snapshot has ended", || !runs(pid));
}

#[test]
#[ignore = "run by a_panic_while_another_unwinds_ends_the_program_as_ever"]
fn panics_twice() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    // It is meant to end so: no core is written into the source.
    let none = Rlimit {
        current: Some(0),
        ..getrlimit(Resource::Core)
    };
    setrlimit(Resource::Core, none).expect("a limit");
    let scope = super::scope();
    let _ = std::panic::catch_unwind(fixtures::twice);
    drop(scope);
}

#[test]
fn a_panic_while_another_unwinds_ends_the_program_as_ever() {
    let _alone = alone();
    let output = alone_in_a_process("panics_twice")
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        text.contains("panic in a destructor during cleanup"),
        "{text}"
    );
}

#[test]
#[ignore = "run by without_another_process_there_is_a_backtrace"]
fn cannot_fork() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    // No file can be opened, so there is no pair of sockets either.
    let _loaded = snapshot(&caught(fixtures::overflow)).frames(PATIENCE);
    let most = Rlimit {
        current: Some(3),
        ..getrlimit(Resource::Nofile)
    };
    setrlimit(Resource::Nofile, most).expect("a limit");
    let captured = caught(fixtures::overflow);
    let why = captured.frozen.as_ref().expect_err("no snapshot");
    assert!(
        why.starts_with("the process could not be forked for a snapshot: "),
        "{why}"
    );
    assert!(captured.walked()[0].function.ends_with("fixtures::add"));
}

#[test]
fn without_another_process_there_is_a_backtrace() {
    let _alone = alone();
    let output = alone_in_a_process("cannot_fork").output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
}

#[test]
fn a_read_that_nobody_waits_for_is_no_harm() {
    let _alone = alone();
    let captured = caught(fixtures::overflow);
    let short = snapshot(&captured).frames(Duration::ZERO);
    assert!(short.is_err_and(|text| text == "the snapshot was not read within 0 ms"));
    let long = snapshot(&captured).frames(PATIENCE).expect("frames");
    assert!(!long.0.is_empty());
}
