//! Arithmetic on one number after the other: the steps between a sum and a result.

use super::cast::{Cast, CastRule};
use super::clips::Clips;
use super::term::Term;
use super::word::Word;
use crate::precision::Precision;
use multiversion::multiversion;

/// Operations that follow each other, with what is known about the numbers between them.
#[derive(Debug, Clone)]
pub(super) struct ChainRule {
    links: Vec<LinkRule>,
    bits: u32,
    result: Term,
}

#[derive(Debug, Clone, Copy)]
enum LinkRule {
    Cast(CastRule),
    Affine { factor: i128, addend: i128 },
}

impl ChainRule {
    /// No operation yet on such numbers.
    pub(super) fn of(term: Term) -> Self {
        Self { links: Vec::new(), bits: term.bits(), result: term }
    }

    /// Then a cast.
    pub(super) fn cast(mut self, to: Precision) -> Self {
        let rule = CastRule::new(self.result, to);
        self.bits = self.bits.max(rule.bits());
        self.result = rule.result();
        self.links.push(LinkRule::Cast(rule));
        self
    }

    /// Then a cast which cuts off upper bits only, so that the numbers before it may have wrapped already.
    pub(super) fn modular_cast(mut self, rule: CastRule) -> Self {
        self.result = rule.result();
        self.bits = self.result.bits().max(rule.result().bits());
        self.links.push(LinkRule::Cast(rule));
        self
    }

    /// Then `factor · x + addend` on raw numbers, which gives `result`.
    pub(super) fn affine(mut self, factor: i128, addend: i128, result: Term) -> Self {
        self.bits = self.bits.max(result.bits());
        self.result = result;
        self.links.push(LinkRule::Affine { factor, addend });
        self
    }

    /// What comes out.
    pub(super) fn result(&self) -> Term {
        self.result
    }

    /// Bits of the word that all of it can be computed in exactly.
    pub(super) fn bits(&self) -> u32 {
        self.bits
    }

    pub(super) fn compile<W: Word>(&self) -> Chain<W> {
        let links = self.links.iter().map(|link| match *link {
            LinkRule::Cast(rule) => Link::Cast(rule.compile()),
            LinkRule::Affine { factor, addend } => {
                Link::Affine { factor: W::from_raw(factor), addend: W::from_raw(addend) }
            }
        });
        Chain { links: links.collect() }
    }
}

/// Operations that follow each other, in words of one size.
#[derive(Debug, Clone)]
pub(super) struct Chain<W> {
    links: Vec<Link<W>>,
}

#[derive(Debug, Clone, Copy)]
enum Link<W> {
    Cast(Cast<W>),
    Affine { factor: W, addend: W },
}

impl<W: Word> Chain<W> {
    /// Replaces each number by what comes out.
    pub(super) fn apply(&self, values: &mut [W], clips: &mut Clips) {
        for link in &self.links {
            match link {
                Link::Cast(cast) => cast.apply(values, clips),
                Link::Affine { factor, addend } => affine(values, *factor, *addend),
            }
        }
    }

    /// What comes out for one number.
    pub(super) fn one(&self, value: W) -> W {
        let mut value = [value];
        self.apply(&mut value, &mut Clips::ignored());
        value[0]
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn affine<W: Word>(values: &mut [W], factor: W, addend: W) {
    for value in values {
        *value = value.mul(factor).add(addend);
    }
}
