//! What `tune` found, on a terminal.

use std::path::Path;

use hls_model::precision::Precision;
use hls_model::tune::{Knob, Point, Tuned};

use crate::output::printable;
use crate::tables::table;

/// Lines of the front that are shown; the others are in the JSON.
const SHOWN: usize = 10;

/// The types that changed, the bits in all, and the front of bits against the metric.
pub fn describe(tuned: &Tuned, model: &Path, output: &Path) -> String {
    let mut changed = table(&["layer", "class", "what", "before", "after"], &["bits less"]);
    for (before, after) in tuned.knobs.iter().filter(|(before, after)| before.ty != after.ty) {
        let less = before.bits().abs_diff(after.bits());
        changed.add_row([
            printable(&before.layer),
            before.class.to_owned(),
            before.kind.key().to_owned(),
            text(before),
            text(after),
            less.to_string(),
        ]);
    }
    let mut sections = Vec::new();
    for mended in &tuned.mended {
        let settings: Vec<String> =
            mended.settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
        sections.push(printable(&format!(
            "softmax \"{}\": its largest output was not at its largest input in {} samples, now in {}: {}",
            mended.layer,
            mended.before,
            mended.after,
            settings.join(" ")
        )));
    }
    sections.push(changed.to_string());
    sections.push(totals(tuned));
    sections.push(front(tuned));
    let (model, output) = (model.display(), output.display());
    sections.push(format!(
        "{} trials. The types are in {output}; next: hls-cli convert {model} --config {output} -o DIR",
        tuned.trials
    ));
    sections.join("\n")
}

fn text(knob: &Knob) -> String {
    Precision::Fixed(knob.ty).cpp()
}

fn totals(tuned: &Tuned) -> String {
    let name = &tuned.metric;
    let mut text = format!("{name}: {} as it was, {} with these types", tuned.before, tuned.figure);
    if tuned.before != tuned.reference {
        text = format!(
            "{name}: {} as it was, {} with softmaxes mended, {} in the end",
            tuned.before, tuned.reference, tuned.figure
        );
    }
    let kinds =
        ["results", "accumulators", "tables"].into_iter().zip(tuned.bits_before()).zip(tuned.bits_after());
    for ((kind, before), after) in kinds.filter(|((_, before), _)| *before > 0) {
        let share = 100.0 * before.saturating_sub(after) as f64 / before as f64;
        text += &format!("\nbits of {kind}: {before} before, {after} now ({share:.1} % fewer)");
    }
    text
}

/// The front, of long ones every so many points.
fn front(tuned: &Tuned) -> String {
    let points = &tuned.front;
    let mut shown = table(&[], &["bits of results\nand accumulators", "of tables", &tuned.metric]);
    let step = points.len().div_ceil(SHOWN).max(1);
    let last = points.len().saturating_sub(1);
    for (_, point) in points.iter().enumerate().filter(|(at, _)| at % step == 0 || *at == last) {
        shown.add_row(row(point));
    }
    let rest = if step > 1 { format!(" (some of {}; all with --json)", points.len()) } else { String::new() };
    format!("Bits against {}{rest}:\n{shown}", tuned.metric)
}

fn row(point: &Point) -> [String; 3] {
    [point.arithmetic_bits().to_string(), point.bits[2].to_string(), format!("{:.6}", point.figure)]
}
