//! Elements in other places.

use hls_model::arith::{ElementOrigin, Gather};

use super::Layer;
use crate::rtl::circuit::Wire;
use crate::rtl::error::RtlError;

impl Layer<'_> {
    pub(super) fn gather(&mut self, op: &Gather, inputs: &[&[Wire]]) -> Result<Vec<Wire>, RtlError> {
        let moved = op.origins.iter().map(|origin| match *origin {
            ElementOrigin::Element { input, element } => self.chain(inputs[input][element], &op.casts[input]),
            ElementOrigin::Nothing => Ok(self.circuit.constant(0)),
        });
        moved.collect()
    }
}
