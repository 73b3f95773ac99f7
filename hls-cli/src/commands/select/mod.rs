//! `select`: which models are worth synthesizing.

mod parameters;
mod table;

use std::fs;

use anyhow::anyhow;
use hls_runner::select::{self, Bound, Goal, How, Request, Selection, Table, WriteError};

use crate::args::{Budget, SelectArgs, TiersArg};
use crate::error::CliError;
use crate::output::{self, STAND_IN_NOTE, printable};
use crate::remedy::with_option;

pub fn run(args: &SelectArgs) -> Result<(), CliError> {
    hides_nothing(args)?;
    let mut gathered = select::gather(&args.input_dir, &args.pattern, &args.from)
        .map_err(|error| CliError::usage(with_option(error)))?;
    for warning in &gathered.warnings {
        output::note(&printable(&format!("warning: {warning}")));
    }
    parameters::count_if_asked(args, &mut gathered.table);
    let selection = select::choose(&gathered.table, &request(args)).map_err(CliError::usage)?;
    let fronts = fronts(args);
    if let Some(dir) = &args.output_dir {
        let how = if args.link { How::Link } else { How::Copy };
        select::write(dir, &gathered.table, &selection, fronts, how, args.force).map_err(refused)?;
    }
    print(args, &gathered.table, &selection)?;
    // A program finds this in the output; the person who runs it should be told as well.
    if gathered.table.stand_in && (args.csv || args.json) {
        output::note(&format!("warning: {STAND_IN_NOTE}"));
    }
    Ok(())
}

/// Folders of tiers inside a folder of models would hide the others from every later command.
fn hides_nothing(args: &SelectArgs) -> Result<(), CliError> {
    let Some(output) = args.output_dir.as_ref().and_then(|dir| fs::canonicalize(dir).ok()) else {
        return Ok(());
    };
    match args.input_dir.iter().find(|dir| fs::canonicalize(dir).is_ok_and(|dir| dir == output)) {
        None => Ok(()),
        Some(dir) => Err(CliError::usage(anyhow!(
            "{}: with pareto_primary/ beside them, its models would no longer be found; name another --output-dir",
            dir.display()
        ))),
    }
}

fn request(args: &SelectArgs) -> Request {
    let goals =
        |names: &[String], goal: Goal| names.iter().map(|name| (goal, name.clone())).collect::<Vec<_>>();
    let limits = |limits: &[(String, f64)], bound: Bound| {
        limits.iter().map(|(name, value)| (name.clone(), bound, *value)).collect::<Vec<_>>()
    };
    let (part, listed) = match &args.budget {
        None => (None, Vec::new()),
        Some(Budget::Part(part)) => (Some(*part), Vec::new()),
        Some(Budget::List(list)) => (None, limits(list, Bound::AtMost)),
    };
    Request {
        objectives: [goals(&args.maximize, Goal::Maximize), goals(&args.minimize, Goal::Minimize)].concat(),
        limits: [limits(&args.min, Bound::AtLeast), limits(&args.max, Bound::AtMost), listed].concat(),
        part,
        top: args.top.map(std::num::NonZeroUsize::get),
    }
}

fn fronts(args: &SelectArgs) -> usize {
    match args.tiers {
        TiersArg::Primary => 1,
        TiersArg::Both => 2,
    }
}

fn refused(error: WriteError) -> CliError {
    match error {
        WriteError::NotEmpty { .. } => CliError::usage(anyhow!("{error} (--force)")),
        WriteError::NoFile { .. } => CliError::usage(anyhow!("{error} (--input-dir; without --output-dir)")),
        error => CliError::failed(error),
    }
}

fn print(args: &SelectArgs, table: &Table, selection: &Selection) -> Result<(), CliError> {
    if args.json {
        return output::print(
            &serde_json::to_string_pretty(&selection.view(table)).map_err(CliError::failed)?,
        );
    }
    if args.csv {
        let mut bytes = Vec::new();
        selection.write_csv(table, &mut bytes)?;
        return output::print(&String::from_utf8_lossy(&bytes));
    }
    let mut text = table::describe(table, selection, fronts(args));
    if let Some(dir) = &args.output_dir {
        // A sweep asks which of two tiers it should take.
        let tiers =
            if fronts(args) == 2 && selection.front(2).next().is_some() { " --tiers both" } else { "" };
        text +=
            &format!("\n\nThe models are in {0}; next: hls-cli synth --input-dir {0}{tiers}", dir.display());
    }
    if args.output_dir.is_some() && !table.axes().is_empty() {
        text += "\nselection.json says under which settings each was selected.";
    }
    output::print(&text)
}
