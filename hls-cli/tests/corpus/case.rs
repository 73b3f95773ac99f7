//! The cases: a model, options, and their conversion.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hls_codegen::{Conversion, Converted, Options, Trace};
use hls_model::config::ConfigFile;
use hls_runner::sentence;
use serde_json::{Value, json};

/// The folders with cases, of Keras 2 and of Keras 3, and how many each has; a checkout that lost some must not pass.
const FOLDERS: [(&str, usize); 2] = [("corpus", 157), ("corpus3", 89)];
/// Models of the sweep folders that hls4ml could convert.
pub const SWEEP_MODELS: usize = 27;

/// A folder of `fixtures/corpus` or `fixtures/corpus3`.
pub struct Case {
    pub name: String,
    pub folder: PathBuf,
    options: Value,
}

/// A model of the sweep folders, converted with the defaults.
pub struct SweepModel {
    /// Path below `fixtures`, also the beginning of its arrays' names.
    pub file: String,
}

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

pub fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every case, or those with a part of the environment variable `CASE` (`name,name`) in their names.
pub fn all() -> Vec<Case> {
    let part = std::env::var("CASE").unwrap_or_default();
    let names = FOLDERS.into_iter().flat_map(|(folder, count)| {
        let entries = fs::read_dir(fixtures().join(folder)).expect(folder);
        let paths = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
        let mut names: Vec<_> =
            paths.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
        names.sort();
        assert_eq!(names.len(), count, "cases in fixtures/{folder}");
        names
    });
    names
        .filter(|name| part.split(',').any(|part| name.contains(part)))
        .map(|name| Case::named(&name))
        .collect()
}

pub fn not_yet() -> BTreeMap<String, String> {
    let of_folder = |(folder, _): (&str, usize)| -> BTreeMap<String, String> {
        serde_json::from_value(json(&fixtures().join(folder).join("not_yet.json")))
            .expect("names and reasons")
    };
    FOLDERS.into_iter().flat_map(of_folder).collect()
}

/// Cases of Keras 3 whose firmware is compiled: what differs from Keras 2. The others are the same operations over again, which the emulator
/// computes (`hls-model/tests/corpus`); naming one in `CASE` compiles it.
const COMPILED: &[&str] = &[
    "hgq_da_conv",
    "hgq_da_stream",
    "hgq_einsum_dense",
    "hgq_softmax",
    "hgq_unary_lut",
    "k3_act_classes",
    "k3_conv2d_stream",
    "k3_h5_rnn",
    "k3_multi_io",
    "k3_pool1d",
    "k3_seq_dense",
    "k3_shared",
    "k3_softmax_layer",
    "qk_act_arg",
    "qk_conv2d_batchnorm",
];

pub fn sweep() -> Vec<SweepModel> {
    let facts = json(&fixtures().join("sweep_facts.json"));
    let models = facts.as_object().expect("facts by file").iter();
    models
        .filter(|(_, facts)| facts["status"] != "failed")
        .map(|(file, _)| SweepModel { file: file.clone() })
        .collect()
}

impl Case {
    pub fn named(name: &str) -> Self {
        let folders = FOLDERS.map(|(folder, _)| fixtures().join(folder).join(name));
        let folder = folders.into_iter().find(|folder| folder.is_dir());
        let folder = folder.unwrap_or_else(|| panic!("there is no case {name}"));
        Self { name: name.to_owned(), options: json(&folder.join("options.json")), folder }
    }

    /// Whether its firmware is compiled.
    pub fn is_compiled(&self) -> bool {
        let of_keras3 = self.options["hls4ml"].is_string();
        !of_keras3 || COMPILED.contains(&self.name.as_str()) || std::env::var_os("CASE").is_some()
    }

    /// What hls4ml wrote.
    pub fn project_files(&self) -> Value {
        json(&self.folder.join("project_files.json"))
    }

    /// Whether hls4ml's C simulation has an outcome that can be compared.
    pub fn has_reference_outputs(&self) -> bool {
        self.undefined_behaviour().is_empty()
    }

    /// Whether hls4ml's layer outputs were recorded.
    pub fn is_traced(&self) -> bool {
        self.options["traced"] == true
    }

    /// Indices of the layers that hls4ml writes no code for.
    pub fn without_code(&self) -> Vec<String> {
        let layers = self.graph()["layers"].as_array().cloned().unwrap_or_default();
        let told = self.undefined_behaviour();
        let is_left_out =
            |name: &str| told.iter().any(|what| what.starts_with(&format!("{name}: hls4ml writes no code")));
        let left_out = layers.iter().filter(|layer| layer["name"].as_str().is_some_and(is_left_out));
        left_out.map(|layer| layer["index"].to_string()).collect()
    }

    /// Layers whose reuse factor makes hls4ml's kernels read past a buffer, each with the largest that does not.
    pub fn largest_defined_reuse_factors(&self) -> Vec<(String, u64)> {
        let told = self.undefined_behaviour();
        let factors = told.iter().filter_map(|what| {
            let (layer, rest) = what.split_once(": io_parallel resource convolution with reuse factor ")?;
            let (_, rest) = rest.split_once(" above kernel size x channels = ")?;
            let (factor, _) = rest.split_once(';')?;
            Some((layer.to_owned(), factor.parse().expect("a number")))
        });
        factors.collect()
    }

    fn undefined_behaviour(&self) -> Vec<String> {
        serde_json::from_value(self.graph()["undefined_behaviour"].clone()).expect("a list of sentences")
    }

    fn graph(&self) -> Value {
        json(&self.folder.join("graph.json"))
    }

    /// Converts the model with the case's `config` as the whole configuration.
    pub fn convert(&self) -> Result<Converted, String> {
        self.convert_with(&[])
    }

    /// The same with other reuse factors for some layers.
    pub fn convert_with(&self, reuse_factors: &[(String, u64)]) -> Result<Converted, String> {
        let file = self.options["model_file"].as_str().unwrap_or("model.h5");
        convert_file(&self.folder.join(file), &self.options, reuse_factors)
    }
}

/// Converts a model with a case's options, and other reuse factors for some layers. Without a configuration it gets the default one.
pub fn convert_file(
    model: &Path,
    options: &Value,
    reuse_factors: &[(String, u64)],
) -> Result<Converted, String> {
    if options["config"].is_null() {
        return convert_by_default(model);
    }
    let mut config = config_file(options);
    for (layer, factor) in reuse_factors {
        config["HLSConfig"]["LayerName"][layer]["ReuseFactor"] = (*factor).into();
    }
    let file = ConfigFile::from_value(config).map_err(|error| error.to_string())?;
    let conversion = Conversion::configured(file.hls)
        .with_options(Options::default().with_trace(Trace::Marked))
        .with_project_settings(&file.project)
        .map_err(|error| error.to_string())?;
    conversion.convert(model).map_err(|error| sentence(&error))
}

fn convert_by_default(model: &Path) -> Result<Converted, String> {
    Conversion::default().convert(model).map_err(|error| sentence(&error))
}

/// A case's options as an `hls4ml_config.yml` says them.
fn config_file(options: &Value) -> Value {
    let arguments = &options["convert_args"];
    let mut config = options["config"].clone();
    if arguments["bit_exact"].is_boolean() {
        config["Model"]["BitExact"] = arguments["bit_exact"].clone();
    }
    json!({
        "HLSConfig": config,
        "Backend": options["backend"],
        "ProjectName": options["project_name"],
        "Part": options["part"],
        "ClockPeriod": options["clock_period"],
        "IOType": options["io_type"],
        "ClockUncertainty": arguments["clock_uncertainty"],
        "Version": arguments["version"],
        "WriterConfig": {
            "Namespace": arguments["namespace"],
            "WriteWeightsTxt": arguments["write_weights_txt"],
            "WriteTar": arguments["write_tar"],
            "TBOutputStream": arguments["tb_output_stream"],
            "WriteEmulationConstants": arguments["write_emulation_constants"],
        },
    })
}

impl SweepModel {
    pub fn convert(&self) -> Result<Converted, String> {
        convert_by_default(&fixtures().join(&self.file))
    }
}
