//! What each cause means, and what a person can do about it.

use crate::record::failure::Cause;

impl Cause {
    /// What it means, as a sentence.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Model => "The model, its configuration or its samples cannot become a project.",
            Self::OutputFolder => "The output folder cannot be used.",
            Self::ToolMissing => "A tool, or a program that it needs, is not installed.",
            Self::LicenceMissing => "No licence for the tool or the part was to be had.",
            Self::OutOfMemory => "The memory was used up.",
            Self::DiskFull => "A file system is full.",
            Self::Timeout => "The tool was not done within the time limit.",
            Self::Stall => "The tool wrote nothing for so long that it was taken for stuck.",
            Self::Killed => "Somebody, or the system, ended the tool with a signal.",
            Self::Crash => "The tool crashed.",
            Self::UnrollLimit => "A loop is larger than the tool is willing to unroll.",
            Self::PartitionLimit => {
                "An array has more elements than the tool is willing to split into registers."
            }
            Self::PartNotInstalled => "The part is unknown to this installation.",
            Self::UnsupportedTcl => {
                "This release of the tool does not know a command or option of the script."
            }
            Self::UnsupportedPragma => "This release of the tool does not take a directive of the firmware.",
            Self::Compile => "The C++ does not compile.",
            Self::CosimMismatch => "The RTL computes other numbers than the C++.",
            Self::CsimMismatch => "The C++ computes other numbers than expected.",
            Self::MissingReport => "The tool claims success without having written what it should.",
            Self::Interrupted => "The sweep was ended before the job was done.",
            Self::Lost => "The machine that ran the job went down or could not be reached any more.",
            Self::Preempted => {
                "The job was stopped because its machine was needed for something more urgent."
            }
            Self::Bug => "This program made a mistake.",
            Self::Unknown => "Nothing in the logs is a known cause.",
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Model => "Change what the message names; `hls-cli inspect` shows how a model is read.",
            Self::OutputFolder => "Check the permissions, or choose another folder with --output-dir.",
            Self::ToolMissing => "Run `hls-cli doctor`; source the tool's settings64.sh or give --vitis-dir.",
            Self::LicenceMissing => {
                "Check XILINXD_LICENSE_FILE and the licence server; with few licences, use fewer workers and --retries."
            }
            Self::OutOfMemory => {
                "Use fewer workers or say --memory-per-job; a smaller design helps: strategy Resource with a larger reuse factor."
            }
            Self::DiskFull => {
                "Make room, then run the sweep again with --resume; --keep reports keeps little."
            }
            Self::Timeout => {
                "Raise --timeout or --stage-timeout; strategy Resource with a larger reuse factor synthesizes faster."
            }
            Self::Stall => {
                "Raise --stall-timeout if the tool was only slow (co-simulation is silent for long); else try again with --retries."
            }
            Self::Killed => {
                "Find out who ended it; often it is the want of memory: use fewer workers, and try again with --retries."
            }
            Self::Crash => {
                "Try again with --retries; if it happens each time, another release of the tool or a smaller design may help."
            }
            Self::UnrollLimit => {
                "Use strategy Resource with a larger reuse factor for the layer that the log names, or a ParallelizationFactor of 1."
            }
            Self::PartitionLimit => {
                "Use strategy Resource with a larger reuse factor for the layer that the log names, or smaller layers, or io_stream."
            }
            Self::PartNotInstalled => {
                "Choose an installed part with --fpga-part, or install its device family."
            }
            Self::UnsupportedTcl => {
                "Use a release from 2021.1 to 2025.1; if this is one, report it with the log."
            }
            Self::UnsupportedPragma => {
                "Use a release from 2021.1 to 2025.1; if this is one, report it with the log."
            }
            Self::Compile => {
                "With --kernels, check those; else this is a mistake of this program: report it with the model and the log."
            }
            Self::CosimMismatch => {
                "Compare tb_data/rtl_cosim_results.log with csim_results.log; report it with the model."
            }
            Self::CsimMismatch => {
                "Check --data and --kernels; if neither was given, report it with the model."
            }
            Self::MissingReport => "The end of the log says more; try again with --retries.",
            Self::Interrupted => "Run the sweep again with --resume.",
            Self::Lost => "Try again; if it happens often, ask who looks after the machines.",
            Self::Preempted => "Try again; where it can be chosen, a queue that is not preempted helps.",
            Self::Bug => "Report it with the model and the message.",
            Self::Unknown => "The end of the log says more.",
        }
    }

    /// Whether the same job may succeed on another try.
    #[must_use]
    pub fn may_pass(self) -> bool {
        matches!(
            self,
            Self::LicenceMissing
                | Self::OutOfMemory
                | Self::DiskFull
                | Self::Stall
                | Self::Killed
                | Self::Crash
                | Self::MissingReport
                | Self::Lost
                | Self::Preempted
        )
    }
}
