//! Why models could not be chosen.

use std::io;
use std::path::PathBuf;

use crate::plan::discover::DiscoverError;

/// Why nothing is known of models.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatherError {
    /// The folder has neither models nor figures.
    #[error(
        "{} has no model files and nothing that lists models (scores.json, synthesis_results.json, trials_summary.json, …)",
        dir.display()
    )]
    Nothing {
        /// The folder.
        dir: PathBuf,
    },
    /// The folder could not be searched.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// The system would not give a file.
    #[error("{} could not be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not a table of models.
    #[error("{} is not a table of models: {why}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The records of a file that was asked for name no model.
    #[error(
        "{} names none of the models, for example not {example:?}; records name a model as `model`, `file`, `h5_file`, `model_file` \
         or `trial_id`, and where several folders have such a model, its folder as `run`",
        path.display()
    )]
    NobodyKnown {
        /// The file.
        path: PathBuf,
        /// A model that it does not name.
        example: String,
    },
}

/// Why a request cannot be answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelectError {
    /// There is nothing to compare by.
    #[error("say what is better: name at least one figure to maximize or to minimize")]
    NoObjective,
    /// A name fits no column.
    #[error("nothing is known as `{name}`; what is known: {known}")]
    NoSuchFigure {
        /// As given.
        name: String,
        /// The columns with numbers.
        known: String,
    },
    /// A name fits several columns.
    #[error("`{name}` may be {candidates}; name one of them")]
    Ambiguous {
        /// As given.
        name: String,
        /// The columns.
        candidates: String,
    },
    /// The same figure in both directions.
    #[error("`{name}` is to be both maximized and minimized")]
    BothWays {
        /// The column.
        name: String,
    },
    /// A budget without costs.
    #[error(
        "whether a model fits into {part} is not known: no resources are; run a sweep or an estimate first, and name its results"
    )]
    NothingCounted {
        /// The chip.
        part: &'static str,
    },
    /// The best by several objectives is not one order.
    #[error("the best {top} are by one figure, but {objectives} are named; leave it out to get the fronts")]
    TopOfSeveral {
        /// How many were asked for.
        top: usize,
        /// How many objectives were named.
        objectives: usize,
    },
    /// No model is left.
    #[error("no model is left to choose from: {why}")]
    NobodyLeft {
        /// How many were left out for which reason.
        why: String,
    },
}

/// Why a selection could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The folder holds something already.
    #[error("{} is not empty; choose another folder, or replace the selection in it", dir.display())]
    NotEmpty {
        /// The folder.
        dir: PathBuf,
    },
    /// A model has no file.
    #[error(
        "the file of model {model} of {run} is not known: give the folder that holds the model files, or let the selection only be shown"
    )]
    NoFile {
        /// The model.
        model: String,
        /// Its run.
        run: String,
    },
    /// The system refused.
    #[error("{} could not be written: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
