//! Ranges of multiples of a step: what a number can be after exact arithmetic on numbers whose bits are known.
//!
//! Bounds and steps are doubles, as in hls4ml: exact up to 53 bits between the largest bound and the step, and beyond that far from
//! where the number of bits is decided, except for a bound that is next to a power of two.

use super::kif::{Kif, integer_bits};
use crate::graph::op::fractional_bits;

/// All multiples of `step` from `min` to `max`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Interval {
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// A power of two.
    pub step: f64,
}

/// A number of the model, with the step that it is a multiple of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Constant {
    value: f64,
    step: f64,
}

impl Constant {
    /// A number; what lies below `2^-32` of it is not a multiple of its step.
    pub fn new(value: f64) -> Self {
        Self { value, step: f64::from(-fractional_bits(value)).exp2() }
    }
}

impl Interval {
    /// Everything that numbers with these bits can be.
    pub fn of(kif: Kif) -> Self {
        let (bound, step) = (f64::from(kif.integer).exp2(), f64::from(-kif.fractional).exp2());
        Self { min: if kif.signed { -bound } else { 0.0 }, max: bound - step, step }
    }

    /// The bits of these numbers; `None` where doubles do not reach.
    pub fn kif(self) -> Option<Kif> {
        let Self { min, max, step } = self;
        if min == 0.0 && max == 0.0 {
            return Some(Kif::ZERO);
        }
        let bound = (max + step).max(-min);
        let countable = step.is_normal() && step > 0.0 && bound.is_normal() && bound > 0.0;
        // The logarithm of a power of two between the smallest and the largest double.
        countable.then(|| Kif {
            signed: min < 0.0,
            integer: integer_bits(bound),
            fractional: -(step.log2() as i32),
        })
    }

    /// The sum of two numbers.
    pub fn plus(self, other: Self) -> Self {
        Self { min: self.min + other.min, max: self.max + other.max, step: self.step.min(other.step) }
    }

    /// The difference of two numbers.
    pub fn minus(self, other: Self) -> Self {
        self.plus(Self { min: -other.max, max: -other.min, step: other.step })
    }

    /// The product of two numbers.
    pub fn times(self, other: Self) -> Self {
        let ends = [self.min * other.min, self.min * other.max, self.max * other.min, self.max * other.max];
        let (min, max) = (
            ends.into_iter().fold(f64::INFINITY, f64::min),
            ends.into_iter().fold(f64::NEG_INFINITY, f64::max),
        );
        Self { min, max, step: self.step * other.step }
    }

    /// The sum of a number and a constant.
    pub fn plus_constant(self, constant: Constant) -> Self {
        Self {
            min: self.min + constant.value,
            max: self.max + constant.value,
            step: self.step.min(constant.step),
        }
        .on_grid()
    }

    /// The product of a number and a constant.
    pub fn times_constant(self, constant: Constant) -> Self {
        let (a, b) = (self.min * constant.value, self.max * constant.value);
        Self { min: a.min(b), max: a.max(b), step: self.step * constant.step }
    }

    /// Sums of products of numbers and constants. Products with a step that a double cannot hold do not count for that of the sum.
    pub fn scalar_product(terms: impl Iterator<Item = (Self, Constant)>) -> Self {
        let start = Self { min: 0.0, max: 0.0, step: f64::INFINITY };
        let sum = terms.map(|(x, c)| x.times_constant(c)).fold(start, |sum, term| Self {
            min: sum.min + term.min,
            max: sum.max + term.max,
            step: if term.step == 0.0 { sum.step } else { sum.step.min(term.step) },
        });
        sum.on_grid()
    }

    /// Sums of products of numbers.
    pub fn sum_of_products(terms: impl Iterator<Item = (Self, Self)>) -> Self {
        let start = Self { min: 0.0, max: 0.0, step: f64::INFINITY };
        terms.map(|(x, y)| x.times(y)).fold(start, Self::plus)
    }

    /// With bounds that are multiples of the step, also where a constant was not one.
    pub fn on_grid(self) -> Self {
        let on_grid = |bound: f64| match bound / self.step {
            steps if steps.is_finite() && self.step.is_finite() => steps.round_ties_even() * self.step,
            _ => bound,
        };
        Self { min: on_grid(self.min), max: on_grid(self.max), ..self }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kif(signed: bool, integer: i32, fractional: i32) -> Kif {
        Kif { signed, integer, fractional }
    }

    #[test]
    fn bits_of_results() {
        let (a, b) = (kif(true, 3, 2), kif(false, 1, 4));
        let [x, y] = [a, b].map(Interval::of);
        assert_eq!(x.plus(y).kif(), Some(kif(true, 4, 4)));
        assert_eq!(y.minus(x).kif(), Some(kif(true, 4, 4)));
        assert_eq!(x.times(y).kif(), Some(kif(true, 4, 6)));
        assert_eq!(x.times_constant(Constant::new(-0.5)).kif(), Some(kif(true, 3, 3)));
        assert_eq!(x.plus_constant(Constant::new(8.0)).kif(), Some(kif(false, 4, 2)));
        // Nothing times anything is nothing, with no step of its own.
        assert_eq!(x.times_constant(Constant::new(0.0)).kif(), Some(Kif::ZERO));
        let terms = [(x, Constant::new(0.0)), (y, Constant::new(3.0))];
        assert_eq!(Interval::scalar_product(terms.into_iter()).kif(), Some(kif(false, 3, 4)));
        // An element without bits has the step 1, which counts.
        let terms = [(Interval::of(Kif::ZERO), Constant::new(0.25)), (x, Constant::new(4.0))];
        assert_eq!(Interval::scalar_product(terms.into_iter()).kif(), Some(kif(true, 5, 2)));
    }

    #[test]
    fn numbers_beyond_doubles_have_no_bits() {
        let wide = Interval::of(Kif::ANY);
        let wider = (0..9).fold(wide, |product, _| product.times(wide));
        assert_eq!(wider.kif(), None);
        assert_eq!(Interval::of(Kif::ANY).kif(), Some(Kif::ANY));
        assert_eq!(Interval::scalar_product(std::iter::empty()).kif(), Some(Kif::ZERO));
    }

    #[test]
    fn constants_below_the_finest_step_are_rounded_to_it() {
        let x = Interval::of(kif(false, 1, 0));
        let product = Interval::scalar_product([(x, Constant::new(0.1))].into_iter());
        assert_eq!(product.step, (-32_f64).exp2());
        assert_eq!(product.max % product.step, 0.0);
    }

    /// A number with its bits.
    fn number() -> impl Strategy<Value = (Kif, f64)> {
        (any::<bool>(), -6_i32..8, -6_i32..8, 0.0..1.0_f64).prop_filter_map(
            "no bits",
            |(signed, integer, fractional, at)| {
                let bits = kif(signed, integer, fractional);
                let all = Interval::of(bits);
                let steps = (all.max - all.min) / all.step;
                (bits.width() > 0).then(|| (bits, all.min + (at * steps).floor() * all.step))
            },
        )
    }

    fn holds(bits: Option<Kif>, value: f64) -> bool {
        let all = Interval::of(bits.expect("countable"));
        value == 0.0 || all.min <= value && value <= all.max && value % all.step == 0.0
    }

    proptest! {
        #[test]
        fn results_are_in_the_interval_of_the_result((a, x) in number(), (b, y) in number(), c in -300_i32..300) {
            let (p, q, c) = (Interval::of(a), Interval::of(b), f64::from(c) / 16.0);
            prop_assert!(holds(p.plus(q).kif(), x + y));
            prop_assert!(holds(p.minus(q).kif(), x - y));
            prop_assert!(holds(p.times(q).kif(), x * y));
            prop_assert!(holds(p.plus_constant(Constant::new(c)).kif(), x + c));
            prop_assert!(holds(p.times_constant(Constant::new(c)).kif(), x * c));
            let terms = [(p, Constant::new(c)), (q, Constant::new(-0.75))];
            prop_assert!(holds(Interval::scalar_product(terms.into_iter()).kif(), x * c - 0.75 * y));
            let terms = [(p, q), (q, q)];
            prop_assert!(holds(Interval::sum_of_products(terms.into_iter()).kif(), x * y + y * y));
        }

        #[test]
        fn bits_come_back((bits, _) in number()) {
            let all = Interval::of(bits);
            // Without a sign, or with as many integer bits as the sign's side needs, nothing is lost.
            prop_assert_eq!(all.kif(), Some(if all.min == 0.0 && all.max == 0.0 { Kif::ZERO } else { bits }));
        }
    }
}
