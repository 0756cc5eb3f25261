//! Six things that go wrong below `/broken/`, to see the debugger at work with JSON, threads and `async`. They are there with the feature `debug` alone.
#![expect(clippy::unwrap_used, reason = "to fail is what it is for")]

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Value, json};
use tokio::runtime::Builder;
use tokio::task::yield_now;
use zeug::{HttpError, Response, abort};

/// What a note says of itself.
#[derive(Clone, Debug)]
struct Label {
    id: u32,
    text: String,
    votes: i64,
}

fn labels() -> Vec<Label> {
    let label = |id, text: &str, votes| Label {
        id,
        text: text.to_owned(),
        votes,
    };
    vec![
        label(1, "milk, bread", 3),
        label(2, "rent", -1),
        label(7, "tea", 0),
    ]
}

pub(crate) fn answer(how: &str) -> Result<Response, HttpError> {
    let answer = match how {
        "colour" => json!(colours(&labels())),
        "import" => imported(r#"{"text": "half a "#),
        "restore" => json!(restored(r#"{"notes": {"1": "milk", "two": "rent"}}"#)?),
        "second" => json!(seconds(&labels())),
        "visits" => json!(visits("10.0.0.7")),
        "quota" => {
            let runtime = Builder::new_current_thread().build()?;
            json!(runtime.block_on(send("ada", labels())))
        }
        _ => abort!(404),
    };
    Response::json(&answer)
}

const COLOURS: [&str; 3] = ["red", "yellow", "green"];

/// The colours of the notes.
fn colours(labels: &[Label]) -> Vec<&'static str> {
    let mut colours = Vec::new();
    for label in labels {
        colours.push(colour(label, 1));
    }
    colours
}

fn colour(label: &Label, warmth: usize) -> &'static str {
    let step = label.votes as usize;
    COLOURS[step.wrapping_sub(warmth)]
}

/// A note from elsewhere.
fn imported(text: &str) -> Value {
    let size = text.len();
    let mut note: Value = serde_json::from_str(text).unwrap();
    note["size"] = json!(size);
    note
}

/// The notes of a backup by their numbers.
fn restored(text: &str) -> Result<BTreeMap<u32, String>, serde_json::Error> {
    let backup = read(text)?;
    Ok(backup)
}

fn read(text: &str) -> Result<BTreeMap<u32, String>, serde_json::Error> {
    let mut whole: Value = serde_json::from_str(text)?;
    let notes = numbered(whole["notes"].take())?;
    Ok(notes)
}

fn numbered(notes: Value) -> Result<BTreeMap<u32, String>, serde_json::Error> {
    serde_json::from_value(notes)
}

/// The second word of each note.
fn seconds(labels: &[Label]) -> Vec<&str> {
    let separator = ", ";
    let words = labels.iter().map(|label| {
        let mut words = label.text.split(separator);
        words.nth(1).expect("a second word")
    });
    words.collect()
}

/// How often each client was here; whoever counts panics at the third.
fn visits(client: &str) -> usize {
    let counts = Mutex::new(vec![4_u8, 2, 255]);
    std::thread::scope(|scope| {
        let counting = scope.spawn(|| {
            for count in counts.lock().unwrap().iter_mut() {
                *count += 1;
            }
        });
        // That it failed is seen at the lock.
        let _ = counting.join();
    });
    let counts = counts.lock().unwrap();
    counts.len() + client.len()
}

/// Sends the notes to somebody, as many as that user may have sent.
async fn send(user: &str, labels: Vec<Label>) -> u32 {
    let mut left = 2;
    for label in &labels {
        yield_now().await;
        left = charge(left, label).await;
    }
    left + user.len() as u32
}

async fn charge(left: u32, label: &Label) -> u32 {
    let price = label.id;
    yield_now().await;
    left - price
}
