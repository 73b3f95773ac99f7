//! A file format of your own: a folder with Keras's JSON of the architecture and an archive of NumPy arrays. In Python:
//!
//! ```python
//! open("architecture.json", "w").write(model.to_json())
//! arrays = {f"{layer.name}/{w.name.split('/')[-1]}": w.numpy() for layer in model.layers for w in layer.weights}
//! numpy.savez("weights.npz", **arrays)
//! ```
//!
//! `cargo run -p hls-model --example own_format -- FOLDER`

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::path::Path;

use hls_model::config::Generator;
use hls_model::graph::Graph;
use hls_model::source::keras::{Dtype, NamedArray};
use hls_model::source::{KerasModel, assemble};
use hls_model::{Target, convert, lower};
use ndarray::ArrayD;
use ndarray_npy::NpzReader;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: own_format FOLDER")?;
    for node in to_graph(folder.as_ref())?.nodes() {
        println!("{} ({})", node.name, node.op.class_name());
    }
    Ok(())
}

/// Reads the folder. Layers, shapes and quantizers are checked as those of an H5 file are.
pub fn read(folder: &Path) -> Result<KerasModel, Box<dyn Error>> {
    let architecture = serde_json::from_str(&fs::read_to_string(folder.join("architecture.json"))?)?;
    let mut archive = NpzReader::new(File::open(folder.join("weights.npz"))?)?;
    let mut arrays: BTreeMap<String, Vec<NamedArray>> = BTreeMap::new();
    for name in archive.names()? {
        // `dense/kernel:0` is the layer `dense` and what the array is for it.
        let (layer, weight) = name.split_once('/').ok_or_else(|| format!("{name} names no layer"))?;
        let data: ArrayD<f32> = archive.by_name(&name)?;
        arrays.entry(layer.to_owned()).or_default().push(NamedArray {
            name: name.clone(),
            role: weight.trim_end_matches(":0").to_owned(),
            data: data.mapv(f64::from),
            dtype: Dtype::F32,
        });
    }
    Ok(assemble(&architecture, arrays, folder)?)
}

/// From the folder to a graph with all names and types, under hls4ml's default configuration.
pub fn to_graph(folder: &Path) -> Result<Graph, Box<dyn Error>> {
    let model = lower(&read(folder)?)?;
    Ok(convert(&model, &Generator::default().generate(&model)?, Target::default())?)
}
