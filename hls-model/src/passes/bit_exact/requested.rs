//! What the readers of a layer can make use of: more bits would change none of their results.

use std::rc::Rc;

use ndarray::{Axis, IxDyn};

use super::casts::{asked_by_cast, sees_sign};
use super::flow::Flow;
use super::function_sums;
use super::kif::{Kif, Kifs};
use super::tensors::{Obstacle, all};
use super::widths;
use crate::error::ConvertError;
use crate::graph::op::{Activation, Function};
use crate::graph::{NodeId, Op};

/// What max(x, 0) asks for, where its readers ask for this.
fn asked_by_relu(bits: Kif) -> Kif {
    Kif { fractional: bits.fractional, ..Kif::ANY }
}

impl Flow<'_> {
    /// What all readers of the layer ask for together; everything where there are none.
    pub fn requested(&mut self, id: NodeId) -> Result<Kifs, ConvertError> {
        let (shape, output) = (self.graph.output_of(id).shape.clone(), self.graph.node(id).outputs[0]);
        let readers = self.readers(id);
        if readers.is_empty() {
            return Ok(all(&shape, Kif::ANY));
        }
        let mut most = all(&shape, Kif::NOTHING);
        for reader in readers {
            let requests = self.requests_of(reader)?;
            // Of a layer that reads the same tensor twice hls4ml sees the first place.
            let place = self.graph.node(reader).inputs.iter().position(|&input| input == output);
            let request = place.and_then(|place| requests.get(place)).filter(|bits| bits.shape() == shape);
            let request = request.ok_or_else(|| self.error(reader, &Obstacle::Shape))?;
            most.zip_mut_with(request, |most, &bits| *most = most.max(bits));
        }
        Ok(most)
    }

    /// What a layer asks of each of its inputs. It is decided the first time that anybody wants to know.
    fn requests_of(&mut self, id: NodeId) -> Result<Rc<Vec<Kifs>>, ConvertError> {
        if let Some(requests) = self.requests.get(&id) {
            return Ok(Rc::clone(requests));
        }
        self.descend(id)?;
        let requests = self.ask(id);
        self.ascend();
        let requests = Rc::new(requests?);
        self.requests.insert(id, Rc::clone(&requests));
        Ok(requests)
    }

    fn ask(&mut self, id: NodeId) -> Result<Vec<Kifs>, ConvertError> {
        let node = self.graph.node(id);
        let shapes: Vec<_> =
            node.inputs.iter().map(|&input| self.graph.tensor(input).shape.clone()).collect();
        let misfit = self.error(id, &Obstacle::Shape);
        Ok(match (node.op.clone(), &shapes[..]) {
            (Op::FixedPointQuantizer(op), [shape]) => {
                let own = widths::kifs(&op.widths).ok_or(misfit)?;
                let own = own.broadcast(IxDyn(shape)).ok_or_else(|| self.error(id, &Obstacle::Shape))?;
                vec![own.mapv(|bits| asked_by_cast(bits, op.rounding, op.overflow))]
            }
            (Op::FunctionSum(op), [shape]) => {
                let results = self.requested(id)?;
                vec![function_sums::asked(&op, &results, shape).map_err(|_| misfit)?]
            }
            (Op::Activation(op), [shape]) => vec![self.asked_by_activation(id, &op, shape)?],
            (Op::Reshape(_), [shape]) => {
                let bits = self.requested(id)?.into_shape_with_order(IxDyn(shape));
                vec![bits.map_err(|_| misfit)?]
            }
            (Op::Transpose(op), [_]) => {
                let mut back = vec![0; op.perm.len()];
                for (axis, &source) in op.perm.iter().enumerate() {
                    back[source] = axis;
                }
                vec![self.requested(id)?.permuted_axes(IxDyn(&back)).as_standard_layout().into_owned()]
            }
            (Op::Concatenate(op), [first, _]) => {
                let axis = op.tensor_axis().ok_or(misfit)?;
                let bits = self.requested(id)?;
                let (a, b) = bits.view().split_at(Axis(axis), first[axis].min(bits.shape()[axis]));
                vec![a.to_owned(), b.to_owned()]
            }
            _ => shapes.iter().map(|shape| all(shape, Kif::ANY)).collect(),
        })
    }

    fn asked_by_activation(
        &mut self,
        id: NodeId,
        op: &Activation,
        shape: &[usize],
    ) -> Result<Kifs, ConvertError> {
        let of_type = match self.is_given(id) {
            true => {
                let ty = self.given_type(id)?;
                Some(asked_by_cast(Kif::of_type(ty), ty.rounding(), ty.overflow()))
            }
            false => None,
        };
        Ok(match (op.function, of_type) {
            (Function::Linear, Some(bits)) => all(shape, bits),
            (Function::Linear, None) => self.requested(id)?,
            (Function::Relu, Some(bits)) => all(shape, asked_by_relu(bits)),
            (Function::Relu, None) => self.requested(id)?.mapv(asked_by_relu),
            _ => all(shape, Kif::ANY),
        })
    }

    /// Whether a quantizer that needs to see the sign of what wraps reads the layer, directly or after reshapes.
    pub fn is_read_by_wrapping_quantizer(&self, id: NodeId) -> bool {
        for reader in self.readers(id) {
            match &self.graph.node(reader).op {
                Op::FixedPointQuantizer(op) if sees_sign(op.overflow) => return true,
                Op::FunctionSum(op) if function_sums::wraps(op) => return true,
                // hls4ml looks no further than the first of these.
                Op::Reshape(_) => return self.is_read_by_wrapping_quantizer(reader),
                _ => {}
            }
        }
        false
    }
}
