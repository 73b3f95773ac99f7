//! nextpnr-xilinx: where it is, how it is called, and what it says.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::plan::fingerprint::Fingerprint;
use crate::process::spec::Spec;
use crate::report::Placement;
use crate::report::numbers::STAND_IN_MARK;
use crate::toolchain::open::places;
use crate::toolchain::search::{ToolNotFound, ToolSearch, version_of};

/// What it is called.
pub(super) const PROGRAM: &str = "nextpnr-xilinx";

pub(super) const ADVICE: &str = "install it from openXC7 (https://github.com/openXC7), or leave --pnr out";

/// The same placement every time.
const SEED: &str = "1";

/// The program at its place, if it is on the search path.
///
/// # Errors
/// It is not there.
pub(crate) fn find(path: Option<&OsStr>) -> Result<PathBuf, ToolNotFound> {
    Ok(ToolSearch::new().path("PATH", path).find(&[PROGRAM], ADVICE)?.program)
}

/// nextpnr-xilinx as it was found on this machine, with the device that it places in.
#[derive(Debug, Clone)]
pub(super) struct Nextpnr {
    program: PathBuf,
    chip_database: PathBuf,
    /// What it says of its release.
    version: String,
    /// Program and device for people, and for telling whether results are of the same.
    description: String,
}

impl Nextpnr {
    /// # Errors
    /// There is no chip database.
    pub(super) fn new(program: PathBuf, chip_database: Option<&Path>) -> Result<Self, ToolNotFound> {
        let named = chip_database.ok_or(ToolNotFound::NoChipDatabase)?;
        let unreadable = |source| ToolNotFound::ChipDatabase { path: named.to_owned(), source };
        let chip_database = std::path::absolute(named).map_err(unreadable)?;
        let content = Fingerprint::of_file(&chip_database).map_err(unreadable)?.to_string();
        let said = version_of(&program, &["--version"], &[]);
        let version = release(&said).to_owned();
        let content = content.get(..8).unwrap_or_default();
        let description = format!("{PROGRAM} {version}, {} ({content})", device(&chip_database));
        Ok(Self { program, chip_database, version, description })
    }

    pub(super) fn describe(&self) -> &str {
        &self.description
    }

    /// Places and routes the netlist between pins.
    pub(super) fn spec(&self, project: &str, folder: &Path, clock_period_ns: f64) -> Spec {
        let mut args: Vec<OsString> = vec!["--chipdb".into(), self.chip_database.clone().into()];
        let frequency = format!("{:.3}", 1000.0 / clock_period_ns);
        args.extend(["--xdc", places::PNR_PINS, "--json", &places::placeable(project)].map(Into::into));
        args.extend(["--freq", &frequency, "--seed", SEED, "--timing-allow-fail"].map(Into::into));
        Spec {
            program: self.program.clone(),
            args,
            cwd: folder.to_owned(),
            env: Vec::new(),
            log: folder.join(places::PNR_LOG),
            signs_of_life: Vec::new(),
        }
    }

    /// What came of it, from its log; `None` if that does not say. `around` are the look-up tables and flip-flops that are not the circuit's.
    pub(super) fn placement(&self, log: &str, around: Around) -> Option<Placement> {
        let said = Said::of(log)?;
        Some(Placement {
            // Whoever reads the record must know that as well.
            tool: if log.contains(STAND_IN_MARK) {
                format!("{PROGRAM} ({STAND_IN_MARK})")
            } else {
                PROGRAM.to_owned()
            },
            version: self.version.clone(),
            device: device(&self.chip_database),
            lut: said.lut.saturating_sub(around.lut),
            ff: said.ff.saturating_sub(around.ff),
            carry: said.carry,
            period_ns: 1000.0 / said.fmax_mhz,
            fmax_mhz: said.fmax_mhz,
        })
    }
}

/// Cells of the registers around the circuit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    pub(super) lut: u64,
    pub(super) ff: u64,
}

/// The device of a chip database: the name of the file.
fn device(chip_database: &Path) -> String {
    chip_database.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// `0.8.2` of `"nextpnr-xilinx" -- Next Generation Place and Route (Version 0.8.2)`, or all of it.
fn release(said: &str) -> &str {
    let version = said.split_once("(Version ").and_then(|(_, rest)| rest.split([')', ' ']).next());
    version.unwrap_or(said)
}

/// What a log says in the end: the last numbers are those after routing.
#[derive(Debug, PartialEq)]
struct Said {
    lut: u64,
    ff: u64,
    carry: u64,
    fmax_mhz: f64,
}

impl Said {
    fn of(log: &str) -> Option<Self> {
        let last =
            |word: &str| log.lines().rev().find_map(|line| line.split_once(word).map(|(_, rest)| rest));
        // `Info:           SLICE_LUTX: 99072/106400    93%`
        let cells = |kind: &str| last(kind)?.trim_start().split('/').next()?.trim().parse().ok();
        // `Info: Max frequency for clock 'clock': 87.23 MHz (PASS at 50.00 MHz)`
        let clock = last("Max frequency for clock ")?.split_once("': ")?.1;
        let fmax_mhz: f64 = clock.split_once(" MHz")?.0.trim().parse().ok()?;
        Some(Self {
            lut: cells("SLICE_LUTX:")?,
            ff: cells("SLICE_FFX:")?,
            // A circuit without sums has none.
            carry: cells("CARRY4:").unwrap_or_default(),
            fmax_mhz: Some(fmax_mhz).filter(|fmax| fmax.is_finite() && *fmax > 0.0)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_numbers_count() {
        let log = "Info: Device utilisation:\nInfo: \t          SLICE_LUTX:    49/65200     0%\nInfo:  SLICE_FFX:    24/65200     0%\n\
                   Info: CARRY4:     6/16300     0%\nInfo: Max frequency for clock 'clock': 250.00 MHz (PASS at 200.00 MHz)\n\
                   Info: Max frequency for clock 'clock': 187.23 MHz (FAIL at 200.00 MHz)\n";
        assert_eq!(Said::of(log), Some(Said { lut: 49, ff: 24, carry: 6, fmax_mhz: 187.23 }));
        for broken in [
            "",
            "Max frequency for clock",
            "SLICE_LUTX: x/1\nSLICE_FFX: 1/1\nMax frequency for clock 'a': 1 MHz",
        ] {
            assert_eq!(Said::of(broken), None, "{broken}");
        }
        assert_eq!(Said::of(&log.replace("187.23", "0.00")), None);
    }

    #[test]
    fn releases() {
        let said = "\"nextpnr-xilinx\" -- Next Generation Place and Route (Version 0.8.2-68aeeb39)";
        assert_eq!(release(said), "0.8.2-68aeeb39");
        assert_eq!(release(""), "");
    }
}
