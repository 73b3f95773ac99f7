//! The parser of all notations.

use std::str::FromStr;

use super::error::PrecisionError;
use super::types::Precision;
use crate::fixed::{FixedError, FixedType, Overflow, Rounding};

/// A text on its way to a [`Precision`], kept for the error messages.
pub(super) struct Notation<'a> {
    pub(super) text: &'a str,
    pub(super) lower: &'a str,
}

impl Notation<'_> {
    pub(super) fn read(&self) -> Result<Precision, PrecisionError> {
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

    /// The name before `<` and what is between `<` and `>`, at commas.
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
        // hls4ml also reads modes after an integer's width, and drops them.
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
