//! `predict`: the exact outputs of the firmware.

use anyhow::{Context, Error, anyhow, bail};
use hls_codegen::Converted;
use hls_model::emulate::Record;
use hls_model::samples::{SampleStream, batch_size};
use hls_runner::CancelToken;
use hls_runner::engine::{CompiledFirmware, Emulation, Engine, PredictionWriter, compare};

use crate::args::{EngineArg, NonFiniteArg, PredictArgs};
use crate::computing::{conclude, use_threads};
use crate::conversion::{conversion, convert};
use crate::error::CliError;
use crate::output;
use crate::signals::cancel_on_signals;

pub fn run(args: &PredictArgs) -> Result<(), CliError> {
    let conversion = conversion(&args.conversion)?;
    let converted = convert(&conversion, &args.model)?;
    output::warn(&args.model, converted.warnings());
    let mut samples = SampleStream::open(&args.input, &converted.graph).map_err(CliError::usage)?;
    use_threads(args.threads)?;
    let cancel = cancel_on_signals()?;
    let predicted = predict(args, &converted, &mut samples, &cancel);
    conclude(predicted, &args.input, &cancel)?;
    let verified = if args.verify { ", emulator and C simulation agree in every bit" } else { "" };
    output::print(&format!("{}: {} samples{verified}", args.output.display(), samples.len()))
}

fn predict(
    args: &PredictArgs,
    converted: &Converted,
    samples: &mut SampleStream,
    cancel: &CancelToken,
) -> Result<(), Error> {
    let graph = &converted.graph;
    let record = if args.trace.is_some() || args.verify { Record::Layers } else { Record::Outputs };
    let mut writer = PredictionWriter::new(converted, &args.output, args.trace.as_deref())?;
    let emulation = match (args.engine, args.verify) {
        (EngineArg::Csim, false) => None,
        _ => Some(Emulation::new(graph).context("the model cannot be emulated")?),
    };
    let firmware = match (args.engine, args.verify) {
        (EngineArg::Emulator, false) => None,
        _ => Some(CompiledFirmware::new(converted, samples.len(), cancel)?),
    };
    let size = batch_size(graph, record);
    while let Some(batch) = samples.next_batch(size)? {
        if args.non_finite == NonFiniteArg::Refuse {
            batch.check_finite(graph)?;
        }
        let emulated = emulation.as_ref().map(|engine| engine.run(&batch, record)).transpose()?;
        let simulated = firmware.as_ref().map(|engine| engine.run(&batch, record)).transpose()?;
        if let (Some(emulated), Some(simulated)) = (&emulated, &simulated) {
            let advice = "this is a bug in hls-cli; please report it with the model";
            compare(graph, &batch, emulated, simulated).map_err(|error| anyhow!("{error}; {advice}"))?;
        }
        let chosen = if args.engine == EngineArg::Csim { simulated } else { emulated };
        if let Some(computed) = chosen {
            writer.append(&computed)?;
        }
        if cancel.is_cancelled() {
            bail!("interrupted");
        }
    }
    Ok(writer.finish()?)
}
