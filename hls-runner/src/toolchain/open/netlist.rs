//! A netlist as Yosys's `write_json` writes it, as far as counting and timing need it.
//!
//! Names are borrowed from the text, and everything else (parameters, attributes, names of nets) is skipped while it is read, so that a
//! netlist of 30,000 cells takes about as much memory as its file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

/// The netlist of one module.
#[derive(Debug)]
pub(super) struct Netlist<'a> {
    pub(super) cells: Vec<Cell<'a>>,
    pub(super) ports: Vec<ModulePort<'a>>,
    /// Nets have numbers below this.
    pub(super) nets: usize,
}

/// A cell, with what is connected to its pins.
#[derive(Debug)]
pub(super) struct Cell<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) type_name: Cow<'a, str>,
    pub(super) kind: CellKind,
    pub(super) pins: Vec<Pins<'a>>,
}

/// A port of a cell.
#[derive(Debug)]
pub(super) struct Pins<'a> {
    pub(super) port: Cow<'a, str>,
    pub(super) direction: Direction,
    pub(super) bits: Vec<Bit>,
}

/// A port of the module.
#[derive(Debug)]
pub(super) struct ModulePort<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) direction: Direction,
    pub(super) bits: Vec<Bit>,
}

/// What is connected to one bit of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bit {
    /// A net, by its number.
    Net(usize),
    /// A constant, or nothing.
    Constant,
}

/// The direction of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Direction {
    Input,
    Output,
    Inout,
}

/// What a cell is to counting and timing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CellKind {
    /// One look-up table with one output.
    Lut,
    /// One look-up table with two outputs.
    DoubleLut,
    /// A look-up table, unless something takes it in.
    Inverter,
    /// A carry chain of four bits.
    Carry,
    FlipFlop,
    /// A look-up table that is used as a shift register.
    ShiftRegister,
    /// A multiplexer between look-up tables of a slice.
    WideMux,
    Dsp,
    BlockRam18,
    BlockRam36,
    /// A buffer or a constant: no logic.
    Wire,
    Other,
}

impl CellKind {
    /// The kind of a cell of the 7 series, or of one of Yosys's own cells that may be left of mapping.
    fn of(type_name: &str) -> Self {
        match type_name {
            "LUT1" | "LUT2" | "LUT3" | "LUT4" | "LUT5" | "LUT6" | "$lut" => Self::Lut,
            "LUT6_2" => Self::DoubleLut,
            "INV" | "$_NOT_" => Self::Inverter,
            "CARRY4" => Self::Carry,
            "FDRE" | "FDSE" | "FDCE" | "FDPE" | "FDRE_1" | "FDSE_1" | "FDCE_1" | "FDPE_1" => Self::FlipFlop,
            "SRL16E" | "SRLC32E" => Self::ShiftRegister,
            "MUXF7" | "MUXF8" => Self::WideMux,
            "DSP48E1" => Self::Dsp,
            "RAMB18E1" => Self::BlockRam18,
            "RAMB36E1" => Self::BlockRam36,
            "BUFG" | "IBUF" | "OBUF" | "GND" | "VCC" | "$scopeinfo" => Self::Wire,
            other if ["$_DFF", "$_SDFF", "$_DFFE"].iter().any(|start| other.starts_with(start)) => {
                Self::FlipFlop
            }
            _ => Self::Other,
        }
    }
}

/// Why a text is no netlist.
#[derive(Debug, thiserror::Error)]
pub(super) enum NetlistError {
    /// It is not Yosys's JSON.
    #[error("the netlist is not what Yosys writes: {0}")]
    Format(#[from] serde_json::Error),
    /// The module is not in it.
    #[error("the netlist has no module {0}")]
    NoModule(String),
}

/// Reads the module `top` of a netlist.
///
/// # Errors
/// The text is no netlist, or has no such module.
pub(super) fn parse<'a>(text: &'a str, top: &str) -> Result<Netlist<'a>, NetlistError> {
    let mut file: File<'a> = serde_json::from_str(text)?;
    let module = file.modules.remove(top).ok_or_else(|| NetlistError::NoModule(top.to_owned()))?;
    let cells: Vec<Cell<'a>> = module.cells.0.into_iter().map(|(name, cell)| cell.named(name)).collect();
    let port = |(name, port): (Cow<'a, str>, RawPort)| ModulePort {
        name,
        direction: port.direction,
        bits: port.bits,
    };
    let ports: Vec<ModulePort<'a>> = module.ports.0.into_iter().map(port).collect();
    let bits = cells.iter().flat_map(|cell| &cell.pins).flat_map(|pins| &pins.bits);
    let bits = bits.chain(ports.iter().flat_map(|port| &port.bits));
    let largest = bits.filter_map(|bit| bit.net()).max().unwrap_or_default();
    // Yosys counts nets from 2; each of them takes more than a character, so a larger number is none of its.
    if largest > text.len() {
        return Err(serde_json::Error::custom(format!("there is no net {largest}")).into());
    }
    Ok(Netlist { cells, ports, nets: largest + 1 })
}

impl Bit {
    pub(super) fn net(self) -> Option<usize> {
        match self {
            Self::Net(net) => Some(net),
            Self::Constant => None,
        }
    }
}

impl Cell<'_> {
    /// What is connected to a bit of a port; a constant where nothing is.
    pub(super) fn bit(&self, port: &str, index: usize) -> Bit {
        let pins = self.pins.iter().find(|pins| pins.port == port);
        pins.and_then(|pins| pins.bits.get(index)).copied().unwrap_or(Bit::Constant)
    }

    /// The nets that enter, with the port and the bit where each does.
    pub(super) fn inputs(&self) -> impl Iterator<Item = (&str, usize)> {
        let inputs = self.pins.iter().filter(|pins| pins.direction != Direction::Output);
        inputs.flat_map(|pins| pins.bits.iter().filter_map(|bit| Some((pins.port.as_ref(), bit.net()?))))
    }
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    modules: BTreeMap<Cow<'a, str>, Module<'a>>,
}

#[derive(Deserialize)]
struct Module<'a> {
    #[serde(borrow, default)]
    ports: Entries<'a, RawPort>,
    #[serde(borrow, default)]
    cells: Entries<'a, RawCell<'a>>,
}

#[derive(Deserialize)]
struct RawPort {
    direction: Direction,
    bits: Vec<Bit>,
}

#[derive(Deserialize)]
struct RawCell<'a> {
    #[serde(borrow, rename = "type")]
    type_name: Name<'a>,
    #[serde(borrow, default)]
    port_directions: Entries<'a, Direction>,
    #[serde(borrow, default)]
    connections: Entries<'a, Vec<Bit>>,
}

impl<'a> RawCell<'a> {
    fn named(self, name: Cow<'a, str>) -> Cell<'a> {
        let directions = self.port_directions.0;
        let direction = |port: &str| {
            let known = directions.iter().find(|(name, _)| name == port);
            known.map_or(Direction::Input, |(_, direction)| *direction)
        };
        let pins = self.connections.0.into_iter();
        let pins = pins.map(|(port, bits)| Pins { direction: direction(&port), port, bits }).collect();
        let type_name = self.type_name.0;
        Cell { name, kind: CellKind::of(&type_name), type_name, pins }
    }
}

/// A text that is borrowed where it has no escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// An object as a list, in the order of the file.
struct Entries<'a, T>(Vec<(Cow<'a, str>, T)>);

impl<T> Default for Entries<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Entries<'a, T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object<'a, T>(std::marker::PhantomData<(&'a (), T)>);
        impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for Object<'a, T> {
            type Value = Entries<'a, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut entries = Vec::new();
                while let Some((Name(name), value)) = map.next_entry::<Name<'a>, T>()? {
                    entries.push((name, value));
                }
                Ok(Entries(entries))
            }
        }
        from.deserialize_map(Object(std::marker::PhantomData))
    }
}

impl<'de> Deserialize<'de> for Bit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct NumberOrText;
        impl Visitor<'_> for NumberOrText {
            type Value = Bit;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the number of a net or a constant")
            }

            fn visit_u64<E: Error>(self, net: u64) -> Result<Bit, E> {
                usize::try_from(net).map(Bit::Net).map_err(E::custom)
            }

            fn visit_str<E: Error>(self, _constant: &str) -> Result<Bit, E> {
                Ok(Bit::Constant)
            }
        }
        from.deserialize_any(NumberOrText)
    }
}
