//! Concrete precisions: what bits they have, and how they are printed.

use std::fmt;

use crate::fixed::{FixedType, Overflow, Rounding};

/// A concrete precision of one tensor or weight array.
///
/// Exhaustive on purpose: code that decides by it has to decide for a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Precision {
    /// `ap_fixed` or `ap_ufixed`.
    Fixed(FixedType),
    /// `ap_int` or `ap_uint`.
    Integer {
        /// All bits, the sign among them.
        width: u32,
        /// Two's complement, or never negative.
        signed: bool,
    },
    /// One bit that stands for -1 (stored as 0) or +1, of binary networks.
    Xnor,
    /// The exponent of a power of two, whose sign is kept in a bit of its own.
    Exponent {
        /// All bits of the exponent, its sign among them.
        width: u32,
        /// Whether the exponent can be negative.
        signed: bool,
    },
}

impl Precision {
    /// A signed fixed-point precision with the default modes.
    #[must_use]
    pub const fn fixed(width: u32, integer: i32) -> Self {
        Precision::Fixed(FixedType::signed(width, integer))
    }

    /// An unsigned fixed-point precision with the default modes.
    #[must_use]
    pub const fn ufixed(width: u32, integer: i32) -> Self {
        Precision::Fixed(FixedType::unsigned(width, integer))
    }

    /// A signed integer precision.
    #[must_use]
    pub const fn int(width: u32) -> Self {
        Precision::Integer { width, signed: true }
    }

    /// An unsigned integer precision.
    #[must_use]
    pub const fn uint(width: u32) -> Self {
        Precision::Integer { width, signed: false }
    }

    /// All bits of a number.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.storage().width
    }

    /// Bits left of the binary point.
    #[must_use]
    pub fn integer(&self) -> i32 {
        self.storage().integer
    }

    /// Bits right of the binary point.
    #[must_use]
    pub fn frac(&self) -> i32 {
        self.storage().frac()
    }

    /// Whether numbers can be negative, judging by the stored bits (an [`Precision::Xnor`] bit is unsigned).
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.storage().signed
    }

    /// The rounding mode that hls4ml's passes see: `TRN` for all but fixed-point types.
    #[must_use]
    pub fn rounding(&self) -> Rounding {
        match self {
            Precision::Fixed(ty) => ty.rounding,
            Precision::Integer { .. } | Precision::Xnor | Precision::Exponent { .. } => Rounding::Trn,
        }
    }

    /// The overflow mode that hls4ml's passes see: `WRAP` for all but fixed-point types.
    #[must_use]
    pub fn overflow(&self) -> Overflow {
        match self {
            Precision::Fixed(ty) => ty.overflow,
            Precision::Integer { .. } | Precision::Xnor | Precision::Exponent { .. } => Overflow::Wrap,
        }
    }

    /// The fixed-point type whose raw numbers and casts equal those of the C++ type.
    ///
    /// An `ap_int` made from a fixed-point number or a double drops the fraction towards zero, as C++ does for `int`,
    /// while `ap_fixed<W,W>` would round down.
    #[must_use]
    pub fn storage(&self) -> FixedType {
        match *self {
            Precision::Fixed(ty) => ty,
            Precision::Integer { width, signed } | Precision::Exponent { width, signed } => {
                integer_storage(width, signed)
            }
            Precision::Xnor => integer_storage(1, false),
        }
    }

    /// The raw number that the C++ type's constructor makes of a double.
    ///
    /// An `ap_int` drops the fraction, but makes 1 of a negative number nearer to zero than -1/2: Xilinx's code shifts the sign in and
    /// negates. Infinities and NaN are read as [`FixedType::from_f64`] says.
    #[must_use]
    pub fn cast_f64(&self, value: f64) -> i128 {
        let storage = self.storage();
        match self {
            Precision::Fixed(_) => storage.from_f64(value),
            _ if value < 0.0 && value > -0.5 => storage.cast_raw(1, 0),
            _ => storage.from_f64(value),
        }
    }

    /// Digits after the decimal point with which hls4ml writes such numbers as text.
    #[must_use]
    pub fn decimal_places(&self) -> usize {
        usize::try_from(self.frac()).unwrap_or(0)
    }

    /// The shortest notation that reads back as the same precision, such as `fixed<16,6>` or `xnor:ap_uint<1>`.
    #[must_use]
    pub fn configuration_form(&self) -> String {
        match self {
            Precision::Fixed(ty) if ty.has_default_modes() => {
                let unsigned = if ty.signed { "" } else { "u" };
                format!("{unsigned}fixed<{},{}>", ty.width, ty.integer)
            }
            Precision::Fixed(_) | Precision::Integer { .. } => self.to_string(),
            Precision::Xnor | Precision::Exponent { .. } => self.graph_form(),
        }
    }

    /// The notation of graph facts, such as `ap_fixed<16,6,TRN,WRAP,0>` or `exponent:ap_int<4>`.
    #[must_use]
    pub fn graph_form(&self) -> String {
        let kind = match self {
            Precision::Fixed(_) | Precision::Integer { .. } => "",
            Precision::Xnor => "xnor:",
            Precision::Exponent { .. } => "exponent:",
        };
        format!("{kind}ap_{self}")
    }

    /// The C++ type, with modes only where they differ from the default.
    #[must_use]
    pub fn cpp(&self) -> String {
        match self {
            Precision::Fixed(ty) if ty.has_default_modes() => {
                let unsigned = if ty.signed { "" } else { "u" };
                format!("ap_{unsigned}fixed<{},{}>", ty.width, ty.integer)
            }
            Precision::Fixed(ty) => {
                let unsigned = if ty.signed { "" } else { "u" };
                let FixedType { width, integer, rounding, overflow, saturation_bits, .. } = ty;
                format!("ap_{unsigned}fixed<{width},{integer},AP_{rounding},AP_{overflow},{saturation_bits}>")
            }
            Precision::Integer { .. } | Precision::Xnor | Precision::Exponent { .. } => format!("ap_{self}"),
        }
    }
}

fn integer_storage(width: u32, signed: bool) -> FixedType {
    let integer = i32::try_from(width).unwrap_or(i32::MAX);
    FixedType { signed, rounding: Rounding::TrnZero, ..FixedType::signed(width, integer) }
}

impl From<FixedType> for Precision {
    fn from(ty: FixedType) -> Self {
        Precision::Fixed(ty)
    }
}

impl fmt::Display for Precision {
    /// hls4ml's short form. Like hls4ml, this prints [`Precision::Xnor`] and [`Precision::Exponent`] as plain integers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Precision::Fixed(ty) => ty.fmt(f),
            Precision::Integer { width, signed } | Precision::Exponent { width, signed } => {
                write!(f, "{}int<{width}>", if *signed { "" } else { "u" })
            }
            Precision::Xnor => f.write_str("uint<1>"),
        }
    }
}
