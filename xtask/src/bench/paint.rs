//! What both kinds of picture share: an SVG of its own colours for light and dark, without anything from outside.

use std::fmt::Write as _;

/// The colours of series, readable on white and on black; the first is zeug's.
pub(super) const COLOURS: [&str; 9] = [
    "#d9480f", "#2b7fd4", "#2f9e44", "#a03cc4", "#c2920a", "#0f9ba8", "#8a6d52", "#d6336c",
    "#7d858c",
];

/// A picture that is being drawn.
pub(super) struct Picture {
    body: String,
    width: f64,
    height: f64,
}

/// Where a text stands to its point.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Picture {
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self {
            body: String::new(),
            width,
            height,
        }
    }

    pub(super) fn text(&mut self, x: f64, y: f64, anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escaped(text);
        let _ = writeln!(
            self.body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{text}</text>"
        );
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let _ = writeln!(
            self.body,
            "<path d=\"M{:.1} {:.1}L{:.1} {:.1}\" class=\"{class}\"/>",
            from.0, from.1, to.0, to.1
        );
    }

    pub(super) fn bar(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), colour: &str) {
        let _ = writeln!(
            self.body,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>"
        );
    }

    /// Points with a line through them.
    pub(super) fn curve(&mut self, points: &[(f64, f64)], colour: &str, bold: bool) {
        let mut path = String::new();
        for (at, (x, y)) in points.iter().enumerate() {
            let _ = write!(path, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
        }
        let (width, radius) = if bold { (2.6, 3.2) } else { (1.5, 2.2) };
        let _ = writeln!(
            self.body,
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>"
        );
        for (x, y) in points {
            let _ = writeln!(
                self.body,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{colour}\"/>"
            );
        }
    }

    /// The whole file.
    pub(super) fn finish(self, title: &str) -> String {
        let Self {
            body,
            width,
            height,
        } = self;
        let title = escaped(title);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-label=\"{title}\">
<title>{title}</title>
<style>
.b{{fill:#fff}}text{{font:11px system-ui,sans-serif;fill:#33383d}}.t{{font-size:14px;font-weight:600}}.s{{fill:#6a737b}}.g{{stroke:#dfe3e6;stroke-width:1}}.a{{stroke:#8a949d;stroke-width:1}}.f{{stroke:#33383d;stroke-width:2}}
@media(prefers-color-scheme:dark){{.b{{fill:#15191d}}text{{fill:#d5dadf}}.s{{fill:#929ba3}}.g{{stroke:#2b3238}}.a{{stroke:#6d767e}}.f{{stroke:#d5dadf}}}}
</style>
<rect class=\"b\" width=\"100%\" height=\"100%\" rx=\"6\"/>
{body}</svg>
"
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A number as an axis or a label shows it: three digits, and a letter for thousands.
pub(super) fn short(value: f64) -> String {
    let (scaled, letter) = match value.abs() {
        size if size >= 1e9 => (value / 1e9, "G"),
        size if size >= 1e6 => (value / 1e6, "M"),
        size if size >= 1e3 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let digits = match scaled.abs() {
        size if size >= 100.0 || size == size.trunc() => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 2,
        _ => 3,
    };
    format!("{scaled:.digits$}{letter}")
}
