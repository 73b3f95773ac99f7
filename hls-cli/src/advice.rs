//! The options and commands of this program that help against a cause of failure, to follow the library's advice.

use hls_runner::Cause;

/// The options that help against a cause.
const OPTIONS: &[(Cause, &[&str])] = &[
    (Cause::OutputFolder, &["--output-dir"]),
    (Cause::ToolMissing, &["--vitis-dir"]),
    (Cause::LicenceMissing, &["--num-workers", "--retries"]),
    (Cause::OutOfMemory, &["--num-workers", "--memory-per-job", "--retries"]),
    (Cause::DiskFull, &["--resume", "--keep reports"]),
    (Cause::Timeout, &["--timeout", "--stage-timeout"]),
    (Cause::Stall, &["--stall-timeout", "--retries"]),
    (Cause::Killed, &["--num-workers", "--retries"]),
    (Cause::Crash, &["--retries"]),
    (Cause::PartNotInstalled, &["--part"]),
    (Cause::Y2k22, &["--no-export"]),
    (Cause::UserTcl, &["--tcl-before-synth", "--tcl-before-vsynth"]),
    (Cause::DspUsed, &["--no-dsp", "--kernels", "--max-precision"]),
    (Cause::BramUsed, &["--no-bram", "--tcl-before-synth"]),
    (Cause::TooManyPorts, &["--out-of-context"]),
    (Cause::Unrouted, &["--part", "--strategy"]),
    (Cause::Compile, &["--kernels"]),
    (Cause::CsimDeadlock, &["--kernels", "--io-type"]),
    (Cause::CosimFailed, &["--no-cosim"]),
    (Cause::CsimMismatch, &["--data", "--kernels"]),
    (Cause::MissingReport, &["--retries"]),
    (Cause::Interrupted, &["--resume"]),
    (Cause::Lost, &["--retries"]),
    (Cause::Preempted, &["--retries"]),
    (Cause::NotSubmitted, &["--engine-option", "--resume"]),
];

/// Commands that say more about a cause, and what they say.
const COMMANDS: &[(Cause, &str, &str)] = &[
    (Cause::Model, "inspect", "shows how a model is read"),
    (Cause::ToolMissing, "doctor", "says which tools are missing"),
];

/// The options and the command that help against a cause, as the end of a text; empty if there are none.
pub fn options(cause: Cause) -> String {
    let options = OPTIONS.iter().find(|(known, _)| *known == cause);
    let options = options.map(|(_, options)| format!(" (options: {})", options.join(", ")));
    let command = COMMANDS.iter().find(|(known, ..)| *known == cause);
    let command = command.map(|(_, name, says)| format!(" `hls-cli {name}` {says}."));
    options.unwrap_or_default() + &command.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::args::Cli;

    #[test]
    fn only_options_of_synth_are_advised() {
        let program = Cli::command();
        let synth = program.find_subcommand("synth").expect("a command");
        let known: Vec<&str> = synth.get_arguments().filter_map(clap::Arg::get_long).collect();
        for (cause, options) in OPTIONS {
            for option in *options {
                let name = option.trim_start_matches("--").split(' ').next().unwrap_or_default();
                assert!(known.contains(&name), "{cause:?}: {option}");
            }
        }
        for (cause, command, _) in COMMANDS {
            assert!(program.find_subcommand(command).is_some(), "{cause:?}: {command}");
        }
        assert_eq!(options(Cause::Bug), "");
    }
}
