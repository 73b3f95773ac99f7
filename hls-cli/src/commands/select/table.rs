//! The selected models on a terminal.

use hls_runner::results::columns::setting_name;
use hls_runner::select::{Figure, Goal, Judged, Place, Row, Selection, Table};

use crate::output::{STAND_IN_NOTE, printable};
use crate::tables::{heading, table as empty_table};

/// The fronts as a table, and below it what became of the other models.
pub fn describe(table: &Table, selection: &Selection, fronts: usize) -> String {
    let several_runs = table.has_several_runs();
    let figures: Vec<String> = figures(selection);
    let mut words = if several_runs { vec!["", "run", "model"] } else { vec!["", "model"] };
    // One that is compared has a column of its own.
    let is_figure =
        |axis: &&str| figures.iter().any(|figure| figure.starts_with(&format!("{}\n", setting_name(axis))));
    let axes: Vec<&str> = table.axes().into_iter().filter(|axis| !is_figure(axis)).collect();
    let headings: Vec<String> = axes.iter().map(|axis| heading(axis)).collect();
    words.extend(headings.iter().map(String::as_str));
    let numbers: Vec<&str> = figures.iter().map(String::as_str).collect();
    let mut shown = empty_table(&words, &numbers);
    for judged in (1..=fronts).flat_map(|front| selection.front(front)) {
        let row = &table.rows[judged.row];
        let mut cells = vec![place(&judged.place)];
        if several_runs {
            cells.push(printable(&row.run));
        }
        cells.push(printable(&row.model));
        let setting = |axis: &&str| row.settings.get(axis).map(ToString::to_string).unwrap_or_default();
        cells.extend(axes.iter().map(|axis| printable(&setting(axis))));
        cells.extend(values(selection, row));
        shown.add_row(cells);
    }
    let mut text = format!(
        "{shown}\n{}",
        counts(selection, fronts, if table.axes().is_empty() { "models" } else { "jobs" })
    );
    if let Some(origin) = selection.origin {
        text += &format!("\nResources are {}.", says(origin));
    }
    if !selection.unchecked.is_empty() {
        text += &format!(
            "\nNot held to the chip, as nothing is known of them: {}.",
            selection.unchecked.join(", ")
        );
    }
    if table.stand_in {
        text += &format!("\n{STAND_IN_NOTE}");
    }
    text
}

/// Objectives, and what is limited besides.
fn figures(selection: &Selection) -> Vec<String> {
    let arrow = |goal| match goal {
        Goal::Maximize => "max",
        Goal::Minimize => "min",
    };
    let objectives = selection.objectives.iter().map(|o| format!("{}\n{}", o.figure, arrow(o.goal)));
    objectives.chain(only_limited(selection).map(ToString::to_string)).collect()
}

fn only_limited(selection: &Selection) -> impl Iterator<Item = &Figure> {
    let compared = |figure: &Figure| selection.objectives.iter().any(|objective| objective.figure == *figure);
    let mut seen: Vec<&Figure> = Vec::new();
    selection.limits.iter().map(|limit| &limit.figure).filter(move |figure| {
        let new = !compared(figure) && !seen.contains(figure);
        if new {
            seen.push(figure);
        }
        new
    })
}

fn values(selection: &Selection, row: &Row) -> Vec<String> {
    let objectives = selection.objectives.iter().map(|objective| &objective.figure);
    let figures = objectives.chain(only_limited(selection));
    figures.map(|figure| figure.of(row).map_or_else(String::new, number)).collect()
}

/// Six significant digits are enough to tell models apart; counts are shown whole.
fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{value:.0}");
    }
    let digits = (5 - value.abs().log10().floor() as i32).clamp(0, 12);
    format!("{value:.*}", digits as usize)
}

fn place(place: &Place) -> String {
    match place {
        Place::Front(1) => "primary".to_owned(),
        Place::Front(2) => "secondary".to_owned(),
        Place::Front(front) => format!("front {front}"),
        Place::Rank(rank) => rank.to_string(),
        Place::NotAmongTheBest | Place::Out(_) => String::new(),
    }
}

fn counts(selection: &Selection, fronts: usize, things: &str) -> String {
    let is_out = |judged: &&Judged| matches!(judged.place, Place::Out(_));
    let out = selection.judged.iter().filter(is_out).count();
    let count = |front| selection.front(front).count();
    let shown: usize = (1..=fronts).map(count).sum();
    let others = selection.judged.len() - out - shown;
    let ranked = selection.judged.iter().any(|judged| matches!(judged.place, Place::Rank(_)));
    let of = selection.judged.len();
    let mut text = match ranked {
        true => format!("{shown} of {of} {things} selected; {others} are not among the best"),
        false => {
            let tiers: Vec<String> = [(1, "primary"), (2, "secondary")][..fronts]
                .iter()
                .map(|&(front, name)| format!("{} {name}", count(front)))
                .collect();
            format!("{} of {of} {things} selected; {others} more are in later fronts", tiers.join(" and "))
        }
    };
    if out > 0 {
        text += &format!("; {out} left out:");
        for (why, models) in selection.left_out() {
            text += &format!("\n  {models} where {}", printable(&why.to_string()));
        }
    }
    text
}

fn says(origin: &str) -> &'static str {
    match origin {
        "synthesized_" => "Vivado's count after logic synthesis",
        "mapped_" => "Yosys's count after mapping",
        "estimated_" => "C synthesis's estimate, which is often several times too high",
        _ => "this program's estimate of its own circuits",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let table = [
            (0.912_345_678, "0.912346"),
            (12.0, "12"),
            (0.0, "0"),
            (-1234.5678, "-1234.57"),
            (1e-9, "0.000000001000"),
        ];
        for (value, text) in table {
            assert_eq!(number(value), text);
        }
    }
}
