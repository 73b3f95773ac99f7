//! A comparison for people.

use hls_runner::results::compare::{Change, Compared, Comparison, Figure, Lonely, Pair};

use crate::output::{STAND_IN_NOTE, printable};
use crate::tables::table;

/// Follows every ratio that is far from those of the other models.
const MARK: char = '!';
/// So many models are named in a line.
const NAMED: usize = 12;
/// Longest message of a failure, in characters; `report` shows all of it.
const MESSAGE: usize = 200;

pub fn describe(found: &Comparison, columns: &[&'static str]) -> String {
    let mut text =
        vec![format!("A: {}", printable(&found.a)), format!("B: {}", printable(&found.b)), matched(found)];
    text.extend(found.notes.iter().map(|note| printable(&format!("Note: {note}."))));
    if found.stand_in {
        text.push(STAND_IN_NOTE.to_owned());
    }
    text.extend(statuses(found));
    text.extend(changes(&found.changes));
    if found.figures.is_empty() {
        text.push(
            "\nNo model has a figure in both sweeps that one origin says; nothing else is compared."
                .to_owned(),
        );
        return text.join("\n");
    }
    text.push(format!("\n{}", figures(&found.figures)));
    if !columns.is_empty() {
        text.push(format!("\nModels: A → B, and the ratio B/A\n{}", models(found, columns)));
    }
    text.extend(outliers(found));
    text.join("\n")
}

/// The model's name, with whatever tells it apart.
pub fn name_of(pair: &Pair) -> String {
    full_name([&pair.tier, &pair.run], &pair.model, &pair.settings.to_string())
}

fn name_of_lonely(job: &Lonely) -> String {
    full_name([&job.tier, &job.run], &job.model, &job.settings.to_string())
}

fn full_name(places: [&Option<String>; 2], model: &str, settings: &str) -> String {
    let all = places.into_iter().flatten().map(String::as_str).chain([settings]);
    let all: Vec<&str> = all.filter(|text| !text.is_empty()).collect();
    let name = if all.is_empty() { model.to_owned() } else { format!("{model} ({})", all.join(", ")) };
    printable(&name)
}

fn matched(found: &Comparison) -> String {
    let by = match &found.matched_by[..] {
        [] => String::new(),
        axes => printable(&format!(" and {}", axes.join(", "))),
    };
    let count = found.models.len();
    let word = if count == 1 { "job is" } else { "jobs are" };
    format!("{count} {word} in both, matched by the model's name{by}")
}

/// What matters first: models that fail now; then whatever else ended differently, and what is only in one sweep.
fn statuses(found: &Comparison) -> Vec<String> {
    let mut lines = Vec::new();
    let failing: Vec<&Pair> = found.models.iter().filter(|pair| pair.newly_fails()).collect();
    if !failing.is_empty() {
        lines.push(format!("\nNewly failing: {}", failing.len()));
        lines.extend(failing.iter().map(|pair| {
            let why: String = pair.b.error.as_deref().unwrap_or_default().chars().take(MESSAGE).collect();
            format!("  {}: {}", name_of(pair), printable(&why))
        }));
    }
    let others: Vec<&Pair> =
        found.models.iter().filter(|pair| pair.status_changed() && !pair.newly_fails()).collect();
    if !others.is_empty() {
        lines.push(format!("\nOther statuses that changed: {}", others.len()));
        let line = |pair: &&Pair| {
            format!("  {}: {} → {}", name_of(pair), printable(&pair.a.status), printable(&pair.b.status))
        };
        lines.extend(others.iter().map(line));
    }
    for (which, jobs) in [("A", &found.only_a), ("B", &found.only_b)] {
        if !jobs.is_empty() {
            let names: Vec<String> = jobs.iter().take(NAMED).map(name_of_lonely).collect();
            let more = jobs.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            lines.push(format!("\nOnly in {which}: {}{more}", names.join(", ")));
        }
    }
    lines
}

fn changes(changes: &[Change]) -> Vec<String> {
    if changes.is_empty() {
        return vec!["\nNothing is known to be different between the sweeps: neither settings nor tools nor fingerprints.".to_owned()];
    }
    let mut lines = vec!["\nDifferent between the sweeps".to_owned()];
    lines.extend(changes.iter().take(NAMED).map(|change| {
        let whom = match change.is_common() {
            true => "all models".to_owned(),
            false => format!("{} of {} models", change.models, change.of_models),
        };
        format!("  {} ({whom})", of_change(change))
    }));
    if changes.len() > NAMED {
        lines.push(format!("  and {} more (--json)", changes.len() - NAMED));
    }
    lines
}

fn of_change(change: &Change) -> String {
    match (&change.a, &change.b) {
        (Some(a), Some(b)) => printable(&format!("{}: {a} → {b}", change.what)),
        _ => format!("{}: not the same", change.what),
    }
}

fn figures(figures: &[Figure]) -> String {
    let numbers = [
        "models",
        "geometric\nmean",
        "median",
        "least",
        "greatest",
        "smaller",
        "equal",
        "larger",
        "outliers",
    ];
    let mut shown = table(&["figure", "says"], &numbers);
    let (same, figures): (Vec<&Figure>, Vec<&Figure>) =
        figures.iter().partition(|figure| figure.equal == figure.models);
    for figure in &figures {
        let ratio = |ratio: Option<f64>| ratio.map_or_else(|| "-".to_owned(), times);
        let count = |count: usize| count.to_string();
        shown.add_row([
            figure.column.to_owned(),
            figure.origin.to_owned(),
            count(figure.models),
            ratio(figure.geometric_mean),
            ratio(figure.median),
            ratio(figure.min),
            ratio(figure.max),
            count(figure.smaller),
            count(figure.equal),
            count(figure.larger),
            count(figure.outliers),
        ]);
    }
    let same: Vec<&str> = same.iter().map(|figure| figure.column).collect();
    let equal = (!same.is_empty()).then(|| format!("Equal in all models that have it: {}", same.join(", ")));
    let differing =
        (!figures.is_empty()).then(|| format!("Ratios B/A of each figure over all models\n{shown}"));
    differing.into_iter().chain(equal).collect::<Vec<_>>().join("\n")
}

fn models(found: &Comparison, columns: &[&'static str]) -> String {
    let headings: Vec<String> = columns.iter().map(|column| heading(column)).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let mut shown = table(&["model"], &headings);
    for pair in &found.models {
        let cells = columns.iter().map(|column| pair.figure(column).map_or_else(|| "-".to_owned(), cell));
        shown.add_row([name_of(pair)].into_iter().chain(cells));
    }
    shown.to_string()
}

/// A name in two lines, as wide as its cells: `estimated\nlut`.
fn heading(column: &str) -> String {
    match column.split_once('_') {
        Some((first, rest)) => format!("{first}\n{rest}"),
        None => column.to_owned(),
    }
}

/// `8000 → 9000 ×1.125`, `12 =`.
fn cell(figure: &Compared) -> String {
    let mark = if figure.outlier { MARK.to_string() } else { String::new() };
    match figure.ratio {
        _ if figure.difference == 0.0 => format!("{} =", figure.b),
        Some(ratio) => format!("{} → {} ×{}{mark}", figure.a, figure.b, times(ratio)),
        None => format!("{} → {}", figure.a, figure.b),
    }
}

/// Three digits of a ratio, more only where nothing else would show that it is not 1.
fn times(ratio: f64) -> String {
    let text = if ratio >= 100.0 {
        format!("{ratio:.0}")
    } else if ratio >= 10.0 {
        format!("{ratio:.1}")
    } else {
        format!("{ratio:.2}")
    };
    match text.as_str() {
        "1.00" if ratio != 1.0 => format!("{ratio:.4}"),
        "0.00" => format!("{ratio:.1e}"),
        _ => text,
    }
}

fn outliers(found: &Comparison) -> Vec<String> {
    let of_model = |pair: &Pair| {
        let figures: Vec<String> = pair
            .figures
            .iter()
            .filter(|figure| figure.outlier)
            .filter_map(|figure| Some(format!("{} ×{}", figure.column, times(figure.ratio?))))
            .collect();
        let own: Vec<String> = pair.changes.iter().map(of_change).collect();
        let own = if own.is_empty() {
            "nothing else is known to be different than for the others".to_owned()
        } else {
            own.join("; ")
        };
        (!figures.is_empty()).then(|| format!("  {}: {}\n    {own}", name_of(pair), figures.join(", ")))
    };
    let lines: Vec<String> = found.models.iter().filter_map(of_model).collect();
    match lines.is_empty() {
        true => Vec::new(),
        false => [format!("\nOutliers ({MARK}): far from the median of the models")]
            .into_iter()
            .chain(lines)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_have_three_digits() {
        for (ratio, text) in [
            (1.0, "1.00"),
            (1.125, "1.12"),
            (1.0004, "1.0004"),
            (0.5, "0.50"),
            (12.34, "12.3"),
            (1234.5, "1234"),
            (0.001, "1.0e-3"),
        ] {
            assert_eq!(times(ratio), text);
        }
    }
}
