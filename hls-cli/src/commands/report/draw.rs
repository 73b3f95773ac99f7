//! `report --html`, `--png` and `--svg`: which files are written.

use std::path::Path;

use anyhow::Context;
use hls_model::samples::replace_file;
use hls_runner::Summary;
use hls_runner::sheet::{Budget, NoPlot, Plot, Sheet};

use super::{page, picture};
use crate::args::{PageArgs, PlotArg};
use crate::error::CliError;
use crate::output::{self, printable};
use crate::remedy::with_option;

/// What to do where no metric is known.
pub const SCORE_FIRST: &str = "score the models on labelled samples (hls-cli score --input-dir MODELS --data SAMPLES), or name a file that has one (--from FILE)";

/// Writes what was asked for.
pub fn run(args: &PageArgs, summary: &Summary) -> Result<(), CliError> {
    let sheet = Sheet::of(summary, &args.from).map_err(|error| CliError::usage(with_option(error)))?;
    for warning in &sheet.warnings {
        output::note(&printable(&format!("warning: {warning}")));
    }
    let pareto = sheet.pareto(args.cost.as_deref(), args.metric.as_deref());
    let pareto = match pareto {
        // What was asked for by name must be there.
        Err(error @ (NoPlot::Figure(_) | NoPlot::Mixed { .. }))
            if args.metric.is_some() || args.cost.is_some() =>
        {
            return Err(CliError::usage(error));
        }
        pareto => pareto,
    };
    let budgets = if args.budget.is_empty() { sheet.chips() } else { args.budget.clone() };
    if let Some(path) = &args.html {
        let text = page::page(&budgets, summary, &sheet, pareto.as_ref().ok()).map_err(CliError::failed)?;
        write(path, text.as_bytes())?;
        let metric = pareto.as_ref().map_or_else(
            |_| format!("no metric of these models is known: {SCORE_FIRST}"),
            |plot| format!("{} over {}", plot.y.axis_title(), plot.x.axis_title()),
        );
        output::print(&printable(&format!("{}: {} jobs; {metric}", path.display(), sheet.rows.len())))?;
    }
    if args.png.is_some() || args.svg.is_some() {
        let panels = panels(args.plot, &budgets, &sheet, pareto)?;
        let svg = picture::svg(&panels, sheet.stand_in).map_err(CliError::failed)?;
        if let Some(path) = &args.svg {
            write(path, svg.as_bytes())?;
            output::print(&printable(&path.display().to_string()))?;
        }
        if let Some(path) = &args.png {
            write(path, &picture::png(&svg).map_err(CliError::failed)?)?;
            output::print(&printable(&path.display().to_string()))?;
        }
    }
    Ok(())
}

/// The plots of a picture. Of both, one that cannot be drawn is left out with a warning.
fn panels<'a>(
    plot: PlotArg,
    budgets: &'a [Budget],
    sheet: &Sheet,
    pareto: Result<Plot, NoPlot>,
) -> Result<Vec<picture::Panel<'a>>, CliError> {
    let advised = |error: NoPlot| match error {
        NoPlot::NoMetric => anyhow::anyhow!("{error}; {SCORE_FIRST}"),
        error => error.into(),
    };
    let pareto = pareto.map(picture::Panel::pareto).map_err(advised);
    let area = sheet.area().map(|plot| picture::Panel::area(plot, budgets)).map_err(advised);
    match plot {
        PlotArg::Pareto => Ok(vec![pareto.map_err(CliError::usage)?]),
        PlotArg::Area => Ok(vec![area.map_err(CliError::usage)?]),
        PlotArg::Both => {
            let mut panels = Vec::new();
            let mut missing = Vec::new();
            for panel in [pareto, area] {
                match panel {
                    Ok(panel) => panels.push(panel),
                    Err(error) => missing.push(error),
                }
            }
            if panels.is_empty() {
                return Err(CliError::usage(missing.swap_remove(0)));
            }
            for error in missing {
                output::note(&printable(&format!("warning: a plot is left out: {error}")));
            }
            Ok(panels)
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    replace_file(path, bytes)
        .with_context(|| format!("{} could not be written", path.display()))
        .map_err(CliError::failed)
}
