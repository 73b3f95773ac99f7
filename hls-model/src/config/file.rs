//! Configuration files: YAML or JSON, the bare configuration or a whole `hls4ml_config.yml`.

use std::path::Path;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::{ConfigError, HlsConfig, UnreadKey, wrong};
use crate::target::{BackendKind, IoType, TargetError};

/// A configuration file: what it says about the conversion and about the project.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    /// The configuration proper.
    pub hls: HlsConfig,
    /// What it says about the project; a bare configuration says nothing.
    pub project: ProjectSettings,
}

/// What a whole `hls4ml_config.yml` says besides the configuration proper. Each is `None` where it says nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProjectSettings {
    /// `ProjectName`, the name of the top function.
    pub project_name: Option<String>,
    /// `Part`, the FPGA.
    pub part: Option<String>,
    /// `ClockPeriod`, in ns, as it is written.
    pub clock_period: Option<String>,
    /// `ClockUncertainty`, a percentage or a time in ns, as it is written.
    pub clock_uncertainty: Option<String>,
    /// `Backend`.
    pub backend: Option<BackendKind>,
    /// `IOType`.
    pub io_type: Option<IoType>,
    /// `Version` of the exported IP.
    pub version: Option<String>,
    /// `WriterConfig`.
    pub writer: WriterSettings,
}

/// `WriterConfig` of an `hls4ml_config.yml`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WriterSettings {
    /// A C++ namespace around the firmware.
    pub namespace: Option<String>,
    /// Whether weights are also written as text files, which C simulation reads.
    pub write_weights_txt: Option<bool>,
    /// Whether the project is also packed into a `.tar.gz`.
    pub write_tar: Option<bool>,
    /// Where the test bench writes its outputs: `stdout`, `file` or `both`.
    pub tb_output_stream: Option<String>,
    /// Whether `defines.h` holds constants for emulation.
    pub write_emulation_constants: Option<bool>,
}

impl ConfigFile {
    /// Reads a file. Names that end in `.json` are JSON, all others YAML (of which JSON is a part).
    ///
    /// # Errors
    /// The file cannot be read or parsed, or an entry is wrong.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.into(), source })?;
        Self::parse(&text, path)
    }

    /// Takes the text of a file of this name; nothing is read.
    ///
    /// # Errors
    /// The text cannot be parsed, or an entry is wrong.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let is_json = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
        let (format, value) = match is_json {
            true => ("JSON", serde_json::from_str(text).map_err(|e| e.to_string())),
            false => ("YAML", from_yaml(text)),
        };
        let value = value.map_err(|reason| ConfigError::Syntax { path: path.into(), format, reason })?;
        Self::from_value(value)
    }

    /// Takes apart a configuration that is already data.
    ///
    /// # Errors
    /// An entry is wrong.
    pub fn from_value(value: Value) -> Result<Self, ConfigError> {
        let Value::Object(mut map) = value else {
            return Err(wrong("the configuration", "a mapping", &value));
        };
        match map.remove("HLSConfig") {
            None => Ok(Self {
                hls: HlsConfig::from_value(Value::Object(map))?,
                project: ProjectSettings::default(),
            }),
            Some(hls) => {
                let unread = unread_project_keys(&map);
                Ok(Self { hls: HlsConfig::from_value(hls)?.inside(unread), project: project_settings(&map)? })
            }
        }
    }
}

/// What a whole file can say about the project.
const OF_PROJECTS: [&str; 8] = [
    "ProjectName",
    "Backend",
    "Part",
    "ClockPeriod",
    "ClockUncertainty",
    "IOType",
    "Version",
    "WriterConfig",
];

/// What hls4ml writes into its files about a run: which model it was, where the project went, which name its library has. Nothing
/// is lost with it, as the model and the folder are arguments here.
const OF_RUNS: [&str; 7] =
    ["OutputDir", "KerasModel", "KerasJson", "KerasH5", "OnnxModel", "PytorchModel", "Stamp"];

const OF_WRITERS: [&str; 5] =
    ["Namespace", "WriteWeightsTxt", "WriteTar", "TBOutputStream", "WriteEmulationConstants"];

/// The keys of a whole file that nothing reads.
fn unread_project_keys(map: &Map<String, Value>) -> Vec<UnreadKey> {
    let known = |key: &str| OF_PROJECTS.contains(&key) || OF_RUNS.contains(&key);
    let own = map.keys().filter(|key| !known(key)).map(|key| UnreadKey::new(key.clone(), &OF_PROJECTS));
    let writer = map.get("WriterConfig").and_then(Value::as_object).into_iter().flat_map(Map::keys);
    let writer = writer.filter(|key| !OF_WRITERS.contains(&key.as_str()));
    own.chain(writer.map(|key| UnreadKey::new(format!("WriterConfig.{key}"), &OF_WRITERS)))
        // Files of hls4ml hold these without a value.
        .filter(|unread| map.get(&unread.key).is_none_or(|value| !value.is_null()))
        .collect()
}

/// Parses YAML into JSON data; tags such as `!keras_model` are dropped.
///
/// # Errors
/// What the parser says.
pub(super) fn from_yaml(text: &str) -> Result<Value, String> {
    serde_saphyr::from_str(text).map_err(|e| e.to_string())
}

impl HlsConfig {
    /// The configuration as YAML.
    ///
    /// # Errors
    /// What the serializer says (nothing that occurs in a configuration is refused).
    pub fn to_yaml(&self) -> Result<String, String> {
        to_yaml(&self.as_value())
    }
}

/// Writes data as YAML.
///
/// # Errors
/// What the serializer says.
pub fn to_yaml(value: &Value) -> Result<String, String> {
    serde_saphyr::to_string(value).map_err(|e| e.to_string())
}

fn project_settings(map: &Map<String, Value>) -> Result<ProjectSettings, ConfigError> {
    let writer = match map.get("WriterConfig") {
        Some(Value::Object(writer)) => WriterSettings {
            namespace: word(writer, "Namespace")?,
            write_weights_txt: flag(writer, "WriteWeightsTxt")?,
            write_tar: flag(writer, "WriteTar")?,
            tb_output_stream: word(writer, "TBOutputStream")?,
            write_emulation_constants: flag(writer, "WriteEmulationConstants")?,
        },
        None | Some(Value::Null) => WriterSettings::default(),
        Some(other) => return Err(wrong("WriterConfig", "a mapping", other)),
    };
    Ok(ProjectSettings {
        project_name: word(map, "ProjectName")?,
        part: word(map, "Part")?,
        clock_period: word(map, "ClockPeriod")?,
        clock_uncertainty: word(map, "ClockUncertainty")?,
        backend: of_target(map, "Backend")?,
        io_type: of_target(map, "IOType")?,
        version: word(map, "Version")?,
        writer,
    })
}

/// A string, or a number as it is written.
fn word(map: &Map<String, Value>, key: &str) -> Result<Option<String>, ConfigError> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(s)) => Ok(Some(s.clone())),
        Some(Value::Number(n)) => Ok(Some(n.to_string())),
        Some(other) => Err(wrong(key, "a word or a number", other)),
    }
}

/// A part of a target, by its name.
fn of_target<T: FromStr<Err = TargetError>>(
    map: &Map<String, Value>,
    key: &str,
) -> Result<Option<T>, ConfigError> {
    let unsupported =
        |error: TargetError| ConfigError::Unsupported { key: key.into(), reason: error.to_string() };
    word(map, key)?.map(|name| name.parse().map_err(unsupported)).transpose()
}

fn flag(map: &Map<String, Value>, key: &str) -> Result<Option<bool>, ConfigError> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(b)) => Ok(Some(*b)),
        Some(other) => Err(wrong(key, "true or false", other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "\
OutputDir: out
ProjectName: myproject
Backend: Vitis
Part: xcu250-figd2104-2L-e
ClockPeriod: 5
ClockUncertainty: 27%
IOType: io_parallel
KerasModel: !keras_model 'out/keras_model.keras'
HLSConfig:
  Model:
    Precision:
      default: fixed<16,6>
    ReuseFactor: 1
  LayerName:
    fc1:
      Precision: {weight: 'ap_fixed<8,3>'}
WriterConfig:
  Namespace: null
  WriteWeightsTxt: true
";

    #[test]
    fn a_whole_file_is_read_tags_and_all() {
        let file = ConfigFile::from_value(from_yaml(WHOLE).unwrap()).unwrap();
        assert_eq!(file.project.clock_period.as_deref(), Some("5"));
        assert_eq!(file.project.clock_uncertainty.as_deref(), Some("27%"));
        assert_eq!(file.project.writer.write_weights_txt, Some(true));
        assert_eq!(file.project.writer.namespace, None);
        assert_eq!(file.hls.as_value()["LayerName"]["fc1"]["Precision"]["weight"], "ap_fixed<8,3>");
    }

    #[test]
    fn yaml_that_is_written_reads_back_the_same() {
        let file = ConfigFile::from_value(from_yaml(WHOLE).unwrap()).unwrap();
        assert_eq!(from_yaml(&file.hls.to_yaml().unwrap()).unwrap(), file.hls.as_value());
    }

    #[test]
    fn keys_that_nothing_reads_are_found_at_every_level() {
        let cases = [
            (WHOLE.to_owned(), &[][..]),
            (format!("XilinxPart: xcku115\nInputData: null\n{WHOLE}"), &["XilinxPart"]),
            (format!("{WHOLE}  WriteTars: true\n"), &["WriterConfig.WriteTars"]),
            (WHOLE.replace("LayerName", "LayerNames"), &["HLSConfig.LayerNames"]),
            (
                "Model: {Precision: 'fixed<16,6>'}\nlayername: {}\nPart: xcku115\n".to_owned(),
                &["Part", "layername"],
            ),
        ];
        for (text, expected) in cases {
            let file = ConfigFile::from_value(from_yaml(&text).unwrap()).unwrap();
            let lookup = file.hls.lookup().unwrap();
            let mut keys: Vec<_> = lookup.unread_keys().map(|unread| unread.key.as_str()).collect();
            keys.sort_unstable();
            assert_eq!(keys, expected, "{text}");
        }
    }

    #[test]
    fn mistakes_name_the_entry() {
        let cases = [
            ("Model: {Precision: 'fixed<16,6>', ReuseFactor: -1}", "Model.ReuseFactor"),
            ("Model: {Precision: {default: 'fixd<16,6>'}}", "Model.Precision.default"),
            ("Model: {ReuseFactor: 1}", "Model.Precision"),
            ("LayerName: {}", "Model"),
            ("Model: {Precision: 'fixed<16,6>'}\nLayerName: {a: {Strategy: 3}}", "LayerName.a.Strategy"),
            ("Model: {Precision: 'fixed<16,6>', Compression: true}", "Model.Compression"),
            ("HLSConfig: {Model: {Precision: 'fixed<16,6>'}}\nBackend: Quartus", "Backend"),
            ("- a list", "mapping"),
        ];
        for (text, expected) in cases {
            let error = ConfigFile::from_value(from_yaml(text).unwrap()).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
