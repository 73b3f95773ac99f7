//! Why a metric has no value.

/// Why a metric has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Undefined {
    /// There is nothing to average.
    #[error("there are no samples")]
    NoSamples,
    /// All samples that count have the weight 0.
    #[error("the weights of the samples add up to 0")]
    NoWeight,
    /// A class has no samples to compare with.
    #[error("no sample (with a weight above 0) is of class {class}")]
    NoSampleOfClass {
        /// The class.
        class: usize,
    },
    /// No class has samples to compare with: all are of one.
    #[error("every sample is of this class")]
    NoOtherClass,
    /// A prediction is NaN or infinite.
    #[error("a prediction is NaN or infinite")]
    NotFinite,
    /// Predictions are no probabilities.
    #[error("the outputs are not probabilities: no sigmoid or softmax makes them")]
    NotProbabilities,
    /// A probability is less than 0 or more than 1.
    #[error("an output is less than 0 or more than 1, so it is not a probability")]
    OutsideProbabilities,
}
