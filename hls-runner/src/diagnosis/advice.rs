//! What each cause means, and what a person can do about it.

use std::borrow::Cow;

use crate::diagnosis::search::Diagnosis;
use crate::diagnosis::words::MISSING_LIBRARY;
use crate::record::failure::Cause;

impl Cause {
    /// What it means, as a sentence.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Model => "The model, its configuration or its samples cannot be turned into a project.",
            Self::OutputFolder => "The output folder cannot be written.",
            Self::ToolMissing => "A tool, or a program or library that it needs, is not installed.",
            Self::CLibraryMissing => {
                "The compiler does not find the C library's own files on this machine; the C++ is not at fault."
            }
            Self::LicenceMissing => "No licence was available for the tool or the part.",
            Self::OutOfMemory => "Memory ran out.",
            Self::DiskFull => "A file system is full.",
            Self::Timeout => "The tool did not finish within the time limit.",
            Self::Stall => "The tool wrote nothing for so long that it was considered stalled.",
            Self::Killed => "Someone, or the system, ended the tool with a signal.",
            Self::Crash => "The tool crashed.",
            Self::UnrollLimit => "A loop is too large for the tool to unroll.",
            Self::PartitionLimit => {
                "An array has more elements than the tool is willing to split into registers."
            }
            Self::PartNotInstalled => "This installation does not know the part.",
            Self::UnsupportedTcl => {
                "This release of the tool does not know a command or option of the build script."
            }
            Self::UnsupportedPragma => {
                "This release of the tool does not accept a directive of the firmware."
            }
            Self::Y2k22 => {
                "This release of the tool cannot export IP any more: it makes the core's revision from the date, and dates since 2022 do \
                 not fit."
            }
            Self::UserTcl => "The Tcl that was added to the project's script failed.",
            Self::DspUsed => "The design has DSPs although it must do without.",
            Self::BramUsed => "The design has block RAM or UltraRAM although it must do without.",
            Self::TooManyPorts => "The design has more ports than the device has pins.",
            Self::Unrouted => "The router could not connect everything in this device.",
            Self::Compile => "The C++ does not compile.",
            Self::CsimDeadlock => {
                "In the C simulation a layer waits for data that no layer sends, or leaves data unread; the hardware would wait for ever."
            }
            Self::CosimFailed => {
                "The co-simulation failed, and as far as the logs tell it never compared the RTL with the C++."
            }
            Self::CosimMismatch => "The RTL computes other numbers than the C++.",
            Self::CsimMismatch => "The C++ computes other numbers than expected.",
            Self::RtlRefused => "A simulator or a synthesis tool refuses the Verilog.",
            Self::RtlsimFailed => {
                "The RTL could not be simulated to its end, so nothing was compared with the emulator."
            }
            Self::RtlsimMismatch => "The RTL computes other numbers than the emulator.",
            Self::MissingReport => {
                "The tool reported success without having written everything that it should have."
            }
            Self::Interrupted => "The sweep was stopped before the job was done.",
            Self::Lost => "The machine that ran the job went down or could not be reached any more.",
            Self::Preempted => {
                "The job was stopped because its machine was needed for something more urgent."
            }
            Self::NotSubmitted => "The batch system did not take the job.",
            Self::Bug => "This program made a mistake.",
            Self::Unknown => "The logs name no known cause.",
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Model => "Change what the message names.",
            Self::OutputFolder => "Check its permissions, or choose another folder.",
            Self::ToolMissing => {
                "Install what is missing, or name the installation to use; a Vitis installation's settings64.sh sets the paths."
            }
            Self::CLibraryMissing => {
                "Install the C library's development files (libc6-dev on Debian and Ubuntu, glibc-devel on Fedora and Red Hat). If they \
                 are installed, the tool's own compiler does not look where they are: set LIBRARY_PATH to the folder of crt1.o and \
                 CPATH to that of sys/cdefs.h (on Debian and Ubuntu /usr/lib/x86_64-linux-gnu and /usr/include/x86_64-linux-gnu)."
            }
            Self::LicenceMissing => {
                "Check XILINXD_LICENSE_FILE and the licence server; where licences are few, use fewer workers, and retry."
            }
            Self::OutOfMemory => {
                "Use fewer workers, or state how much memory a model needs; a smaller design helps as well: strategy Resource with a \
                 larger reuse factor."
            }
            Self::DiskFull => "Free some space and continue the sweep, or keep less of each project.",
            Self::Timeout => {
                "Raise the limit; strategy Resource with a larger reuse factor synthesizes faster."
            }
            Self::Stall => {
                "Raise the limit if the tool was only slow (co-simulation can be silent for a long time); otherwise retry."
            }
            Self::Killed => {
                "Find out who ended it. Often it was the system because memory ran out: use fewer workers, and retry."
            }
            Self::Crash => {
                "Retry; if it crashes every time, another release of the tool or a smaller design may help."
            }
            Self::UnrollLimit => {
                "Use strategy Resource with a larger reuse factor for the layer that the log names, or a ParallelizationFactor of 1."
            }
            Self::PartitionLimit => {
                "Make the layer that the log names smaller; if the array holds its weights or products, strategy Resource with a larger \
                 reuse factor helps, too."
            }
            Self::PartNotInstalled => "Choose an installed part, or install the part's device family.",
            Self::UnsupportedTcl | Self::UnsupportedPragma => {
                "Use a release from 2021.1 to 2025.1; if this is one, report it with the log."
            }
            Self::Y2k22 => {
                "Apply AMD's patch y2k22 (answer record 76960) to the installation, use release 2022.1 or later, or leave the export out. \
                 Retrying does not help."
            }
            Self::UserTcl => {
                "Correct the file that was given; the message has the reason, and the project a copy under the name in it."
            }
            Self::DspUsed => {
                "Look at the module that the message names. Products of kernels of your own, or a directive in your own Tcl, may ask for \
                 DSPs; narrower types need none."
            }
            Self::BramUsed => {
                "Look at the module that the message names: an array there is too large for the tool to choose look-up tables. Smaller tables \
                 or FIFOs, a smaller reuse factor, or a directive of your own (bind_storage) help."
            }
            Self::TooManyPorts => {
                "Synthesize and place the design out of context, as a part of a larger one."
            }
            Self::Unrouted => {
                "Use a larger device or a smaller design: strategy Resource with a larger reuse factor, narrower types."
            }
            Self::Compile => {
                "If the project was written with kernels of your own, check those; otherwise this is a mistake of this program: report it \
                 with the model and the log."
            }
            Self::CsimDeadlock => {
                "The quoted line names the stream. If the project was written with kernels of your own, check those; otherwise report it with \
                 the model. With io_parallel there are no streams."
            }
            Self::CosimFailed => {
                "The quoted lines say where it stopped; the simulator's own logs are in the solution's sim folder. The synthesis is not \
                 affected: without the co-simulation the job gives its numbers."
            }
            Self::CosimMismatch => {
                "Compare tb_data/rtl_cosim_results.log with tb_data/csim_results.log, and report it with the model."
            }
            Self::CsimMismatch => {
                "Check the expected outputs, and the kernels if they are your own; otherwise report it with the model."
            }
            Self::RtlRefused => {
                "Try another release of the tool that the message names; if that refuses it, too, report it with the model and the log."
            }
            Self::RtlsimFailed => {
                "See the message and the folder rtlsim of the project; report it with the model. The synthesis is not affected: without \
                 the RTL simulation the job gives its numbers."
            }
            Self::RtlsimMismatch => {
                "Do not use this design. Report it with the model and the project's folder."
            }
            Self::MissingReport => "See the end of the log, and retry.",
            Self::Interrupted => "Continue the sweep.",
            Self::Lost => "Retry; if it happens often, ask whoever looks after the machines.",
            Self::NotSubmitted => {
                "Mend what the message names, or ask for what it allows (account, partition, limits), and continue the sweep."
            }
            Self::Preempted => "Retry; if there is a choice, use a queue that is not preempted.",
            Self::Bug => "Report it with the model and the message.",
            Self::Unknown => "See the end of the log.",
        }
    }

    /// Whether the same job may succeed on another try.
    #[must_use]
    pub fn may_pass(self) -> bool {
        match self {
            Self::LicenceMissing
            | Self::OutOfMemory
            | Self::DiskFull
            | Self::Stall
            | Self::Killed
            | Self::Crash
            | Self::MissingReport
            | Self::Lost
            | Self::Preempted => true,
            Self::Model
            | Self::OutputFolder
            | Self::ToolMissing
            | Self::CLibraryMissing
            | Self::Timeout
            | Self::UnrollLimit
            | Self::PartitionLimit
            | Self::PartNotInstalled
            | Self::UnsupportedTcl
            | Self::UnsupportedPragma
            | Self::Y2k22
            | Self::UserTcl
            | Self::DspUsed
            | Self::BramUsed
            | Self::TooManyPorts
            | Self::Unrouted
            | Self::Compile
            | Self::CsimDeadlock
            | Self::CosimFailed
            | Self::CosimMismatch
            | Self::CsimMismatch
            | Self::RtlRefused
            | Self::RtlsimFailed
            | Self::RtlsimMismatch
            | Self::Interrupted
            | Self::NotSubmitted
            | Self::Bug
            | Self::Unknown => false,
        }
    }
}

impl Diagnosis {
    /// What a person can do about it: the advice for the cause, or a closer one where the logs say more.
    #[must_use]
    pub fn advice(&self) -> Cow<'static, str> {
        match self.lines.iter().find_map(|line| missing_library(line)) {
            Some(library) if self.cause == Cause::ToolMissing => {
                let package = match library {
                    "libtinfo.so.5" | "libncurses.so.5" => {
                        " (in libtinfo5 and libncurses5 on Debian and Ubuntu, ncurses-compat-libs on Fedora and Red Hat)"
                    }
                    _ => "",
                };
                format!(
                    "Install the library {library}{package}; a Vitis installation's scripts/installLibs.sh installs all that it needs."
                )
                .into()
            }
            _ => self.cause.advice().into(),
        }
    }
}

/// The library in `…: libtinfo.so.5: cannot open shared object file: No such file or directory`.
fn missing_library(line: &str) -> Option<&str> {
    let (before, _) = line.split_once(MISSING_LIBRARY)?;
    let name = before.trim_end().strip_suffix(':')?.rsplit([' ', '\'', '"']).next()?;
    name.contains(".so").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_named() {
        let advice = |cause, line: &str| Diagnosis { cause, lines: vec![line.to_owned()] }.advice();
        for (line, library) in [
            (
                "application-specific initialization failed: couldn't load file \"librdi_commontasks.so\": libtinfo.so.5: cannot open \
                 shared object file: No such file or directory",
                "libtinfo.so.5 (",
            ),
            (
                "vivado: error while loading shared libraries: libXtst.so.6: cannot open shared object file: No such file or directory",
                "libXtst.so.6;",
            ),
        ] {
            let said = advice(Cause::ToolMissing, line);
            assert!(said.starts_with(&format!("Install the library {library}")), "{said}");
            assert_eq!(advice(Cause::Crash, line), Cause::Crash.advice());
        }
        for line in [
            "sh: vivado: command not found",
            "cannot open shared object file",
            ": cannot open shared object file",
        ] {
            assert_eq!(advice(Cause::ToolMissing, line), Cause::ToolMissing.advice());
        }
    }

    #[test]
    fn nothing_is_advised_that_this_library_does_not_know_or_refuses() {
        for cause in Cause::ALL {
            for text in [cause.explanation(), cause.advice()] {
                assert!(text.ends_with('.'), "{text}");
                for word in ["--", "hls-cli", "io_stream"] {
                    assert!(!text.contains(word), "{cause:?}: {text}");
                }
            }
        }
    }
}
