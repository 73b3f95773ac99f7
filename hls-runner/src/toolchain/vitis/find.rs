//! Where Vitis HLS and Vivado are, and the environment that they run in.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::record::stage::StageSet;
use crate::toolchain::rtlsim::Simulators;
use crate::toolchain::search::{Found, ToolNotFound, ToolSearch};
use crate::toolchain::vitis::stages::{RTLSIM, VSYNTH};

const ADVICE: &str = "install Vitis HLS or source its settings64.sh first, or use a toolchain that needs no licence: open (Yosys; own \
                      Verilog instead of HLS) or csim (g++; C simulation, no synthesis)";

/// Where Vitis and Vivado are looked for.
#[derive(Debug, Clone, Default)]
pub struct ToolPlaces {
    /// An installation folder, its `bin`, or a `settings64.sh`. Vitis HLS is then looked for there only,
    /// Vivado there first.
    pub explicit: Option<PathBuf>,
    /// The search path, as in `PATH`.
    pub path: Option<OsString>,
    /// The folder of a Vitis HLS installation.
    pub xilinx_hls: Option<OsString>,
    /// The folder of a Vitis installation.
    pub xilinx_vitis: Option<OsString>,
    /// The folder of a Vivado installation.
    pub xilinx_vivado: Option<OsString>,
}

impl ToolPlaces {
    /// The places that this process's environment names.
    #[must_use]
    pub fn from_env() -> Self {
        Self {
            explicit: None,
            path: std::env::var_os("PATH"),
            xilinx_hls: std::env::var_os("XILINX_HLS"),
            xilinx_vitis: std::env::var_os("XILINX_VITIS"),
            xilinx_vivado: std::env::var_os("XILINX_VIVADO"),
        }
    }

    fn search_for_hls(&self) -> ToolSearch {
        match &self.explicit {
            // Whoever names a place does not want the tools of another.
            Some(path) => ToolSearch::new().explicit(path),
            None => ToolSearch::new()
                .path("PATH", self.path.as_deref())
                .variable("XILINX_HLS", self.xilinx_hls.as_deref())
                .variable("XILINX_VITIS", self.xilinx_vitis.as_deref()),
        }
    }

    /// `settings_path` is the `PATH` that Vitis's own settings file made.
    fn search_for_vivado(&self, settings_path: Option<&OsStr>) -> ToolSearch {
        let search = self.explicit.iter().fold(ToolSearch::new(), |search, path| search.explicit(path));
        let search = settings_path
            .into_iter()
            .fold(search, |search, path| search.path("the PATH of settings64.sh", Some(path)));
        search
            .path("PATH", self.path.as_deref())
            .variable("XILINX_VIVADO", self.xilinx_vivado.as_deref())
            .variable("XILINX_VITIS", self.xilinx_vitis.as_deref())
            .variable("XILINX_HLS", self.xilinx_hls.as_deref())
    }
}

/// Vitis HLS as it was found on this machine.
#[derive(Debug, Clone)]
pub struct Vitis {
    pub(super) launcher: Launcher,
    pub(super) env: Vec<(OsString, OsString)>,
    /// For the stage `rtlsim`.
    pub(super) simulators: Option<Simulators>,
    pub(super) threads: NonZeroUsize,
}

#[derive(Debug, Clone)]
pub(super) enum Launcher {
    VitisRun(PathBuf),
    VitisHls(PathBuf),
}

impl Vitis {
    /// Looks for the tools that `stages` need: `vitis-run` or else `vitis_hls`, `vivado` for `vsynth`, and Verilator or Icarus Verilog for
    /// `rtlsim`, which are looked for in `PATH` only.
    ///
    /// Places, in order: the explicit one, `PATH`, `XILINX_HLS`, `XILINX_VITIS`; for Vivado `XILINX_VIVADO`
    /// before these two. The first place that has a tool wins; in one folder `vitis-run` goes before
    /// `vitis_hls`. An installation folder's `settings64.sh`, where there is one, is sourced by bash, and
    /// the tools run in the environment that it makes.
    ///
    /// # Errors
    /// A tool that is nowhere, with everything that was looked for and where.
    pub fn find(places: &ToolPlaces, stages: &StageSet) -> Result<Self, ToolNotFound> {
        let Found { program, mut env } = places
            .search_for_hls()
            .find(&["vitis-run", "vitis_hls"], ADVICE)
            .map_err(|error| error.or_else("open"))?;
        if stages.contains(&VSYNTH.stage()) {
            let vivado = places
                .search_for_vivado(value_of(&env, "PATH"))
                .find(&["vivado"], "install Vivado, or turn the stage vsynth off")?;
            merge(&mut env, vivado.env);
            add_to_path(&mut env, places.path.as_deref(), vivado.program.parent());
        }
        let launcher = match program.file_name().and_then(OsStr::to_str) {
            Some("vitis_hls") => Launcher::VitisHls(program),
            _ => Launcher::VitisRun(program),
        };
        let simulators = match stages.contains(&RTLSIM.stage()) {
            true => Some(Simulators::find_in(places.path.as_deref())?),
            false => None,
        };
        Ok(Self { launcher, env, simulators, threads: NonZeroUsize::MIN })
    }

    /// The same tools, told to use no more than so many threads each. Vitis HLS has no option for that; Vivado's is set by `vivado_synth.tcl`.
    #[must_use]
    pub fn with_threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = threads;
        for name in ["HLS_MAX_THREADS", "OMP_NUM_THREADS"] {
            self.env.retain(|(key, _)| key != name);
            self.env.push((name.into(), threads.to_string().into()));
        }
        self
    }
}

fn value_of<'a>(env: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    env.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_os_str())
}

/// Adds variables; of two `PATH`s both stay, the older first.
fn merge(env: &mut Vec<(OsString, OsString)>, more: Vec<(OsString, OsString)>) {
    for (name, value) in more {
        match env.iter_mut().find(|(key, _)| *key == name) {
            Some((_, old)) if name == "PATH" => {
                old.push(":");
                old.push(value);
            }
            Some((_, old)) => *old = value,
            None => env.push((name, value)),
        }
    }
}

/// Makes sure that the script finds programs of `folder` by their name.
fn add_to_path(env: &mut Vec<(OsString, OsString)>, own: Option<&OsStr>, folder: Option<&Path>) {
    let Some(folder) = folder else { return };
    let current = value_of(env, "PATH").or(own).unwrap_or_default().to_owned();
    if std::env::split_paths(&current).any(|dir| dir == folder) {
        return;
    }
    let mut longer = current;
    longer.push(":");
    longer.push(folder);
    env.retain(|(name, _)| name != "PATH");
    env.push(("PATH".into(), longer));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_extended_not_replaced() {
        let mut env = vec![("PATH".into(), "/a".into())];
        merge(&mut env, vec![("PATH".into(), "/b".into()), ("X".into(), "1".into())]);
        add_to_path(&mut env, None, Some(Path::new("/b")));
        add_to_path(&mut env, None, Some(Path::new("/c")));
        assert_eq!(value_of(&env, "PATH"), Some(OsStr::new("/a:/b:/c")));
        assert_eq!(value_of(&env, "X"), Some(OsStr::new("1")));
    }
}
