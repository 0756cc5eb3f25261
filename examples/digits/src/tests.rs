//! The answers beside onnxruntime's, each way in, and what is refused. `held_out.csv` has a hundred pictures that the network was not taught with: the digit,
//! the picture, and the ten probabilities that onnxruntime 1.32.0 found (`train.py`).

use serde_json::{Value, json};
use zeug::Request;
use zeug_test::Client;

use crate::model::{Answer, Model, PIXELS, Picture};
use crate::picture;

/// A line of `held_out.csv`.
struct Case {
    digit: usize,
    picture: Picture,
    expected: Answer,
}

fn cases() -> Vec<Case> {
    let lines = include_str!("../held_out.csv").lines();
    let case = |line: &str| {
        let numbers: Vec<f32> = line.split(',').map(|word| word.parse().unwrap()).collect();
        Case {
            digit: numbers[0] as usize,
            picture: numbers[1..=PIXELS].try_into().unwrap(),
            expected: Answer(numbers[PIXELS + 1..].try_into().unwrap()),
        }
    };
    lines.map(case).collect()
}

fn client() -> Client {
    let model = Model::new().unwrap();
    Client::new(move |request: Request| crate::answer(&model, request))
}

fn csv(picture: &Picture) -> String {
    picture.map(|ink| ink.to_string()).join(",")
}

/// The picture as on paper: light, or dark where that is asked for, with a margin, `scale` times as large.
fn png(picture: &Picture, scale: usize, color: png::ColorType) -> Vec<u8> {
    let side = 10 * scale;
    let samples = color.samples();
    let mut pixels = Vec::new();
    for (y, x) in (0..side * side).map(|at| (at / side / scale, at % side / scale)) {
        let inside = (1..9).contains(&y) && (1..9).contains(&x);
        let ink = if inside {
            picture[(y - 1) * 8 + x - 1]
        } else {
            0.0
        };
        let light = 255 - (ink * 15.9) as u8;
        pixels.extend([light, light, light, 255].iter().take(samples));
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side as u32, side as u32);
    encoder.set_color(color);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn the_answers_are_those_of_onnxruntime() {
    let (model, cases) = (Model::new().unwrap(), cases());
    let pictures: Vec<Picture> = cases.iter().map(|case| case.picture).collect();
    let answers = model.read(&pictures).unwrap();
    assert_eq!(answers.len(), 100);
    let mut right = 0;
    for (answer, case) in answers.iter().zip(&cases) {
        for (found, expected) in answer.0.iter().zip(case.expected.0) {
            assert!(
                (found - expected).abs() < 1e-5,
                "{answer:?} {:?}",
                case.expected
            );
        }
        right += usize::from(answer.digit() == case.digit);
    }
    assert_eq!(right, 96, "as many as onnxruntime has right");
}

#[test]
fn a_batch_on_threads_keeps_its_order() {
    let (model, cases) = (Model::new().unwrap(), cases());
    let pictures: Vec<Picture> = cases.iter().map(|case| case.picture).collect();
    let one_by_one: Vec<Answer> = pictures
        .iter()
        .flat_map(|picture| model.read(&[*picture]).unwrap())
        .collect();
    let batch = model.read(&pictures.repeat(20)).unwrap();
    assert_eq!(batch.len(), 2_000);
    for (at, answer) in batch.iter().enumerate() {
        let expected = one_by_one[at % 100];
        assert_eq!(answer.digit(), expected.digit(), "{at}");
        assert!(
            (answer.probability() - expected.probability()).abs() < 1e-5,
            "{at}"
        );
    }
}

#[test]
fn drawn_pictures_are_read() {
    let (model, cases) = (Model::new().unwrap(), cases());
    let mut right = 0;
    for case in &cases {
        let drawn = [(3, png::ColorType::Grayscale), (11, png::ColorType::Rgba)];
        let [small, large] = drawn.map(|(scale, color)| {
            let picture = picture::of_png(&png(&case.picture, scale, color)).unwrap();
            model.read(&[picture]).unwrap()[0].digit()
        });
        assert_eq!(small, large, "size and colours are nothing to it");
        right += usize::from(small == case.digit);
    }
    assert!(right >= 85, "{right} of 100");
}

#[test]
fn each_way_in_gives_the_same_answer() {
    let client = client();
    let case = &cases()[1];
    let expected = json!([{"digit": case.digit, "probability": (case.expected.probability() * 1e3).round() / 1e3}]);
    let expected = expected.to_string();
    let text = csv(&case.picture);
    let by_json = client
        .post("/digits")
        .json(&vec![case.picture.to_vec()])
        .send();
    let by_csv = client
        .post("/digits")
        .content_type("text/csv")
        .body(text.clone())
        .send();
    let by_field = client.post("/digits").form([("csv", &text)]).send();
    let by_file = client
        .post("/digits")
        .file("picture", ("a.csv", text.clone().into_bytes()))
        .send();
    for answer in [by_json, by_csv, by_field, by_file] {
        answer
            .assert_status(200)
            .assert_header("content-type", "application/json");
        let found: Value = answer.json();
        assert_eq!(found[0]["digit"], case.digit);
        let (found, expected) = (found.to_string(), &expected);
        assert_eq!(found.len(), expected.len(), "{found} {expected}");
    }
    let seven = &include_bytes!("../seven.png")[..];
    let by_body = client
        .post("/digits")
        .content_type("image/png")
        .body(seven)
        .send();
    let by_upload = client
        .post("/digits")
        .file("picture", ("7.png", seven))
        .send();
    for answer in [by_body, by_upload] {
        assert_eq!(answer.json::<Value>()[0]["digit"], 7);
    }
}

#[test]
fn a_browser_gets_a_page() {
    let client = client();
    client
        .get("/")
        .send()
        .assert_status(200)
        .assert_contains("<form");
    let lines: String = cases()
        .iter()
        .take(3)
        .map(|case| csv(&case.picture) + "\r\n")
        .collect();
    let accept = "text/html,application/xhtml+xml,*/*;q=0.8";
    let page = client
        .post("/digits")
        .form([("csv", lines)])
        .header("accept", accept)
        .send();
    page.assert_status(200).assert_contains("% sure");
    assert_eq!(page.text().matches("<li><b>").count(), 3);
}

#[test]
fn what_is_no_picture_is_refused() {
    let client = client();
    let refused = |content_type: &str, body: &[u8], status: u16, why: &str| {
        let sent = client
            .post("/digits")
            .content_type(content_type)
            .body(body.to_vec());
        sent.send().assert_status(status).assert_contains(why);
    };
    let row = vec!["1"; PIXELS].join(",");
    let two = format!("{row}\n\n{row},1\n");
    refused(
        "text/csv",
        two.as_bytes(),
        422,
        "picture 2: 65 numbers in place of 64",
    );
    refused(
        "text/csv",
        row.replacen('1', "x", 1).as_bytes(),
        422,
        "picture 1: what is no number",
    );
    refused(
        "text/csv",
        row.replacen('1', "17", 1).as_bytes(),
        422,
        "ink is from 0 to 16",
    );
    refused(
        "text/csv",
        row.replacen('1', "NaN", 1).as_bytes(),
        422,
        "ink is from 0 to 16",
    );
    refused("text/csv", b"", 422, "0 pictures");
    refused("application/json", b"[[1, 2]]", 422, "picture 1: 2 numbers");
    refused("application/json", b"[[1, 2", 400, "line 1 column 6");
    refused("application/json", b"{}", 400, "JSON of another shape");
    refused(
        "image/png",
        b"\x89PNG\r\n\x1a\nnothing",
        422,
        "no PNG that can be read",
    );
    refused(
        "image/gif",
        b"GIF89a",
        415,
        "image/png, text/csv, application/json or a form",
    );
    let blank = png(&[0.0; PIXELS], 4, png::ColorType::Grayscale);
    refused("image/png", &blank, 422, "a picture of one colour");
    refused("image/png", &blank[..60], 422, "no PNG that can be read");
    let mut vast = blank.clone();
    vast[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    refused("image/png", &vast, 422, "no PNG that can be read");
    let large = png(&[1.0; PIXELS], 128, png::ColorType::Grayscale);
    refused("image/png", &large, 413, "more than 1048576 pixels");
    let many = format!("[{}]", vec!["[0]"; 10_001].join(","));
    refused(
        "application/json",
        many.as_bytes(),
        422,
        "picture 1: 1 numbers",
    );
    client
        .post("/digits")
        .form([("other", "1")])
        .send()
        .assert_status(400);
    client
        .post("/digits")
        .file("other", ("a.csv", "1"))
        .send()
        .assert_status(400);
    client
        .get("/digits")
        .send()
        .assert_status(405)
        .assert_header("allow", "POST");
    client.get("/elsewhere").send().assert_status(404);
}
