//! What a file says of a quantizer, without its widths.

use serde_json::Value as Json;

use crate::fixed::{Overflow, Rounding};

/// A quantizer of HGQ2 without its widths.
#[derive(Debug, Clone, PartialEq)]
pub struct HgqQuantizer {
    /// The kind of number that it makes.
    pub kind: HgqKind,
    /// What values are divided by before and multiplied with after they are quantized.
    pub scaler: Option<f32>,
    /// What quantized values are multiplied with, and what is added then.
    pub affine: Option<[f32; 2]>,
}

/// Which numbers a quantizer makes.
#[derive(Debug, Clone, PartialEq)]
pub enum HgqKind {
    /// Fixed-point numbers.
    Fixed(FixedQuantizer),
    /// Floating-point numbers with trained mantissa, exponent and exponent offset.
    Float,
    /// Its input as it is.
    Dummy,
}

/// A quantizer to fixed-point numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedQuantizer {
    /// Which widths are trained.
    pub parametrization: Parametrization,
    /// Rounding; stochastic modes round like their plain forms outside training.
    pub rounding: Rounding,
    /// What happens beyond the range.
    pub overflow: Overflow,
    /// Whether the widths may still be trained.
    pub trainable: bool,
    /// Whether it is made for weights.
    pub is_weight: bool,
}

/// Which two widths a quantizer trains; the third follows. None of them counts the sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parametrization {
    /// Integer and fractional bits.
    Kif,
    /// Bits together and integer bits.
    Kbi,
}

/// The classes of quantizers' configurations.
const CLASSES: [&str; 3] = ["QuantizerConfig", "HardTanhConfig", "HardSigmoidConfig"];

impl HgqQuantizer {
    /// Reads a serialized `QuantizerConfig` or one of its descendants.
    ///
    /// # Errors
    /// Says which field is wrong, and what would be right.
    pub fn from_json(value: &Json) -> Result<Self, String> {
        let class = value.get("class_name").and_then(Json::as_str).unwrap_or_default();
        let class = class.rsplit('>').next().unwrap_or(class);
        let config = value.get("config").filter(|config| config.is_object());
        let Some(config) = config.filter(|_| CLASSES.contains(&class)) else {
            return Err(format!("{} is not a QuantizerConfig of HGQ2", shortened(value)));
        };
        refuse_mapper(config)?;
        let q_type = config.get("q_type").and_then(Json::as_str).ok_or("`q_type` is missing or no text")?;
        let parametrization = match q_type {
            "kif" => Parametrization::Kif,
            "kbi" => Parametrization::Kbi,
            "float" | "dummy" => {
                let kind = if q_type == "float" { HgqKind::Float } else { HgqKind::Dummy };
                return Ok(Self { kind, scaler: scaler(config)?, affine: affine(config)? });
            }
            other => {
                return Err(format!(
                    "`q_type`: {other:?} is not a quantizer; known ones are kif, kbi, float and dummy"
                ));
            }
        };
        let overflow = match class {
            "HardTanhConfig" | "HardSigmoidConfig" => Overflow::Sat,
            _ => mode(config, "overflow_mode")?,
        };
        let fixed = FixedQuantizer {
            parametrization,
            rounding: mode(config, "round_mode")?,
            overflow,
            trainable: flag(config, "trainable", true)?,
            is_weight: flag(config, "is_weight", false)?,
        };
        // What this class stands for is not among its fields.
        let affine = if class == "HardSigmoidConfig" { Some([0.25, 0.5]) } else { affine(config)? };
        Ok(Self { kind: HgqKind::Fixed(fixed), scaler: scaler(config)?, affine })
    }

    /// What it does to values beside quantizing them, if it does.
    #[must_use]
    pub fn is_scaled(&self) -> bool {
        self.scaler.is_some_and(|scaler| scaler != 1.0)
            || self.affine.is_some_and(|affine| affine != [1.0, 0.0])
    }

    /// Its variables in the order in which Keras saves them: those that are trained, then the others. Which of them are depends on the
    /// overflow mode, because the integer bits of a number that wraps around are observed, not trained.
    #[must_use]
    pub fn variables(&self) -> &'static [&'static str] {
        let HgqKind::Fixed(fixed) = &self.kind else {
            return if self.kind == HgqKind::Float { &["m", "e", "e0"] } else { &[] };
        };
        match (fixed.parametrization, fixed.overflow) {
            (Parametrization::Kif, Overflow::Wrap) => &["f", "k", "i"],
            (Parametrization::Kif, _) => &["i", "f", "k"],
            (Parametrization::Kbi, Overflow::Wrap) => &["b", "k", "i"],
            (Parametrization::Kbi, _) => &["b", "i", "k"],
        }
    }
}

/// Which widths belong to which elements is the shapes' matter, unless code that the file does not hold decides it.
fn refuse_mapper(config: &Json) -> Result<(), String> {
    let mapper = config.get("bw_mapper").filter(|mapper| !mapper.is_null());
    let class = mapper.and_then(|mapper| mapper.get("class_name")).and_then(Json::as_str);
    match (mapper, class) {
        (None, _) => Ok(()),
        (Some(_), Some(class)) if class.rsplit('>').next() == Some("DefaultBitwidthMapper") => Ok(()),
        (Some(mapper), _) => Err(format!(
            "`bw_mapper`: {} maps widths to elements, and the file does not hold its code; use homogeneous_axis or heterogeneous_axis",
            shortened(mapper)
        )),
    }
}

fn mode<T: std::str::FromStr<Err: std::fmt::Display>>(config: &Json, field: &str) -> Result<T, String> {
    let text =
        config.get(field).and_then(Json::as_str).ok_or_else(|| format!("`{field}` is missing or no text"))?;
    let upper = text.to_ascii_uppercase();
    upper.strip_prefix("S_").unwrap_or(&upper).parse().map_err(|e: T::Err| format!("`{field}`: {e}"))
}

fn flag(config: &Json, field: &str, default: bool) -> Result<bool, String> {
    match config.get(field) {
        None | Some(Json::Null) => Ok(default),
        Some(Json::Bool(flag)) => Ok(*flag),
        Some(other) => Err(format!("`{field}`: {} is not true or false", shortened(other))),
    }
}

fn number(value: &Json, field: &str) -> Result<f32, String> {
    let number = value.as_f64().map(|number| number as f32).filter(|number| number.is_finite());
    number.ok_or_else(|| format!("`{field}`: {} is not a number", shortened(value)))
}

fn scaler(config: &Json) -> Result<Option<f32>, String> {
    match config.get("scaler") {
        None | Some(Json::Null) => Ok(None),
        Some(value) => match number(value, "scaler")? {
            0.0 => Err("`scaler` is 0, by which values are divided".to_owned()),
            scaler => Ok(Some(scaler)),
        },
    }
}

fn affine(config: &Json) -> Result<Option<[f32; 2]>, String> {
    let Some(value) = config.get("affine").filter(|value| !value.is_null()) else { return Ok(None) };
    // A tuple is an object in some files.
    let items = value.get("items").or_else(|| value.get("config")?.get("items")).unwrap_or(value).as_array();
    match items.map(Vec::as_slice) {
        Some([scale, shift]) => Ok(Some([number(scale, "affine")?, number(shift, "affine")?])),
        _ => Err(format!("`affine`: {} is not a pair of numbers", shortened(value))),
    }
}

/// A value as in the file, but no page of it.
fn shortened(value: &Json) -> String {
    const MOST: usize = 80;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
