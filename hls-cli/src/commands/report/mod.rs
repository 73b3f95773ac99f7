//! `report`: what the models of a sweep cost and how fast they are, side by side.

mod table;
mod values;

use crate::args::{ReportArgs, SortArg};
use crate::error::CliError;
use crate::output::{self, STAND_IN_NOTE};
use hls_runner::{JobRecord, Summary};
use std::cmp::Ordering;

pub use table::name;

pub fn run(args: &ReportArgs) -> Result<(), CliError> {
    let mut summary = Summary::read(&args.dir).map_err(CliError::usage)?;
    if let Some(key) = args.sort {
        summary.sweep.results.sort_by(|a, b| compare(key, args.reverse, a, b));
    }
    if args.csv {
        output::print(&values::csv(&summary).map_err(CliError::failed)?)?;
    } else if args.json {
        output::print(&format!("{:#}", values::json(&summary)))?;
    } else {
        output::print(&table::describe(&summary))?;
    }
    // Whoever reads values with a program gets a column for it, and should hear it as well.
    if summary.stand_in() && (args.csv || args.json) {
        output::note(&format!("warning: {STAND_IN_NOTE}"));
    }
    Ok(())
}

fn compare(key: SortArg, reverse: bool, a: &JobRecord, b: &JobRecord) -> Ordering {
    let directed = |order: Ordering| if reverse { order.reverse() } else { order };
    match key {
        SortArg::Model => directed((&a.job.name, a.job.tier).cmp(&(&b.job.name, b.job.tier))),
        SortArg::Status => directed(a.status.cmp(&b.status)),
        _ => match (number(key, a), number(key, b)) {
            (Some(a), Some(b)) => directed(a.total_cmp(&b)),
            // Unknown numbers are last in either direction.
            (a, b) => b.is_some().cmp(&a.is_some()),
        },
    }
}

fn number(key: SortArg, job: &JobRecord) -> Option<f64> {
    if key == SortArg::Time {
        return job.elapsed().map(|elapsed| elapsed.as_secs_f64());
    }
    let report = job.report.as_ref()?;
    let resources = report.best_resources();
    let count = match key {
        SortArg::Latency => report.estimate.latency_max_cycles,
        SortArg::Interval => report.estimate.interval_max_cycles,
        SortArg::Lut => resources.lut,
        SortArg::Ff => resources.ff,
        SortArg::Dsp => resources.dsp,
        SortArg::Bram => resources.bram_18k,
        SortArg::Uram => resources.uram,
        SortArg::Clock => return report.estimate.clock_period_estimated_ns,
        SortArg::Model | SortArg::Status | SortArg::Time => None,
    };
    count.map(|count| count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hls_runner::JobStatus as Status;
    use hls_runner::report::{Estimate, Report};

    fn job(model: &str, status: Status, latency: Option<u64>) -> JobRecord {
        let estimate = Estimate { latency_max_cycles: latency, ..Estimate::default() };
        let mut job = JobRecord::default();
        job.job.name = model.into();
        job.status = status;
        job.report = Some(Box::new(Report { estimate, ..Report::default() }));
        job
    }

    #[test]
    fn what_is_unknown_is_last_in_both_directions() {
        let jobs = [
            job("c", Status::Success, Some(100)),
            job("a", Status::Failed, None),
            job("b", Status::Success, Some(20)),
        ];
        let table = [
            (SortArg::Latency, false, "bca"),
            (SortArg::Latency, true, "cba"),
            (SortArg::Model, false, "abc"),
            (SortArg::Model, true, "cba"),
            (SortArg::Status, false, "cba"),
            (SortArg::Lut, false, "cab"),
        ];
        for (key, reverse, expected) in table {
            let mut sorted = jobs.to_vec();
            sorted.sort_by(|a, b| compare(key, reverse, a, b));
            let order: String = sorted.iter().map(|job| job.job.name.as_str()).collect();
            assert_eq!(order, expected, "{key:?} {reverse}");
        }
    }
}
