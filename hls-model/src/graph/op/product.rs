//! How a weight meets its input.

use crate::precision::Precision;

/// A product of an input with a weight (or with another input), chosen by the two precisions. hls4ml calls it a functor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// The general case: a multiplication.
    Mult,
    /// The weight is a power of two, kept as sign and exponent: a shift.
    WeightExponential,
    /// One bit each, which stand for -1 and +1: 1 where they are equal, else 0.
    BothBinary,
    /// A 1-bit weight that stands for -1 or +1.
    WeightBinary,
    /// A 1-bit input that stands for -1 or +1.
    DataBinary,
    /// A 2-bit weight: -1 negates, 0 gives 0, anything else is +1.
    WeightTernary,
}

impl Product {
    /// The product of such an input with such a weight; `None` where there is none (an input that is an exponent).
    #[must_use]
    pub fn of(data: &Precision, weight: &Precision) -> Option<Self> {
        Some(match (data, weight) {
            (Precision::Exponent { .. }, _) => return None,
            (_, Precision::Exponent { .. }) => Self::WeightExponential,
            (Precision::Xnor, Precision::Xnor) => Self::BothBinary,
            (_, Precision::Xnor) => Self::WeightBinary,
            (Precision::Xnor, _) => Self::DataBinary,
            (_, Precision::Integer { width: 2, signed: true }) => Self::WeightTernary,
            (
                Precision::Fixed(_) | Precision::Integer { .. },
                Precision::Fixed(_) | Precision::Integer { .. },
            ) => Self::Mult,
        })
    }

    /// The functor's name in the C++ namespace `nnet::product`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mult => "mult",
            Self::WeightExponential => "weight_exponential",
            Self::BothBinary => "both_binary",
            Self::WeightBinary => "weight_binary",
            Self::DataBinary => "data_binary",
            Self::WeightTernary => "weight_ternary",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_numbers_have_special_products() {
        let po2 = Precision::Exponent { width: 4, signed: true };
        let fixed = Precision::fixed(16, 6);
        let table = [
            (fixed, fixed, Some("mult")),
            (fixed, Precision::int(2), Some("weight_ternary")),
            (fixed, Precision::uint(2), Some("mult")),
            (fixed, Precision::Xnor, Some("weight_binary")),
            (Precision::Xnor, fixed, Some("data_binary")),
            (Precision::Xnor, Precision::int(2), Some("data_binary")),
            (Precision::Xnor, Precision::Xnor, Some("both_binary")),
            (fixed, po2, Some("weight_exponential")),
            (po2, fixed, None),
        ];
        for (data, weight, expected) in table {
            assert_eq!(Product::of(&data, &weight).map(Product::as_str), expected, "{data} · {weight}");
        }
    }
}
