//! A group as bars: each case a row, the bar is zeug's time to the quickest peer's, from 1 to the left where zeug is quicker and to the right where it is not.

use super::figures::Group;
use super::paint::{Anchor, Picture};

const ROW: f64 = 16.0;
const LABEL: f64 = 230.0;
const CHART: f64 = 470.0;
const RIGHT: f64 = 60.0;
const TOP: f64 = 62.0;

const AHEAD: &str = "#2f9e44";
const LEVEL: &str = "#8a949d";
const BEHIND: &str = "#d9480f";

/// The picture; nothing where no case has a peer.
pub(super) fn draw(group: &Group) -> Option<String> {
    let comparisons = group.comparisons();
    let rows: Vec<_> = comparisons
        .iter()
        .filter_map(|found| Some((found, found.to_peer()?)))
        .collect();
    let most = rows
        .iter()
        .flat_map(|(found, ratio)| {
            let floor = found.peer.zip(found.floor);
            [
                Some(*ratio),
                floor.map(|(peer, floor)| floor.time / peer.time),
            ]
        })
        .flatten()
        .map(|ratio| ratio.log2().abs())
        .fold(1.0, f64::max);
    if rows.is_empty() {
        return None;
    }
    // Beyond 64 times the eye learns nothing more.
    let reach = most.ceil().min(6.0);
    let height = TOP + ROW * rows.len() as f64 + 14.0;
    let mut picture = Picture::new(LABEL + CHART + RIGHT, height);
    let place = |ratio: f64| {
        let place = (ratio.log2() / reach).clamp(-1.0, 1.0);
        LABEL + CHART / 2.0 * (1.0 + place)
    };
    let title = format!("{}: zeug's time to the quickest peer's", group.name);
    picture.text(12.0, 22.0, Anchor::Start, "t", &title);
    let note = "left of 1: zeug is quicker; the stroke is the floor; grey: not to be told apart";
    picture.text(12.0, 40.0, Anchor::Start, "s", note);
    for power in -(reach as i32)..=(reach as i32) {
        let ratio = f64::from(power).exp2();
        let (x, class) = (place(ratio), if power == 0 { "a" } else { "g" });
        picture.line((x, TOP - 4.0), (x, height - 10.0), class);
        let text = if power < 0 {
            format!("1/{}", 1u32 << power.unsigned_abs())
        } else {
            (1u32 << power).to_string()
        };
        picture.text(x, TOP - 8.0, Anchor::Middle, "s", &text);
    }
    for (at, (found, ratio)) in rows.iter().enumerate() {
        let y = TOP + ROW * at as f64;
        picture.text(LABEL - 8.0, y + 11.0, Anchor::End, "", found.case);
        let colour = if found.is_level() {
            LEVEL
        } else if *ratio <= 1.0 {
            AHEAD
        } else {
            BEHIND
        };
        let (one, end) = (place(1.0), place(*ratio));
        let width = (end - one).abs().max(1.0);
        picture.bar((one.min(end), y + 3.0), (width, ROW - 6.0), colour);
        if let (Some(peer), Some(floor)) = (found.peer, found.floor) {
            let x = place(floor.time / peer.time);
            picture.line((x, y + 1.0), (x, y + ROW - 1.0), "f");
        }
        let text = format!("{ratio:.2}");
        picture.text(LABEL + CHART + 8.0, y + 11.0, Anchor::Start, "", &text);
    }
    Some(picture.finish(&title))
}
