//! What the commands that read labelled samples have in common.

use anyhow::anyhow;
use hls_model::score::Questions;

use crate::args::LabelledArgs;
use crate::error::CliError;

/// What the options ask of predictions.
pub fn questions(args: &LabelledArgs) -> Result<Questions, CliError> {
    let default = Questions::default();
    let asked = &args.signal_efficiency;
    let is_default = default.efficiencies.iter().map(|(efficiency, _)| efficiency).eq(asked);
    let weights = match (args.rejection_weights.as_slice(), is_default) {
        ([], true) => default.efficiencies.iter().map(|(_, weight)| *weight).collect(),
        ([], false) => vec![1.0 / asked.len() as f64; asked.len()],
        (given, _) if given.len() == asked.len() => given.to_vec(),
        (given, _) => {
            let message =
                "--rejection-weights has {} numbers, but --signal-efficiency has {}; give one for each";
            let message = message.replacen("{}", &given.len().to_string(), 1);
            return Err(CliError::usage(anyhow!(message.replacen("{}", &asked.len().to_string(), 1))));
        }
    };
    let efficiencies = asked.iter().copied().zip(weights).collect();
    Ok(Questions { task: args.task.map(Into::into), threshold: args.threshold, efficiencies })
}
