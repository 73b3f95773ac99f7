//! How good predictions are: pure functions of predictions, truth, and weights of samples.
//!
//! Definitions are those of scikit-learn 1.7 where it has the metric (`accuracy_score`, `roc_auc_score`, `log_loss`, `mean_squared_error`,
//! `mean_absolute_error`), and NumPy's for quantiles; `docs/scoring.md` has the formulas. A metric that the samples do not define is an
//! [`Undefined`] with the reason, never NaN.
//!
//! - `ranking`: what depends on the order of scores alone: area under the ROC curve, background rejection.
//! - `classes`: accuracy, logarithmic loss, one class against the rest.
//! - `regression`: errors and resolution.
//! - `quantile`, `mean`: the two kinds of averages that all of them are made of.
//!
//! Weights, where there are any, are finite and not negative.

mod classes;
mod mean;
mod quantile;
mod ranking;
mod regression;
mod undefined;

pub use classes::{accuracy, first_largest, log_loss, one_against_rest};
pub use quantile::{quantile, weighted_quantile};
pub use ranking::Ranking;
pub use regression::{mean_absolute_error, mean_squared_error, resolution};
pub use undefined::Undefined;
