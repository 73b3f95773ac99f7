//! What a quantizer makes of numbers whose bits are known, and how much of its own width it then needs.

use ndarray::{ArrayD, Dimension, IxDyn};

use super::interval::Interval;
use super::kif::{Kif, Kifs};
use crate::fixed::{Overflow, Rounding};

/// The widths of a quantizer: one for each element of a tensor, or one for all along an axis, whose extent is then 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Narrowed {
    /// The bits of each element of the result.
    pub result: Kifs,
    /// What is left of the quantizer's widths, with an axis for each of the tensor.
    pub widths: Kifs,
}

/// The bits of the results of a quantizer, and its widths without those that no number uses; `None` where the widths are not those of a
/// tensor of the input's shape.
pub(super) fn narrowed(own: &Kifs, input: &Kifs, rounding: Rounding, overflow: Overflow) -> Option<Narrowed> {
    let all = own.broadcast(input.raw_dim())?;
    let mut result = input.clone();
    result.zip_mut_with(&all, |bits, &own| *bits = element(own, *bits, rounding, overflow));
    // Axes that the widths do not have count as one width for all.
    let missing = input.ndim() - own.ndim();
    let extents: Vec<usize> = std::iter::repeat_n(1, missing).chain(own.shape().iter().copied()).collect();
    let mut widths = ArrayD::from_elem(IxDyn(&extents), Widest::default());
    for (index, bits) in result.indexed_iter() {
        let place: Vec<usize> = index.slice().iter().zip(&extents).map(|(i, extent)| i % extent).collect();
        widths[IxDyn(&place)].add(*bits);
    }
    Some(Narrowed { result, widths: widths.mapv(Widest::kif) })
}

/// Of one element.
fn element(own: Kif, input: Kif, rounding: Rounding, overflow: Overflow) -> Kif {
    let drops_bits = input.fractional > own.fractional;
    // Rounding reaches one more than the numbers before it; cutting does so below zero.
    let carries = drops_bits && own.integer > input.integer && (rounding != Rounding::Trn || own.signed);
    let needed = Kif {
        signed: own.signed && input.signed,
        integer: own.integer.min(input.integer) + i32::from(carries),
        fractional: own.fractional.min(input.fractional),
    };
    let largest = |bits: Kif| f64::from(bits.integer).exp2() - f64::from(-bits.fractional).exp2();
    let result = match overflow {
        Overflow::Sat => needed,
        // Fewer bits would wrap elsewhere, unless nothing wraps. (hls4ml treats symmetric saturation in the same way.)
        Overflow::Wrap | Overflow::SatSym | Overflow::SatZero => {
            let holds_all = largest(own) >= largest(input) && own.signed >= input.signed;
            if holds_all { needed } else { own }
        }
    };
    if result.width() <= 0 { Kif::ZERO } else { result }
}

/// Whether the quantizer with the bits that are left may make another number than the model's of one that can be there. hls4ml's rule is not exact
/// for a quantizer that saturates and has finer steps than its input, because it then saturates at a multiple of the input's step; for one that
/// saturates symmetrically and is left no wider than its input, whose lowest number has no opposite, or is left without bits; and for negative
/// numbers that are all smaller than the step to which they are rounded down: they become zero.
pub(super) fn is_changed(own: Kif, input: Kif, rounding: Rounding, overflow: Overflow) -> bool {
    if own.width() <= 0 || input.width() <= 0 {
        return false;
    }
    let left = element(own, input, rounding, overflow);
    let [model, all, left_bounds] = [own, input, left].map(Interval::of);
    let saturates = overflow == Overflow::Sat && (model.max < all.max || model.min > all.min);
    let both_signed = own.signed && input.signed;
    let is_cut_to_symmetry = overflow == Overflow::SatSym
        && left.signed
        && left.width() > 1
        && left_bounds.max < model.max.min(-all.min);
    let vanishes =
        overflow == Overflow::SatSym && both_signed && left.width() <= 0 && own.integer < input.integer;
    let is_below_a_step = input.integer < -own.fractional;
    saturates && own.fractional > input.fractional
        || is_cut_to_symmetry
        || vanishes
        || is_below_a_step && rounding == Rounding::Trn && both_signed
}

/// Whether numbers with these bits, what is left of a quantizer, are a lone sign that saturates symmetrically. Of these the model makes zeros; the
/// hardware's type has 0 and one negative number, because it makes symmetric what has two bits or more.
pub(super) fn is_lone_sign(kept: Kif, overflow: Overflow) -> bool {
    overflow == Overflow::SatSym && kept.signed && kept.width() == 1
}

/// The most that any of several elements has: of signs, of all bits, and of integer bits with the sign, each by itself.
#[derive(Debug, Clone, Copy, Default)]
struct Widest(Option<(bool, i32, i32)>);

impl Widest {
    fn add(&mut self, bits: Kif) {
        let integer = bits.integer + i32::from(bits.signed);
        let (signed, width, most) = self.0.unwrap_or((bits.signed, bits.width(), integer));
        self.0 = Some((signed || bits.signed, width.max(bits.width()), most.max(integer)));
    }

    fn kif(self) -> Kif {
        let (signed, width, integer) = self.0.unwrap_or_default();
        Kif { signed, integer: integer - i32::from(signed), fractional: width - integer }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{arr1, arr2};
    use proptest::prelude::*;

    use super::*;
    use crate::precision::Precision;
    use crate::quantizer::{FixedQuantizer, HgqWidths, Parametrization};

    const ROUNDINGS: [Rounding; 7] = [
        Rounding::Trn,
        Rounding::TrnZero,
        Rounding::Rnd,
        Rounding::RndZero,
        Rounding::RndInf,
        Rounding::RndMinInf,
        Rounding::RndConv,
    ];

    fn kif(signed: bool, integer: i32, fractional: i32) -> Kif {
        Kif { signed, integer, fractional }
    }

    #[test]
    fn unused_bits_go() {
        use Overflow::{Sat, SatSym, Wrap};
        use Rounding::{Rnd, Trn};
        let wide = kif(true, 5, 6);
        for (own, input, rounding, overflow, expected) in [
            // All bits are used.
            (kif(true, 2, 3), wide, Trn, Wrap, kif(true, 2, 3)),
            // More bits than there are.
            (kif(true, 9, 9), wide, Trn, Wrap, wide),
            (kif(true, 9, 9), kif(false, 5, 6), Trn, Wrap, kif(false, 5, 6)),
            // A number cut below zero, or rounded up, needs one more.
            (kif(true, 9, 3), wide, Trn, Wrap, kif(true, 6, 3)),
            (kif(false, 9, 3), kif(false, 5, 6), Trn, Wrap, kif(false, 5, 3)),
            (kif(false, 9, 3), kif(false, 5, 6), Rnd, Wrap, kif(false, 6, 3)),
            // What wraps has to wrap where it did.
            (kif(true, 2, 9), wide, Trn, Wrap, kif(true, 2, 9)),
            (kif(true, 2, 9), wide, Trn, SatSym, kif(true, 2, 9)),
            (kif(false, 9, 9), wide, Trn, Wrap, kif(false, 9, 9)),
            // What saturates does not.
            (kif(true, 2, 9), wide, Rnd, Sat, kif(true, 2, 6)),
            (kif(false, 9, 9), wide, Rnd, Sat, kif(false, 5, 6)),
            // Nothing.
            (kif(false, 3, -3), wide, Rnd, Wrap, Kif::ZERO),
            (kif(false, -4, 3), wide, Rnd, Wrap, Kif::ZERO),
            (kif(true, 3, 3), Kif::ZERO, Rnd, Wrap, Kif::ZERO),
        ] {
            assert_eq!(element(own, input, rounding, overflow), expected, "{own:?} of {input:?}");
        }
    }

    #[test]
    fn widths_keep_their_shape() {
        let input =
            arr2(&[[kif(true, 1, 4), kif(true, 2, 4)], [kif(false, 3, 1), kif(true, 0, 0)]]).into_dyn();
        let by_column = arr2(&[[kif(true, 8, 8), kif(true, 8, 2)]]).into_dyn();
        let result = narrowed(&by_column, &input, Rounding::Rnd, Overflow::Wrap).expect("shapes fit");
        let expected = [kif(true, 1, 4), kif(true, 3, 2), kif(false, 3, 1), kif(true, 0, 0)];
        assert_eq!(result.result.iter().copied().collect::<Vec<_>>(), expected);
        // Of the first column: a sign, six bits, three of them before the point.
        assert_eq!(result.widths, arr2(&[[kif(true, 2, 3), kif(true, 3, 2)]]).into_dyn());

        let one = ndarray::arr0(kif(true, 8, 8)).into_dyn();
        let result = narrowed(&one, &input, Rounding::Rnd, Overflow::Wrap).expect("shapes fit");
        assert_eq!(result.widths.shape(), [1, 1]);
        let three = arr1(&[kif(true, 8, 8); 3]).into_dyn();
        assert_eq!(narrowed(&three, &input, Rounding::Rnd, Overflow::Wrap), None);
    }

    /// HGQ2's number for a value, by its own steps.
    fn in_the_model(own: Kif, rounding: Rounding, overflow: Overflow, value: f64) -> f64 {
        let quantizer = FixedQuantizer {
            parametrization: Parametrization::Kif,
            rounding,
            overflow,
            trainable: false,
            is_weight: false,
        };
        let one = |n: i32| arr1(&[n]).into_dyn();
        let widths = HgqWidths {
            signed: arr1(&[own.signed]).into_dyn(),
            integer: one(own.integer),
            fractional: one(own.fractional),
        };
        let values = arr1(&[value as f32]).into_dyn();
        f64::from(quantizer.quantize(&widths, &values).expect("one width for one value")[0])
    }

    fn in_the_firmware(kept: Kif, rounding: Rounding, overflow: Overflow, value: f64) -> f64 {
        if kept.width() <= 0 {
            return 0.0;
        }
        let Precision::Fixed(ty) = kept.precision() else { unreachable!("fixed") };
        let ty = ty.with_modes(rounding, overflow);
        ty.to_f64(ty.from_f64(value))
    }

    proptest! {
        /// The narrowed quantizer makes the model's number of every number that can be there, but for what is said to change.
        #[test]
        fn narrowing_changes_no_number(
            own in (any::<bool>(), -2_i32..5, -2_i32..5),
            from in (any::<bool>(), -2_i32..5, -2_i32..6),
            rounding in prop::sample::select(ROUNDINGS.to_vec()),
            overflow in prop::sample::select(vec![Overflow::Wrap, Overflow::Sat, Overflow::SatSym]),
        ) {
            let [own, input] = [own, from].map(|(signed, integer, fractional)| kif(signed, integer, fractional));
            prop_assume!(input.width() > 0);
            let kept = element(own, input, rounding, overflow);
            prop_assume!(!is_changed(own, input, rounding, overflow) && !is_lone_sign(kept, overflow));
            let all = Interval::of(input);
            let steps = ((all.max - all.min) / all.step) as u32;
            for value in (0..=steps).map(|n| all.min + f64::from(n) * all.step) {
                prop_assert_eq!(
                    in_the_firmware(kept, rounding, overflow, value),
                    in_the_model(own, rounding, overflow, value),
                    "{} as {:?} instead of {:?}", value, kept, own
                );
            }
        }
    }
}
