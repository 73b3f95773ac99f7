//! What the commands that read labelled samples have in common.

use anyhow::anyhow;
use hls_model::score::Questions;

use crate::args::LabelledArgs;
use crate::error::CliError;

/// What the options ask of predictions.
pub fn questions(args: &LabelledArgs) -> Result<Questions, CliError> {
    let efficiencies =
        if args.bkg_rej_weights.is_empty() { separate(args)? } else { args.bkg_rej_weights.clone() };
    Ok(Questions { task: args.task.map(Into::into), threshold: args.threshold, efficiencies })
}

/// Efficiencies and what each counts, given as two lists.
fn separate(args: &LabelledArgs) -> Result<Vec<(f64, f64)>, CliError> {
    let default = Questions::default().efficiencies;
    let asked = &args.signal_efficiency;
    let is_default = default.iter().map(|(efficiency, _)| efficiency).eq(asked);
    let weights = match (args.rejection_weights.as_slice(), is_default) {
        ([], true) => return Ok(default),
        ([], false) => vec![1.0 / asked.len() as f64; asked.len()],
        (given, _) if given.len() == asked.len() => given.to_vec(),
        (given, _) => {
            return Err(CliError::usage(anyhow!(
                "--rejection-weights has {} numbers, but --signal-efficiency has {}; give one for each",
                given.len(),
                asked.len()
            )));
        }
    };
    Ok(asked.iter().copied().zip(weights).collect())
}
