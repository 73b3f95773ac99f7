//! One stream for each reader of a value.

use serde_json::{Value, json};

use super::type_questions::ResultNames;

/// The same value several times. A stream is emptied by whoever reads it, so that each reader needs one of its own; arrays need no copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copies {
    /// The name of the value that is copied.
    pub of: String,
    /// Number of copies, at least two.
    pub count: usize,
    /// Elements of the value.
    pub elements: usize,
}

impl Copies {
    /// The copies, for a node of this index.
    pub(super) fn results(&self, index: usize) -> Vec<ResultNames> {
        let copy = |copy: usize| ResultNames {
            name: format!("{}_cpy{copy}", self.of),
            variable: format!("layer{index}_cpy{copy}"),
            ty: format!("layer{index}_t"),
        };
        (1..=self.count).map(copy).collect()
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![("size", json!(self.elements))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_numbered_from_one() {
        let copies = Copies { of: "fc".into(), count: 2, elements: 8 };
        let names: Vec<_> = copies.results(9).into_iter().map(|copy| (copy.name, copy.variable)).collect();
        let expected = [("fc_cpy1", "layer9_cpy1"), ("fc_cpy2", "layer9_cpy2")];
        assert_eq!(names, expected.map(|(name, variable)| (name.to_owned(), variable.to_owned())));
    }
}
