//! Arrays of npz files.

use std::fs::File;
use std::path::Path;

use ndarray::{ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::NpzReader;

/// An npz file whose arrays are float32 or float64.
pub struct Arrays(NpzReader<File>);

impl Arrays {
    pub fn open(path: &Path) -> Result<Self, String> {
        let at = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let file = File::open(path).map_err(|error| at(&error))?;
        NpzReader::new(file).map(Self).map_err(|error| at(&error))
    }

    pub fn names(&mut self) -> Result<Vec<String>, String> {
        let names = self.0.names().map_err(|error| error.to_string())?;
        Ok(names.into_iter().map(|name| name.trim_end_matches(".npy").to_owned()).collect())
    }

    /// An array; float32 values are exact as doubles.
    pub fn get(&mut self, name: &str) -> Result<ArrayD<f64>, String> {
        let name = format!("{name}.npy");
        let single = self.0.by_name::<OwnedRepr<f32>, IxDyn>(&name).map(|array| array.mapv(f64::from));
        single.or_else(|_| self.0.by_name(&name)).map_err(|error| format!("array {name}: {error}"))
    }
}
