//! Chromium loads a page of `SharedData`'s: images, styles, a script and a video that it seeks in. What the browser made of them it says itself, from its own document.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
use zeug_middleware::{Lint, SharedData};
use zeug_test::LiveServer;

use crate::programs::{PATIENCE, on_path};

const CLIP: &[u8] = include_bytes!("../media/clip.mp4");
const DOT: &[u8] = include_bytes!("../media/dot.png");
/// How much stands between the video's pictures and its index: more than a browser reads on the chance.
const GAP: u32 = 64 * 1024 * 1024;

const PAGE: &str = r#"<!doctype html>
<title>media</title>
<link rel=stylesheet href=style.css>
<p id=styled>text</p>
<img id=dot src=images/dot.png><img id=drawn src=images/drawn.svg><img id=refused src=images/.hidden.png>
<video id=clip src=clip.mp4 preload=auto muted></video>
<script type=module src=tell.js></script>
"#;

const STYLE: &str = "#styled { color: rgb(1, 2, 3); background: url(images/dot.png) }";

const DRAWN: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"><rect width="7" height="5" fill="red"/></svg>"#;

const TELL: &str = r#"
const of = id => document.getElementById(id);
const once = (target, event) => new Promise(done => target.addEventListener(event, done, { once: true }));
const clip = of("clip");
if (clip.readyState < 1 && !clip.error) await Promise.race([once(clip, "loadedmetadata"), once(clip, "error")]);
if (!clip.error) { clip.currentTime = 2.5; await Promise.race([once(clip, "seeked"), once(clip, "error")]); }
if (document.readyState != "complete") await once(window, "load");
const told = [
  "dot " + of("dot").naturalWidth + "x" + of("dot").naturalHeight,
  "drawn " + of("drawn").naturalWidth + "x" + of("drawn").naturalHeight,
  "refused " + of("refused").naturalWidth + "x" + of("refused").naturalHeight,
  "styled " + getComputedStyle(of("styled")).color,
  clip.error ? "clip " + clip.error.message : "clip " + clip.videoWidth + "x" + clip.videoHeight + " of " + Math.round(clip.duration) + " s at " + clip.currentTime,
];
await fetch("/told", { method: "POST", body: told.join("\n") });
"#;

/// Ended when dropped.
struct Browser(Child);

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The clip, with a gap that is no bytes on the disk between its pictures and its index, which stands last.
fn clip(path: &Path) {
    let index = CLIP.windows(4).position(|four| four == b"moov").unwrap() - 4;
    let mut file = File::create(path).unwrap();
    file.write_all(&CLIP[..index]).unwrap();
    file.write_all(&GAP.to_be_bytes()).unwrap();
    file.write_all(b"free").unwrap();
    file.seek(SeekFrom::Start(index as u64 + u64::from(GAP)))
        .unwrap();
    file.write_all(&CLIP[index..]).unwrap();
}

#[test]
fn chromium_loads_images_styles_and_a_video() {
    let (Some(chromium), Some(gzip)) = (on_path("chromium"), on_path("gzip")) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("images")).unwrap();
    for (name, bytes) in [
        ("index.html", PAGE.as_bytes()),
        ("style.css", STYLE.as_bytes()),
        ("tell.js", TELL.as_bytes()),
        ("images/dot.png", DOT),
        ("images/drawn.svg", DRAWN.as_bytes()),
        ("images/.hidden.png", DOT),
    ] {
        fs::write(path(name), bytes).unwrap();
    }
    clip(&path("clip.mp4"));
    let packed = Command::new(gzip)
        .args(["--keep", "--best"])
        .arg(path("style.css"))
        .status();
    assert!(packed.unwrap().success());

    let (told, tells) = mpsc::channel();
    let app = move |request: Request| {
        if request.uri().path() == "/told" {
            let bytes = request.into_body().into_bytes(10_000).unwrap();
            told.send(String::from_utf8(bytes.to_vec()).unwrap())
                .unwrap();
        }
        http::StatusCode::NOT_FOUND
    };
    let files = SharedData::new()
        .folder("/", folder.path())
        .unwrap()
        .index("index.html")
        .precompressed()
        .without_hidden();
    let app = app.into_handler().with(files).with(Lint::panicking());
    let (answered, answers) = mpsc::channel();
    let server = LiveServer::start(move |request: Request| {
        let path = request.uri().path().to_owned();
        let response = app.handle(request);
        let field = |name: &str| {
            let value = response.headers().get(name);
            value.map(|value| value.to_utf8_lossy().into_owned())
        };
        answered
            .send((
                path,
                response.status().as_u16(),
                field("content-range"),
                field("content-encoding"),
            ))
            .unwrap();
        response
    })
    .unwrap();

    let profile = tempfile::tempdir().unwrap();
    let browser = Command::new(chromium)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--remote-debugging-port=0",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(server.url("/"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _browser = Browser(browser.unwrap());
    let told = tells.recv_timeout(3 * PATIENCE);
    let answers: Vec<_> = answers.try_iter().collect();
    let told = told.unwrap_or_else(|error| panic!("{error} after {answers:#?}"));
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(
        lines,
        [
            "dot 3x2",
            "drawn 7x5",
            "refused 0x0",
            "styled rgb(1, 2, 3)",
            "clip 64x48 of 3 s at 2.5",
        ]
    );
    let of = |wanted: &'static str| answers.iter().filter(move |(path, ..)| path == wanted);
    assert!(of("/style.css").all(|(_, _, _, coding)| coding.as_deref() == Some("gzip")));
    assert!(of("/images/.hidden.png").all(|(_, status, ..)| *status == 404));
    // The index at the end was asked for by a range, not by reading all that stands before it.
    let starts: Vec<u64> = of("/clip.mp4")
        .filter_map(|(_, status, range, _)| {
            assert_eq!(*status, 206, "{answers:#?}");
            let range = range.as_deref()?.strip_prefix("bytes ")?;
            range.split('-').next()?.parse().ok()
        })
        .collect();
    assert!(
        starts.iter().any(|&start| start >= u64::from(GAP)),
        "{starts:?}"
    );
}
