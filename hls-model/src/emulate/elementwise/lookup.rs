//! Activations read from a table.

use super::ChainRule;
use crate::emulate::EmulateError;
use crate::emulate::chain::Chain;
use crate::emulate::clips::Clips;
use crate::emulate::step::{Compiled, Kernel, Layer};
use crate::emulate::tables::{self, Curve};
use crate::emulate::term::{Term, signed_bits};
use crate::emulate::word::{Word, with_word};
use crate::fixed::{FixedType, Overflow, Rounding, shifted_left};
use crate::float_model::SELU_LAMBDA;
use crate::graph::TypeRole;
use crate::precision::Precision;

/// A table over [-range, range).
pub(super) fn centred(layer: Layer<'_>, curve: Curve, entries: u64) -> Result<Compiled, EmulateError> {
    let entries = count(layer, entries)?;
    let (x, ty) = (layer.input_term(0)?, layer.ty(TypeRole::Table)?.precision);
    let n = i32::try_from(entries).map_err(|_| layer.incomplete("table of a usable size"))?;
    let index = IndexRule { factor: n, divisor: 2 * curve.range() }.chain(layer, &x)?;
    let table = results(layer, ty, tables::centred(curve, entries, ty))?;
    compile(layer, &index, n / 2, &table, None)
}

/// The input where it is not negative, else the parameter times a table over (-range, 0].
pub(super) fn elu(layer: Layer<'_>, parameter: &Term, entries: u64) -> Result<Compiled, EmulateError> {
    let (x, ty) = (layer.input_term(0)?, layer.ty(TypeRole::Table)?.precision);
    let entries = tables::negative(Curve::Elu, count(layer, entries)?, ty);
    let product = layer.bounded(parameter.mul(&layer.variable(ty)?))?;
    let products = entries.into_iter().map(|entry| layer.bounded(entry.checked_mul(parameter.low)));
    let products = products.collect::<Result<Vec<_>, _>>()?;
    let table = results(layer, product.ty, products)?;
    let positive = ChainRule::of(x.within(0, x.high.max(0))).cast(layer.result()?);
    negative(layer, Curve::Elu, &table, &positive)
}

/// λ times the input where it is not negative, else a table over (-range, 0].
pub(super) fn selu(layer: Layer<'_>, entries: u64) -> Result<Compiled, EmulateError> {
    let (x, ty) = (layer.input_term(0)?, layer.ty(TypeRole::Table)?.precision);
    let table = results(layer, ty, tables::negative(Curve::Selu, count(layer, entries)?, ty))?;
    let lambda_t = Precision::ufixed(16, 1);
    let lambda = Term::constant(lambda_t, lambda_t.cast_f64(SELU_LAMBDA));
    let positive = x.within(0, x.high.max(0));
    let product = layer.bounded(lambda.mul(&positive))?;
    let positive = ChainRule::of(positive).affine(lambda.low, 0, product).cast(layer.result()?);
    negative(layer, Curve::Selu, &table, &positive)
}

/// A ReLU and, added to it, what a table over (-range, 0] has for minus the magnitude.
pub(super) fn smooth_relu(layer: Layer<'_>, curve: Curve, entries: u64) -> Result<Compiled, EmulateError> {
    let (x, ty) = (layer.input_term(0)?, layer.ty(TypeRole::Table)?.precision);
    let entries = tables::negative(curve, count(layer, entries)?, ty);
    let n = i32::try_from(entries.len()).map_err(|_| layer.incomplete("table of a usable size"))?;
    let index = |factor, x: &Term| IndexRule { factor, divisor: curve.range() }.chain(layer, x);
    let below = index(-n, &x.within(x.low, 0.max(x.low)))?;
    let above = index(n, &x.within(0, x.high.max(0)))?;
    let (positive, entry) = (x.within(0, x.high.max(0)), layer.variable(ty)?);
    let sum = layer.bounded(positive.add(&entry))?;
    let entry_up = u64::from(entry.shift_to_add(&positive));
    let entries = entries.into_iter().map(|raw| layer.bounded(shifted_left(raw, entry_up)));
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    let after = ChainRule::of(sum).cast(layer.result()?);
    let bits =
        [below.bits(), above.bits(), after.bits(), x.bits(), sum.bits()].into_iter().max().unwrap_or(1);
    Ok(with_word!(layer.word(bits)?, W => Compiled::new(SmoothRelu::<W> {
        below: below.compile(),
        above: above.compile(),
        entries: entries.iter().map(|&raw| W::from_raw(raw)).collect(),
        up: positive.shift_to_add(&entry),
        after: after.compile(),
    })))
}

fn negative(
    layer: Layer<'_>,
    curve: Curve,
    table: &[i128],
    positive: &ChainRule,
) -> Result<Compiled, EmulateError> {
    let x = layer.input_term(0)?;
    let n = i32::try_from(table.len()).map_err(|_| layer.incomplete("table of a usable size"))?;
    let index =
        IndexRule { factor: -n, divisor: curve.range() }.chain(layer, &x.within(x.low, 0.max(x.low)))?;
    compile(layer, &index, 0, table, Some(positive))
}

fn count(layer: Layer<'_>, entries: u64) -> Result<usize, EmulateError> {
    usize::try_from(entries).ok().filter(|&n| n > 0).ok_or_else(|| layer.incomplete("table of a usable size"))
}

/// The entries of a table, or their products with a parameter, as the results that they become.
fn results(layer: Layer<'_>, ty: Precision, entries: Vec<i128>) -> Result<Vec<i128>, EmulateError> {
    let low = entries.iter().copied().min().unwrap_or(0);
    let high = entries.iter().copied().max().unwrap_or(0);
    let rule = ChainRule::of(Term { ty, low, high }).cast(layer.result()?);
    layer.word(rule.bits())?;
    let chain = rule.compile::<i128>();
    Ok(entries.into_iter().map(|entry| chain.one(entry)).collect())
}

fn compile(
    layer: Layer<'_>,
    index: &ChainRule,
    offset: i32,
    table: &[i128],
    positive: Option<&ChainRule>,
) -> Result<Compiled, EmulateError> {
    let entries = table.iter().copied().map(signed_bits).max().unwrap_or(1);
    let bits = index.bits().max(entries).max(layer.input_term(0)?.bits());
    let bits = bits.max(positive.map_or(0, ChainRule::bits)).max(layer.variable(layer.result()?)?.bits());
    Ok(with_word!(layer.word(bits)?, W => Compiled::new(Lookup::<W> {
        index: index.compile(),
        offset: offset.into(),
        table: table.iter().map(|&entry| W::from_raw(entry)).collect(),
        positive: positive.map(|rule| rule.compile()),
    })))
}

/// How a number becomes an index: `int(x · factor / divisor)`.
pub(in crate::emulate) struct IndexRule {
    pub(in crate::emulate) factor: i32,
    /// A power of two.
    pub(in crate::emulate) divisor: u32,
}

impl IndexRule {
    /// The product is exact, the division keeps its fractional bits and drops what is left towards zero, and so does the conversion
    /// to a C `int`, which wraps.
    pub(in crate::emulate) fn chain(&self, layer: Layer<'_>, x: &Term) -> Result<ChainRule, EmulateError> {
        let factor = Term::int(self.factor);
        let product = layer.bounded(x.mul(&factor))?;
        let FixedType { width, integer, .. } = product.ty.storage();
        let places = i32::try_from(self.divisor.ilog2()).unwrap_or(0);
        // The same raw numbers, with the binary point where the division puts it.
        let quotient = Term { ty: FixedType::signed(width, integer - places).into(), ..product };
        let towards_zero = FixedType::signed(width, integer).with_modes(Rounding::TrnZero, Overflow::Wrap);
        Ok(ChainRule::of(*x)
            .affine(self.factor.into(), 0, quotient)
            .cast(towards_zero.into())
            .cast(Precision::int(32)))
    }
}

/// A table, addressed by what a chain makes of the input.
struct Lookup<W> {
    index: Chain<W>,
    /// What is added to each index.
    offset: i64,
    table: Vec<W>,
    /// What happens to numbers that are not negative, if not that.
    positive: Option<Chain<W>>,
}

impl<W: Word> Kernel<W> for Lookup<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        output.copy_from_slice(inputs[0]);
        // An index that wraps is none of the result's business.
        self.index.apply(output, &mut Clips::ignored());
        for y in output.iter_mut() {
            *y = self.table[clamped(y.raw() as i64 + self.offset, self.table.len())];
        }
        let Some(positive) = &self.positive else { return };
        let mut numbers: Vec<W> = inputs[0].iter().map(|&x| x.max(W::default())).collect();
        positive.apply(&mut numbers, clips);
        for ((y, &x), &positive) in output.iter_mut().zip(inputs[0]).zip(&numbers) {
            if x >= W::default() {
                *y = positive;
            }
        }
    }
}

/// The input where it is positive, and added to it an entry of a table.
struct SmoothRelu<W> {
    /// The indices of negative and of other numbers.
    below: Chain<W>,
    above: Chain<W>,
    /// At the binary point of the sum.
    entries: Vec<W>,
    /// How far inputs move left to the binary point of the sum.
    up: u32,
    after: Chain<W>,
}

impl<W: Word> Kernel<W> for SmoothRelu<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let (mut below, mut above) = (inputs[0].to_vec(), inputs[0].to_vec());
        below.iter_mut().for_each(|x| *x = (*x).min(W::default()));
        above.iter_mut().for_each(|x| *x = (*x).max(W::default()));
        self.below.apply(&mut below, &mut Clips::ignored());
        self.above.apply(&mut above, &mut Clips::ignored());
        for (((y, &x), below), above) in output.iter_mut().zip(inputs[0]).zip(below).zip(above) {
            let (positive, index) = if x >= W::default() {
                (x.shl(self.up.min(W::BITS - 1)), above)
            } else {
                (W::default(), below)
            };
            *y = positive.add(self.entries[clamped(index.raw() as i64, self.entries.len())]);
        }
        self.after.apply(output, clips);
    }
}

/// The index, or the nearest one that there is.
pub(in crate::emulate) fn clamped(index: i64, entries: usize) -> usize {
    usize::try_from(index).unwrap_or(0).min(entries.saturating_sub(1))
}
