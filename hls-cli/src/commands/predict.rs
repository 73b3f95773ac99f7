//! `predict`: the exact outputs of the firmware.

use crate::args::{EngineArg, PredictArgs};
use crate::conversion::{Conversion, Converted};
use crate::data::Samples;
use crate::error::CliError;
use crate::output;
use crate::signals::cancel_on_signals;
use anyhow::{Context, Error, anyhow, bail};
use hls_codegen::options::Trace;
use hls_codegen::{Project, raw};
use hls_model::graph::{Graph, Tensor};
use hls_runner::CancelToken;
use hls_runner::process::Limits;
use hls_runner::simulate::{LayerOutputs, Simulated, Simulator};
use hls_runner::toolchain::Csim;
use hls_runner::toolchain::csim::Effort;
use ndarray::{ArrayD, IxDyn};
use ndarray_npy::NpzWriter;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// More samples than this are worth a longer compilation.
const MANY_SAMPLES: usize = 20_000;

pub fn run(args: &PredictArgs) -> Result<(), CliError> {
    let conversion = Conversion::new(&args.conversion)?;
    let mut converted = conversion.convert(&args.model).map_err(CliError::failed)?;
    output::warn(&args.model, &converted.graph.warnings);
    let samples = Samples::read(&args.input, &converted.graph).map_err(CliError::usage)?;
    if args.trace.is_some() {
        converted.options.trace = Trace::All;
    }
    let cancel = cancel_on_signals()?;
    let simulated = match args.engine {
        EngineArg::Csim => simulate(&converted, &samples, args.trace.is_some(), &cancel),
    };
    let simulated = match simulated {
        Err(_) if cancel.is_cancelled() => {
            return Err(CliError::interrupted(anyhow!("interrupted; nothing was written")));
        }
        other => other.map_err(CliError::failed)?,
    };
    let outputs = outputs(&converted.graph, samples.len(), &simulated.outputs).map_err(CliError::failed)?;
    write_npz(&args.output, &outputs).map_err(CliError::failed)?;
    if let Some(path) = &args.trace {
        let layers = traces(&converted.graph, converted.options.trace, samples.len(), &simulated.trace);
        write_npz(path, &layers.map_err(CliError::failed)?).map_err(CliError::failed)?;
    }
    output::print(&format!("{}: {} samples", args.output.display(), samples.len()))
}

/// Writes the project into a scratch folder, compiles it and runs the samples through it.
fn simulate(
    converted: &Converted,
    samples: &Samples,
    traced: bool,
    cancel: &CancelToken,
) -> Result<Simulated, Error> {
    let csim = Csim::find()?;
    let folder =
        tempfile::Builder::new().prefix("hls-cli-").tempdir().context("cannot create a scratch folder")?;
    Project::new(&converted.graph, &converted.options)?.write_to(folder.path())?;
    let effort = if samples.len() > MANY_SAMPLES { Effort::FastRun } else { Effort::FastCompile };
    let name = &converted.options.project_name;
    let simulator = Simulator::build(&csim, folder.path(), name, effort, Limits::default(), cancel)?;
    let rows = (0..samples.len()).flat_map(|i| samples.inputs.iter().flat_map(move |a| a.row(i).to_vec()));
    let layers = if traced { LayerOutputs::Record } else { LayerOutputs::Discard };
    Ok(simulator.run(&raw::encode_samples(rows), layers)?)
}

/// An array with the name that it is saved under.
type Named = (String, ArrayD<f64>);

fn outputs(graph: &Graph, samples: usize, bytes: &[u8]) -> Result<Vec<Named>, Error> {
    let decoded = raw::decode_outputs(graph, samples, bytes)?;
    let named = graph.outputs.iter().zip(&graph.output_names).zip(decoded).map(|((&id, name), raws)| {
        let tensor = graph.tensor(id);
        let values = raws.into_iter().map(|raw| exact(tensor, raw)).collect::<Result<Vec<_>, _>>()?;
        Ok((name.clone(), shaped(samples, &tensor.shape, values)?))
    });
    named.collect()
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

fn traces(graph: &Graph, trace: Trace, samples: usize, bytes: &[u8]) -> Result<Vec<Named>, Error> {
    let layers = raw::decode_trace(graph, trace, samples, bytes)?;
    let named = layers.into_iter().map(|(name, values)| {
        let node = graph.nodes().find(|n| n.name == name).ok_or_else(|| anyhow!("no layer \"{name}\""))?;
        let shape = &graph.tensor(node.outputs[0]).shape;
        Ok((node.config_name.clone(), shaped(samples, shape, values)?))
    });
    named.collect()
}

fn shaped(samples: usize, shape: &[usize], values: Vec<f64>) -> Result<ArrayD<f64>, Error> {
    let shape: Vec<usize> = std::iter::once(samples).chain(shape.iter().copied()).collect();
    ArrayD::from_shape_vec(IxDyn(&shape), values).context("the simulation gave another number of values")
}

/// Writes beside the file and renames, so that an npz is there whole or not at all.
fn write_npz(path: &Path, arrays: &[Named]) -> Result<(), Error> {
    let at = || format!("cannot write {}", path.display());
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A temporary file is private; this one is to have the permissions that a new file gets.
    let permissions = Permissions::from_mode(0o666);
    let file = tempfile::Builder::new().permissions(permissions).tempfile_in(folder).with_context(at)?;
    let mut npz = NpzWriter::new_compressed(file.as_file());
    for (name, array) in arrays {
        npz.add_array(name.as_str(), array).with_context(at)?;
    }
    npz.finish().with_context(at)?;
    file.persist(path).with_context(at)?;
    Ok(())
}
