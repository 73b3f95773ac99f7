//! Layers with several inputs.

use super::{Lowering, Source};
use crate::ConvertError;
use crate::graph::op::{Concatenate, Dot, Merge, MergeKind, Op};
use crate::keras::config;

impl Lowering {
    pub(super) fn merge(&mut self, source: &Source<'_>, op: config::MergeOp) -> Result<(), ConvertError> {
        let (first, second) = source.two_shapes()?;
        if first != second {
            return Err(source.unsupported(format!(
                "its inputs have the shapes {first:?} and {second:?}; broadcasting is not converted yet, make the shapes equal"
            )));
        }
        let kind = match op {
            config::MergeOp::Add => MergeKind::Add,
            config::MergeOp::Subtract => MergeKind::Subtract,
            config::MergeOp::Multiply => MergeKind::Multiply,
            config::MergeOp::Average => MergeKind::Average,
            config::MergeOp::Maximum => MergeKind::Maximum,
            config::MergeOp::Minimum => MergeKind::Minimum,
        };
        let shape = first.to_vec();
        let spec = self.spec(source, "Merge", Op::Merge(Merge { kind }), shape);
        self.add(spec, &source.keras.name);
        Ok(())
    }

    pub(super) fn concatenate(
        &mut self,
        source: &Source<'_>,
        config: &config::Concatenate,
    ) -> Result<(), ConvertError> {
        let (first, second) = source.two_shapes()?;
        let op = Concatenate { rank: first.len(), axis: config.axis };
        let axis = op.tensor_axis().filter(|_| config.axis != 0);
        let axis =
            axis.ok_or_else(|| source.unsupported(format!("axis {} is none of its inputs'", config.axis)))?;
        let agree =
            first.len() == second.len() && (0..first.len()).all(|a| a == axis || first[a] == second[a]);
        if !agree || first.len() > 3 {
            return Err(source.unsupported(format!(
                "its inputs have the shapes {first:?} and {second:?}; they must have at most three axes and agree in all but \
                 the one along which they are joined"
            )));
        }
        let mut shape = first.to_vec();
        shape[axis] += second[axis];
        let spec = self.spec(source, "Concatenate", Op::Concatenate(op), shape);
        self.add(spec, &source.keras.name);
        Ok(())
    }

    pub(super) fn dot(&mut self, source: &Source<'_>, config: &config::Dot) -> Result<(), ConvertError> {
        let (first, second) = source.two_shapes()?;
        if first.len() != 1 || first != second {
            return Err(source.unsupported(format!(
                "its inputs have the shapes {first:?} and {second:?}; only two vectors of the same length are possible"
            )));
        }
        if config.normalize {
            let message = "normalize=True is ignored by hls4ml; the plain scalar product is computed";
            self.warn(&source.keras.name, message);
        }
        let op = Op::Dot(Dot { n_in: first[0] });
        let spec = self.spec(source, "Dot", op, vec![1]);
        self.add(spec, &source.keras.name);
        Ok(())
    }
}

impl Source<'_> {
    fn two_shapes(&self) -> Result<(&[usize], &[usize]), ConvertError> {
        match self.shapes.as_slice() {
            [first, second] => Ok((first, second)),
            shapes => Err(self.unsupported(format!(
                "it has {} inputs; only two can be merged, so nest two-input layers",
                shapes.len()
            ))),
        }
    }
}
