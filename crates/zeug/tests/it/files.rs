//! The example `files` as downloaders and players use it: curl goes on where it stopped, Chromium seeks.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::process::Example;

/// Bytes that differ from place to place.
fn noise(len: u32) -> Vec<u8> {
    (0..len)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

#[track_caller]
fn curl(example: &Example, target: &Path, args: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--max-time", "60"])
        .args(["--write-out", "%{http_code} %{size_download}", "--output"])
        .arg(target)
        .args(args)
        .arg(format!("http://{}/big.bin", example.address))
        .output()
        .unwrap_or_else(|error| panic!("curl: {error}; `cargo xtask test` installs it"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn curl_goes_on_with_a_download() {
    let folder = tempfile::tempdir().unwrap();
    let whole = noise(5_000_000);
    fs::write(folder.path().join("big.bin"), &whole).unwrap();
    let files = Example::start_with("files", &[folder.path().to_str().unwrap()]);

    let target = folder.path().join("got.bin");
    fs::write(&target, &whole[..1_234_567]).unwrap();
    assert_eq!(
        curl(&files, &target, &["--continue-at", "-"]),
        "206 3765433"
    );
    assert!(fs::read(&target).unwrap() == whole);
    // There is nothing left: curl takes the 416 for the end.
    assert!(curl(&files, &target, &["--continue-at", "-"]).starts_with("416 "));
    assert!(fs::read(&target).unwrap() == whole);

    let part = folder.path().join("part.bin");
    assert_eq!(curl(&files, &part, &["--range", "-10"]), "206 10");
    assert!(fs::read(&part).unwrap() == whole[whole.len() - 10..]);

    // Only what has changed is sent again.
    let tags = folder.path().join("tags");
    let tags = tags.to_str().unwrap();
    assert_eq!(curl(&files, &target, &["--etag-save", tags]), "200 5000000");
    let again = folder.path().join("again.bin");
    assert_eq!(curl(&files, &again, &["--etag-compare", tags]), "304 0");
}

/// A sound file of silence that a browser cannot hold whole: PCM needs no codec.
fn sound(path: &Path, bytes: u32) {
    let mut file = File::create(path).unwrap();
    let rate = 44_100_u32;
    for part in [
        b"RIFF".as_slice(),
        &(bytes + 36).to_le_bytes(),
        b"WAVEfmt ",
        &16_u32.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &rate.to_le_bytes(),
        &rate.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &8_u16.to_le_bytes(),
        b"data",
        &bytes.to_le_bytes(),
    ] {
        file.write_all(part).unwrap();
    }
    file.set_len(u64::from(bytes) + 44).unwrap();
}

const PAGE: &str = r#"<!doctype html>
<title>seek</title>
<audio id=sound src="sound.wav" preload=auto></audio>
<script>
const sound = document.getElementById("sound");
const tell = text => fetch("/told?" + text);
sound.addEventListener("loadedmetadata", () => { sound.currentTime = sound.duration - 10; }, { once: true });
sound.addEventListener("seeked", () => tell("seeked=" + Math.round(sound.duration - sound.currentTime)));
sound.addEventListener("error", () => tell("error=" + sound.error.code));
</script>
"#;

/// Ended when dropped.
struct Browser(Child);

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn chromium_seeks_in_a_sound_file() {
    let folder = tempfile::tempdir().unwrap();
    let profile = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("page.html"), PAGE).unwrap();
    let size = 60_000_000;
    sound(&folder.path().join("sound.wav"), size);
    let mut files = Example::start_with("files", &[folder.path().to_str().unwrap()]);

    let browser = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--remote-debugging-port=0",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("http://{}/page.html", files.address))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("chromium: {error}; `cargo xtask test` installs it"));
    let _browser = Browser(browser);

    // The log says what was asked for.
    let log = BufReader::new(files.child.stderr.take().unwrap());
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        log.lines()
            .map_while(Result::ok)
            .try_for_each(|line| sender.send(line))
    });
    let mut seen = Vec::new();
    while !seen.iter().any(|line: &String| line.contains("/told?")) {
        match lines.recv_timeout(Duration::from_secs(60)) {
            Ok(line) => seen.push(line),
            Err(error) => panic!("{error} after {seen:#?}"),
        }
    }
    let log = seen.join("\n");
    assert!(log.contains("/told?seeked=10 "), "{log}");
    // The end was asked for as a range of its own, not after all that is before it.
    let parts: Vec<u32> = seen
        .iter()
        .filter_map(|line| line.split_once("sound.wav HTTP/1.1\" 206 "))
        .filter_map(|(_, length)| length.split_whitespace().next()?.parse().ok())
        .collect();
    assert!(
        parts.iter().any(|&length| length > 0 && length < size / 4),
        "{log}"
    );
}
