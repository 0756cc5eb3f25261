//! What a reload costs beside cargo, and idle. Run by hand: `cargo test -p zeug-serving --features reloader,adhoc --test reload -- --ignored --nocapture`.

use std::thread;
use std::time::{Duration, Instant};

use crate::ending::ticks;
use crate::project::{Project, program};

const ROUNDS: usize = 15;

#[test]
#[ignore = "a measurement"]
fn from_saving_to_the_first_answer() {
    let project = Project::new("measured", &program("0"));
    let running = project.start();
    running.until_answered("0");
    let (mut reloads, mut builds, mut differences) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        // Cargo alone, of another program of the same package.
        project.write("src/bin/alone.rs", &program(&format!("alone {round}")));
        let build = project.build(&["--bin", "alone"]);
        let answer = format!("answer {round}");
        let begun = Instant::now();
        project.write("src/main.rs", &program(&answer));
        running.until_answered(&answer);
        let reload = begun.elapsed();
        builds.push(build);
        reloads.push(reload);
        differences.push(reload.as_secs_f64() - build.as_secs_f64());
    }
    reloads.sort();
    builds.sort();
    differences.sort_by(f64::total_cmp);
    println!("{}", running.log());
    println!(
        "median of {ROUNDS}: save to answer {:.3} s, cargo build alone {:.3} s, difference of pairs {:.3} s",
        reloads[ROUNDS / 2].as_secs_f64(),
        builds[ROUNDS / 2].as_secs_f64(),
        differences[ROUNDS / 2],
    );
}

#[test]
#[ignore = "a measurement"]
fn ten_idle_seconds() {
    let project = Project::new("measured-idle", &program("here"));
    let running = project.start();
    running.until_answered("here");
    thread::sleep(Duration::from_secs(1));
    let both = [running.child.id(), running.program()];
    let before = both.map(ticks);
    thread::sleep(Duration::from_secs(10));
    let after = both.map(ticks);
    println!(
        "ticks of reloader and program in 10 s: {} and {}",
        after[0] - before[0],
        after[1] - before[1]
    );
}

#[test]
#[ignore = "a measurement"]
fn looking_at_an_interval() {
    const LOOKS: u32 = 200;
    let main = "use std::time::Duration;
use zeug_serving::{Reloader, Server};

fn main() -> zeug_serving::Result {
    let server = Server::bind(\"127.0.0.1:0\")?;
    if !Reloader::is_child() {
        println!(\"{} \", server.urls().join(\" \"));
    }
    let reloader = Reloader::default().watch(\"data\").poll(Duration::from_millis(50));
    server.reloader(reloader).serve(|_: zeug_gateway::Request| \"here\")
}
";
    let project = Project::new("measured-looks", main);
    for file in 0..1000 {
        project.write(&format!("data/{}/{file}", file % 20), "");
    }
    let running = project.start();
    running.until_answered("here");
    let before = ticks(running.child.id());
    thread::sleep(Duration::from_millis(50) * LOOKS);
    let used = ticks(running.child.id()) - before;
    println!("{used} ticks of 10 ms for about {LOOKS} looks at 1,000 files and the program's own");
}
