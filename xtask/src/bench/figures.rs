//! What is known of a group: a text file of its own, so that one run replaces one group, and what a comparison of it says.

use std::fmt::Write as _;
use std::fs;

use super::folder;

/// The time of one implementation in one case: criterion's median and its interval, in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    /// Operation and case: `head/wrk`.
    pub(super) case: String,
    pub(super) implementation: String,
    pub(super) time: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    /// How many things that time is for: queries, routes.
    pub(super) elements: u64,
}

impl Figure {
    /// The time of one thing.
    pub(super) fn each(&self) -> f64 {
        self.time / self.elements as f64
    }
}

/// What an implementation is in a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Ours,
    Peer,
    Floor,
}

/// Implementations that are zeug's and do not say so.
const OURS: [(&str, &[&str]); 2] = [
    (
        "adapters",
        &[
            "handler-as-service",
            "handler-as-service-in-axum",
            "handler-in-place",
            "handler-in-place-in-axum",
            "service-as-handler",
        ],
    ),
    (
        "middleware",
        &[
            "dispatcher",
            "lint",
            "profiler",
            "proxy-fix",
            "proxy-fix-networks",
            "shared-data-other-path",
            "trusted-hosts",
        ],
    ),
];

/// What everybody pays who does what is measured, and who does not say so.
const FLOORS: [(&str, &[&str]); 1] = [("adapters", &["spawn-blocking"])];

/// A group as it was measured last.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group {
    pub(super) name: String,
    /// When, where and by what.
    pub(super) measured: String,
    /// What took no part, and why.
    pub(super) left_out: Vec<String>,
    pub(super) figures: Vec<Figure>,
}

/// A case: zeug beside the quickest peer and the floor.
#[derive(Clone, Debug)]
pub(super) struct Comparison<'a> {
    pub(super) case: &'a str,
    pub(super) ours: &'a Figure,
    pub(super) peer: Option<&'a Figure>,
    pub(super) floor: Option<&'a Figure>,
}

impl Comparison<'_> {
    /// Our time to the quickest peer's.
    pub(super) fn to_peer(&self) -> Option<f64> {
        self.peer.map(|peer| self.ours.time / peer.time)
    }

    /// Our time to the floor's.
    pub(super) fn to_floor(&self) -> Option<f64> {
        self.floor.map(|floor| self.ours.time / floor.time)
    }

    /// Whether the two times cannot be told apart: their intervals overlap.
    pub(super) fn is_level(&self) -> bool {
        self.peer
            .is_some_and(|peer| self.ours.low <= peer.high && peer.low <= self.ours.high)
    }
}

impl Group {
    pub(super) fn new(name: &str, left_out: Vec<String>, mut figures: Vec<Figure>) -> Self {
        figures.sort_by(|one, other| {
            natural(&one.case)
                .cmp(&natural(&other.case))
                .then_with(|| one.implementation.cmp(&other.implementation))
        });
        Self {
            name: name.to_owned(),
            measured: String::new(),
            left_out,
            figures,
        }
    }

    /// All groups of which something is known, by name.
    pub(super) fn all() -> Result<Vec<Self>, String> {
        let mut names: Vec<String> = fs::read_dir(folder())
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".tsv").map(str::to_owned))
            .filter(|name| !name.starts_with("scale-"))
            .collect();
        names.sort();
        names.iter().map(|name| Self::read(name)).collect()
    }

    pub(super) fn read(name: &str) -> Result<Self, String> {
        let path = folder().join(format!("{name}.tsv"));
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(name, &text).ok_or_else(|| format!("{}: not a table of times", path.display()))
    }

    fn parse(name: &str, text: &str) -> Option<Self> {
        let mut group = Self::new(name, Vec::new(), Vec::new());
        for line in text.lines() {
            if let Some(measured) = line.strip_prefix("# measured: ") {
                group.measured = measured.to_owned();
            } else if let Some(left_out) = line.strip_prefix("# left out: ") {
                group.left_out.push(left_out.to_owned());
            } else if !line.starts_with("case\t") {
                let cells: Vec<&str> = line.split('\t').collect();
                let [case, implementation, time, low, high, elements] = cells[..] else {
                    return None;
                };
                group.figures.push(Figure {
                    case: case.to_owned(),
                    implementation: implementation.to_owned(),
                    time: time.parse().ok()?,
                    low: low.parse().ok()?,
                    high: high.parse().ok()?,
                    elements: elements.parse().ok()?,
                });
            }
        }
        Some(group)
    }

    fn text(&self) -> String {
        let mut text = format!("# measured: {}\n", self.measured);
        for line in &self.left_out {
            let _ = writeln!(text, "# left out: {line}");
        }
        text.push_str("case\timplementation\tns\tlow\thigh\telements\n");
        for figure in &self.figures {
            let Figure {
                case,
                implementation,
                time,
                low,
                high,
                elements,
            } = figure;
            let _ = writeln!(
                text,
                "{case}\t{implementation}\t{time:.2}\t{low:.2}\t{high:.2}\t{elements}"
            );
        }
        text
    }

    pub(super) fn write(&self) -> Result<(), String> {
        let path = folder().join(format!("{}.tsv", self.name));
        fs::create_dir_all(folder())
            .and_then(|()| fs::write(&path, self.text()))
            .map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The operations, in order.
    pub(super) fn operations(&self) -> Vec<&str> {
        let mut operations: Vec<&str> = self
            .figures
            .iter()
            .map(|figure| operation(&figure.case))
            .collect();
        operations.dedup();
        operations
    }

    /// The figures of each case of an operation.
    pub(super) fn cases<'a>(&'a self, of: &'a str) -> impl Iterator<Item = &'a [Figure]> + Clone {
        self.figures
            .chunk_by(|one, other| one.case == other.case)
            .filter(move |figures| operation(&figures[0].case) == of)
    }

    /// What an implementation is.
    pub(super) fn role(&self, implementation: &str) -> Role {
        let in_table = |table: &[(&str, &[&str])]| {
            let mut rows = table.iter();
            rows.any(|(group, names)| *group == self.name && names.contains(&implementation))
        };
        let called = |name: &str| {
            implementation
                .strip_prefix(name)
                .is_some_and(|more| more.is_empty() || more.starts_with('-'))
        };
        if called("zeug") || in_table(&OURS) {
            Role::Ours
        } else if called("floor") || in_table(&FLOORS) {
            Role::Floor
        } else {
            Role::Peer
        }
    }

    /// Each case in which zeug has a figure.
    pub(super) fn comparisons(&self) -> Vec<Comparison<'_>> {
        self.figures
            .chunk_by(|one, other| one.case == other.case)
            .filter_map(|figures| {
                Some(Comparison {
                    case: &figures.first()?.case,
                    ours: self.stands_for(Role::Ours, "zeug", figures)?,
                    peer: self.stands_for(Role::Peer, "", figures),
                    floor: self.stands_for(Role::Floor, "floor", figures),
                })
            })
            .collect()
    }

    /// The one of a role that has the role's own name, else the quickest.
    fn stands_for<'f>(&self, role: Role, name: &str, figures: &'f [Figure]) -> Option<&'f Figure> {
        let has_role = |figure: &&Figure| self.role(&figure.implementation) == role;
        let named = figures.iter().find(|figure| figure.implementation == name);
        named.or_else(|| {
            let those = figures.iter().filter(has_role);
            those.min_by(|one, other| one.time.total_cmp(&other.time))
        })
    }
}

/// The first part of a case's name.
pub(super) fn operation(case: &str) -> &str {
    case.split('/').next().unwrap_or(case)
}

/// Text in which numbers are ordered as numbers.
fn natural(text: &str) -> Vec<(u64, String)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits);
        let words = behind
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(behind.len());
        let (word, behind) = behind.split_at(words);
        parts.push((number.parse().unwrap_or(0), word.to_owned()));
        rest = behind;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{Figure, Group, Role};

    fn figure(case: &str, implementation: &str, time: f64) -> Figure {
        Figure {
            case: case.to_owned(),
            implementation: implementation.to_owned(),
            time,
            low: time - 1.0,
            high: time + 1.0,
            elements: 1,
        }
    }

    fn group() -> Group {
        let figures = vec![
            figure("head/wrk", "zeug", 20.0),
            figure("head/wrk", "zeug-map", 5.0),
            figure("head/wrk", "hyper", 10.0),
            figure("head/wrk", "slow", 30.0),
            figure("head/wrk", "floor-httparse", 4.0),
            figure("body/16", "zeug", 9.0),
            figure("body/2", "zeug", 10.5),
            figure("body/2", "hyper", 10.0),
        ];
        let left_out = vec!["other is left out: it panics".to_owned()];
        Group {
            measured: "today".to_owned(),
            ..Group::new("h1", left_out, figures)
        }
    }

    #[test]
    fn a_group_is_read_as_it_was_written() {
        let group = group();
        assert_eq!(Group::parse("h1", &group.text()), Some(group));
        assert_eq!(
            Group::parse("h1", "case\timplementation\nhead/wrk\tzeug\n"),
            None
        );
    }

    #[test]
    fn the_quickest_peer_and_floor_are_compared_with_zeug_itself() {
        let group = group();
        let found = group.comparisons();
        let cases: Vec<&str> = found.iter().map(|found| found.case).collect();
        assert_eq!(cases, ["body/2", "body/16", "head/wrk"]);
        assert!(found[0].is_level() && found[0].to_peer() == Some(1.05));
        assert_eq!((found[1].to_peer(), found[1].to_floor()), (None, None));
        assert_eq!(
            (found[2].to_peer(), found[2].to_floor()),
            (Some(2.0), Some(5.0))
        );
        assert!(!found[2].is_level());
        assert_eq!(group.operations(), ["body", "head"]);
        assert_eq!(group.role("zeug-map"), Role::Ours);
    }
}
