//! hls4ml's kinds of precision, read and printed in its notations.
//!
//! | notation | example | printed by |
//! |---|---|---|
//! | short, of configurations | `ufixed<8,0,RND_CONV,SAT,0>` | [`Precision`]'s `Display` |
//! | graph facts | `ap_ufixed<8,0,RND_CONV,SAT,0>`, `xnor:ap_uint<1>` | [`Precision::graph_form`] |
//! | C++ | `ap_ufixed<8,0,AP_RND_CONV,AP_SAT,0>` | [`Precision::cpp`] |
//!
//! All of them are read by one parser, together with the `ac_fixed`/`ac_int` notation that hls4ml's FPGA back ends share.

use std::fmt;
use std::str::FromStr;

use crate::fixed::{FixedError, FixedType, Overflow, Rounding};

/// Why a text is not a precision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrecisionError {
    /// The text is none of the known kinds.
    #[error(
        "`{text}` is not a precision: write something like `fixed<16,6>`, `ufixed<8,0,RND_CONV,SAT>`, `int<8>`, `uint<1>` or `auto`"
    )]
    Unknown {
        /// The whole text.
        text: String,
    },
    /// hls4ml knows floating-point types, this flow is fixed-point only.
    #[error(
        "`{text}` is a floating-point type, which the Vitis flow cannot build: use a fixed-point type such as `fixed<16,6>`"
    )]
    Float {
        /// The whole text.
        text: String,
    },
    /// The number of arguments is wrong for the kind.
    #[error("`{text}` has {found} arguments between `<` and `>`, but {expected} are possible")]
    Arguments {
        /// The whole text.
        text: String,
        /// The number of arguments found.
        found: usize,
        /// The possible numbers of arguments.
        expected: &'static str,
    },
    /// An argument is not a whole number of the right size.
    #[error("`{argument}` in `{text}` is not a usable {role}: write a whole number of bits")]
    Number {
        /// The whole text.
        text: String,
        /// The argument.
        argument: String,
        /// What the argument stands for.
        role: &'static str,
    },
    /// The arguments are well-formed, but make no type.
    #[error("`{text}` is not a usable precision: {cause}")]
    Fixed {
        /// The whole text.
        text: String,
        /// What is wrong.
        cause: FixedError,
    },
    /// A concrete precision is needed here.
    #[error("`auto` is not possible here: write a precision such as `fixed<16,6>`")]
    Auto,
}

/// A concrete precision of one tensor or weight array.
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
    pub const fn fixed(width: u32, integer: i32) -> Self {
        Precision::Fixed(FixedType::signed(width, integer))
    }

    /// An unsigned fixed-point precision with the default modes.
    pub const fn ufixed(width: u32, integer: i32) -> Self {
        Precision::Fixed(FixedType::unsigned(width, integer))
    }

    /// A signed integer precision.
    pub const fn int(width: u32) -> Self {
        Precision::Integer { width, signed: true }
    }

    /// An unsigned integer precision.
    pub const fn uint(width: u32) -> Self {
        Precision::Integer { width, signed: false }
    }

    /// All bits of a number.
    pub fn width(&self) -> u32 {
        self.storage().width
    }

    /// Bits left of the binary point.
    pub fn integer(&self) -> i32 {
        self.storage().integer
    }

    /// Bits right of the binary point.
    pub fn frac(&self) -> i32 {
        self.storage().frac()
    }

    /// Whether numbers can be negative, as the stored bits go (an [`Precision::Xnor`] bit is unsigned).
    pub fn is_signed(&self) -> bool {
        self.storage().signed
    }

    /// The rounding mode that hls4ml's passes see: `TRN` for all but fixed-point types.
    pub fn rounding(&self) -> Rounding {
        match self {
            Precision::Fixed(ty) => ty.rounding,
            _ => Rounding::Trn,
        }
    }

    /// The overflow mode that hls4ml's passes see: `WRAP` for all but fixed-point types.
    pub fn overflow(&self) -> Overflow {
        match self {
            Precision::Fixed(ty) => ty.overflow,
            _ => Overflow::Wrap,
        }
    }

    /// The fixed-point type whose raw numbers and casts equal those of the C++ type.
    ///
    /// An `ap_int` made from a fixed-point number or a double drops the fraction towards zero, as C++ does for `int`,
    /// while `ap_fixed<W,W>` would round down.
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
    pub fn cast_f64(&self, value: f64) -> i128 {
        let storage = self.storage();
        match self {
            Precision::Fixed(_) => storage.from_f64(value),
            _ if value < 0.0 && value > -0.5 => storage.cast_raw(1, 0),
            _ => storage.from_f64(value),
        }
    }

    /// Digits after the decimal point with which hls4ml writes such numbers as text.
    pub fn decimal_places(&self) -> usize {
        usize::try_from(self.frac()).unwrap_or(0)
    }

    /// The notation of graph facts, such as `ap_fixed<16,6,TRN,WRAP,0>` or `exponent:ap_int<4>`.
    pub fn graph_form(&self) -> String {
        let kind = match self {
            Precision::Fixed(_) | Precision::Integer { .. } => "",
            Precision::Xnor => "xnor:",
            Precision::Exponent { .. } => "exponent:",
        };
        format!("{kind}ap_{self}")
    }

    /// The C++ type, with modes only where they differ from the default.
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

impl FromStr for Precision {
    type Err = PrecisionError;

    fn from_str(text: &str) -> Result<Self, PrecisionError> {
        match text.parse()? {
            PrecisionSpec::Is(precision) => Ok(precision),
            PrecisionSpec::Auto => Err(PrecisionError::Auto),
        }
    }
}

/// What a configuration says about a precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrecisionSpec {
    /// To be inferred.
    Auto,
    /// This one.
    Is(Precision),
}

impl PrecisionSpec {
    /// The notation of graph facts.
    pub fn graph_form(&self) -> String {
        match self {
            PrecisionSpec::Auto => "auto".to_owned(),
            PrecisionSpec::Is(precision) => precision.graph_form(),
        }
    }

    /// The concrete precision, if there is one.
    pub fn known(self) -> Option<Precision> {
        match self {
            PrecisionSpec::Auto => None,
            PrecisionSpec::Is(precision) => Some(precision),
        }
    }
}

impl From<Precision> for PrecisionSpec {
    fn from(precision: Precision) -> Self {
        PrecisionSpec::Is(precision)
    }
}

impl fmt::Display for PrecisionSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrecisionSpec::Auto => f.write_str("auto"),
            PrecisionSpec::Is(precision) => precision.fmt(f),
        }
    }
}

impl FromStr for PrecisionSpec {
    type Err = PrecisionError;

    fn from_str(text: &str) -> Result<Self, PrecisionError> {
        let lower = text.trim().to_ascii_lowercase();
        if lower == "auto" {
            return Ok(PrecisionSpec::Auto);
        }
        Notation { text, lower: &lower }.read().map(PrecisionSpec::Is)
    }
}

/// A text on its way to a [`Precision`], kept for the error messages.
struct Notation<'a> {
    text: &'a str,
    lower: &'a str,
}

impl Notation<'_> {
    fn read(&self) -> Result<Precision, PrecisionError> {
        if self.lower == "xnor" || self.lower == "xnor:ap_uint<1>" {
            return Ok(Precision::Xnor);
        }
        if let Some(exponent) = self.lower.strip_prefix("exponent:") {
            return match (Notation { text: self.text, lower: exponent }).read()? {
                Precision::Integer { width, signed } => Ok(Precision::Exponent { width, signed }),
                _ => Err(self.unknown()),
            };
        }
        if is_float(self.lower) {
            return Err(PrecisionError::Float { text: self.text.to_owned() });
        }
        let (head, arguments) = self.split()?;
        match head {
            "fixed" | "ap_fixed" => self.ap_fixed(FixedType::signed(0, 0), &arguments),
            "ufixed" | "ap_ufixed" => self.ap_fixed(FixedType::unsigned(0, 0), &arguments),
            "int" | "ap_int" => self.ap_int(FixedType::signed(0, 0), &arguments),
            "uint" | "ap_uint" => self.ap_int(FixedType::unsigned(0, 0), &arguments),
            "ac_fixed" => self.ac_fixed(&arguments),
            "ac_int" => self.ac_int(&arguments),
            _ => Err(self.unknown()),
        }
    }

    /// The name before `<` and what stands between `<` and `>`, at commas.
    fn split(&self) -> Result<(&str, Vec<&str>), PrecisionError> {
        let (head, rest) = self.lower.split_once('<').ok_or_else(|| self.unknown())?;
        let inside = rest.strip_suffix('>').ok_or_else(|| self.unknown())?;
        Ok((head.trim_end(), inside.split(',').map(str::trim).collect()))
    }

    fn ap_fixed(&self, kind: FixedType, arguments: &[&str]) -> Result<Precision, PrecisionError> {
        let (width, integer, modes) = match arguments {
            [width, integer, modes @ ..] if modes.len() <= 3 => (width, integer, modes),
            _ => {
                return Err(self.arguments(
                    arguments,
                    "2 to 5 (width, integer bits, rounding, overflow, saturation bits)",
                ));
            }
        };
        let sized = FixedType {
            width: self.width(width)?,
            integer: self.number(integer, "number of integer bits")?,
            ..kind
        };
        let saturation_bits = match modes.get(2) {
            Some(bits) => self.number(bits, "number of saturation bits")?,
            None => 0,
        };
        self.finish(FixedType { saturation_bits, ..self.with_modes(sized, modes)? })
    }

    fn ap_int(&self, kind: FixedType, arguments: &[&str]) -> Result<Precision, PrecisionError> {
        // hls4ml reads modes behind an integer's width, too, and drops them.
        let width = match arguments {
            [width, modes @ ..] if modes.len() <= 3 => width,
            _ => return Err(self.arguments(arguments, "1 (width)")),
        };
        self.finish_integer(FixedType { width: self.width(width)?, ..kind })
    }

    fn ac_fixed(&self, arguments: &[&str]) -> Result<Precision, PrecisionError> {
        let (width, integer, more) = match arguments {
            [width, integer, more @ ..] if more.len() <= 3 => (width, integer, more),
            _ => {
                return Err(
                    self.arguments(arguments, "2 to 5 (width, integer bits, signed, rounding, overflow)")
                );
            }
        };
        let sized = FixedType {
            width: self.width(width)?,
            integer: self.number(integer, "number of integer bits")?,
            ..ac_kind(more.first())
        };
        self.finish(self.with_modes(sized, more.get(1..).unwrap_or_default())?)
    }

    fn ac_int(&self, arguments: &[&str]) -> Result<Precision, PrecisionError> {
        match arguments {
            [width] => self.finish_integer(FixedType { width: self.width(width)?, ..ac_kind(None) }),
            [width, signed] => {
                self.finish_integer(FixedType { width: self.width(width)?, ..ac_kind(Some(signed)) })
            }
            _ => Err(self.arguments(arguments, "1 or 2 (width, signed)")),
        }
    }

    /// Takes a rounding mode and an overflow mode from the front of `modes`, as far as there are any.
    fn with_modes(&self, ty: FixedType, modes: &[&str]) -> Result<FixedType, PrecisionError> {
        let rounding = modes.first().map_or(Ok(Rounding::Trn), |mode| mode.parse());
        let overflow = modes.get(1).map_or(Ok(Overflow::Wrap), |mode| mode.parse());
        Ok(ty.with_modes(
            rounding.map_err(|cause| self.fixed(cause))?,
            overflow.map_err(|cause| self.fixed(cause))?,
        ))
    }

    fn finish(&self, ty: FixedType) -> Result<Precision, PrecisionError> {
        ty.validate().map_err(|cause| self.fixed(cause))?;
        Ok(Precision::Fixed(ty))
    }

    fn finish_integer(&self, ty: FixedType) -> Result<Precision, PrecisionError> {
        ty.validate().map_err(|cause| self.fixed(cause))?;
        Ok(Precision::Integer { width: ty.width, signed: ty.signed })
    }

    fn width(&self, argument: &str) -> Result<u32, PrecisionError> {
        self.number(argument, "width")
    }

    fn number<N: FromStr>(&self, argument: &str, role: &'static str) -> Result<N, PrecisionError> {
        argument.parse().map_err(|_| PrecisionError::Number {
            text: self.text.to_owned(),
            argument: argument.to_owned(),
            role,
        })
    }

    fn unknown(&self) -> PrecisionError {
        PrecisionError::Unknown { text: self.text.to_owned() }
    }

    fn fixed(&self, cause: FixedError) -> PrecisionError {
        PrecisionError::Fixed { text: self.text.to_owned(), cause }
    }

    fn arguments(&self, arguments: &[&str], expected: &'static str) -> PrecisionError {
        PrecisionError::Arguments { text: self.text.to_owned(), found: arguments.len(), expected }
    }
}

/// The signedness argument of the `ac_` types: everything but `false` and `0` means signed.
fn ac_kind(signed: Option<&&str>) -> FixedType {
    match signed {
        Some(&("false" | "0")) => FixedType::unsigned(0, 0),
        _ => FixedType::signed(0, 0),
    }
}

fn is_float(lower: &str) -> bool {
    matches!(lower, "float" | "double" | "half" | "bfloat16")
        || ["ap_float", "ac_std_float", "std_float", "ac_float", "float<"]
            .iter()
            .any(|head| lower.starts_with(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modes(ty: FixedType, rounding: Rounding, overflow: Overflow) -> Precision {
        Precision::Fixed(ty.with_modes(rounding, overflow))
    }

    #[test]
    fn every_spelling_is_read() {
        let relu = modes(FixedType::unsigned(8, 0), Rounding::RndConv, Overflow::Sat);
        let table = [
            ("fixed<16,6>", Precision::fixed(16, 6)),
            ("fixed<16, 6>", Precision::fixed(16, 6)),
            (" ap_fixed< 16 ,6 > ", Precision::fixed(16, 6)),
            ("Fixed<16,6,TRN,WRAP,0>", Precision::fixed(16, 6)),
            ("fixed<4,-2>", Precision::fixed(4, -2)),
            ("fixed<4,9>", Precision::fixed(4, 9)),
            ("ufixed<8,0,RND_CONV,SAT>", relu),
            ("ap_ufixed<8,0,AP_RND_CONV,AP_SAT,0>", relu),
            ("ufixed<8,0,rnd_conv,sat>", relu),
            ("fixed<8,1,RND>", modes(FixedType::signed(8, 1), Rounding::Rnd, Overflow::Wrap)),
            (
                "fixed<8,1,TRN,WRAP,3>",
                Precision::Fixed(FixedType { saturation_bits: 3, ..FixedType::signed(8, 1) }),
            ),
            ("int<8>", Precision::int(8)),
            ("ap_int<8>", Precision::int(8)),
            ("uint<1>", Precision::uint(1)),
            ("ap_uint<3>", Precision::uint(3)),
            ("int<8,RND,SAT>", Precision::int(8)),
            ("xnor", Precision::Xnor),
            ("xnor:ap_uint<1>", Precision::Xnor),
            ("exponent:ap_int<4>", Precision::Exponent { width: 4, signed: true }),
            ("ac_fixed<16,6>", Precision::fixed(16, 6)),
            ("ac_fixed<16,6,false>", Precision::ufixed(16, 6)),
            (
                "ac_fixed<8,1,true,AC_RND,AC_SAT>",
                modes(FixedType::signed(8, 1), Rounding::Rnd, Overflow::Sat),
            ),
            ("ac_int<8,false>", Precision::uint(8)),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for text in ["auto", " Auto", "AUTO"] {
            assert_eq!(text.parse(), Ok(PrecisionSpec::Auto));
        }
    }

    #[test]
    fn each_notation_has_its_place() {
        let table = [
            ("fixed<16,6>", "fixed<16,6,TRN,WRAP,0>", "ap_fixed<16,6,TRN,WRAP,0>", "ap_fixed<16,6>"),
            (
                "ufixed<8,0,RND_CONV,SAT>",
                "ufixed<8,0,RND_CONV,SAT,0>",
                "ap_ufixed<8,0,RND_CONV,SAT,0>",
                "ap_ufixed<8,0,AP_RND_CONV,AP_SAT,0>",
            ),
            (
                "fixed<4,1,TRN,WRAP,2>",
                "fixed<4,1,TRN,WRAP,2>",
                "ap_fixed<4,1,TRN,WRAP,2>",
                "ap_fixed<4,1,AP_TRN,AP_WRAP,2>",
            ),
            ("int<2>", "int<2>", "ap_int<2>", "ap_int<2>"),
            ("uint<1>", "uint<1>", "ap_uint<1>", "ap_uint<1>"),
            ("xnor", "uint<1>", "xnor:ap_uint<1>", "ap_uint<1>"),
            ("exponent:ap_int<4>", "int<4>", "exponent:ap_int<4>", "ap_int<4>"),
        ];
        for (text, short, graph, cpp) in table {
            let precision: Precision = text.parse().expect(text);
            assert_eq!((precision.to_string().as_str(), precision.graph_form().as_str()), (short, graph));
            assert_eq!(precision.cpp(), cpp);
            assert_eq!(precision.graph_form().parse(), Ok(precision));
        }
        assert_eq!(PrecisionSpec::Auto.graph_form(), "auto");
    }

    #[test]
    fn what_is_no_precision_says_so() {
        let table = [
            ("", "is not a precision"),
            ("fixed", "is not a precision"),
            ("fixed<16,6", "is not a precision"),
            ("mixed<16,6>", "is not a precision"),
            ("exponent:fixed<4,2>", "is not a precision"),
            ("fixed<16>", "1 arguments"),
            ("fixed<16,6,TRN,WRAP,0,1>", "6 arguments"),
            ("int<>", "not a usable width"),
            ("fixed<-4,2>", "not a usable width"),
            ("fixed<99999999999,2>", "not a usable width"),
            ("fixed<16,x>", "not a usable number of integer bits"),
            ("fixed<0,0>", "choose 1 to 1024"),
            ("int<2000>", "choose 1 to 1024"),
            ("fixed<8,1,UP>", "is not a rounding mode"),
            ("fixed<8,1,RND,STAY>", "is not an overflow mode"),
            ("fixed<8,1,RND,WRAP_SM>", "sign-magnitude"),
            ("float", "floating-point"),
            ("ap_float<32,8>", "floating-point"),
            ("auto", "not possible here"),
        ];
        for (text, part) in table {
            let message = text.parse::<Precision>().expect_err(text).to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn integers_drop_fractions_towards_zero() {
        assert_eq!(Precision::int(8).storage().from_f64(-1.75), -1);
        let table = [(-1.75, -1), (-0.5, 0), (-0.499, 1), (-0.0, 0), (0.499, 0), (1.75, 1)];
        for (value, expected) in table {
            assert_eq!(Precision::int(8).cast_f64(value), expected, "{value}");
        }
        assert_eq!(Precision::fixed(8, 8).storage().from_f64(-1.75), -2);
    }
}
