//! What the layers of a design take, where a report says it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::report::circuit_json;
use crate::report::files::ReportFiles;
use crate::report::modules::{Module, of_csynth_summary};
use crate::results::columns::Origin;

/// Our description of a circuit.
const CIRCUIT: &str = "circuit.json";

/// Vitis HLS's summary, in the project that it made.
const SUMMARY: &str = "solution1/syn/report/csynth.rpt";

/// What one layer takes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LayerCost {
    /// Its name.
    pub name: String,
    /// What it does.
    pub class: String,
    /// How many modules it is inside of, where layers are modules.
    pub depth: usize,
    /// By name: `lut`, `ff`, `latency_cycles`, ….
    pub numbers: Vec<(&'static str, u64)>,
}

/// The layers of a design, and who says what they take.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Layers {
    /// Who says it.
    pub origin: Origin,
    /// In which file, below the project folder.
    pub file: PathBuf,
    /// The layers, in the order of the file.
    pub layers: Vec<LayerCost>,
}

impl Layers {
    /// What the reports in a project folder say: of a circuit that this program wrote, or else C synthesis of the modules that it made of the
    /// layers. `None` where none says anything of layers.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Self> {
        let found = Self::of_circuit(folder).or_else(|| Self::of_modules(folder))?;
        (!found.layers.is_empty()).then_some(found)
    }

    fn of_circuit(folder: &Path) -> Option<Self> {
        let file = circuit_json::parse(&folder.text(Path::new(CIRCUIT)).ok()??).ok()?;
        let layers = file.layers.into_iter().map(|layer| LayerCost {
            numbers: vec![
                ("lut", layer.lut),
                ("ff", layer.ff),
                ("carry", layer.carry),
                ("latency_cycles", layer.latency_cycles),
            ],
            name: layer.name,
            class: layer.class,
            depth: 0,
        });
        Some(Self { origin: Origin::Circuit, file: CIRCUIT.into(), layers: layers.collect() })
    }

    /// A module includes the modules in it. The whole design is none of its layers.
    fn of_modules(folder: &Path) -> Option<Self> {
        let mut projects: Vec<PathBuf> = fs::read_dir(folder)
            .ok()?
            .flatten()
            .map(|entry| PathBuf::from(entry.file_name()))
            .filter(|name| name.to_string_lossy().ends_with("_prj"))
            .collect();
        projects.sort();
        projects.into_iter().find_map(|project| {
            let file = project.join(SUMMARY);
            let modules = of_csynth_summary(&folder.text(&file).ok()??);
            let layers: Vec<LayerCost> =
                modules.into_iter().filter(|module| module.depth > 0).map(of_module).collect();
            (!layers.is_empty()).then_some(Self { origin: Origin::CSynthesis, file, layers })
        })
    }
}

fn of_module(module: Module) -> LayerCost {
    let Module { depth, name, lut, ff, dsp, bram_18k, uram, latency_cycles } = module;
    let mut numbers = vec![("lut", lut), ("ff", ff), ("dsp", dsp), ("bram_18k", bram_18k), ("uram", uram)];
    numbers.extend(latency_cycles.map(|cycles| ("module_latency_cycles", cycles)));
    LayerCost { name, class: "module".to_owned(), depth: depth - 1, numbers }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_of_c_synthesis_stand_for_layers() {
        let folder = tempfile::tempdir().expect("scratch");
        assert_eq!(Layers::read(folder.path()), None);
        let report = folder.path().join("tagger_prj").join(SUMMARY);
        fs::create_dir_all(report.parent().expect("a folder")).expect("folders");
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/reports/csynth_modules.rpt");
        fs::copy(fixture, report).expect("a report");
        let found = Layers::read(folder.path()).expect("layers");
        assert_eq!(
            (found.origin, found.file.to_str()),
            (Origin::CSynthesis, Some("tagger_prj/solution1/syn/report/csynth.rpt"))
        );
        let rows: Vec<(usize, &str, Vec<u64>)> = found
            .layers
            .iter()
            .map(|layer| {
                let numbers = layer.numbers.iter().map(|(_, number)| *number);
                (layer.depth, layer.name.as_str(), numbers.collect())
            })
            .collect();
        assert_eq!(
            rows,
            [
                (0, "dense_resource_config2_s", vec![2210, 402, 20, 0, 0, 9]),
                (1, "product", vec![210, 102, 8, 0, 0, 2]),
                (0, "softmax_stable_config5_s", vec![2099, 305, 11, 4, 0, 6]),
            ]
        );
    }
}
