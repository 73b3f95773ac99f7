//! Casts and chains of them, on a wire.

use hls_model::arith::{Alignment, Cast, Chain, Fitting, Link};
use hls_model::fixed::{Overflow, Rounding};

use super::Layer;
use crate::range::Range;
use crate::rtl::circuit::{Circuit, Op, Term, Wire};
use crate::rtl::error::RtlError;

impl Layer<'_> {
    /// What a chain makes of a number.
    pub(super) fn chain(&mut self, x: Wire, chain: &Chain) -> Result<Wire, RtlError> {
        let mut at = x;
        for link in chain.links() {
            at = match link {
                Link::Cast(cast) => self.cast(at, cast)?,
                Link::Affine { factor, addend, .. } => {
                    let product = self.times(at, *factor);
                    self.circuit.add_constant(product, *addend)
                }
            };
        }
        Ok(at)
    }

    /// What a cast makes of a number.
    pub(super) fn cast(&mut self, x: Wire, cast: &Cast) -> Result<Wire, RtlError> {
        if cast.fitting() == Fitting::General {
            return self.general_cast(x, cast);
        }
        let circuit = &mut *self.circuit;
        let aligned = match cast.alignment() {
            Alignment::Keep => x,
            Alignment::Left(bits) => circuit.left(x, bits),
            Alignment::Right(bits, rounding) => rounded(circuit, x, bits, rounding),
        };
        if cast.fitting() == Fitting::None {
            return Ok(aligned);
        }
        let into = cast.to().storage();
        let whole = (into.min_raw(), into.max_raw());
        Ok(match into.overflow {
            Overflow::Wrap => circuit.wrap(aligned, into.width, into.signed),
            Overflow::Sat | Overflow::SatSym => circuit.clamp(aligned, whole),
            Overflow::SatZero => zero_outside(circuit, aligned, whole),
        })
    }

    /// A cast to a type whose upper bits saturate where it wraps, or between binary points that are far apart.
    fn general_cast(&mut self, x: Wire, cast: &Cast) -> Result<Wire, RtlError> {
        let into = cast.to().storage();
        let aligned = match cast.alignment() {
            Alignment::Keep => x,
            Alignment::Left(bits) if bits <= FAR => self.circuit.left(x, bits),
            Alignment::Right(bits, rounding) if bits <= FAR => rounded(self.circuit, x, bits, rounding),
            Alignment::Left(_) | Alignment::Right(..) => {
                return self.tabulated(x, |raw| cast.apply(raw));
            }
        };
        let saturated = into.saturation_bits.min(into.width);
        if into.overflow != Overflow::Wrap || saturated == 0 {
            return self.tabulated(x, |raw| cast.apply(raw));
        }
        // Of numbers that do not fit, the lower bits stay; the upper ones are those of the limit that was passed.
        let (least, greatest) = (into.min_raw(), into.max_raw());
        let lower = self.circuit.wrap(aligned, into.width - saturated, false);
        let upper = |limit: i128| limit & !((1 << (into.width - saturated)) - 1);
        let below = self.circuit.add_constant(lower, if into.signed { least } else { upper(greatest) });
        let above = self.circuit.add_constant(lower, upper(greatest));
        let ends = [least, greatest].map(|limit| self.circuit.constant(limit));
        let (is_below, is_above) = (self.circuit.less(aligned, ends[0]), self.circuit.less(ends[1], aligned));
        let inside = self.circuit.clamp(aligned, (least, greatest));
        let not_below = self.circuit.select(is_above, above, inside);
        Ok(self.circuit.select(is_below, below, not_below))
    }

    /// A function of a number with few values.
    pub(super) fn tabulated(&mut self, x: Wire, f: impl Fn(i128) -> i128) -> Result<Wire, RtlError> {
        let (low, high) = self.circuit.range(x);
        if high.saturating_sub(low) >= MAX_ENTRIES {
            return Err(self.unsupported(format!(
                "one of its casts needs a table with an entry for each of its numbers, and these have {} bits; choose a type \
                 with the binary point nearer to that of the numbers",
                self.circuit.width(x)
            )));
        }
        let table: Vec<i128> = (low..=high).map(f).collect();
        let index = self.circuit.add_constant(x, -low);
        self.entry_of(&table, index)
    }

    /// A product with a constant.
    pub(super) fn times(&mut self, x: Wire, factor: i128) -> Wire {
        let digits = crate::adder_graph::signed_digits(factor).into_iter();
        let terms = digits.map(|digit| Term { wire: x, shift: digit.shift, negative: digit.negative });
        let (low, high) = self.circuit.range(x);
        let ends = (low.saturating_mul(factor), high.saturating_mul(factor));
        self.circuit.sum_within(terms, 0, (ends.0.min(ends.1), ends.0.max(ends.1)))
    }
}

/// The largest table that stands for a function.
pub(super) const MAX_ENTRIES: i128 = 1 << 14;

/// Binary points farther apart than this are left to a table.
const FAR: u32 = 100;

/// A number without its lower bits, rounded.
pub(super) fn rounded(circuit: &mut Circuit, x: Wire, bits: u32, rounding: Rounding) -> Wire {
    // Rounding keeps the order of numbers, so limits can as well come after it, where fewer bits are left.
    if let Op::Clamp { x: inner } = circuit.node(x).op {
        let (low, high) = circuit.range(x);
        let whole = rounded(circuit, inner, bits, rounding);
        let limit = |number: i128| rounding.apply(number, bits.into());
        return circuit.clamp(whole, (limit(low), limit(high)));
    }
    let half = 1_i128 << (bits - 1);
    let ones = (1_i128 << bits) - 1;
    match rounding {
        Rounding::Trn => circuit.floor(x, bits),
        Rounding::Rnd => raised(circuit, x, half, bits),
        Rounding::RndMinInf => raised(circuit, x, half - 1, bits),
        Rounding::RndConv => {
            let raised = circuit.add_constant(x, half);
            circuit.even(raised, bits)
        }
        // What is added depends on the sign.
        Rounding::RndInf => by_sign(circuit, x, half, half - 1, bits),
        Rounding::RndZero => by_sign(circuit, x, half - 1, half, bits),
        Rounding::TrnZero => by_sign(circuit, x, 0, ones, bits),
    }
}

fn raised(circuit: &mut Circuit, x: Wire, by: i128, bits: u32) -> Wire {
    let sum = circuit.add_constant(x, by);
    circuit.floor(sum, bits)
}

/// The floor after adding one number to those that are not negative, and another to the others.
fn by_sign(circuit: &mut Circuit, x: Wire, positive: i128, negative: i128, bits: u32) -> Wire {
    let (low, high) = circuit.range(x);
    let known = |by: i128| (low + by.min(0), high + by.max(0));
    let sign = circuit.negative(x);
    let mut terms = vec![Term { wire: x, shift: 0, negative: false }];
    let digits = crate::adder_graph::signed_digits(negative - positive);
    terms.extend(digits.into_iter().map(|d| Term { wire: sign, shift: d.shift, negative: d.negative }));
    let range: Range = known(positive.max(negative));
    let sum = circuit.sum_within(terms, positive, range);
    circuit.floor(sum, bits)
}

/// A number, or zero where it is outside a range.
fn zero_outside(circuit: &mut Circuit, x: Wire, (low, high): Range) -> Wire {
    let zero = circuit.constant(0);
    let ends = [circuit.constant(low), circuit.constant(high)];
    let (below, above) = (circuit.less(x, ends[0]), circuit.less(ends[1], x));
    let inside = circuit.clamp(x, (low, high));
    let not_above = circuit.select(above, zero, inside);
    circuit.select(below, zero, not_above)
}

#[cfg(test)]
mod tests {
    use hls_model::arith::Term as Numbers;
    use hls_model::fixed::FixedType;
    use proptest::prelude::*;

    use super::*;
    use crate::adder_graph::Effort;
    use crate::rtl::circuit::Port;

    fn any_type() -> impl Strategy<Value = FixedType> {
        let modes = (0..Rounding::NAMES.len(), 0..Overflow::NAMES.len(), 0_u32..4);
        (1_u32..=40, -12_i32..=44, any::<bool>(), modes).prop_map(|(width, integer, signed, (q, o, n))| {
            let ty = FixedType { signed, ..FixedType::signed(width, integer) };
            let ty = ty.with_modes(Rounding::NAMES[q].0, Overflow::NAMES[o].0);
            // Most types have no saturation bits.
            FixedType { saturation_bits: if n == 3 { width.min(2) } else { 0 }, ..ty }
        })
    }

    /// A circuit of one cast, from numbers of a range.
    fn circuit_of(cast: &Cast, range: Range) -> Result<Circuit, RtlError> {
        let mut circuit = Circuit::default();
        let x = circuit.input(0, 0, range);
        let (effort, name, class) = (Effort::Low, "cast", "Cast");
        let mut luts = 0;
        let y = Layer { circuit: &mut circuit, effort, name, class, luts: &mut luts }.cast(x, cast)?;
        let ty = cast.to().storage();
        let port = Port { name: "y".into(), width: ty.width, signed: ty.signed, fraction: 0, wires: vec![y] };
        circuit.outputs.push(port);
        Ok(circuit)
    }

    proptest! {
        #[test]
        fn circuits_of_casts_compute_the_casts(
            from in any_type(),
            into in any_type(),
            ends in (any::<i64>(), any::<i64>()),
            seeds in prop::collection::vec(any::<i64>(), 40),
        ) {
            let from = FixedType { overflow: Overflow::Wrap, saturation_bits: 0, ..from };
            let number = |seed: i64| from.cast_raw(seed.into(), from.frac());
            let cast = Cast::new(Numbers::variable(from.into()).expect("narrow"), into.into());
            let ends = (number(ends.0), number(ends.1));
            // All numbers of the type, and a part of them, from which a circuit knows more.
            for (low, high) in [(from.min_raw(), from.max_raw()), (ends.0.min(ends.1), ends.0.max(ends.1))] {
                let circuit = circuit_of(&cast, (low, high)).expect("no table is needed");
                let y = circuit.outputs[0].wires[0];
                let corners = [low, high, 0, low / 2, high / 2, low + 1, high - 1];
                for raw in seeds.iter().map(|&seed| number(seed)).chain(corners).map(|raw| raw.clamp(low, high)) {
                    let found = circuit.evaluate(&[vec![raw]])[0][0];
                    prop_assert_eq!(found, cast.apply(raw), "{} of {} into {}", raw, from, into);
                    let range = circuit.range(y);
                    prop_assert!(range.0 <= found && found <= range.1, "{} is outside {:?}", found, range);
                }
                prop_assert!(!circuit.is_too_wide());
            }
        }
    }
}
