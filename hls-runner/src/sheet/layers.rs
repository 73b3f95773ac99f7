//! What the layers of a design take, where a report says it.

use std::fs;
use std::path::Path;

use crate::report::circuit_json;
use crate::results::columns::Origin;

/// Larger files are no such reports.
const LIMIT_BYTES: u64 = 16 << 20;

/// What one layer takes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LayerCost {
    /// Its name.
    pub name: String,
    /// What it does.
    pub class: String,
    /// By name: `lut`, `ff`, `latency_cycles`, ….
    pub numbers: Vec<(&'static str, u64)>,
}

/// The layers of a design, and who says what they take.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Layers {
    /// Who says it.
    pub origin: Origin,
    /// In which file.
    pub file: &'static str,
    /// The layers, in the order of the file.
    pub layers: Vec<LayerCost>,
}

impl Layers {
    /// What the reports in a project folder say; `None` where none says anything of layers.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Self> {
        const FILE: &str = "circuit.json";
        let path = folder.join(FILE);
        if fs::metadata(&path).ok()?.len() > LIMIT_BYTES {
            return None;
        }
        let file = circuit_json::parse(&fs::read_to_string(path).ok()?).ok()?;
        let layers: Vec<LayerCost> = file
            .layers
            .into_iter()
            .map(|layer| LayerCost {
                numbers: vec![
                    ("lut", layer.lut),
                    ("ff", layer.ff),
                    ("carry", layer.carry),
                    ("latency_cycles", layer.latency_cycles),
                ],
                name: layer.name,
                class: layer.class,
            })
            .collect();
        (!layers.is_empty()).then_some(Self { origin: Origin::Circuit, file: FILE, layers })
    }
}
