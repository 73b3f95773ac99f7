//! `predict`: the exact outputs of the firmware.

use crate::args::{EngineArg, NonFiniteArg, PredictArgs};
use crate::conversion::{conversion, convert};
use crate::data::{NotFinite, NpzSpool, SampleStream, portion_size};
use crate::engine::{Compiled, Computed, Emulation, Engine, LayerValues, Layers, require_equal};
use crate::error::CliError;
use crate::output;
use crate::signals::cancel_on_signals;
use anyhow::{Context, Error, anyhow, bail};
use hls_codegen::Converted;
use hls_model::graph::{Graph, Tensor};
use hls_runner::CancelToken;

pub fn run(args: &PredictArgs) -> Result<(), CliError> {
    let conversion = conversion(&args.conversion)?;
    let converted = convert(&conversion, &args.model)?;
    output::warn(&args.model, converted.warnings());
    let mut samples = SampleStream::open(&args.input, &converted.graph).map_err(CliError::usage)?;
    super::use_threads(args.threads)?;
    let cancel = cancel_on_signals()?;
    let predicted = predict(args, &converted, &mut samples, &cancel);
    match predicted {
        Err(_) if cancel.is_cancelled() => {
            return Err(CliError::interrupted(anyhow!("interrupted; nothing was written")));
        }
        Err(error) if error.is::<NotFinite>() => {
            return Err(CliError::usage(error.context(args.input.display().to_string())));
        }
        other => other.map_err(CliError::failed)?,
    }
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
    let traced = args.trace.is_some();
    let layers = if traced || args.verify { Layers::Record } else { Layers::Discard };
    let mut writer = Writer::new(args, graph)?;
    let emulation = match (args.engine, args.verify) {
        (EngineArg::Csim, false) => None,
        _ => Some(Emulation::new(graph)?),
    };
    let compiled = match (args.engine, args.verify) {
        (EngineArg::Emulator, false) => None,
        _ => Some(Compiled::new(converted, samples.len(), cancel)?),
    };
    let size = portion_size(graph, layers);
    while let Some(portion) = samples.next(size)? {
        if args.non_finite == NonFiniteArg::Refuse {
            portion.check_finite(graph)?;
        }
        let run = |engine: &dyn Engine| engine.run(&portion, layers);
        let emulated = emulation.as_ref().map(|engine| run(engine)).transpose()?;
        let simulated = compiled.as_ref().map(|engine| run(engine)).transpose()?;
        if let (Some(emulated), Some(simulated)) = (&emulated, &simulated) {
            let advice = "this is a mistake in this program; please report it with the model";
            require_equal(graph, &portion, emulated, simulated).map_err(|e| anyhow!("{e}; {advice}"))?;
        }
        let chosen = if args.engine == EngineArg::Csim { simulated } else { emulated };
        if let Some(computed) = chosen {
            writer.append(graph, &computed)?;
        }
        if cancel.is_cancelled() {
            bail!("interrupted");
        }
    }
    writer.finish()
}

/// The files that are asked for.
struct Writer {
    outputs: NpzSpool,
    trace: Option<Trace>,
}

/// The layers' results on their way to a file.
struct Trace {
    spool: NpzSpool,
    /// The layers' names in the firmware, in the order of the arrays.
    identifiers: Vec<String>,
}

impl Writer {
    fn new(args: &PredictArgs, graph: &Graph) -> Result<Self, Error> {
        let tensors = graph.outputs.iter().map(|&id| graph.tensor(id).shape.as_slice());
        let outputs =
            NpzSpool::new(&args.output, graph.output_names.iter().map(String::as_str).zip(tensors))?;
        let trace = args.trace.as_ref().map(|path| {
            let computing = || graph.nodes().filter(|node| hls_codegen::vitis::layers::computes(&node.op));
            let arrays = computing().filter_map(|node| {
                Some((node.config_name.as_str(), graph.tensor(*node.outputs.first()?).shape.as_slice()))
            });
            let spool = NpzSpool::new(path, arrays)?;
            Ok::<_, Error>(Trace { spool, identifiers: computing().map(|node| node.name.clone()).collect() })
        });
        Ok(Self { outputs, trace: trace.transpose()? })
    }

    fn append(&mut self, graph: &Graph, computed: &Computed) -> Result<(), Error> {
        for (i, (raws, &id)) in computed.outputs.iter().zip(&graph.outputs).enumerate() {
            let values =
                raws.iter().map(|&raw| exact(graph.tensor(id), raw)).collect::<Result<Vec<_>, _>>()?;
            self.outputs.append(i, values)?;
        }
        let Some(trace) = &mut self.trace else { return Ok(()) };
        for (i, identifier) in trace.identifiers.iter().enumerate() {
            let layer = computed.layers.iter().find(|layer| layer.identifier == *identifier);
            let LayerValues { values, .. } =
                layer.with_context(|| format!("layer \"{identifier}\" was not recorded"))?;
            trace.spool.append(i, values.iter().copied())?;
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Error> {
        self.outputs.finish()?;
        self.trace.map_or(Ok(()), |trace| trace.spool.finish())
    }
}

/// A raw number as float64, if that holds it.
fn exact(tensor: &Tensor, raw: i128) -> Result<f64, Error> {
    let ty = tensor.ty.precision.storage();
    if (raw as f64) as i128 != raw {
        bail!(
            "the output \"{}\" of type {} does not fit into float64; give it a narrower precision",
            tensor.name,
            tensor.ty.precision.cpp()
        );
    }
    Ok(ty.to_f64(raw))
}
