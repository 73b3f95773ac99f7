//! A comparison as comma-separated values.

use std::io;

use super::comparison::{Comparison, Lonely, Pair};
use crate::plan::grid::Point;
use crate::results::columns::setting_name;

/// Columns before those of the settings.
const BEFORE: [&str; 5] = ["model", "tier", "run", "a_status", "b_status"];
/// Columns after them.
const AFTER: [&str; 7] = ["column", "origin", "a", "b", "difference", "ratio", "outlier"];

impl Comparison {
    /// Writes a line for each figure of each model below a line with the names of the columns; a model without figures, or in one sweep only, has one
    /// line with nothing after its settings. What is unknown is empty.
    ///
    /// # Errors
    /// What `to` says.
    pub fn write_csv(&self, to: impl io::Write) -> io::Result<()> {
        let mut axes: Vec<&str> = self.matched_by.iter().map(String::as_str).collect();
        for (axis, _) in self.only_a.iter().chain(&self.only_b).flat_map(|job| job.settings.iter()) {
            if !axes.contains(&axis) {
                axes.push(axis);
            }
        }
        let mut writer = ::csv::Writer::from_writer(to);
        let names = BEFORE.iter().map(|name| (*name).to_owned());
        let names = names.chain(axes.iter().map(|axis| setting_name(axis)));
        writer
            .write_record(names.chain(AFTER.iter().map(|name| (*name).to_owned())))
            .map_err(io::Error::from)?;
        let rows = self.models.iter().flat_map(|pair| of_pair(pair, &axes));
        let only_a = self.only_a.iter().map(|job| of_lonely(job, [&job.status, ""], &axes));
        let only_b = self.only_b.iter().map(|job| of_lonely(job, ["", &job.status], &axes));
        for row in rows.chain(only_a).chain(only_b) {
            writer.write_record(row).map_err(io::Error::from)?;
        }
        writer.flush()
    }
}

fn of_pair(pair: &Pair, axes: &[&str]) -> Vec<Vec<String>> {
    let Pair { model, tier, run, settings, a, b, .. } = pair;
    let head = head([Some(model), tier.as_ref(), run.as_ref()], [&a.status, &b.status], settings, axes);
    let with = |tail: [String; AFTER.len()]| head.iter().cloned().chain(tail).collect();
    let rows: Vec<Vec<String>> = pair
        .figures
        .iter()
        .map(|figure| {
            with([
                figure.column.to_owned(),
                figure.origin.to_owned(),
                figure.a.to_string(),
                figure.b.to_string(),
                figure.difference.to_string(),
                figure.ratio.map(|ratio| ratio.to_string()).unwrap_or_default(),
                figure.outlier.to_string(),
            ])
        })
        .collect();
    if rows.is_empty() { vec![with(Default::default())] } else { rows }
}

fn of_lonely(job: &Lonely, statuses: [&str; 2], axes: &[&str]) -> Vec<String> {
    let Lonely { model, tier, run, settings, .. } = job;
    let head = head([Some(model), tier.as_ref(), run.as_ref()], statuses, settings, axes);
    head.into_iter().chain(AFTER.map(|_| String::new())).collect()
}

fn head(names: [Option<&String>; 3], statuses: [&str; 2], settings: &Point, axes: &[&str]) -> Vec<String> {
    let names = names.map(|name| name.cloned().unwrap_or_default());
    let values = axes.iter().map(|axis| settings.get(axis).map(ToString::to_string).unwrap_or_default());
    names.into_iter().chain(statuses.map(str::to_owned)).chain(values).collect()
}
