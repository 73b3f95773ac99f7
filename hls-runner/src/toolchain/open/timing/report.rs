//! The timing estimate for people.

use std::fmt::Write;

use crate::report::TimingEstimate;
use crate::toolchain::open::timing::path::LongestPath;

/// The text of `timing.rpt`; `target_ns` is the clock period that was asked for.
pub(in crate::toolchain::open) fn describe(
    project: &str,
    path: &LongestPath,
    estimate: &TimingEstimate,
    target_ns: f64,
) -> String {
    let TimingEstimate { period_ns, fmax_mhz, method } = estimate;
    let all = path.levels(|_| true);
    let carry = path.levels(|name| name == "CARRY4");
    let mut text = format!(
        "Timing estimate of {project}\n\nmethod:        {method}\nclock period:  {period_ns:.3} ns ({fmax_mhz:.1} MHz)\n"
    );
    let verdict = if *period_ns <= target_ns { "met" } else { "missed" };
    let _ =
        writeln!(text, "asked for:     {target_ns} ns, {verdict} by {:.3} ns", (target_ns - period_ns).abs());
    let _ = writeln!(text, "longest path:  {:.3} ns, {all} cells ({carry} CARRY4)", path.delay_ns);
    let _ = writeln!(text, "from:          {}\nto:            {}\n", path.start, path.end);
    let _ = writeln!(text, "{:>9} {:>8}  {:<8} {:<8} cell", "at ns", "step ns", "type", "output");
    let mut before = 0.0;
    for step in &path.steps {
        let _ = writeln!(
            text,
            "{:>9.3} {:>8.3}  {:<8} {:<8} {}",
            step.at,
            step.at - before,
            step.type_name,
            step.pin,
            step.cell
        );
        before = step.at;
    }
    let _ = writeln!(text, "{:>9.3} {:>8.3}  end", path.delay_ns, path.delay_ns - before);
    text
}
