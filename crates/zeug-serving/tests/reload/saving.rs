//! What counts as a change, and how many builds it makes: editors, version control, files that nobody names, files that are missing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::project::{Project, get, program};

#[test]
fn two_hundred_requests_during_a_reload_and_none_is_lost() {
    let project = Project::new("lossless", &program("old"));
    let running = project.start();
    assert!(running.get().ends_with("old"));
    let (address, stop) = (running.address, AtomicBool::new(false));
    thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut answers = Vec::new();
                    while !stop.load(Ordering::Relaxed) || answers.len() < 100 {
                        let answer = get(address, "/", "*/*");
                        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
                        answers.push(answer.ends_with("new"));
                    }
                    answers
                })
            })
            .collect();
        project.write("src/main.rs", &program("new"));
        running.until_answered("new");
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            let answers = client.join().unwrap();
            assert!(
                answers.len() >= 100 && answers.is_sorted(),
                "the old program after the new one"
            );
        }
    });
    assert_eq!(running.said(" changed, building"), 1, "{}", running.log());
}

#[test]
fn a_save_is_one_build_however_an_editor_does_it() {
    let project = Project::new("editors", &program("0"));
    let running = project.start();
    running.until_answered("0");
    let main = project.path("src/main.rs");
    type Save = fn(&Project, &str);
    let saves: [Save; 4] = [
        // In place, in two pieces.
        |project, text| {
            let (first, second) = text.split_at(20);
            project.write("src/main.rs", first);
            project.write("src/main.rs", &format!("{first}{second}"));
        },
        // Beside it, and over it.
        |project, text| {
            project.write("src/.main.rs.tmp", text);
            fs::rename(
                project.path("src/.main.rs.tmp"),
                project.path("src/main.rs"),
            )
            .unwrap();
        },
        // vim, with a backup.
        |project, text| {
            project.write("src/4913", "");
            fs::remove_file(project.path("src/4913")).unwrap();
            fs::rename(project.path("src/main.rs"), project.path("src/main.rs~")).unwrap();
            project.write("src/main.rs", text);
            fs::remove_file(project.path("src/main.rs~")).unwrap();
        },
        // The file is gone for a while.
        |project, text| {
            fs::remove_file(project.path("src/main.rs")).unwrap();
            thread::sleep(Duration::from_millis(150));
            project.write("src/main.rs", text);
        },
    ];
    for (index, save) in saves.iter().enumerate() {
        let answer = (index + 1).to_string();
        save(&project, &program(&answer));
        running.until_answered(&answer);
        assert_eq!(
            running.said(" changed, building"),
            index + 1,
            "{}",
            running.log()
        );
    }
    // What is no change makes none.
    let _ = fs::read(&main).unwrap();
    let mut rights = fs::metadata(&main).unwrap().permissions();
    rights.set_mode(0o600);
    fs::set_permissions(&main, rights).unwrap();
    for name in [
        "src/.main.rs.swp",
        "src/4913",
        "src/main.rs~",
        "src/unnamed.rs",
        "README.md",
        "target/x.rs",
    ] {
        project.write(name, "not Rust");
    }
    // Had they been seen, that would have been before this one.
    thread::sleep(Duration::from_millis(500));
    project.write("src/main.rs", &program("last"));
    running.until_answered("last");
    assert_eq!(
        running.said(" changed, building"),
        saves.len() + 1,
        "{}",
        running.log()
    );
}

/// A program that watches a folder, and says the contents of a file in it.
const WATCHING: &str = "use zeug_serving::{Reloader, Server};

fn main() -> zeug_serving::Result {
    let server = Server::bind(\"127.0.0.1:0\")?;
    if !Reloader::is_child() {
        println!(\"{} \", server.urls().join(\" \"));
    }
    let reloader = Reloader::default().watch(\"data\").ignore(\"*.log\")POLL;
    let text = std::fs::read_to_string(\"data/000/text\").unwrap_or_default();
    server.reloader(reloader).serve(move |_: zeug_gateway::Request| text.clone())
}
";

#[test]
fn hundreds_of_files_at_once_are_one_build() {
    let project = Project::new("checkout", &WATCHING.replace("POLL", ""));
    let running = project.start();
    running.until_answered("");
    // Folders and files that are new, as a checkout writes them.
    for round in 1..=2 {
        let text = format!("round {round}");
        for folder in 0..20 {
            for file in [
                "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "text",
            ] {
                project.write(&format!("data/{folder:03}/{file}"), &text);
            }
            project.write(&format!("data/{folder:03}/x.log"), &text);
            thread::sleep(Duration::from_millis(4));
        }
        running.until_answered(&text);
        assert_eq!(
            running.said(" changed, building"),
            round,
            "{}",
            running.log()
        );
    }
    project.write("data/000/x.log", "ignored");
    thread::sleep(Duration::from_millis(500));
    fs::remove_dir_all(project.path("data")).unwrap();
    running.until_answered("\r\n\r\n");
    assert_eq!(running.said(" changed, building"), 3, "{}", running.log());
}

#[test]
fn looking_at_an_interval_sees_the_same() {
    let poll = ".poll(std::time::Duration::from_millis(50))";
    let project = Project::new("polled", &WATCHING.replace("POLL", poll));
    let running = project.start();
    running.until_answered("");
    project.write("data/000/text", "seen");
    running.until_answered("seen");
    let edited = WATCHING
        .replace("POLL", poll)
        .replace("text.clone()", "text.clone() + \"!\"");
    project.write("src/main.rs", &edited);
    running.until_answered("seen!");
}

#[test]
fn what_was_saved_before_the_start_is_built_first() {
    let project = Project::new("stale", &program("old"));
    project.build(&[]);
    project.write("src/main.rs", &program("new"));
    let running = project.run("debug/stale");
    assert!(running.get().ends_with("new"), "{}", running.log());
}
