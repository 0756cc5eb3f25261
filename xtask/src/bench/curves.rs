//! The curves of the page: what each shows, and the points that were found, which lie in text files of their own. It measures nothing.

use std::fmt::Write as _;
use std::fs;

use super::figures::{Group, operation};
use super::folder;
use super::plot::{Axis, Scale, Series};

/// A plot of the page.
pub(super) struct Curves {
    /// Its files' name behind `scale-`.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// What is to be known of it.
    pub(super) about: &'static str,
    pub(super) x: Axis,
    pub(super) y: Axis,
    /// Criterion's cases that it is made of, where it has no file: their name's front, behind which the number stands.
    cases: Option<(&'static str, &'static str)>,
}

/// Points that were found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) measured: String,
    pub(super) series: Vec<Series>,
}

const fn axis(label: &'static str, scale: Scale) -> Axis {
    Axis { label, scale }
}

pub(super) const ALL: &[Curves] = &[
    Curves {
        name: "routes-static",
        title: "Match time against routes without variables",
        about: "A hit of the group `routing`, nanoseconds a query. A router that takes too long to fill, or whose answers were wrong, has no point.",
        x: axis("routes", Scale::Tens),
        y: axis("ns a match", Scale::Tens),
        cases: Some(("routing", "match-hit/static-")),
    },
    Curves {
        name: "routes-param",
        title: "Match time against routes with two variables",
        about: "As above.",
        x: axis("routes", Scale::Tens),
        y: axis("ns a match", Scale::Tens),
        cases: Some(("routing", "match-hit/param-")),
    },
    Curves {
        name: "parse",
        title: "Parse time against size",
        about: "Each parser on 1 KiB to 64 MiB of what it usually reads, with its limits lifted; the least of several runs. A straight line at this slope is linear time.",
        x: axis("bytes", Scale::Bytes),
        y: axis("µs", Scale::Tens),
        cases: None,
    },
    Curves {
        name: "requests",
        title: "Requests a second against connections",
        about: "`Hello, World!`, keep-alive, load by wrk with one thread on the same two processors: above some thousand connections what is seen is wrk's end of it too.",
        x: axis("connections", Scale::Tens),
        y: axis("requests a second", Scale::Linear),
        cases: None,
    },
    Curves {
        name: "p99",
        title: "99th percentile of the time to an answer against connections",
        about: "Of the same runs. With all connections always busy it is the number of connections by requests a second at the least.",
        x: axis("connections", Scale::Tens),
        y: axis("ms", Scale::Tens),
        cases: None,
    },
    Curves {
        name: "memory",
        title: "Memory against idle connections",
        about: "Growth of the process's resident memory, each connection idle after one request.",
        x: axis("connections", Scale::Tens),
        y: axis("KiB", Scale::Tens),
        cases: None,
    },
    Curves {
        name: "handler-time",
        title: "Requests a second against the handler's time",
        about: "256 connections, each asking again as soon as it has its answer, of a handler that sleeps. zeug, astra and axum (`spawn_blocking`) with their default number of threads for such handlers (512, 15 a processor, 512); gunicorn 27.0 with 2 workers (`gthread`) of 128 threads.",
        x: axis("handler's time, ms", Scale::Linear),
        y: axis("requests a second", Scale::Tens),
        cases: None,
    },
];

impl Curves {
    /// What is known; `None` where nothing was measured yet.
    pub(super) fn found(&self) -> Result<Option<Found>, String> {
        if let Some((group, front)) = self.cases {
            return Ok(Group::read(group).ok().map(|group| of_cases(&group, front)));
        }
        let path = folder().join(format!("scale-{}.tsv", self.name));
        let Ok(text) = fs::read_to_string(&path) else {
            return Ok(None);
        };
        let found = Found::parse(&text);
        found
            .map(Some)
            .ok_or_else(|| format!("{}: not a table of points", path.display()))
    }
}

/// The cases of a group whose name ends in a number behind `front`, zeug first.
fn of_cases(group: &Group, front: &str) -> Found {
    let mut found = Found {
        measured: group.measured.clone(),
        series: Vec::new(),
    };
    let cases = group.cases(operation(front));
    for figure in cases.flatten() {
        let number = figure.case.strip_prefix(front);
        if let Some(x) = number.and_then(|number| number.parse().ok()) {
            found.add(&figure.implementation, x, figure.each());
        }
    }
    found.series.sort_by_key(|series| series.name != "zeug");
    found
}

impl Found {
    pub(super) fn add(&mut self, name: &str, x: f64, y: f64) {
        match self.series.iter_mut().find(|series| series.name == name) {
            Some(series) => series.points.push((x, y)),
            None => self.series.push(Series {
                name: name.to_owned(),
                points: vec![(x, y)],
            }),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (first, rows) = text.split_once('\n')?;
        let mut found = Self {
            measured: first.strip_prefix("# measured: ")?.to_owned(),
            series: Vec::new(),
        };
        for line in rows.lines().skip(1) {
            let mut cells = line.split('\t');
            let (name, x, y) = (cells.next()?, cells.next()?, cells.next()?);
            found.add(name, x.parse().ok()?, y.parse().ok()?);
        }
        Some(found)
    }

    fn text(&self) -> String {
        let mut text = format!("# measured: {}\nseries\tx\ty\n", self.measured);
        for Series { name, points } in &self.series {
            for (x, y) in points {
                let _ = writeln!(text, "{name}\t{x}\t{y:.4}");
            }
        }
        text
    }

    pub(super) fn write(&self, name: &str) -> Result<(), String> {
        let path = folder().join(format!("scale-{name}.tsv"));
        fs::create_dir_all(folder())
            .and_then(|()| fs::write(&path, self.text()))
            .map_err(|error| format!("{}: {error}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::Found;

    #[test]
    fn points_are_read_as_they_were_written() {
        let mut found = Found {
            measured: "today".to_owned(),
            series: Vec::new(),
        };
        for (name, x, y) in [("zeug", 1.0, 2.5), ("axum", 1.0, 3.0), ("zeug", 10.0, 20.0)] {
            found.add(name, x, y);
        }
        assert_eq!(Found::parse(&found.text()), Some(found));
        assert_eq!(Found::parse("series\tx\ty\n"), None);
    }
}
