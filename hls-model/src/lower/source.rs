//! A layer of Keras on its way, with what it reads: what the lowering of every class asks of it.

use crate::error::ConvertError;
use crate::source::keras::{Generation, KerasLayer, NamedArray};

/// Tensors with more elements than this are damage, not design; so are models whose layers have more weights together.
pub(super) const MAX_ELEMENTS: usize = 1 << 28;

/// A layer on its way, with what it reads.
pub(super) struct Source<'a> {
    pub(super) generation: Generation,
    pub(super) keras: &'a KerasLayer,
    pub(super) inputs: Vec<String>,
    pub(super) shapes: Vec<Shape>,
}

/// The extents of a value, without the batch axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    /// As hls4ml has them.
    pub(super) tensor: Vec<usize>,
    /// As Keras has them: with the axes that a global pooling keeps.
    pub(super) keras: Vec<usize>,
}

impl From<Vec<usize>> for Shape {
    fn from(tensor: Vec<usize>) -> Self {
        Self { keras: tensor.clone(), tensor }
    }
}

impl Source<'_> {
    pub(super) fn unsupported(&self, reason: String) -> ConvertError {
        ConvertError::Unsupported {
            layer: self.keras.name.clone(),
            class: self.keras.class_name.clone(),
            reason,
        }
    }

    /// Whether the layer is one of QKeras's.
    pub(super) fn is_qkeras(&self) -> bool {
        let class = &self.keras.class_name;
        class.rsplit('>').next().unwrap_or(class).starts_with('Q')
    }

    pub(super) fn input(&self) -> Result<&str, ConvertError> {
        self.inputs.first().map(String::as_str).ok_or_else(|| self.unsupported("it has no input".into()))
    }

    /// The shape of the first input.
    pub(super) fn shape(&self) -> Result<&[usize], ConvertError> {
        self.shapes.first().map(|s| &s.tensor[..]).ok_or_else(|| self.unsupported("it has no input".into()))
    }

    /// The shape of the first input as Keras has it: with the axes that a global pooling keeps.
    pub(super) fn keras_shape(&self) -> Result<&[usize], ConvertError> {
        self.shapes.first().map(|s| &s.keras[..]).ok_or_else(|| self.unsupported("it has no input".into()))
    }

    /// A shape that a tensor can have.
    pub(super) fn sized(&self, shape: Vec<usize>) -> Result<Vec<usize>, ConvertError> {
        let elements = shape.iter().try_fold(1usize, |product, &extent| product.checked_mul(extent));
        match elements {
            Some(1..=MAX_ELEMENTS) => Ok(shape),
            _ => Err(self.unsupported(format!(
                "its result would have the shape {shape:?}; a tensor can have 1 to {MAX_ELEMENTS} elements"
            ))),
        }
    }

    pub(super) fn array(&self, role: &'static str) -> Result<&NamedArray, ConvertError> {
        let layer = || self.keras.name.clone();
        let array = self
            .keras
            .weight(role)
            .ok_or_else(|| ConvertError::MissingWeight { layer: layer(), array: role })?;
        if array.data.iter().any(|v| !v.is_finite()) {
            return Err(ConvertError::NotFinite { layer: layer(), array: role });
        }
        Ok(array)
    }

    pub(super) fn check_shape(
        &self,
        role: &'static str,
        array: &NamedArray,
        expected: &[usize],
    ) -> Result<(), ConvertError> {
        if array.data.shape() == expected {
            return Ok(());
        }
        Err(ConvertError::WeightShape {
            layer: self.keras.name.clone(),
            array: role,
            found: array.data.shape().to_vec(),
            expected: format!("{expected:?}"),
        })
    }
}

/// The target of a reshape, with -1 resolved.
pub(super) fn resolve_shape(source: &Source<'_>, target: &[i64]) -> Result<Vec<usize>, ConvertError> {
    let total: usize = source.shape()?.iter().product();
    let known: usize = target.iter().filter(|&&d| d > 0).map(|&d| d as usize).product();
    let fail = || {
        source.unsupported(format!("the target shape {target:?} does not hold its input's {total} elements"))
    };
    let open = target.iter().filter(|&&d| d == -1).count();
    if open > 1 || target.iter().any(|&d| d == 0 || d < -1) || known == 0 || !total.is_multiple_of(known) {
        return Err(fail());
    }
    let resolved: Vec<usize> =
        target.iter().map(|&d| if d > 0 { d as usize } else { total / known }).collect();
    if resolved.iter().product::<usize>() == total { Ok(resolved) } else { Err(fail()) }
}
