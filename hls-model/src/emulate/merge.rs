//! Operations on two tensors.

use super::EmulateError;
use super::chain::{Chain, ChainRule};
use super::clips::Clips;
use super::step::{Compiled, Kernel, Layer};
use super::term::Term;
use super::word::{LANES, Word, with_word};
use crate::fixed::FixedType;
use crate::graph::TypeRole;
use crate::graph::op::{Dot, Merge, MergeKind, Product};
use multiversion::multiversion;

/// Element by element; the smaller tensor is repeated to the size of the larger one.
pub(super) fn merge(layer: Layer<'_>, op: &Merge) -> Result<Compiled, EmulateError> {
    let (a, b, result) = (layer.input_term(0)?, layer.input_term(1)?, layer.result()?);
    let chains = match op.kind {
        MergeKind::Add => one_chain(layer.bounded(a.add(&b))?),
        MergeKind::Subtract => one_chain(layer.bounded(a.sub(&b))?),
        MergeKind::Multiply => one_chain(layer.bounded(a.mul(&b))?),
        MergeKind::Average => one_chain(halved(layer.bounded(a.add(&b))?)),
        // The chosen one is cast from its own type.
        MergeKind::Maximum | MergeKind::Minimum => [a, b].map(ChainRule::of),
    };
    let chains = chains.map(|chain| chain.cast(result));
    // Moved to a common binary point, neither side is larger than their difference can be, give or take a bit.
    let aligned = layer.bounded(a.sub(&b))?.bits() + 1;
    let bits = aligned.max(chains[0].bits()).max(chains[1].bits());
    let up = [a.shift_to_add(&b), b.shift_to_add(&a)];
    Ok(with_word!(layer.word(bits)?, W => Compiled::new(Elementwise::<W> {
        kind: op.kind,
        up,
        chains: chains.map(|chain| chain.compile()),
    })))
}

fn one_chain(term: Term) -> [ChainRule; 2] {
    [ChainRule::of(term), ChainRule::of(term)]
}

/// Half of a sum: the same raw numbers with the binary point one place further.
fn halved(sum: Term) -> Term {
    let FixedType { width, integer, signed, .. } = sum.ty.storage();
    let ty = FixedType { signed, ..FixedType::signed(width + 1, integer) };
    Term { ty: ty.into(), ..sum }
}

struct Elementwise<W> {
    kind: MergeKind,
    /// How far each side moves left to the common binary point.
    up: [u32; 2],
    chains: [Chain<W>; 2],
}

impl<W: Word> Kernel<W> for Elementwise<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let sides = inputs[0].chunks_exact(LANES).cycle().zip(inputs[1].chunks_exact(LANES).cycle());
        for (i, ((a, b), y)) in sides.zip(output.chunks_exact_mut(LANES)).enumerate() {
            match self.kind {
                MergeKind::Maximum => self.choose((a, b), y, |a, b| a > b, clips.at(i)),
                MergeKind::Minimum => self.choose((a, b), y, |a, b| a < b, clips.at(i)),
                kind => combine(kind, self.up, a, b, y),
            }
        }
        if !matches!(self.kind, MergeKind::Maximum | MergeKind::Minimum) {
            self.chains[0].apply(output, clips);
        }
    }
}

impl<W: Word> Elementwise<W> {
    fn choose(&self, (a, b): (&[W], &[W]), output: &mut [W], wins: impl Fn(W, W) -> bool, clips: &mut Clips) {
        let zero = W::default();
        let first: [bool; LANES] = std::array::from_fn(|i| wins(a[i].shl(self.up[0]), b[i].shl(self.up[1])));
        let mut sides = [[zero; LANES]; 2];
        for lane in 0..LANES {
            // What is not chosen must not count as clipped.
            sides[usize::from(!first[lane])][lane] = if first[lane] { a[lane] } else { b[lane] };
        }
        self.chains[0].apply(&mut sides[0], clips);
        self.chains[1].apply(&mut sides[1], clips);
        for lane in 0..LANES {
            output[lane] = sides[usize::from(!first[lane])][lane];
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn combine<W: Word>(kind: MergeKind, up: [u32; 2], a: &[W], b: &[W], output: &mut [W]) {
    for ((y, &a), &b) in output.iter_mut().zip(a).zip(b) {
        let (up_a, up_b) = (a.shl(up[0]), b.shl(up[1]));
        *y = match kind {
            MergeKind::Add | MergeKind::Average => up_a.add(up_b),
            MergeKind::Subtract => up_a.sub(up_b),
            MergeKind::Multiply => a.mul(b),
            // Chosen, not combined.
            MergeKind::Maximum | MergeKind::Minimum => a,
        };
    }
}

/// Scalar product of two vectors.
pub(super) fn dot(layer: Layer<'_>, op: &Dot) -> Result<Compiled, EmulateError> {
    let (a, b) = (layer.input_term(0)?, layer.input_term(1)?);
    let accum = layer.ty(TypeRole::Accum)?.precision;
    let functor = Product::of(&a.ty, &b.ty).ok_or_else(|| layer.unsupported("its inputs are exponents"))?;
    let product = match functor {
        Product::BothBinary => Some(a),
        Product::DataBinary => b.neg(),
        Product::WeightBinary | Product::WeightTernary => a.neg(),
        Product::Mult | Product::WeightExponential => a.mul(&b),
    };
    let product = ChainRule::of(layer.bounded(product)?).cast(accum);
    let accum_t = layer.variable(accum)?;
    let step = layer.bounded(accum_t.add(&product.result()))?;
    let step = ChainRule::of(Term { ty: accum, ..step }).cast(accum);
    let finish = ChainRule::of(accum_t).cast(layer.result()?);
    let terms = [product.bits(), step.bits(), finish.bits(), a.bits(), b.bits()];
    let bits = terms.into_iter().max().unwrap_or(1);
    Ok(with_word!(layer.word(bits)?, W => Compiled::new(ScalarProduct::<W> {
        n_in: op.n_in,
        functor,
        product: product.compile(),
        step: step.compile(),
        finish: finish.compile(),
    })))
}

struct ScalarProduct<W> {
    n_in: usize,
    functor: Product,
    product: Chain<W>,
    /// What happens to the sum after each addition.
    step: Chain<W>,
    finish: Chain<W>,
}

impl<W: Word> Kernel<W> for ScalarProduct<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let mut sum = [W::default(); LANES];
        let pairs = inputs[0].chunks_exact(LANES).zip(inputs[1].chunks_exact(LANES));
        for (a, b) in pairs.take(self.n_in) {
            let mut product: [W; LANES] = std::array::from_fn(|i| multiply(self.functor, a[i], b[i]));
            self.product.apply(&mut product, clips);
            for (sum, product) in sum.iter_mut().zip(product) {
                *sum = sum.add(product);
            }
            self.step.apply(&mut sum, clips);
        }
        self.finish.apply(&mut sum, clips);
        output[..LANES].copy_from_slice(&sum);
    }
}

/// The product of two variables, as the functor makes it of their raw numbers.
fn multiply<W: Word>(functor: Product, x: W, w: W) -> W {
    let zero = W::default();
    let signed = |positive: bool, number: W| if positive { number } else { zero.sub(number) };
    match functor {
        Product::Mult | Product::WeightExponential => x.mul(w),
        Product::BothBinary => W::from_raw((x == w).into()),
        Product::WeightBinary => signed(w != zero, x),
        Product::DataBinary => signed(x != zero, w),
        Product::WeightTernary if w == zero => zero,
        Product::WeightTernary => signed(w.raw() != -1, x),
    }
}
