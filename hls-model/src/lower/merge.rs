//! Layers with several inputs.

use super::{Lowering, Shape, Source};
use crate::error::ConvertError;
use crate::graph::op::{Concatenate, Dot, Merge, MergeKind, Op, Resize};
use crate::graph::{LayerSpec, broadcast};
use crate::source::keras::config;

impl From<config::MergeOp> for MergeKind {
    fn from(op: config::MergeOp) -> Self {
        match op {
            config::MergeOp::Add => Self::Add,
            config::MergeOp::Subtract => Self::Subtract,
            config::MergeOp::Multiply => Self::Multiply,
            config::MergeOp::Average => Self::Average,
            config::MergeOp::Maximum => Self::Maximum,
            config::MergeOp::Minimum => Self::Minimum,
        }
    }
}

/// A value that a layer reads.
#[derive(Clone)]
struct Operand {
    layer: String,
    shape: Shape,
}

impl Lowering {
    pub(super) fn merge(&mut self, source: &Source<'_>, op: config::MergeOp) -> Result<(), ConvertError> {
        let kind = MergeKind::from(op);
        let operands = source.operands();
        let count = operands.len();
        if count > 2 && kind == MergeKind::Subtract {
            return Err(source.unsupported(format!("it has {count} inputs; two are possible, as in Keras")));
        }
        self.pairwise(source, operands, |lowering, source, terms, pair| {
            let kind = match (kind, u32::try_from(terms).unwrap_or(u32::MAX)) {
                (MergeKind::Average, terms) if count > 2 && usize::try_from(terms) == Ok(count) => {
                    MergeKind::Mean(terms)
                }
                (MergeKind::Average, terms) if count > 2 => MergeKind::PartialSum(terms),
                (kind, _) => kind,
            };
            lowering.merge_two(source, kind, pair)
        })
    }

    pub(super) fn concatenate(
        &mut self,
        source: &Source<'_>,
        config: &config::Concatenate,
    ) -> Result<(), ConvertError> {
        let operands = source.operands();
        self.pairwise(source, operands, |_, source, _, pair| source.concatenate_two(config.axis, pair))
    }

    /// Combines the first two operands, their result with the third, and so on; hls4ml only has layers with two inputs. `combine` is told how many
    /// operands its result is made of.
    fn pairwise(
        &mut self,
        source: &Source<'_>,
        operands: Vec<Operand>,
        combine: impl Fn(&mut Self, &Source<'_>, usize, [Operand; 2]) -> Result<Combined, ConvertError>,
    ) -> Result<(), ConvertError> {
        let count = operands.len();
        let mut operands = operands.into_iter();
        let mut result = operands.next();
        for (n, next) in operands.enumerate() {
            let Some(previous) = result.take() else { break };
            let Combined { op, inputs, shape, keras_shape, class } =
                combine(self, source, n + 2, [previous, next])?;
            let is_last = n + 2 == count;
            let spec = LayerSpec { inputs, ..self.spec(source, class, op, shape.clone()) };
            let spec = if is_last { spec } else { self.part(source, &format!("part{}", n + 1), spec) };
            result = Some(Operand {
                layer: spec.name.clone(),
                shape: Shape { tensor: shape, keras: keras_shape.clone() },
            });
            self.add_shaped(spec, &source.keras.name, keras_shape);
        }
        match count {
            0 | 1 => Err(source.unsupported(format!("it has {count} inputs; two or more are needed"))),
            _ => Ok(()),
        }
    }

    /// A layer that the file does not have, made for one that it has.
    fn part(&mut self, source: &Source<'_>, suffix: &str, spec: LayerSpec) -> LayerSpec {
        let config_name = format!("{}_{suffix}", source.keras.name);
        LayerSpec { name: self.names.derived(&config_name), config_name, ..spec }
    }

    fn merge_two(
        &mut self,
        source: &Source<'_>,
        kind: MergeKind,
        mut pair: [Operand; 2],
    ) -> Result<Combined, ConvertError> {
        let keras_shapes = [&pair[0].shape.keras[..], &pair[1].shape.keras[..]];
        let keras_shape = broadcast(keras_shapes).ok_or_else(|| {
            source.unsupported(format!(
                "its inputs have the shapes {:?} and {:?}, which cannot be combined",
                keras_shapes[0], keras_shapes[1]
            ))
        })?;
        source.sized(keras_shape.clone())?;
        match Broadcast::of(&pair, &keras_shape) {
            Broadcast::Repeated | Broadcast::Misread => {}
            Broadcast::Impossible => {
                for operand in &mut pair {
                    self.spread(source, operand, &keras_shape)?;
                }
            }
        }
        let [first, second] = pair;
        let longer = first.shape.len() >= second.shape.len();
        let shape = if longer { first.shape.tensor } else { second.shape.tensor };
        Ok(Combined {
            op: Op::Merge(Merge { kind }),
            inputs: vec![first.layer, second.layer],
            shape,
            keras_shape,
            class: "Merge",
        })
    }

    /// Repeats an operand along its axes of one element, from the last to the first; the first ones are left to hls4ml's own
    /// repetition of whole tensors.
    fn spread(
        &mut self,
        source: &Source<'_>,
        operand: &mut Operand,
        target: &[usize],
    ) -> Result<(), ConvertError> {
        let missing = target.len() - operand.shape.keras.len();
        let mut shape = [&vec![1; missing], &operand.shape.keras[..]].concat();
        for axis in (0..target.len()).rev() {
            let outer: usize = shape[..axis].iter().product();
            if shape[axis] == target[axis] || outer == 1 {
                continue;
            }
            let op = Resize {
                in_height: outer,
                in_width: 1,
                out_height: outer,
                out_width: target[axis],
                n_chan: shape[axis + 1..].iter().product(),
            };
            shape[axis] = target[axis];
            let shape = source.sized(shape.clone())?;
            let inputs = vec![operand.layer.clone()];
            let spec =
                LayerSpec { inputs, ..self.spec(source, "UpSampling1D", Op::Resize(op), shape.clone()) };
            let spec = self.part(source, &format!("broadcast{axis}"), spec);
            *operand = Operand { layer: spec.name.clone(), shape: shape.into() };
            self.add(spec, &source.keras.name);
        }
        Ok(())
    }

    pub(super) fn dot(&mut self, source: &Source<'_>, config: &config::Dot) -> Result<(), ConvertError> {
        let operands = source.operands();
        let [first, second] = &operands[..] else {
            return Err(source.unsupported(format!("it has {} inputs; two are needed", operands.len())));
        };
        let (first, second) = (&first.shape.tensor, &second.shape.tensor);
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

/// A layer that combines two operands.
struct Combined {
    op: Op,
    inputs: Vec<String>,
    shape: Vec<usize>,
    keras_shape: Vec<usize>,
    class: &'static str,
}

/// How hls4ml's merges get along with the shapes of their inputs. They repeat the smaller tensor as a whole.
#[derive(Debug, PartialEq)]
enum Broadcast {
    /// That is what Keras does, too.
    Repeated,
    /// Keras does something else.
    Misread,
    /// The result has another size, or hls4ml compares the sizes as texts and leaves elements out.
    Impossible,
}

impl Broadcast {
    fn of(pair: &[Operand; 2], result: &[usize]) -> Self {
        let sizes = [pair[0].shape.len(), pair[1].shape.len()];
        let larger = usize::from(sizes[1] > sizes[0]);
        let smaller = &pair[1 - larger].shape.keras;
        if sizes[larger] != result.iter().product::<usize>() {
            return Self::Impossible;
        }
        let ones = smaller.iter().take_while(|&&extent| extent == 1).count();
        if result.ends_with(&smaller[ones..]) {
            return Self::Repeated;
        }
        let text = |operand: &Operand| {
            operand.shape.tensor.iter().map(usize::to_string).collect::<Vec<_>>().join("*")
        };
        let counted = text(&pair[larger]) >= text(&pair[1 - larger]);
        if counted { Self::Misread } else { Self::Impossible }
    }
}

impl Shape {
    fn len(&self) -> usize {
        self.tensor.iter().product()
    }
}

impl Source<'_> {
    fn operands(&self) -> Vec<Operand> {
        let pairs = self.inputs.iter().zip(&self.shapes);
        pairs.map(|(layer, shape)| Operand { layer: layer.clone(), shape: shape.clone() }).collect()
    }

    fn concatenate_two(&self, axis: i64, [first, second]: [Operand; 2]) -> Result<Combined, ConvertError> {
        let op = Concatenate { first: first.shape.keras, second: second.shape.keras, axis };
        let at = op.tensor_axis().filter(|_| axis != 0);
        let at = at.ok_or_else(|| self.unsupported(format!("its inputs have no axis {axis}")))?;
        let agree = op.first.len() == op.second.len()
            && (0..op.first.len()).all(|a| a == at || op.first[a] == op.second[a]);
        if !agree || op.first.len() > 3 {
            return Err(self.unsupported(format!(
                "its inputs have the shapes {:?} and {:?}; they must have at most three axes and agree in all but the one along \
                 which they are joined",
                op.first, op.second
            )));
        }
        let mut shape = op.first.clone();
        shape[at] = shape[at].saturating_add(op.second[at]);
        let shape = self.sized(shape)?;
        Ok(Combined {
            op: Op::Concatenate(op),
            inputs: vec![first.layer, second.layer],
            keras_shape: shape.clone(),
            shape,
            class: "Concatenate",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_broadcast_as_in_keras() {
        type Axes = &'static [usize];
        let table: [(Axes, Axes, Axes, Broadcast); 7] = [
            (&[4], &[4], &[4], Broadcast::Repeated),
            (&[3, 4, 2], &[1, 1, 2], &[3, 4, 2], Broadcast::Repeated),
            (&[2], &[3, 4, 2], &[3, 4, 2], Broadcast::Repeated),
            (&[3, 4], &[1, 1], &[3, 4], Broadcast::Repeated),
            (&[3, 4, 2], &[3, 4, 1], &[3, 4, 2], Broadcast::Misread),
            (&[10, 2], &[10, 1], &[10, 2], Broadcast::Misread),
            (&[3, 1], &[1, 4], &[3, 4], Broadcast::Impossible),
        ];
        for (a, b, expected, how) in table {
            assert_eq!(broadcast([a, b]).as_deref(), Some(expected), "{a:?} {b:?}");
            let operand = |shape: &[usize]| Operand { layer: String::new(), shape: shape.to_vec().into() };
            assert_eq!(Broadcast::of(&[operand(a), operand(b)], expected), how, "{a:?} {b:?}");
        }
        assert_eq!(broadcast([&[3], &[4]]), None);
    }
}
