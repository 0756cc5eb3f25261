//! A program is replaced by its next version while clients call: none is refused, none is cut.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::process::Example;

/// Calls again and again through new connections; how often, or what went wrong.
fn call(address: SocketAddr, stop: &AtomicBool) -> Result<u32, String> {
    let mut calls = 0;
    while !stop.load(Ordering::Relaxed) {
        let answer = TcpStream::connect(address).and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(20)))?;
            stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        });
        match answer {
            Ok(answer) if answer.ends_with("Hello World!") => calls += 1,
            other => return Err(format!("call {calls}: {other:?}")),
        }
    }
    Ok(calls)
}

/// More lines of the log than a pipe holds, which nobody reads: the program ends all the same.
#[test]
fn a_log_that_is_not_read_keeps_no_program() {
    let mut program = Example::start("hello");
    for _ in 0..3 {
        let answers = program.exchange(&b"GET / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(1000));
        assert_eq!(answers.matches("Hello World!").count(), 1000);
    }
    program.terminate();
    assert!(program.child.wait().unwrap().success());
}

#[test]
fn a_restart_on_a_passed_socket_refuses_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut program = Example::start_on(&listener, "hello", &[]);
    assert_eq!(program.address, address);

    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| call(address, &stop)))
            .collect();
        for _ in 0..5 {
            let mut next = Example::start_on(&listener, "hello", &[]);
            program.terminate();
            let status = program.child.wait().unwrap();
            assert!(status.success(), "{status}");
            std::mem::swap(&mut program, &mut next);
        }
        // The last one serves alone for a while.
        thread::sleep(Duration::from_millis(200));
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            let calls = client.join().unwrap();
            assert!(calls.as_ref().is_ok_and(|&calls| calls > 20), "{calls:?}");
        }
    });
}
