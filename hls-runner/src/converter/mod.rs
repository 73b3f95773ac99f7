//! Model files become projects, for a sweep: graph, project, samples for its test bench, and what its C simulation must compute.

mod model;
mod reference;

pub use model::{GridConverter, ModelConverter, TestData};
