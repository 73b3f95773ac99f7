//! `csynth.xml` and `NAME_csynth.xml`: what Vitis HLS estimates, for programs to read.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::flaw::{Flaw, Place};
use super::numbers::{Estimate, Resources};
use super::table::{count, nanoseconds};

/// Elements of the real file are nested half as deep.
const DEEPEST: usize = 32;

/// Without these the file is not whole.
const REQUIRED: [&str; 4] = [
    "UserAssignments/TargetClockPeriod",
    "PerformanceEstimates/SummaryOfOverallLatency/Worst-caseLatency",
    "AreaEstimates/Resources/LUT",
    "AreaEstimates/AvailableResources/LUT",
];

/// Reads the top function's estimates.
///
/// # Errors
/// The text is no XML, ends early, is another document, or has words where numbers belong.
pub fn parse(text: &str) -> Result<Estimate, Flaw> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut estimate = Estimate::default();
    let mut open: Vec<String> = Vec::new();
    let mut missing = REQUIRED.to_vec();
    let mut value = String::new();
    loop {
        let event = reader.read_event();
        let line = |reader: &Reader<&[u8]>| line_at(text, reader.buffer_position());
        match event {
            Ok(Event::Start(element)) => {
                open.push(element.local_name().as_ref().to_owned());
                value.clear();
                if open.first().is_some_and(|root| root != "profile") {
                    return Err(Flaw::at_line(line(&reader), "the element profile", &open.join("/")));
                }
                if open.len() > DEEPEST {
                    return Err(Flaw::at_line(
                        line(&reader),
                        format!("at most {DEEPEST} nested elements"),
                        "more",
                    ));
                }
            }
            Ok(Event::Text(content)) => value.push_str(&content.xml10_content()),
            Ok(Event::End(_)) => {
                let path = open.get(1..).unwrap_or_default().join("/");
                store(&mut estimate, &path, value.trim()).map_err(|expected| {
                    Flaw::new(Place::Element(path.clone()), expected).but_found(&value)
                })?;
                missing.retain(|required| *required != path);
                value.clear();
                open.pop();
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                return Err(Flaw::new(Place::Line(line(&reader)), format!("well-formed XML ({error})")));
            }
        }
    }
    if let Some(unclosed) = open.last() {
        return Err(Flaw::new(Place::End, format!("</{unclosed}>")));
    }
    match missing.first() {
        Some(path) => Err(Flaw::new(Place::End, format!("the element profile/{path}"))),
        None => Ok(estimate),
    }
}

/// Puts the value of the element at `path` below the root where it belongs. Fails with what was expected.
fn store(estimate: &mut Estimate, path: &str, value: &str) -> Result<(), &'static str> {
    let cycles = || count(value).map_err(|_| "a number of cycles");
    let time = || nanoseconds(value).map_err(|_| "a time in ns");
    match path {
        "ReportVersion/Version" => estimate.tool_version = Some(short(value)),
        "UserAssignments/Part" => estimate.part = Some(short(value)),
        "UserAssignments/TargetClockPeriod" => estimate.clock_period_target_ns = time()?,
        "UserAssignments/ClockUncertainty" => estimate.clock_uncertainty_ns = time()?,
        "PerformanceEstimates/SummaryOfTimingAnalysis/EstimatedClockPeriod" => {
            estimate.clock_period_estimated_ns = time()?;
        }
        "PerformanceEstimates/SummaryOfOverallLatency/Best-caseLatency" => {
            estimate.latency_min_cycles = cycles()?;
        }
        "PerformanceEstimates/SummaryOfOverallLatency/Worst-caseLatency" => {
            estimate.latency_max_cycles = cycles()?;
        }
        "PerformanceEstimates/SummaryOfOverallLatency/Interval-min" => {
            estimate.interval_min_cycles = cycles()?;
        }
        "PerformanceEstimates/SummaryOfOverallLatency/Interval-max" => {
            estimate.interval_max_cycles = cycles()?;
        }
        _ => {
            if let Some(name) = path.strip_prefix("AreaEstimates/Resources/") {
                amount(&mut estimate.resources, name, value)?;
            } else if let Some(name) = path.strip_prefix("AreaEstimates/AvailableResources/") {
                amount(&mut estimate.resources_available, name, value)?;
            }
        }
    }
    Ok(())
}

fn amount(resources: &mut Resources, name: &str, value: &str) -> Result<(), &'static str> {
    let place = match name {
        "LUT" => &mut resources.lut,
        "FF" => &mut resources.ff,
        "DSP" | "DSP48E" => &mut resources.dsp,
        "BRAM_18K" => &mut resources.bram_18k,
        "URAM" => &mut resources.uram,
        _ => return Ok(()),
    };
    *place = count(value).map_err(|_| "a whole number")?;
    Ok(())
}

/// Names of parts and versions are short; whatever else stands there need not be carried around.
fn short(value: &str) -> String {
    value.chars().take(64).collect()
}

fn line_at(text: &str, byte: u64) -> usize {
    let read = usize::try_from(byte).unwrap_or(usize::MAX).min(text.len());
    1 + text.as_bytes().iter().take(read).filter(|byte| **byte == b'\n').count()
}
