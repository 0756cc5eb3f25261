//! Takes files and shows them again. Start it with `cargo run -p zeug --example upload [ADDRESS] [FOLDER]`; files above 16 MiB, and those that are no picture, are refused.

use std::path::{Path, PathBuf};

use zeug::http::{Method, StatusCode};
use zeug::{HttpError, Request, Response, SendFile, abort, redirect, run_simple};

const FORM: &str = "<!doctype html><meta charset=utf-8><title>Upload</title>
<form method=post enctype=multipart/form-data><input type=file name=file accept=image/*> <button>Upload</button></form>";
const KINDS: [&str; 4] = ["png", "jpg", "jpeg", "gif"];
const MOST: u64 = 16 << 20;

fn app(folder: &Path, mut request: Request) -> Result<Response, HttpError> {
    if let Some(name) = request.raw_path().strip_prefix("/files/") {
        return SendFile::from_directory(folder, name)?.respond(&request);
    }
    if request.method() != Method::POST {
        return Ok(Response::html(FORM));
    }
    request.set_body_limit(Some(MOST));
    let files = request.files_mut()?;
    let Some(file) = files.get_mut("file").filter(|file| file.is_chosen()) else {
        abort!(400, "choose a file");
    };
    // The client's name is only a wish: what is left of it names no folder and no device.
    let name = file.safe_file_name().unwrap_or_default();
    let is_picture = name
        .rsplit_once('.')
        .is_some_and(|(_, kind)| KINDS.iter().any(|known| known.eq_ignore_ascii_case(kind)));
    if !is_picture {
        abort!(415, "pictures only: {}", KINDS.join(", "));
    }
    match file.save(folder.join(&name)) {
        Ok(_) => Ok(redirect(format!("/files/{name}"))),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(HttpError::new(StatusCode::CONFLICT)
                .with_description("There is a file of that name."))
        }
        Err(error) => Err(error.into()),
    }
}

fn main() -> zeug::Result<()> {
    let mut args = std::env::args().skip(1);
    let address = args.next().unwrap_or_else(|| "127.0.0.1:5000".to_owned());
    let folder = args.next().map_or_else(std::env::temp_dir, PathBuf::from);
    run_simple(address.as_str(), move |request| app(&folder, request))
}

#[test]
fn pictures_come_back_and_the_rest_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let client = zeug_test::Client::new(move |request| app(&path, request));
    client.get("/").send().assert_contains("<form");
    let png = &b"\x89PNG\r\n\x1a\n"[..];
    let sent = client
        .post("/")
        .file("file", ("../../me.PNG", png))
        .follow_redirects()
        .send();
    sent.assert_status(200)
        .assert_header("content-type", "image/png");
    assert_eq!(std::fs::read(folder.path().join("me.PNG")).unwrap(), png);
    client
        .post("/")
        .file("file", ("me.PNG", png))
        .send()
        .assert_status(409);
    client
        .post("/")
        .file("file", ("a.html", png))
        .send()
        .assert_status(415);
    client
        .post("/")
        .file("file", ("", png))
        .send()
        .assert_status(400);
    client
        .get("/files/..%2F..%2Fetc%2Fpasswd")
        .send()
        .assert_status(404);
}
