//! Shared files: what is found, how it is sent, and that nothing outside ever is.

use std::fs;
use std::path::Path;

use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request, Response};
use zeug_middleware::{SharedData, Symlinks};
use zeug_test::LiveServer;

use crate::{raw, status};

/// What stands in every file outside of the shared folder, and in none inside.
const SECRET: &str = "TOP-SECRET-7391";

/// `root/` to be shared, and beside it what must not be.
fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for made in [
        "root/sub",
        "root/empty",
        "root/.git",
        "root-secret",
        "outside",
    ] {
        fs::create_dir_all(path(made)).unwrap();
    }
    for (name, text) in [
        ("root/a.txt", "hello world"),
        ("root/a.css", "body{}"),
        ("root/a.css.br", "BR"),
        ("root/a.css.zst", "ZSTD"),
        ("root/a.css.gz", "GZIP"),
        ("root/sub/index.html", "<p>index"),
        ("root/index.html", "<p>top"),
        ("root/.git/config", "hidden"),
        ("root/b.tar.gz", "tar"),
        ("root/noext", "?"),
        ("root/é ü.txt", "é"),
        ("secret.txt", SECRET),
        ("root-secret/a.txt", SECRET),
        ("outside/a.txt", SECRET),
    ] {
        fs::write(path(name), text).unwrap();
    }
    let link = |to: &Path, at: &str| std::os::unix::fs::symlink(to, path(at)).unwrap();
    link(Path::new("a.txt"), "root/in.txt");
    link(&path("root/a.txt"), "root/absolute-in.txt");
    link(Path::new("../secret.txt"), "root/out.txt");
    link(&path("secret.txt"), "root/absolute-out.txt");
    link(Path::new("../outside"), "root/out");
    link(Path::new("loop"), "root/loop");
    link(Path::new("sub"), "root/sub-link");
    folder
}

fn app(data: SharedData) -> impl Handler {
    (|_: Request| (http::StatusCode::NOT_FOUND, "the application"))
        .into_handler()
        .with(data)
}

fn shared(folder: &tempfile::TempDir) -> SharedData {
    SharedData::new()
        .folder("/s", folder.path().join("root"))
        .unwrap()
}

fn asks(app: &impl Handler, path: &str, fields: &[(&str, &str)]) -> Response {
    let raw = fields
        .iter()
        .fold(http::Request::get(path), |raw, (name, value)| {
            raw.header(*name, *value)
        });
    app.handle(raw.body(()).unwrap().into())
}

fn text(response: Response) -> String {
    let bytes = response.into_body().into_bytes(1 << 20).unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn field(response: &Response, name: &str) -> String {
    let value = response.headers().get(name);
    value
        .map(|value| value.to_utf8_lossy().into_owned())
        .unwrap_or_default()
}

#[test]
fn files_are_sent_as_files() {
    let folder = tree();
    let app = app(shared(&folder));
    let response = asks(&app, "/s/a.txt", &[]);
    assert_eq!(response.status(), 200);
    assert!(response.body().as_bytes().is_some(), "it is small");
    assert_eq!(
        field(&response, "content-type"),
        "text/plain; charset=utf-8"
    );
    assert_eq!(field(&response, "content-length"), "11");
    assert_eq!(field(&response, "cache-control"), "max-age=43200, public");
    assert_eq!(field(&response, "accept-ranges"), "bytes");
    let (tag, date) = (field(&response, "etag"), field(&response, "last-modified"));
    assert_eq!(text(response), "hello world");

    for fields in [[("if-none-match", &*tag)], [("if-modified-since", &*date)]] {
        let response = asks(&app, "/s/a.txt", &fields);
        assert_eq!(
            (response.status().as_u16(), field(&response, "etag")),
            (304, tag.clone())
        );
        assert!(response.body().is_empty() && !response.headers().contains("content-type"));
    }
    let part = asks(&app, "/s/a.txt", &[("range", "bytes=6-8")]);
    assert_eq!(
        (part.status().as_u16(), field(&part, "content-range")),
        (206, "bytes 6-8/11".into())
    );
    fs::write(folder.path().join("root/big.bin"), vec![b'x'; 20_000]).unwrap();
    for (range, as_file) in [
        ("bytes=0-", true),
        ("bytes=5-19000", true),
        ("bytes=0-9", false),
    ] {
        let part = asks(&app, "/s/big.bin", &[("range", range)]);
        let file = part.body().as_file().is_some();
        assert_eq!(file, as_file, "so that the system can send it: {range}");
    }
    assert_eq!(text(part), "wor");
    assert_eq!(
        asks(&app, "/s/a.txt", &[("range", "bytes=11-")]).status(),
        416
    );
    assert_eq!(
        asks(&app, "/s/a.txt", &[("if-match", "\"other\"")]).status(),
        412
    );
    assert_eq!(asks(&app, "/s/a.txt", &[("range", "")]).status(), 200);

    assert_eq!(text(asks(&app, "/s/%C3%A9%20%C3%BC.txt", &[])), "é");
    assert_eq!(
        field(&asks(&app, "/s/b.tar.gz", &[]), "content-encoding"),
        "gzip"
    );
    assert_eq!(
        field(&asks(&app, "/s/noext", &[]), "content-type"),
        "application/octet-stream"
    );
    let head = http::Request::head("/s/a.txt").body(()).unwrap();
    let head = app.handle(head.into());
    assert_eq!(
        (field(&head, "content-length"), head.body().is_empty()),
        ("11".into(), true)
    );
    let post = http::Request::post("/s/a.txt").body(()).unwrap();
    assert_eq!(
        app.handle(post.into()).status(),
        404,
        "the application's to refuse"
    );
}

#[test]
fn settings_do_what_they_say() {
    let folder = tree();
    let data = shared(&folder)
        .without_caching()
        .fallback_type("text/x-unknown");
    let app_ = app(data.disallow("*.css").without_hidden());
    let response = asks(
        &app_,
        "/s/noext",
        &[("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")],
    );
    assert_eq!(
        (response.status().as_u16(), field(&response, "etag")),
        (200, String::new())
    );
    assert_eq!(field(&response, "cache-control"), "public");
    assert_eq!(
        field(&response, "content-type"),
        "text/x-unknown; charset=utf-8"
    );
    for refused in ["/s/a.css", "/s/.git/config", "/s/%2egit/config"] {
        assert_eq!(asks(&app_, refused, &[]).status(), 404, "{refused}");
    }
    assert_eq!(
        text(asks(&app(shared(&folder)), "/s/.git/config", &[])),
        "hidden"
    );

    // The first root that has the file answers.
    let several = SharedData::new()
        .memory("/s", [("a.txt", "from memory"), ("dir/x.js", "1")])
        .folder("/s", folder.path().join("root"))
        .unwrap()
        .file("/one", folder.path().join("root/a.css"))
        .unwrap();
    let app = app(several);
    assert_eq!(text(asks(&app, "/s/a.txt", &[])), "from memory");
    assert_eq!(text(asks(&app, "/s/a.css", &[])), "body{}");
    assert_eq!(
        field(&asks(&app, "/s/dir/x.js", &[]), "content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(text(asks(&app, "/one", &[])), "body{}");
    assert_eq!(asks(&app, "/s/dir", &[]).status(), 404);
    let tag = field(&asks(&app, "/s/a.txt", &[]), "etag");
    assert_eq!(
        asks(&app, "/s/a.txt", &[("if-none-match", &tag)]).status(),
        304
    );
}

#[test]
fn each_age_and_each_root_is_its_own() {
    let folder = tree();
    let data = shared(&folder)
        .folder("/s", folder.path().join("outside"))
        .unwrap()
        .memory("/m", [("a.txt", "from memory"), ("dir/b.txt", "below")])
        .max_age(60)
        .at(zeug_http::HttpDate::from_unix_seconds(0));
    let app = app(data.index("b.txt").redirect_folders());
    let response = asks(&app, "/s/a.txt", &[]);
    assert_eq!(field(&response, "cache-control"), "max-age=60, public");
    assert_eq!(field(&response, "date"), "Thu, 01 Jan 1970 00:00:00 GMT");
    assert_eq!(field(&response, "expires"), "Thu, 01 Jan 1970 00:01:00 GMT");
    assert_eq!(text(response), "hello world", "the first root that has it");
    for (path, status) in [
        ("/m/a.txt", 200),
        ("/m/dir/", 200),
        ("/m/dir", 308),
        // In no root, and in no memory; no name leads from one to the other.
        ("/s/b.txt", 404),
        ("/m/b.txt", 404),
        ("/m/../s/a.txt", 404),
        ("/m/dir/../a.txt", 404),
        ("/m/%2e%2e/s/a.txt", 404),
        ("/m//a.txt", 404),
        ("/m/A.TXT", 404),
        ("/ma.txt", 404),
    ] {
        assert_eq!(asks(&app, path, &[]).status(), status, "{path}");
    }
}

#[test]
fn precompressed_siblings_are_negotiated() {
    let folder = tree();
    let app = app(shared(&folder).precompressed());
    let plain = asks(&app, "/s/a.css", &[]);
    assert_eq!(
        (field(&plain, "vary"), field(&plain, "content-encoding")),
        ("Accept-Encoding".into(), String::new())
    );
    let plain_tag = field(&plain, "etag");
    for (accept, coding, body) in [
        ("gzip, br", "br", "BR"),
        ("gzip", "gzip", "GZIP"),
        ("zstd, gzip;q=0.5", "zstd", "ZSTD"),
        ("br;q=0, *", "zstd", "ZSTD"),
        ("deflate, compress", "", "body{}"),
        ("br;q=0.1, identity;q=0.5", "", "body{}"),
        ("br;q=0, gzip;q=0", "", "body{}"),
        ("", "", "body{}"),
    ] {
        let response = asks(&app, "/s/a.css", &[("accept-encoding", accept)]);
        assert_eq!(field(&response, "content-encoding"), coding, "{accept}");
        assert_eq!(field(&response, "content-type"), "text/css; charset=utf-8");
        assert_eq!(
            field(&response, "etag") == plain_tag,
            coding.is_empty(),
            "a tag for each form"
        );
        assert_eq!(text(response), body, "{accept}");
    }
    let none = asks(&app, "/s/a.txt", &[("accept-encoding", "br, gzip")]);
    assert_eq!(
        (field(&none, "content-encoding"), text(none)),
        (String::new(), "hello world".into())
    );
}

#[test]
fn folders_are_redirected_only_where_told() {
    let folder = tree();
    let plain = app(shared(&folder));
    let index = app(shared(&folder).index("index.html"));
    let redirecting = app(shared(&folder).index("index.html").redirect_folders());
    for path in ["/s", "/s/", "/s/sub", "/s/sub/"] {
        assert_eq!(asks(&plain, path, &[]).status(), 404, "{path}");
    }
    assert_eq!(text(asks(&index, "/s/sub/", &[])), "<p>index");
    assert_eq!(text(asks(&index, "/s/", &[])), "<p>top");
    assert_eq!(asks(&index, "/s/sub", &[]).status(), 404);
    let redirect = asks(&redirecting, "/s/sub?a=b", &[]);
    assert_eq!(
        (redirect.status().as_u16(), field(&redirect, "location")),
        (308, "sub/?a=b".into())
    );
    assert_eq!(asks(&redirecting, "/s/sub/", &[]).status(), 200, "no loop");
    assert_eq!(
        asks(&redirecting, "/s/empty", &[]).status(),
        404,
        "nothing to redirect to"
    );
    // No redirect leads to another host.
    let root = SharedData::new()
        .folder("/", folder.path().join("root"))
        .unwrap();
    let root = app(root.index("index.html").redirect_folders());
    for path in [
        "//evil.test/..",
        "//evil.test/%2e%2e",
        "/%2fevil.test/%2e%2e",
        "/\\evil.test/..",
        "//sub",
        "/sub/../sub",
    ] {
        let Ok(uri) = path.parse() else { continue };
        let mut request = Request::new(());
        *request.uri_mut() = uri;
        let location = field(&root.handle(request), "location");
        assert!(
            !location.starts_with(['/', '\\']) && !location.contains(':'),
            "{path} {location}"
        );
    }
}

#[test]
fn links_are_followed_as_told() {
    let folder = tree();
    let found = |symlinks: Symlinks, path: &str| {
        let app = app(shared(&folder).symlinks(symlinks));
        asks(&app, path, &[]).status() == 200
    };
    for (path, within, follow) in [
        ("/s/a.txt", true, true),
        ("/s/in.txt", true, true),
        ("/s/absolute-in.txt", true, true),
        ("/s/sub-link/index.html", true, true),
        ("/s/out.txt", false, true),
        ("/s/absolute-out.txt", false, true),
        ("/s/out/a.txt", false, true),
        ("/s/loop", false, false),
    ] {
        assert_eq!(found(Symlinks::Within, path), within, "{path}");
        assert_eq!(found(Symlinks::Follow, path), follow, "{path}");
        assert_eq!(found(Symlinks::Refuse, path), path == "/s/a.txt", "{path}");
    }
    // The folder itself may be a link, and may be exchanged.
    let current = folder.path().join("current");
    std::os::unix::fs::symlink(folder.path().join("root"), &current).unwrap();
    let app = app(SharedData::new()
        .folder("/s", &current)
        .unwrap()
        .symlinks(Symlinks::Refuse));
    assert_eq!(text(asks(&app, "/s/a.txt", &[])), "hello world");
    fs::remove_file(&current).unwrap();
    std::os::unix::fs::symlink(folder.path().join("root/sub"), &current).unwrap();
    assert_eq!(asks(&app, "/s/a.txt", &[]).status(), 404);
    assert_eq!(asks(&app, "/s/index.html", &[]).status(), 200);
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let folder = tree();
    let fifo = folder.path().join("root/fifo");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    for symlinks in [Symlinks::Within, Symlinks::Follow, Symlinks::Refuse] {
        assert_eq!(
            asks(&app(shared(&folder).symlinks(symlinks)), "/s/fifo", &[]).status(),
            404
        );
    }
    assert!(
        SharedData::new()
            .folder("/", folder.path().join("missing"))
            .is_err()
    );
    assert!(
        SharedData::new()
            .file("/", folder.path().join("root"))
            .is_err()
    );
}

/// Paths that have led out of some server's folder, written as they go over the wire.
fn traversals() -> Vec<String> {
    let ups = [
        "..",
        "%2e%2e",
        ".%2e",
        "%2E.",
        "..%00",
        "..;",
        "..%20",
        ".. ",
        "..%09",
        "%252e%252e",
        "..%c0%af",
        "%c0%ae%c0%ae",
        "....",
        "...",
        "..\\",
        "..%5c",
        "%uff0e%uff0e",
        "..%ef%bc%8f",
    ];
    let joints = ["/", "//", "%2f", "\\", "%5c", "/./"];
    let mut paths: Vec<String> = Vec::new();
    for up in ups {
        for joint in joints {
            paths.push(format!("/s/{up}{joint}secret.txt"));
            paths.push(format!("/s/sub/{up}{joint}{up}{joint}secret.txt"));
        }
    }
    for more in [
        "/s/../root-secret/a.txt",
        "/s-secret/a.txt",
        "/s%2d/a.txt",
        "/s../root-secret/a.txt",
        "/s/..%2froot-secret%2fa.txt",
        "/s//etc/passwd",
        "/s/%2fetc/passwd",
        "/s/%2Fetc%2Fpasswd",
        "/s///etc/passwd",
        "/s/file:///etc/passwd",
        "/s/c:/windows/win.ini",
        "/s/c%3a/windows/win.ini",
        "/c:/windows/win.ini",
        "/s/out.txt",
        "/s/absolute-out.txt",
        "/s/out/a.txt",
        "/s/out/../secret.txt",
        "/s/NUL",
        "/s/con.txt",
        "/s/aux::$DATA",
        "/s/a.txt::$DATA",
        "/s/secret.txt%00.html",
        "/s/../secret.txt?x",
        "/s/./../secret.txt",
        "//s/../secret.txt",
        "/../secret.txt",
        "/s/~root/",
        "/s/proc/self/root/etc/passwd",
        "/s/./file.js",
        "/./s/../secret.txt",
        "/s/sub/../../secret.txt",
        "/s/sub/../../../../../../etc/passwd",
        "/s/%",
        "/s/%2",
        "/s/%zz/../../secret.txt",
    ] {
        paths.push(more.to_owned());
    }
    paths
}

#[test]
fn no_byte_from_outside_comes_over_the_wire() {
    let folder = tree();
    let data = shared(&folder)
        .index("index.html")
        .redirect_folders()
        .precompressed();
    let server = LiveServer::start(app(data)).unwrap();
    let paths = traversals();
    assert!(paths.len() >= 200, "{}", paths.len());
    for path in &paths {
        let answer = raw(
            server.address(),
            format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
        );
        let text = String::from_utf8_lossy(&answer);
        assert!(
            matches!(status(&answer), 400 | 404 | 200 | 308),
            "{path}: {text}"
        );
        assert!(
            !text.contains(SECRET) && !text.contains("root:"),
            "{path}: {text}"
        );
        if status(&answer) == 200 {
            // A folder's own file, reached by a way around: nothing else has these texts.
            assert!(
                text.ends_with("<p>index") || text.ends_with("<p>top"),
                "{path}: {text}"
            );
        }
    }
    let fine = raw(
        server.address(),
        "GET /s/sub/../a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    );
    assert!(fine.ends_with(b"hello world"), "the server is well");
}

/// actix-files 4082: `/./file` and a file older than 1970 were panics.
#[test]
fn dots_and_files_of_any_age_are_no_panic() {
    let folder = tree();
    let old = std::time::UNIX_EPOCH - std::time::Duration::from_secs(86_400);
    fs::File::options()
        .write(true)
        .open(folder.path().join("root/a.txt"))
        .and_then(|file| file.set_modified(old))
        .unwrap();
    let app = app(shared(&folder));
    let first = asks(&app, "/s/a.txt", &[]);
    assert_eq!(first.status(), 200);
    let since = [("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT")];
    assert!(matches!(
        asks(&app, "/s/a.txt", &since).status().as_u16(),
        200 | 304
    ));
    for path in ["/s/./a.txt", "/./s/a.txt", "/s/.", "/s/./", "/.", "/./"] {
        assert!(
            matches!(asks(&app, path, &[]).status().as_u16(), 200 | 404),
            "{path}"
        );
    }
}
