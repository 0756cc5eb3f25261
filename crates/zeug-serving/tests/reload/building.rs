//! How the program is built, and what is shown while it cannot be.

use std::process::{Command, Stdio};

use crate::project::{Project, get, program};

#[test]
fn a_failed_build_is_shown_until_it_passes() {
    let project = Project::new("broken", &program("old"));
    let running = project.start();
    running.until_answered("old");
    project.write(
        "src/main.rs",
        &program("new").replace("fn main", "fn <T> main"),
    );
    running.until_said("the build failed", 1);
    let page = running.browse();
    let (head, body) = page.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
    assert!(
        head.contains("Content-Type: text/html") && head.contains("Cache-Control: no-store"),
        "{head}"
    );
    for part in [
        "<h1>The build failed: 1 error</h1>",
        "src/main.rs:1:",
        "fn &lt;T&gt; main",
        "<span class=\"b c9\">error",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
    let text = running.get();
    assert!(
        text.starts_with("HTTP/1.1 503 ") && text.contains("text/plain"),
        "{text}"
    );
    assert!(
        text.contains("fn <T> main") && !text.contains('\x1b'),
        "{text}"
    );
    assert!(running.log().contains("fn <T> main"), "{}", running.log());
    // The page's question is answered when the next build begins.
    let number = body
        .split("/__zeug__/build?")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap();
    let asked = get_later(&running, &format!("/__zeug__/build?{number}"));
    project.write("src/main.rs", &program("new"));
    assert!(asked.join().unwrap().ends_with("building"));
    running.until_answered("new");
}

fn get_later(running: &crate::project::Running, path: &str) -> std::thread::JoinHandle<String> {
    let (address, path) = (running.address, path.to_owned());
    std::thread::spawn(move || get(address, &path, "*/*"))
}

#[test]
fn a_file_that_was_missing_mends_the_build() {
    let project = Project::new("missing", &program("old"));
    let running = project.start();
    running.until_answered("old");
    project.write(
        "src/main.rs",
        &format!(
            "mod more;\n{}",
            program("new").replace("\"new\"", "more::ANSWER")
        ),
    );
    running.until_said("the build failed", 1);
    assert!(running.browse().contains("src/more.rs"));
    // In a folder that is new, too.
    project.write("src/more/mod.rs", "mod deep;\npub use deep::ANSWER;\n");
    running.until_said("the build failed", 2);
    project.write("src/more/deep.rs", "pub const ANSWER: &str = \"deep\";\n");
    running.until_answered("deep");
    // From now on it is one of the sources.
    project.write("src/more/deep.rs", "pub const ANSWER: &str = \"deeper\";\n");
    running.until_answered("deeper");
    // What cargo itself refuses is shown, too.
    let manifest = std::fs::read_to_string(project.path("Cargo.toml")).unwrap();
    project.write("Cargo.toml", &format!("{manifest}\n[nonsense"));
    running.until_said("the build failed", 3);
    assert!(
        running.browse().contains("[nonsense"),
        "{}",
        running.browse()
    );
    project.write("Cargo.toml", &manifest);
    running.until_answered("deeper");
}

#[test]
fn a_change_during_a_build_begins_it_anew() {
    let project = Project::new("hurried", &program("0"));
    // So that there is time for another change.
    let script = "fn main() {
    println!(\"cargo::rerun-if-changed=src/main.rs\");
    std::thread::sleep(std::time::Duration::from_secs(3));
}
";
    project.write("build.rs", script);
    let running = project.start();
    running.until_answered("0");
    for round in 1..=3 {
        project.write("src/main.rs", &program(&round.to_string()));
        running.until_said("Compiling hurried", round);
    }
    running.until_answered("3");
    running.until_said("the new program serves", 1);
    assert_eq!(
        running.said("the new program serves"),
        1,
        "{}",
        running.log()
    );
}

#[test]
fn an_example_is_built_with_its_features_and_profile() {
    let project = Project::new("variants", &program("main"));
    let example = "fn main() -> zeug_serving::Result {
    let features = [(\"plain\", cfg!(feature = \"plain\")), (\"loud\", cfg!(feature = \"loud\")), (\"debug\", cfg!(debug_assertions))];
    let on: Vec<&str> = features.iter().filter(|each| each.1).map(|each| each.0).collect();
    let answer = format!(\"1 {}\", on.join(\" \"));
    zeug_serving::run_simple(\"127.0.0.1:0\", move |_: zeug_gateway::Request| answer.clone())
}
";
    project.write("examples/my-shop.rs", example);
    project.build(&[
        "--example",
        "my-shop",
        "--features",
        "loud",
        "--no-default-features",
    ]);
    let running = project.run("debug/examples/my-shop");
    running.until_answered("1 loud debug");
    project.write("examples/my-shop.rs", &example.replace("1 {}", "2 {}"));
    running.until_answered("2 loud debug");
    drop(running);
    // Unless it is said otherwise.
    let target = Project::target();
    let arguments = format!("build --example my-shop --target-dir {}", target.display());
    let running = project.run_with("debug/examples/my-shop", &arguments);
    running.until_answered("2 loud debug");
    project.write("examples/my-shop.rs", &example.replace("1 {}", "3 {}"));
    running.until_answered("3 plain debug");
}

#[test]
fn the_wrapper_of_the_console_is_called_where_it_lies() {
    let project = Project::new("wrapped", &program("old"));
    let folder = Project::target().join("zeug-console");
    std::fs::create_dir_all(&folder).unwrap();
    let script = "#!/bin/sh\necho \"$CARGO_MANIFEST_DIR\" >> \"${0%/*}/called\"\nexec \"$@\"\n";
    let wrapper = folder.join("rustc");
    std::fs::write(&wrapper, script).unwrap();
    std::fs::set_permissions(
        &wrapper,
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let running = project.start();
    project.write("src/main.rs", &program("new"));
    running.until_answered("new");
    let called = std::fs::read_to_string(folder.join("called")).unwrap();
    let own = project.path("").display().to_string();
    assert!(
        called
            .lines()
            .any(|line| line.trim_end_matches('/') == own.trim_end_matches('/'))
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_program_that_cargo_did_not_build_says_what_is_missing() {
    let project = Project::new("moved", &program("here"));
    project.build(&[]);
    let moved = project.path("moved");
    std::fs::copy(Project::target().join("debug/moved"), &moved).unwrap();
    let output = Command::new(&moved)
        .env("ZEUG_RELOAD", "1")
        .env_remove("ZEUG_RELOAD_CARGO")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(
        words.contains("no folder that cargo builds in") && words.contains("ZEUG_RELOAD_CARGO"),
        "{words}"
    );
}

#[test]
fn all_programs_of_a_run_show_the_same_certificate() {
    let main = |answer: &str| {
        format!(
            "use zeug_serving::{{Reloader, Server, Tls}};

fn main() -> zeug_serving::Result {{
    // Before the socket, and after it, the certificate is the same.
    let tls = Tls::adhoc()?;
    let server = Server::bind(\"127.0.0.1:0\")?.tls(tls);
    if !Reloader::is_child() {{
        println!(\"{{}} \", server.urls().join(\" \"));
    }}
    server.reloader(Reloader::default()).serve(|_: zeug_gateway::Request| {answer:?})
}}
"
        )
    };
    let project = Project::new("encrypted", &main("old"));
    let running = project.start();
    let ask = |end: &str| {
        let url = format!("https://{}/", running.address);
        let arguments = ["-sk", "--max-time", "200", "-w", "\n====\n%{certs}", &url];
        let output = Command::new("curl").args(arguments).output();
        let output =
            output.unwrap_or_else(|error| panic!("curl: {error}; `cargo xtask test` installs it"));
        let answer = String::from_utf8(output.stdout).unwrap();
        let (body, certificate) = answer.split_once("\n====\n").unwrap();
        assert!(
            body.contains(end) && certificate.contains("BEGIN CERTIFICATE"),
            "{answer}"
        );
        certificate.to_owned()
    };
    let first = ask("old");
    project.write(
        "src/main.rs",
        &main("new").replace("fn main", "fn <T> main"),
    );
    running.until_said("the build failed", 1);
    assert_eq!(ask("The build failed"), first);
    project.write("src/main.rs", &main("new"));
    running.until_said("the new program serves", 1);
    assert_eq!(ask("new"), first);
}
