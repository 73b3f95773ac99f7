//! Options of `synth` for single engines: a batch system by commands, Kubernetes.

use std::num::NonZeroUsize;
use std::path::PathBuf;

/// `--executor command`: what the commands of a batch system are. Placeholders are in braces; docs/clusters.md has them all.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Batch system (--executor command)")]
pub struct CommandArgs {
    /// YAML file with these commands: submit, collect, list, cancel, exclude, index_variable, node_variable, first_index, longest_array; options
    /// given as well count
    #[arg(long, value_name = "FILE")]
    pub engine: Option<PathBuf>,
    /// Submits an array and prints its id last: 'qsub -J {first}-{last} {script}'
    #[arg(long, value_name = "COMMAND")]
    pub submit_command: Option<String>,
    /// Submits a job that starts when an array has ended, however it did: 'qsub -W depend=afterany:{after} {script}'; without it,
    /// whichever part ends last does that job's work
    #[arg(long, value_name = "COMMAND")]
    pub collect_command: Option<String>,
    /// Prints the ids of what waits or runs, one a line: 'qselect -N {name}'
    #[arg(long, value_name = "COMMAND")]
    pub list_command: Option<String>,
    /// Ends a job or an array: 'qdel {id}'
    #[arg(long, value_name = "COMMAND")]
    pub cancel_command: Option<String>,
    /// What keeps an array away from nodes, in place of {exclude} in the submit command: '-l h=!({nodes:|})', with | between two nodes;
    /// without it, nodes on which models die are not left out
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub exclude_nodes: Option<String>,
    /// Environment variable that holds the index of an element of an array: PBS_ARRAY_INDEX
    #[arg(long, value_name = "NAME")]
    pub index_variable: Option<String>,
    /// Environment variable that holds the batch system's name for the node (default: the node's own name for itself)
    #[arg(long, value_name = "NAME")]
    pub node_variable: Option<String>,
    /// Index of the first element of an array: 0 (default) or 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=1))]
    pub first_index: Option<u8>,
    /// The most elements that an array may have (default: 1001)
    #[arg(long, value_name = "N")]
    pub longest_array: Option<NonZeroUsize>,
}

impl CommandArgs {
    /// The first of these options that was given.
    pub fn any(&self) -> Option<&'static str> {
        let given = [
            ("--engine", self.engine.is_some()),
            ("--submit-command", self.submit_command.is_some()),
            ("--collect-command", self.collect_command.is_some()),
            ("--list-command", self.list_command.is_some()),
            ("--cancel-command", self.cancel_command.is_some()),
            ("--exclude-nodes", self.exclude_nodes.is_some()),
            ("--index-variable", self.index_variable.is_some()),
            ("--node-variable", self.node_variable.is_some()),
            ("--first-index", self.first_index.is_some()),
            ("--longest-array", self.longest_array.is_some()),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(name, _)| name)
    }
}

/// `--executor kubernetes`: what its pods look like.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Kubernetes (--executor kubernetes)")]
pub struct PodArgs {
    /// Image of the pods
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
    /// A claim of a persistent volume, and where it is mounted: the folders of models and results must be at the same paths as here;
    /// may be repeated
    #[arg(long, value_name = "CLAIM:PATH", value_parser = volume)]
    pub volume: Vec<(String, String)>,
    /// YAML file with further fields of the pods: below `pod` those of a PodSpec, below `container` those of its container
    #[arg(long, value_name = "FILE")]
    pub pod_file: Option<PathBuf>,
}

impl PodArgs {
    /// The first of these options that was given.
    pub fn any(&self) -> Option<&'static str> {
        let given = [
            ("--image", self.image.is_some()),
            ("--volume", !self.volume.is_empty()),
            ("--pod-file", self.pod_file.is_some()),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(name, _)| name)
    }
}

fn volume(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((claim, path)) if !claim.is_empty() && path.starts_with('/') => {
            Ok((claim.to_owned(), path.to_owned()))
        }
        _ => Err("give the name of a claim and an absolute path, such as models:/data/models".to_owned()),
    }
}
