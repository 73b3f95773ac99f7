//! `tune`: the bits that can go.

mod json;
mod samples;
mod table;

use std::path::Path;

use anyhow::{Error, anyhow};
use hls_codegen::conversion::read_model;
use hls_model::config::HlsConfig;
use hls_model::samples::{LabelledFile, replace_file};
use hls_model::tune::{Subject, TuneError, TuneOptions, Tuned, tune};

use crate::args::TuneArgs;
use crate::computing::use_threads;
use crate::conversion::{conversion, convert};
use crate::error::CliError;
use crate::labelled::questions;
use crate::output;
use crate::progress::Trials;
use crate::signals::cancel_on_signals;
use samples::Samples;

pub fn run(args: &TuneArgs) -> Result<(), CliError> {
    let conversion = conversion(&args.conversion)?;
    let questions = questions(&args.labelled)?;
    use_threads(args.threads)?;
    let converted = convert(&conversion, &args.model)?;
    output::warn(&args.model, converted.warnings());
    let labelled = &args.labelled;
    let file = LabelledFile::open(&labelled.data, &labelled.labels, labelled.weights.as_deref());
    let file = file.map_err(CliError::usage)?;
    let cancel = cancel_on_signals()?;
    let samples = Samples::read(&file, &converted.graph, args.samples, &cancel)?;
    let model = read_model(&args.model).map_err(CliError::failed)?;
    let config = conversion.config_for(&model).map_err(CliError::usage)?;
    let subject = Subject {
        model: &model,
        target: conversion.target(),
        inputs: &samples.inputs,
        truth: &samples.truth,
        questions: &questions,
        metric: args.metric.as_deref(),
    };
    let options = TuneOptions { loss: args.max_loss, guard_bits: args.guard_bits, trained: args.trained };
    let mut trials = Trials::new();
    let tuned = tune(&subject, &config, &options, &mut |count, what| {
        trials.show(count, what);
        !cancel.is_cancelled()
    });
    trials.finish();
    let tuned = tuned.map_err(|error| match error {
        TuneError::Interrupted => CliError::interrupted(anyhow!("interrupted; nothing was written")),
        TuneError::NoSuchMetric { .. } | TuneError::NoValue { .. } | TuneError::Score(_) => {
            CliError::usage(Error::from(error).context(args.labelled.data.display().to_string()))
        }
        other => CliError::failed(other),
    })?;
    write(&args.output, &tuned.config)?;
    report(args, &tuned)
}

fn write(path: &Path, config: &HlsConfig) -> Result<(), CliError> {
    let text = match path.extension().is_some_and(|extension| extension == "json") {
        true => format!("{:#}\n", config.as_value()),
        false => config
            .to_yaml()
            .map_err(|error| CliError::failed(anyhow!("the configuration cannot be written: {error}")))?,
    };
    replace_file(path, text.as_bytes()).map_err(CliError::failed)
}

fn report(args: &TuneArgs, tuned: &Tuned) -> Result<(), CliError> {
    match args.json {
        true => output::print(&format!("{:#}", json::document(tuned))),
        false => output::print(&table::describe(tuned, &args.model, &args.output)),
    }
}
