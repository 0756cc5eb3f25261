//! Reads handwritten digits: pictures, CSV or JSON in, the digit and how sure the model is out. Start it with `cargo run -p digits [ADDRESS]`; more than
//! 10,000 pictures at once, and those that are not of 64 numbers, are refused.

mod model;
mod picture;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::io::Read;

use model::{Answer, Model, PIXELS, Picture};
use serde_json::json;
use zeug::http::Method;
use zeug::{HttpError, Request, Response, abort, run_simple};

const PAGE: &str = include_str!("page.html");
/// At once, at most.
const PICTURES: usize = 10_000;

fn answer(model: &Model, mut request: Request) -> Result<Response, HttpError> {
    match request.raw_path() {
        "/" => return Ok(Response::html(PAGE)),
        "/digits" if *request.method() == Method::POST => {}
        "/digits" => return Err(HttpError::method_not_allowed([Method::POST])),
        _ => abort!(404),
    }
    let pictures = pictures(&mut request)?;
    if pictures.is_empty() || pictures.len() > PICTURES {
        abort!(422, "{} pictures; 1 to {PICTURES} are read", pictures.len());
    }
    let answers = model.read(&pictures)?;
    match request
        .accept()
        .best_match(["application/json", "text/html"])
    {
        Some("text/html") => Ok(page(&answers)),
        _ => Response::json(&answers.iter().map(shown).collect::<Vec<_>>()),
    }
}

/// What a request brings, by its type.
fn pictures(request: &mut Request) -> Result<Vec<Picture>, HttpError> {
    match request.media_type().as_str() {
        "application/json" => {
            let rows: Vec<Vec<f32>> = request.json()?;
            rows.into_iter().enumerate().map(checked).collect()
        }
        "text/csv" => csv(&request.text()?),
        "image/png" => Ok(vec![picture::of_png(&request.bytes()?)?]),
        "application/x-www-form-urlencoded" => csv(request.form()?.require("csv")?),
        "multipart/form-data" => {
            let Some(file) = request.files_mut()?.get_mut("picture") else {
                abort!(400, "no file `picture`");
            };
            let mut bytes = Vec::new();
            file.stream_mut().read_to_end(&mut bytes)?;
            match file.mimetype().as_str() {
                "text/csv" => csv(&String::from_utf8_lossy(&bytes)),
                _ => Ok(vec![picture::of_png(&bytes)?]),
            }
        }
        _ => abort!(415, "image/png, text/csv, application/json or a form"),
    }
}

/// A picture a line, its 64 numbers between commas.
fn csv(text: &str) -> Result<Vec<Picture>, HttpError> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let rows = lines.enumerate().map(|(at, line)| {
        let numbers = line.split(',').map(|number| number.trim().parse());
        match numbers.collect() {
            Ok(row) => checked((at, row)),
            Err(_) => abort!(422, "picture {}: what is no number", at + 1),
        }
    });
    rows.collect()
}

fn checked((at, row): (usize, Vec<f32>)) -> Result<Picture, HttpError> {
    let at = at + 1;
    let count = row.len();
    let Ok(picture) = Picture::try_from(row) else {
        abort!(422, "picture {at}: {count} numbers in place of {PIXELS}");
    };
    if picture.iter().any(|ink| !(0.0..=16.0).contains(ink)) {
        abort!(422, "picture {at}: ink is from 0 to 16");
    }
    Ok(picture)
}

fn shown(answer: &Answer) -> serde_json::Value {
    let sure = format!("{:.3}", answer.probability());
    json!({"digit": answer.digit(), "probability": sure.parse::<f64>().unwrap_or_default()})
}

fn page(answers: &[Answer]) -> Response {
    let mut rows = String::new();
    for answer in answers {
        let (digit, sure) = (answer.digit(), answer.probability() * 100.0);
        // Writing to a `String` never fails.
        let _ = writeln!(rows, "<li><b>{digit}</b>, {sure:.1} % sure");
    }
    Response::html(PAGE.replace("<!-- answers -->", &rows))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = Model::new()?;
    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or("127.0.0.1:5000");
    Ok(run_simple(address, move |request: Request| {
        answer(&model, request)
    })?)
}
