//! What a model is asked to do.

use super::error::ScoreError;
use super::truth::Truth;

/// What a model is asked to do, which decides the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Tell signal (1) from background (0), with one output, or with one for each.
    Binary,
    /// Choose one of several classes, each of which has an output.
    Classes,
    /// Predict numbers.
    Regression,
}

impl Task {
    /// Every task, for parsing and messages.
    pub const ALL: [Self; 3] = [Self::Binary, Self::Classes, Self::Regression];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Classes => "multi-class",
            Self::Regression => "regression",
        }
    }

    /// The task of a model with so many outputs, by what the labels look like.
    ///
    /// Class numbers or one-hot labels with one output for each class are [`Classes`](Self::Classes), or [`Binary`](Self::Binary) if there are
    /// two; labels of 0 and 1 for one output are [`Binary`](Self::Binary); anything else with a column for each output is a
    /// [`Regression`](Self::Regression).
    ///
    /// # Errors
    /// Labels and outputs do not go together.
    pub fn of(truth: &Truth, outputs: usize) -> Result<Self, ScoreError> {
        let classes = truth.classes(outputs.max(2));
        match (&classes, outputs) {
            (Ok(_), 1 | 2) => Ok(Self::Binary),
            (Ok(_), _) => Ok(Self::Classes),
            (Err(_), _) if truth.columns() == outputs => Ok(Self::Regression),
            (Err(error @ ScoreError::Classes { .. }), _) if truth.columns() == 1 => Err(error.clone()),
            (Err(_), _) => Err(ScoreError::Columns { columns: truth.columns(), outputs }),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn labels_decide_the_task() {
        let column =
            |labels: &[f64]| Array2::from_shape_vec((labels.len(), 1), labels.to_vec()).expect("a column");
        let hot = Array2::from_shape_fn((4, 3), |(i, j)| f64::from(u8::from(i % 3 == j)));
        let soft = hot.mapv(|label| 0.9 * label);
        let table = [
            (column(&[0.0, 1.0, 1.0]), 1, Ok(Task::Binary)),
            (column(&[0.0, 1.0, 1.0]), 2, Ok(Task::Binary)),
            (column(&[0.0, 1.0, 2.0]), 3, Ok(Task::Classes)),
            (column(&[0.0, 1.0, 2.0]), 1, Ok(Task::Regression)),
            (column(&[0.5, 1.0]), 1, Ok(Task::Regression)),
            (column(&[-1.0, 1.0]), 1, Ok(Task::Regression)),
            (hot.clone(), 3, Ok(Task::Classes)),
            (soft, 3, Ok(Task::Regression)),
            (Array2::eye(2), 1, Ok(Task::Binary)),
            (Array2::eye(2), 2, Ok(Task::Binary)),
            (hot, 5, Err(ScoreError::Columns { columns: 3, outputs: 5 })),
            (column(&[0.0, 5.0]), 5, Err(ScoreError::Classes { last: 4, sample: 1, label: "5".to_owned() })),
        ];
        for (labels, outputs, expected) in table {
            let mut truth = Truth::default();
            truth.add(labels.view(), None);
            assert_eq!(Task::of(&truth, outputs), expected, "{labels} for {outputs} outputs");
        }
    }
}
