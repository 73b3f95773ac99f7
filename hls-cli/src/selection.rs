//! The models of a folder that a command works on.

use std::io::{BufRead, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::Path;

use anyhow::anyhow;
use hls_runner::{DiscoverError, Discovered, ModelFile, TierChoice, discover};

use crate::args::{SelectionArgs, TiersArg};
use crate::error::CliError;
use crate::output;
use crate::remedy::with_option;

/// Finds the models that the options select, in the order of a sweep. Asks which tiers to use where there are two, nobody said which, and somebody is
/// there to answer.
pub fn models(folder: &Path, args: &SelectionArgs) -> Result<Vec<ModelFile>, CliError> {
    let found = discover(folder, &args.pattern).map_err(|error| CliError::usage(with_option(error)))?;
    if found.beside_tiers() > 0 {
        output::note(&format!("note: {} models outside the tier folders are left out", found.beside_tiers()));
    }
    let choice = args.tiers.map(|tiers| match tiers {
        TiersArg::Primary => TierChoice::Primary,
        TiersArg::Both => TierChoice::Both,
    });
    let limit = args.limit.map(NonZeroUsize::get);
    let models = match found.clone().select(choice, limit) {
        Err(DiscoverError::TierChoiceNeeded { .. })
            if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() =>
        {
            let choice = ask_for_tiers(&found)?;
            found.select(Some(choice), limit)
        }
        selected => selected,
    };
    models.map_err(|error| CliError::usage(with_option(error)))
}

fn ask_for_tiers(found: &Discovered) -> Result<TierChoice, CliError> {
    let [primary, secondary] = found.tier_counts();
    loop {
        eprint!("There are {primary} primary and {secondary} secondary models. Use [p]rimary or [b]oth? ");
        std::io::stderr().flush()?;
        let mut answer = String::new();
        if std::io::stdin().lock().read_line(&mut answer)? == 0 {
            return Err(CliError::usage(anyhow!(
                "no tiers were chosen; add --tiers primary or --tiers both"
            )));
        }
        match answer.trim().to_lowercase().as_str() {
            "p" | "primary" => return Ok(TierChoice::Primary),
            "b" | "both" => return Ok(TierChoice::Both),
            _ => {}
        }
    }
}
