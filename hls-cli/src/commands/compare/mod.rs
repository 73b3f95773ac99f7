//! `compare`: two sweeps, model by model.

mod table;

use std::process::ExitCode;

use anyhow::anyhow;
use hls_runner::results::compare::{CompareError, Comparison, Side, Which, compare};
use hls_runner::sentence;

use crate::args::CompareArgs;
use crate::error::{CliError, FAILED};
use crate::output::{self, STAND_IN_NOTE, printable};

/// So many figures that are worse than allowed are named; the table has them all.
const NAMED: usize = 10;

pub fn run(args: &CompareArgs) -> Result<ExitCode, CliError> {
    let (a, b) = (Side::read(&args.a).map_err(with_option)?, Side::read(&args.b).map_err(with_option)?);
    let found = compare(&a, &b, &args.a_where, &args.b_where, &args.by).map_err(with_option)?;
    // Whoever names figures wants all of them.
    let columns = match args.by.is_empty() {
        true => found.first_columns(),
        false => found.figures.iter().map(|figure| figure.column).collect(),
    };
    if args.csv {
        let mut bytes = Vec::new();
        found.write_csv(&mut bytes)?;
        output::print(&String::from_utf8_lossy(&bytes))?;
    } else if args.json {
        output::print(&serde_json::to_string_pretty(&found).map_err(CliError::failed)?)?;
    } else {
        output::print(&table::describe(&found, &columns))?;
    }
    // A program finds these in the output; the person who runs it should be told as well.
    if args.csv || args.json {
        for note in &found.notes {
            output::note(&printable(&format!("warning: {note}")));
        }
        if found.stand_in {
            output::note(&format!("warning: {STAND_IN_NOTE}"));
        }
    }
    let judged = if args.by.is_empty() { found.cost_columns() } else { columns };
    Ok(args.fail_above.map_or(ExitCode::SUCCESS, |limit| judge(&found, &judged, limit)))
}

/// Names what is worse than allowed.
fn judge(found: &Comparison, columns: &[&'static str], limit: f64) -> ExitCode {
    let figures = found.regressions(columns, limit).map(|(pair, figure)| {
        format!("{}: {} went from {} to {}", table::name_of(pair), figure.column, figure.a, figure.b)
    });
    let failing = found.models.iter().filter(|pair| pair.newly_fails());
    let failing = failing.map(|pair| format!("{}: it succeeded in A and fails in B", table::name_of(pair)));
    let worse: Vec<String> = failing.chain(figures).collect();
    if worse.is_empty() {
        return ExitCode::SUCCESS;
    }
    let findings =
        if worse.len() == 1 { "1 finding".to_owned() } else { format!("{} findings", worse.len()) };
    output::note(&format!("error: {findings} above the limit of {limit}:"));
    for line in worse.iter().take(NAMED) {
        output::note(&format!("  {line}"));
    }
    if worse.len() > NAMED {
        output::note(&format!("  and {} more", worse.len() - NAMED));
    }
    ExitCode::from(FAILED)
}

/// The error with the option that helps.
fn with_option(error: CompareError) -> CliError {
    let option = |side: Which| match side {
        Which::A => "--a-where",
        Which::B => "--b-where",
    };
    let help = match &error {
        CompareError::Ambiguous { side, example, .. } => format!("{} {example}", option(*side)),
        CompareError::NoAxis { side, .. } | CompareError::NoJob { side, .. } => option(*side).to_owned(),
        CompareError::NoFigure { .. } => "--by".to_owned(),
        CompareError::Same { .. } => "--a-where, --b-where".to_owned(),
        _ => return CliError::usage(error),
    };
    CliError::usage(anyhow!("{} ({help})", sentence(&error)))
}
