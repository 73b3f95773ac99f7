//! Arithmetic on one number: the operations between a sum and a result.

use super::cast::Cast;
use super::term::Term;
use crate::precision::Precision;

/// Operations that follow each other, with what is known about the numbers between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    from: Term,
    links: Vec<Link>,
    bits: u32,
    result: Term,
}

/// One operation of a [`Chain`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Link {
    /// A cast.
    Cast(Cast),
    /// `factor · x + addend` on raw numbers.
    Affine {
        /// The factor.
        factor: i128,
        /// What is added to the product, at the binary point of the result.
        addend: i128,
        /// What comes out: the expression's type with its range.
        result: Term,
    },
}

impl Link {
    /// What comes out.
    #[must_use]
    pub fn result(&self) -> Term {
        match self {
            Self::Cast(cast) => cast.result(),
            Self::Affine { result, .. } => *result,
        }
    }

    /// What comes out for one raw number, which must be in the range that the chain was made for.
    #[must_use]
    pub fn apply(&self, raw: i128) -> i128 {
        match *self {
            Self::Cast(cast) => cast.apply(raw),
            Self::Affine { factor, addend, .. } => raw.wrapping_mul(factor).wrapping_add(addend),
        }
    }

    /// The range of what comes out for numbers of a range.
    fn range(&self, (low, high): (i128, i128)) -> (i128, i128) {
        match self {
            Self::Cast(cast) => cast.range((low, high)),
            Self::Affine { .. } => {
                let (a, b) = (self.apply(low), self.apply(high));
                (a.min(b), a.max(b))
            }
        }
    }
}

impl Chain {
    /// No operation yet on such numbers.
    #[must_use]
    pub fn of(term: Term) -> Self {
        Self { from: term, links: Vec::new(), bits: term.bits(), result: term }
    }

    /// Then a cast.
    #[must_use]
    pub fn cast(mut self, to: Precision) -> Self {
        let cast = Cast::new(self.result, to);
        self.bits = self.bits.max(cast.bits());
        self.result = cast.result();
        self.links.push(Link::Cast(cast));
        self
    }

    /// Then `factor · x + addend` on raw numbers, which gives `result`.
    #[must_use]
    pub fn affine(mut self, factor: i128, addend: i128, result: Term) -> Self {
        self.bits = self.bits.max(result.bits());
        self.result = result;
        self.links.push(Link::Affine { factor, addend, result });
        self
    }

    /// What goes in.
    #[must_use]
    pub fn from(&self) -> Term {
        self.from
    }

    /// The operations, in order. Casts that can change nothing but the type are among them.
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// What comes out.
    #[must_use]
    pub fn result(&self) -> Term {
        self.result
    }

    /// Bits of a signed word that all of it can be computed in exactly.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// What comes out for one raw number of [`from`](Self::from).
    #[must_use]
    pub fn apply(&self, raw: i128) -> i128 {
        self.links.iter().fold(raw, |raw, link| link.apply(raw))
    }

    /// The range of what comes out for raw numbers of a range within [`from`](Self::from): exact, or wider where a cast wraps.
    #[must_use]
    pub fn range(&self, range: (i128, i128)) -> (i128, i128) {
        self.links.iter().fold(range, |range, link| link.range(range))
    }
}
