//! Chains of operations, prepared for words of one size.

use multiversion::multiversion;

use super::cast::WordCast;
use super::clips::Clips;
use super::word::Word;
use crate::arith::{Chain, Link};

impl Link {
    fn compile<W: Word>(&self) -> WordLink<W> {
        match *self {
            Self::Cast(cast) => WordLink::Cast(cast.compile()),
            Self::Affine { factor, addend, .. } => {
                WordLink::Affine { factor: W::from_raw(factor), addend: W::from_raw(addend) }
            }
        }
    }
}

impl Chain {
    /// The chain in words of a size that has at least [`bits`](Self::bits).
    pub(super) fn compile<W: Word>(&self) -> WordChain<W> {
        WordChain { links: self.links().iter().map(Link::compile).collect() }
    }
}

/// Operations that follow each other, in words of one size.
#[derive(Debug, Clone)]
pub(super) struct WordChain<W> {
    links: Vec<WordLink<W>>,
}

#[derive(Debug, Clone, Copy)]
enum WordLink<W> {
    Cast(WordCast<W>),
    Affine { factor: W, addend: W },
}

impl<W: Word> WordChain<W> {
    /// Whether no number changes.
    pub(super) fn is_identity(&self) -> bool {
        self.links.iter().all(|link| matches!(link, WordLink::Cast(cast) if cast.is_identity()))
    }

    /// Replaces each number by what comes out.
    pub(super) fn apply(&self, values: &mut [W], clips: &mut Clips) {
        for link in &self.links {
            match link {
                WordLink::Cast(cast) => cast.apply(values, clips),
                WordLink::Affine { factor, addend } => affine(values, *factor, *addend),
            }
        }
    }

    /// After a cast.
    pub(super) fn after(mut self, cast: WordCast<W>) -> Self {
        self.links.insert(0, WordLink::Cast(cast));
        self
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn affine<W: Word>(values: &mut [W], factor: W, addend: W) {
    for value in values {
        *value = value.mul(factor).add(addend);
    }
}
