//! `report`: what the models of a sweep cost and how fast they are, side by side.

mod analysis;
mod draw;
mod page;
mod picture;
mod table;

use anyhow::Context;
use hls_runner::Summary;
use hls_runner::results::columns;
use hls_runner::results::sort::{Direction, SortKey, sort};

use crate::args::ReportArgs;
use crate::error::CliError;
use crate::output::{self, STAND_IN_NOTE, printable};

pub use table::{label, unusable};

pub fn run(args: &ReportArgs) -> Result<(), CliError> {
    let mut summary = Summary::read(&args.dir).map_err(CliError::usage)?;
    if let Some(name) = &args.sort {
        let direction = if args.reverse { Direction::Reverse } else { Direction::Forward };
        let key = SortKey::named(name, summary.jobs()).context("--sort").map_err(CliError::usage)?;
        sort(&mut summary.sweep.results, &key, direction);
    }
    if let Some(file) = &args.resource_analysis {
        analysis::write(&summary, file.as_deref())?;
    }
    if args.page.any() {
        draw::run(&args.page, &summary)?;
    } else if args.csv {
        let mut bytes = Vec::new();
        columns::write_csv(summary.jobs(), &mut bytes)?;
        output::print(&String::from_utf8_lossy(&bytes))?;
    } else if args.json {
        output::print(&serde_json::to_string_pretty(&summary.view()).map_err(CliError::failed)?)?;
    } else {
        output::print(&table::describe(&summary, output::has_colour()))?;
    }
    // A program finds these in the output; the person who runs it should be told as well.
    if args.csv || args.json || args.page.any() {
        for note in &summary.notes {
            output::note(&printable(&format!("warning: {note}")));
        }
    }
    if summary.stand_in() && (args.csv || args.json || args.page.any() || args.resource_analysis.is_some()) {
        output::note(&format!("warning: {STAND_IN_NOTE}"));
    }
    Ok(())
}
