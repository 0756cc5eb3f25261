//! How tables are shown: aligned with a bold head on a terminal, aligned and plain elsewhere, and as Markdown.

use std::io::IsTerminal;

/// A table: a title, what the columns are, and rows of cells.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        Self {
            title: title.into(),
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    fn widths(&self) -> Vec<usize> {
        (0..self.columns.len())
            .map(|at| {
                std::iter::once(&self.columns)
                    .chain(&self.rows)
                    .filter_map(|row| row.get(at))
                    .map(|cell| cell.chars().count())
                    .max()
                    .unwrap_or(0)
            })
            .collect()
    }

    /// As text; `zeug`'s own row stands out on a terminal.
    pub(crate) fn text(&self) -> String {
        let colour = std::io::stdout().is_terminal();
        let widths = self.widths();
        let line = |row: &[String]| {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .enumerate()
                .map(|(at, (cell, &width))| {
                    let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
                    if at == 0 {
                        format!("{cell}{pad}")
                    } else {
                        format!("{pad}{cell}")
                    }
                })
                .collect();
            cells.join("  ").trim_end().to_owned()
        };
        let paint = |on: &str, text: String| {
            if colour {
                format!("\x1b[{on}m{text}\x1b[0m")
            } else {
                text
            }
        };
        let mut text = format!(
            "\n{}\n{}\n",
            paint("1;34", self.title.clone()),
            paint("1", line(&self.columns))
        );
        for row in &self.rows {
            let ours = row.first().is_some_and(|name| name == "zeug");
            text.push_str(&if ours {
                paint("32", line(row))
            } else {
                line(row)
            });
            text.push('\n');
        }
        text
    }

    /// As Markdown.
    pub(crate) fn markdown(&self) -> String {
        let line = |row: &[String]| format!("| {} |\n", row.join(" | "));
        let rule: Vec<String> = (0..self.columns.len())
            .map(|at| {
                if at == 0 {
                    "---".to_owned()
                } else {
                    "---:".to_owned()
                }
            })
            .collect();
        let mut text = format!(
            "### {}\n\n{}{}",
            self.title,
            line(&self.columns),
            line(&rule)
        );
        for row in &self.rows {
            let ours = row.first().is_some_and(|name| name == "zeug");
            let bold: Vec<String> = row
                .iter()
                .map(|cell| {
                    if ours {
                        format!("**{cell}**")
                    } else {
                        cell.clone()
                    }
                })
                .collect();
            text.push_str(&line(&bold));
        }
        text
    }
}
