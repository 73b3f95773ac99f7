//! What is asked about predictions.

use super::task::Task;

/// What is asked about predictions.
#[derive(Debug, Clone, PartialEq)]
pub struct Questions {
    /// The task; `None` to find it out.
    pub task: Option<Task>,
    /// What a score has to exceed to be signal; `None` for what the kind of outputs suggests ([`OutputKind::threshold`]), and for the larger of
    /// two outputs.
    ///
    /// [`OutputKind::threshold`]: super::OutputKind::threshold
    pub threshold: Option<f64>,
    /// Shares of signal at which background rejection is asked for, with what each counts in the weighted sum.
    pub efficiencies: Vec<(f64, f64)>,
}

impl Default for Questions {
    fn default() -> Self {
        Self { task: None, threshold: None, efficiencies: vec![(0.95, 0.3), (0.98, 0.6), (0.99, 0.1)] }
    }
}
