//! What can keep a graph from being emulated, or samples from being computed.

use crate::arith::ArithError;

/// Why a graph cannot be emulated, or samples not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EmulateError {
    /// The arithmetic of a layer cannot be written down, or is too wide for the widest machine word.
    #[error(transparent)]
    Arith(#[from] ArithError),
    /// The wrong number of arrays.
    #[error("the model has {expected} inputs, but {found} arrays are given")]
    Inputs {
        /// Inputs of the model.
        expected: usize,
        /// Arrays given.
        found: usize,
    },
    /// An array has the wrong shape.
    #[error(
        "input \"{input}\": an array of the shape {found:?} is given; it must be [samples, {}]",
        axes(expected)
    )]
    Shape {
        /// The input.
        input: String,
        /// The shape of one sample.
        expected: Vec<usize>,
        /// The array's shape.
        found: Vec<usize>,
    },
    /// The arrays hold different numbers of samples.
    #[error("input \"{input}\" has {found} samples, but the input before it has {expected}")]
    Samples {
        /// The input.
        input: String,
        /// Samples of the first input.
        expected: usize,
        /// Samples of this one.
        found: usize,
    },
    /// A sample holds NaN or an infinity.
    #[error(
        "input \"{input}\": sample {sample}, element {element} (counted from 0) is {value}, which is not a fixed-point number; \
         the hardware's cast to {precision} would turn it into {cast}, and so does the emulator if told to (NonFinite::Cast)"
    )]
    NotFinite {
        /// The input.
        input: String,
        /// The sample.
        sample: usize,
        /// The element within the sample.
        element: usize,
        /// NaN or an infinity.
        value: f32,
        /// The input's type, in C++.
        precision: String,
        /// What the cast makes of it.
        cast: f64,
    },
}

fn axes(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}
