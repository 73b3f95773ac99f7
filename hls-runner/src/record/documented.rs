//! A test: the keys that are written are those that `docs/results.md` documents, in both directions.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::csim::CsimSummary;
use super::failure::Failure;
use super::job::{JobRecord, JobStatus, StageRecord, StageStatus};
use super::measurement::Measurement;
use super::process::{CommandRecord, Exit, Usage};
use super::stage::Stage;
use super::sweep::{LeftOut, SCHEMA, SweepRecord, ToolchainRecord};
use crate::plan::discover::Tier;
use crate::plan::fingerprint::Fingerprint;
use crate::plan::grid::{Axis, Point, SettingValue};
use crate::plan::jobs::Job;
use crate::report::circuit::{Cells, Circuit, InstantEstimate, Mapping, Placement, TimingEstimate};
use crate::report::numbers::{
    CosimStatus, Cosimulation, Estimate, LogicSynthesis, Power, Report, Resources, RtlLanguage,
    RtlSimulation, RtlSimulationStatus, Spread,
};
use crate::toolchain::vitis;

/// A value in which everything that can be there is there: no `..Default`, so that a new field has to be added here.
fn filled() -> SweepRecord {
    let at = Some(Timestamp::UNIX_EPOCH);
    let command = CommandRecord {
        argv: vec!["vitis-run".into()],
        exit: Exit::TimedOut(Duration::from_secs(3)),
        usage: Usage { wall: Duration::ZERO, cpu: Duration::ZERO, peak_memory_bytes: 1 },
    };
    let job = JobRecord {
        job: Job {
            name: "m".into(),
            tier: Some(Tier::Primary),
            run: Some("search".into()),
            settings: Point::new(vec![("clock-period".into(), SettingValue::of_text("5"))]),
            ..Job::default()
        },
        status: JobStatus::Failed,
        kept_files: vec!["/out/hls_m/project.tcl".into()],
        kept_names: vec!["project.tcl".into()],
        tarball: Some("/out/hls_m.tar.gz".into()),
        error: Some("it broke".into()),
        traceback: Some("Traceback (most recent call last):".into()),
        started: at,
        ended: at,
        project: Some("myproject".into()),
        warnings: vec!["look".into()],
        ebops: Some(1),
        stages: vec![StageRecord {
            stage: Stage::new("synth"),
            status: StageStatus::Done,
            wall_seconds: Some(1.0),
            cpu_seconds: Some(1.0),
            peak_memory_bytes: Some(1),
        }],
        commands: vec![command],
        csim: Some(CsimSummary { samples: 1, values: 1, compared: true, verified: 1 }),
        peak_memory_bytes: Some(1),
        fingerprint: Some(Fingerprint::of_bytes(b"")),
        identical_to: Some("other".into()),
        resumed: true,
        attempts: 1,
        earlier_errors: vec!["it broke before".into()],
        report: Some(Box::new(report())),
        measurements: vec![Measurement {
            metric: "lut".into(),
            value: 1.0,
            unit: "".into(),
            stage: Stage::new("synth"),
            source: "x.rpt".into(),
        }],
        failure: Some(Failure::default()),
    };
    SweepRecord {
        schema: SCHEMA,
        total: 1,
        successful: 0,
        failed: 1,
        interrupted: false,
        resumed: 1,
        waiting: Some("memory".into()),
        started: at,
        ended: at,
        input_dir: "/in".into(),
        input_dirs: vec!["/in".into(), "/search".into()],
        grid: vec![Axis { axis: "clock-period".into(), values: vec![SettingValue::of_text("5")] }],
        output_dir: "/out".into(),
        workers: 1,
        toolchain: ToolchainRecord { name: "vitis".into(), program: "/v".into(), version: "1".into() },
        stages: vitis::stages::STAGES
            .iter()
            .map(|spec| (spec.name.to_owned(), spec.on_by_default.into()))
            .collect(),
        left_out: vec![LeftOut { node: "n1".into(), reason: "jobs died there".into() }],
        results: vec![job],
    }
}

fn report() -> Report {
    let resources = Resources { lut: Some(1), ff: Some(1), dsp: Some(1), bram_18k: Some(1), uram: Some(1) };
    let spread = Spread { min: Some(1), avg: Some(1), max: Some(1) };
    let version = Some("2024.1".to_owned());
    Report {
        stand_in: false,
        estimate: Estimate {
            tool_version: version.clone(),
            part: version.clone(),
            clock_period_target_ns: Some(1.0),
            clock_period_estimated_ns: Some(1.0),
            clock_uncertainty_ns: Some(1.0),
            slack_ns: Some(1.0),
            fmax_estimated_mhz: Some(1.0),
            latency_min_cycles: Some(1),
            latency_max_cycles: Some(1),
            interval_min_cycles: Some(1),
            interval_max_cycles: Some(1),
            resources,
            resources_available: resources,
        },
        cosimulation: Some(Cosimulation {
            status: CosimStatus::Pass,
            language: RtlLanguage::Verilog,
            latency_cycles: spread,
            interval_cycles: spread,
            total_cycles: Some(1),
        }),
        logic_synthesis: Some(vivado(version.clone(), resources)),
        implementation: Some(vivado(version, resources)),
        circuit: circuit(),
        rtl_simulation: Some(RtlSimulation {
            tool: "Verilator 5.006".into(),
            samples: 1,
            status: RtlSimulationStatus::Pass,
            latency_cycles: Some(1),
            interval_cycles: Some(1),
        }),
    }
}

fn vivado(version: Option<String>, resources: Resources) -> LogicSynthesis {
    LogicSynthesis {
        tool_version: version.clone(),
        part: version,
        resources,
        resources_available: resources,
        clock_period_ns: Some(1.0),
        fmax_mhz: Some(1.0),
        worst_negative_slack_ns: Some(1.0),
        total_negative_slack_ns: Some(1.0),
        worst_hold_slack_ns: Some(1.0),
        power: Some(Power { total_w: Some(1.0), dynamic_w: Some(1.0), static_w: Some(1.0) }),
    }
}

fn circuit() -> Circuit {
    let resources = Cells { lut: 1, ff: 1, carry: 1, dsp: 1, bram_18k: 1 };
    Circuit {
        latency_cycles: Some(1),
        interval_cycles: Some(1),
        clock_period_ns: Some(1.0),
        estimated: Some(InstantEstimate { resources }),
        mapped: Some(Mapping { tool: "Yosys".into(), version: "1".into(), family: "xc7".into(), resources }),
        timing_estimate: Some(TimingEstimate { period_ns: 1.0, fmax_mhz: 1.0, method: "a guess".into() }),
        placement: Some(Placement {
            tool: "nextpnr-xilinx".into(),
            version: "1".into(),
            device: "xc7z020".into(),
            lut: 1,
            ff: 1,
            carry: 1,
            period_ns: 1.0,
            fmax_mhz: 1.0,
        }),
    }
}

/// The rows of the first table after `mark`: names of keys, and the first code of the last cell.
fn documented(mark: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/results.md");
    let text = std::fs::read_to_string(path).expect("the documentation");
    let (_, rest) = text.split_once(mark).unwrap_or_else(|| panic!("no {mark:?} in {path}"));
    let lines =
        rest.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let spans = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    lines
        .skip(2)
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
            let meaning = spans(cells.last().expect("a meaning"));
            let inner = meaning.first().map(|span| span.split_whitespace().map(str::to_owned).collect());
            (spans(cells[0]), inner.unwrap_or_default())
        })
        .collect()
}

fn keys(object: &Map<String, Value>) -> BTreeSet<&str> {
    object.keys().map(String::as_str).collect()
}

/// Compares the keys of `value`, and one level below them, with a table.
fn compare(mark: &str, value: &Value) {
    let object = value.as_object().expect("an object");
    let rows = documented(mark);
    let named: BTreeSet<&str> = rows.iter().flat_map(|(names, _)| names).map(String::as_str).collect();
    assert_eq!(named, keys(object), "{mark}: left the documented keys, right those that are written");
    for (names, inner) in &rows {
        for name in names {
            let value = match &object[name] {
                Value::Array(values) => values.first().unwrap_or(&Value::Null),
                value => value,
            };
            // The first two have tables of their own; the keys of the last are what a user calls its axes.
            let apart = ["results", "report", "settings"].contains(&name.as_str());
            let Some(below) = value.as_object().filter(|_| !apart) else { continue };
            let inner: BTreeSet<&str> = inner.iter().map(String::as_str).collect();
            assert_eq!(inner, keys(below), "{mark} {name}: left the documented keys");
        }
    }
}

#[test]
fn the_documented_keys_are_those_that_are_written() {
    let document = serde_json::to_value(filled()).expect("JSON");
    let entry = &document["results"][0];
    compare("## `synthesis_results.json`", &document);
    compare("An entry of `results`:", entry);
    compare("### `report`", &entry["report"]);
}

#[test]
fn what_is_written_is_read_back() {
    let text = serde_json::to_string(&filled()).expect("JSON");
    let again = SweepRecord::parse(&text).expect("a record");
    assert_eq!(serde_json::to_string(&again).expect("JSON"), text);
}

#[test]
fn the_words_of_a_failure_are_those_that_are_documented() {
    for (names, _) in documented("A failure's `kind` is one of:") {
        for name in names {
            let kind: super::failure::FailureKind =
                serde_json::from_value(name.clone().into()).expect("a kind");
            assert_eq!(kind.word(), name);
            assert_eq!(serde_json::to_value(kind).expect("JSON"), name);
        }
    }
}
