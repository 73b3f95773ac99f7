//! Models in old or unusual forms compute what hls4ml computes of them, without a warning.

use std::fs::{self, File};
use std::path::Path;

use ndarray::{ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::NpzReader;
use tempfile::tempdir;

use super::support::*;

/// The only array of a file, as rows.
fn only_array(npz: &Path) -> ArrayD<f64> {
    let mut npz = NpzReader::new(File::open(npz).expect("npz")).expect("npz");
    let names = npz.names().expect("names");
    let [name] = names.as_slice() else { panic!("{names:?}") };
    let single = npz.by_name::<OwnedRepr<f32>, IxDyn>(name).map(|array| array.mapv(f64::from));
    single.or_else(|_| npz.by_name::<OwnedRepr<f64>, IxDyn>(name)).expect("numbers")
}

#[test]
fn models_in_unusual_forms_have_hls4mls_bits() {
    let (folder, scratch) = (fixtures().join("references"), tempdir().expect("scratch"));
    let cases: Vec<_> = names(&folder).into_iter().filter(|name| folder.join(name).is_dir()).collect();
    assert!(cases.len() >= 8, "{cases:?}");
    for name in cases {
        let case = folder.join(&name);
        let options = fs::read_to_string(case.join("options.json")).expect("options");
        let options: Vec<String> = serde_json::from_str(&options).expect("a list of options");
        let output = scratch.path().join("y.npz");
        let mut command = hls_cli();
        command.args([
            "predict",
            "--strict",
            text(&case.join("model.h5")),
            "--input",
            text(&case.join("x.npz")),
        ]);
        command.args(["--output", text(&output)]);
        let config = case.join("config.json");
        if config.is_file() {
            command.args(["--config", text(&config)]);
        }
        run(&mut command, options).expect(0);
        let (ours, theirs) = (only_array(&output), only_array(&case.join("y.npz")));
        assert_eq!(ours.len(), theirs.len(), "{name}");
        assert!(ours.iter().eq(&theirs), "{name}: outputs differ");
    }
}
