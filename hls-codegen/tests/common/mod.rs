//! Models of the fixtures as graphs.

use std::fs;
use std::path::{Path, PathBuf};

use hls_codegen::{Conversion, Converted, Options};
use hls_model::config::{ConfigFile, ProjectSettings};
use hls_model::graph::Graph;
use serde_json::Value;

/// The `fixtures` folder of the repository.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

/// A corpus case, converted under its own options.
pub fn case(name: &str) -> (Graph, Options) {
    case_with(name, &[])
}

/// A corpus case, converted under its own options with some settings on top, each `KEY=VALUE`.
pub fn case_with(name: &str, settings: &[&str]) -> (Graph, Options) {
    let folder = fixtures().join("corpus").join(name);
    let text = fs::read_to_string(folder.join("options.json")).expect("options.json is there");
    let case: Value = serde_json::from_str(&text).expect("options.json is JSON");
    let config = ConfigFile::from_value(case["config"].clone()).expect("the configuration is valid").hls;
    let conversion = Conversion::configured(config)
        .with_settings(settings.iter().map(|text| text.parse().expect("a setting")))
        .with_project_settings(&project_settings(&case))
        .expect("the settings are possible");
    let converted = conversion.convert(&folder.join("model.h5")).expect("the model can be converted");
    let Converted { graph, options, .. } = converted;
    (graph, options)
}

fn project_settings(case: &Value) -> ProjectSettings {
    let more = &case["convert_args"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut settings = ProjectSettings {
        project_name: text(&case["project_name"]),
        part: text(&case["part"]),
        clock_period: Some(case["clock_period"].to_string()),
        clock_uncertainty: text(&more["clock_uncertainty"]),
        io_type: text(&case["io_type"]).map(|name| name.parse().expect("an interface")),
        version: text(&more["version"]),
        ..ProjectSettings::default()
    };
    settings.writer.namespace = text(&more["namespace"]);
    settings.writer.write_weights_txt = more["write_weights_txt"].as_bool();
    settings.writer.write_emulation_constants = more["write_emulation_constants"].as_bool();
    settings.writer.tb_output_stream = text(&more["tb_output_stream"]);
    settings
}
