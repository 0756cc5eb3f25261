//! Files: their types, names and validators, and that none is sent from outside its folder.

use std::fs;

use zeug_gateway::Body;
use zeug_http::{ETag, HttpDate};
use zeug_messages::{Request, Response, SendFile};

fn request(fields: &[(&str, &str)]) -> Request {
    let mut request = http::Request::builder().uri("/");
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap().into()
}

fn field(response: &Response, name: &str) -> Option<String> {
    response
        .headers()
        .get(name)
        .map(|value| value.to_utf8_lossy().into_owned())
}

#[test]
fn names_and_types() {
    for (name, attachment, content_type, encoding, disposition) in [
        (
            "logo.svgz",
            false,
            "image/svg+xml; charset=utf-8",
            Some("gzip"),
            "inline; filename=logo.svgz",
        ),
        (
            "logo.svgz",
            true,
            "image/svg+xml; charset=utf-8",
            None,
            "attachment; filename=logo.svgz",
        ),
        (
            "test.txt",
            false,
            "text/plain; charset=utf-8",
            None,
            "inline; filename=test.txt",
        ),
        (
            "no-ending",
            false,
            "application/octet-stream",
            None,
            "inline; filename=no-ending",
        ),
        (
            "(x).html",
            true,
            "text/html; charset=utf-8",
            None,
            "attachment; filename=\"(x).html\"",
        ),
        (
            "ő ﬁ.txt",
            true,
            "text/plain; charset=utf-8",
            None,
            "attachment; filename=\"o fi.txt\"; filename*=UTF-8''%C5%91%20%EF%AC%81.txt",
        ),
    ] {
        let mut file = SendFile::new("x").download_name(name);
        if attachment {
            file = file.as_attachment();
        }
        let response = file.respond(&request(&[])).unwrap();
        assert_eq!(
            field(&response, "content-type").as_deref(),
            Some(content_type),
            "{name}"
        );
        assert_eq!(
            field(&response, "content-encoding").as_deref(),
            encoding,
            "{name}"
        );
        assert_eq!(
            field(&response, "content-disposition").as_deref(),
            Some(disposition),
            "{name}"
        );
    }
    let nameless = SendFile::new("x")
        .as_attachment()
        .respond(&request(&[]))
        .unwrap();
    assert_eq!(
        field(&nameless, "content-disposition").as_deref(),
        Some("attachment")
    );
    assert!(
        SendFile::new("x")
            .media_type("a\r\nb")
            .respond(&request(&[]))
            .is_err()
    );
}

#[test]
fn a_files_state_is_its_validator() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    fs::write(&path, "hello world").unwrap();
    let sent = |fields: &[(&str, &str)]| SendFile::path(&path).unwrap().respond(&request(fields));
    let mut first = sent(&[]).unwrap();
    assert_eq!(
        (first.content_length(), first.buffer(100).unwrap().as_ref()),
        (Some(11), &b"hello world"[..])
    );
    let tag = first.etag().unwrap().to_string();
    let modified = field(&first, "last-modified").unwrap();
    assert_eq!(sent(&[("if-none-match", &tag)]).unwrap().status(), 304);
    assert_eq!(
        sent(&[("if-modified-since", &modified)]).unwrap().status(),
        304
    );
    let mut part = sent(&[("range", "bytes=6-"), ("if-range", &tag)]).unwrap();
    assert_eq!(
        (part.status().as_u16(), part.buffer(100).unwrap().as_ref()),
        (206, &b"world"[..])
    );
    assert_eq!(sent(&[("range", "bytes=11-")]).unwrap_err().status(), 416);

    fs::write(&path, "hello there, world").unwrap();
    assert_eq!(sent(&[("if-none-match", &tag)]).unwrap().status(), 200);
    let other = folder.path().join("b.txt");
    fs::write(&other, "x").unwrap();
    assert_ne!(
        SendFile::path(&other)
            .unwrap()
            .respond(&request(&[]))
            .unwrap()
            .etag()
            .unwrap()
            .to_string(),
        tag
    );
    assert!(
        SendFile::path(folder.path()).is_err(),
        "a directory is no file"
    );
    let plain = SendFile::path(&path)
        .unwrap()
        .without_etag()
        .unconditional()
        .respond(&request(&[("range", "bytes=0-0")]))
        .unwrap();
    assert_eq!((plain.status().as_u16(), plain.etag()), (200, None));
}

#[test]
fn caching() {
    let now = HttpDate::from_unix_seconds(1_700_000_000);
    for (age, cache, expires) in [
        (None, "no-cache", None),
        (Some(0), "no-cache, max-age=0", Some(now)),
        (
            Some(3600),
            "public, max-age=3600",
            Some(now.saturating_add(3600)),
        ),
        (Some(u64::MAX), "public, max-age=18446744073709551615", None),
    ] {
        let mut file = SendFile::new("x").at(now);
        if let Some(age) = age {
            file = file.max_age(age);
        }
        let response = file.respond(&request(&[])).unwrap();
        assert_eq!(field(&response, "cache-control").as_deref(), Some(cache));
        if age != Some(u64::MAX) {
            assert_eq!(response.expires(), expires);
        }
        assert_eq!(response.date(), Some(now));
    }
}

#[test]
fn sent_by_the_server_in_front() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    fs::write(&path, "hello").unwrap();
    let tag = ETag::strong("v").unwrap();
    let sent = |fields: &[(&str, &str)]| {
        SendFile::path(&path)
            .unwrap()
            .etag(tag.clone())
            .with_x_sendfile()
            .respond(&request(fields))
            .unwrap()
    };
    let response = sent(&[]);
    assert_eq!(field(&response, "x-sendfile").as_deref(), path.to_str());
    assert!(response.body().is_empty());
    assert_eq!(response.content_length(), None);
    let unchanged = sent(&[("if-none-match", "\"v\"")]);
    assert_eq!(
        (unchanged.status().as_u16(), field(&unchanged, "x-sendfile")),
        (304, None)
    );
}

#[cfg(feature = "security")]
#[test]
fn nothing_is_sent_from_outside() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("static");
    fs::create_dir_all(root.join("sub")).unwrap();
    fs::create_dir(folder.path().join("static-secret")).unwrap();
    for path in [
        "static/a.txt",
        "static/sub/b.txt",
        "secret.txt",
        "static-secret/c.txt",
    ] {
        fs::write(folder.path().join(path), "content").unwrap();
    }
    for path in [
        "a.txt",
        "sub/b.txt",
        "sub/../a.txt",
        "./a.txt",
        "sub//b.txt",
    ] {
        assert!(SendFile::from_directory(&root, path).is_ok(), "{path}");
    }
    let outside = [
        "../secret.txt",
        "sub/../../secret.txt",
        "/etc/passwd",
        "..",
        "",
        ".",
        "sub",
        "../static-secret/c.txt",
        "a.txt\0",
        "a.txt/",
        "..\\secret.txt",
        "c:/a.txt",
        "nul",
        "sub/con.txt",
        "%2e%2e/secret.txt",
        "missing.txt",
        "a.txt/../../secret.txt",
    ];
    for path in outside {
        let refused = SendFile::from_directory(&root, path);
        // A slash behind a file's name is dropped with the empty segment.
        if path == "a.txt/" {
            assert!(refused.is_ok());
            continue;
        }
        assert_eq!(refused.unwrap_err().status(), 404, "{path:?}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(folder.path().join("secret.txt"), root.join("link.txt")).unwrap();
        symlink(folder.path(), root.join("up")).unwrap();
        symlink(root.join("a.txt"), root.join("inner.css")).unwrap();
        for path in ["link.txt", "up/secret.txt", "up/static-secret/c.txt"] {
            assert_eq!(
                SendFile::from_directory(&root, path).unwrap_err().status(),
                404,
                "{path}"
            );
        }
        let inner = SendFile::from_directory(&root, "inner.css")
            .unwrap()
            .respond(&request(&[]))
            .unwrap();
        assert_eq!(
            field(&inner, "content-type").as_deref(),
            Some("text/css; charset=utf-8"),
            "the name that was asked for"
        );
    }
}
