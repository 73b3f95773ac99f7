//! The types of a network that a configuration can set.

use serde_json::{Map, Value, json};

use crate::config::{ConfigError, HlsConfig};
use crate::fixed::FixedType;
use crate::graph::{Graph, Node, TypeRole};
use crate::precision::Precision;

/// What of a layer has a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Its result.
    Result,
    /// Its accumulator.
    Accumulator,
    /// A table of a function, or what addresses one.
    Table(&'static str),
}

impl Kind {
    /// The key of a layer's entry, below `Precision` but for tables.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Result => "result",
            Self::Accumulator => "accum",
            Self::Table(key) => key,
        }
    }

    /// The path below a layer's entry.
    pub(super) fn path(self) -> Vec<&'static str> {
        match self {
            Self::Result | Self::Accumulator => vec!["Precision", self.key()],
            // hls4ml generates `Precision.table`, but does not read it.
            Self::Table(key) => vec![key],
        }
    }
}

/// A type that a configuration can set.
#[derive(Debug, Clone, PartialEq)]
pub struct Knob {
    /// The layer, as the configuration names it.
    pub layer: String,
    /// hls4ml's class of it.
    pub class: &'static str,
    /// What of it.
    pub kind: Kind,
    /// How many numbers of the type there are: elements of a result, sums that are accumulated, entries of a table.
    pub numbers: usize,
    /// The type.
    pub ty: FixedType,
    /// Whether the model's training decided the type: it is the result of a quantized activation.
    pub trained: bool,
}

/// The types of a graph, in the order in which the firmware calls the layers. Only fixed-point types are meant, not powers of two or single bits.
pub fn knobs(graph: &Graph) -> Vec<Knob> {
    graph.order().iter().flat_map(|&id| of_node(graph, graph.node(id))).collect()
}

fn of_node(graph: &Graph, node: &Node) -> Vec<Knob> {
    let [output] = node.outputs[..] else { return Vec::new() };
    let output = graph.tensor(output);
    let knob = |kind, numbers, precision: Precision, trained| match precision {
        Precision::Fixed(ty) => Some(Knob {
            layer: node.config_name.clone(),
            class: node.op.class_name(),
            kind,
            numbers,
            ty,
            trained,
        }),
        Precision::Integer { .. } | Precision::Xnor | Precision::Exponent { .. } => None,
    };
    let result = knob(Kind::Result, output.len(), output.ty.precision, node.activation_quantizer.is_some());
    let entries = node.op.table_size().and_then(|entries| usize::try_from(entries).ok());
    let others = node.types.iter().filter_map(|(role, ty)| {
        let (kind, numbers) = match role {
            TypeRole::Accum => (Kind::Accumulator, output.len()),
            TypeRole::Table => (Kind::Table("table_t"), entries?),
            TypeRole::ExpTable => (Kind::Table("exp_table_t"), entries?),
            TypeRole::InvTable => (Kind::Table("inv_table_t"), entries?),
            TypeRole::InvInput => (Kind::Table("inv_inp_t"), 1),
            TypeRole::InputNorm => (Kind::Table("inp_norm_t"), 1),
            TypeRole::Index
            | TypeRole::Param
            | TypeRole::Slope
            | TypeRole::Shift
            | TypeRole::SlopePrecision
            | TypeRole::ShiftPrecision => return None,
        };
        knob(kind, numbers, ty.precision, false)
    });
    result.into_iter().chain(others).collect()
}

impl Knob {
    /// The same layer's type in another graph.
    pub(super) fn find<'a>(&self, knobs: &'a [Knob]) -> Option<&'a Knob> {
        let mut same = knobs.iter().filter(|knob| knob.layer == self.layer && knob.kind == self.kind);
        same.next().filter(|_| same.next().is_none())
    }

    /// Bits of all numbers of the type.
    #[must_use]
    pub fn bits(&self) -> u64 {
        self.numbers as u64 * u64::from(self.ty.width)
    }
}

/// A configuration with these types in the entries of their layers.
pub fn with_types(config: &HlsConfig, knobs: &[Knob]) -> Result<HlsConfig, ConfigError> {
    let mut value = config.as_value();
    for knob in knobs {
        let precision = Precision::Fixed(knob.ty).to_string();
        let path = [vec!["LayerName", &knob.layer], knob.kind.path()].concat();
        set(&mut value, &path, json!(precision));
    }
    HlsConfig::from_value(value)
}

/// Sets an entry, and makes the objects around it. A precision that is one for all (`"Precision": "fixed<16,6>"`) becomes the default of an object.
pub fn set(value: &mut Value, path: &[&str], to: Value) {
    let Some((key, rest)) = path.split_first() else {
        *value = to;
        return;
    };
    if !value.is_object() {
        let whole = std::mem::replace(value, Value::Object(Map::new()));
        if let (Value::String(_), Value::Object(object)) = (&whole, &mut *value) {
            object.insert("default".to_owned(), whole);
        }
    }
    if let Value::Object(object) = value {
        set(object.entry((*key).to_owned()).or_insert(Value::Null), rest, to);
    }
}
