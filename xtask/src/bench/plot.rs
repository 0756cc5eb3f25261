//! Curves over an axis: how something grows. Both axes may be logarithmic; each curve has its name at its end.

use super::paint::{Anchor, COLOURS, Picture, short};

/// How an axis is divided, and what stands at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    pub(super) label: &'static str,
    pub(super) scale: Scale,
}

/// A logarithmic axis has a line at each power of ten, or of two where bytes are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    Linear,
    Tens,
    Bytes,
}

/// A curve.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 130.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 48.0;

/// An axis with its range, and where it lies.
struct Range {
    axis: Axis,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Range {
    fn new(axis: Axis, values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            low = low.min(value);
            high = high.max(value);
        }
        if axis.scale == Scale::Linear {
            (low, high) = (low.min(0.0), high * 1.05);
        }
        if low >= high {
            high = low + 1.0;
        }
        Self {
            axis,
            low,
            high,
            from,
            to,
        }
    }

    fn place(&self, value: f64) -> f64 {
        let part = match self.axis.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            _ => (value / self.low).ln() / (self.high / self.low).ln(),
        };
        self.from + (self.to - self.from) * part
    }

    /// Where lines are, and what is written at them.
    fn marks(&self) -> Vec<(f64, String)> {
        let base: f64 = match self.axis.scale {
            Scale::Linear => {
                let rough = (self.high - self.low) / 6.0;
                let power = 10f64.powf(rough.log10().floor());
                let step = [1.0, 2.0, 5.0, 10.0]
                    .map(|times| times * power)
                    .into_iter()
                    .find(|step| *step >= rough)
                    .unwrap_or(rough);
                let first = (self.low / step).ceil() as i64;
                let last = (self.high / step).floor() as i64;
                return (first..=last)
                    .map(|at| at as f64 * step)
                    .map(|value| (value, short(value)))
                    .collect();
            }
            Scale::Tens => 10.0,
            Scale::Bytes => 4.0,
        };
        let power = |value: f64| value.ln() / base.ln();
        let powers =
            (power(self.low) - 1e-9).ceil() as i32..=(power(self.high) + 1e-9).floor() as i32;
        powers
            .map(|at| base.powi(at))
            .map(|value| (value, self.written(value)))
            .collect()
    }

    fn written(&self, value: f64) -> String {
        if self.axis.scale != Scale::Bytes {
            return short(value);
        }
        match value {
            value if value >= 1024.0 * 1024.0 => format!("{:.0} MiB", value / 1024.0 / 1024.0),
            value if value >= 1024.0 => format!("{:.0} KiB", value / 1024.0),
            value => format!("{value:.0} B"),
        }
    }
}

/// The picture.
pub(super) fn draw(title: &str, x: Axis, y: Axis, series: &[Series]) -> String {
    let all = || series.iter().flat_map(|series| &series.points);
    let x = Range::new(x, all().map(|point| point.0), LEFT, WIDTH - RIGHT);
    let y = Range::new(y, all().map(|point| point.1), HEIGHT - BOTTOM, TOP);
    let mut picture = Picture::new(WIDTH, HEIGHT);
    picture.text(12.0, 22.0, Anchor::Start, "t", title);
    for (value, text) in x.marks() {
        let at = x.place(value);
        picture.line((at, y.from), (at, y.to), "g");
        picture.text(at, y.from + 16.0, Anchor::Middle, "s", &text);
    }
    for (value, text) in y.marks() {
        let at = y.place(value);
        picture.line((x.from, at), (x.to, at), "g");
        picture.text(x.from - 6.0, at + 4.0, Anchor::End, "s", &text);
    }
    picture.line((x.from, y.from), (x.to, y.from), "a");
    picture.text(
        f64::midpoint(x.from, x.to),
        HEIGHT - 12.0,
        Anchor::Middle,
        "s",
        x.axis.label,
    );
    picture.text(x.from, TOP - 8.0, Anchor::Start, "s", y.axis.label);
    let mut names = Vec::new();
    // The first is zeug's: it is drawn last, above the others.
    for (at, series) in series.iter().enumerate().rev() {
        let colour = COLOURS[at % COLOURS.len()];
        let points: Vec<(f64, f64)> = series
            .points
            .iter()
            .map(|point| (x.place(point.0), y.place(point.1)))
            .collect();
        picture.curve(&points, colour, at == 0);
        if let Some(&(end, height)) = points.last() {
            names.push((height, end, colour, &series.name));
        }
    }
    // A name that would lie on another one goes below it.
    names.sort_by(|one, other| one.0.total_cmp(&other.0));
    let spare = (y.from - TOP - 13.0 * names.len() as f64).max(0.0);
    let mut free = TOP;
    for (at, (height, end, colour, name)) in names.iter().enumerate() {
        let latest = TOP + spare + 13.0 * at as f64;
        let place = height.max(free).min(latest.max(free));
        free = place + 13.0;
        picture.line((*end + 4.0, *height), (x.to + 10.0, place), "g");
        picture.bar((x.to + 12.0, place - 4.0), (8.0, 8.0), colour);
        picture.text(x.to + 24.0, place + 4.0, Anchor::Start, "", name);
    }
    picture.finish(title)
}

#[cfg(test)]
mod tests {
    use super::{Axis, Range, Scale};

    fn marks(scale: Scale, low: f64, high: f64) -> Vec<String> {
        let axis = Axis { label: "x", scale };
        let range = Range::new(axis, [low, high].into_iter(), 0.0, 100.0);
        assert!(
            (range.place(range.low)).abs() < 1e-9 && (range.place(range.high) - 100.0).abs() < 1e-9
        );
        range.marks().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn axes_have_lines_at_round_numbers() {
        assert_eq!(
            marks(Scale::Tens, 1.0, 10_000.0),
            ["1", "10", "100", "1k", "10k"]
        );
        assert_eq!(marks(Scale::Bytes, 1000.0, 5000.0), ["1 KiB", "4 KiB"]);
        assert_eq!(
            marks(Scale::Linear, 0.0, 100.0),
            ["0", "20", "40", "60", "80", "100"]
        );
    }
}
