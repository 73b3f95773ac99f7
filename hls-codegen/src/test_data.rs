//! Samples as the test bench of a project reads them.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use hls_model::samples::Samples;
use ndarray::Array2;

use crate::CodegenError;
use crate::backend::ProjectLayout;

/// Writes samples into a project's folder, and their outputs where those are known.
///
/// # Errors
/// [`CodegenError::Write`] with the path that could not be written.
pub fn write_samples(layout: &ProjectLayout, project: &Path, samples: &Samples) -> Result<(), CodegenError> {
    // Doubles: their shortest text gives the float32 back through any number of roundings.
    let inputs: Vec<Array2<f64>> = samples.inputs.iter().map(|array| array.mapv(f64::from)).collect();
    write_file(&project.join(layout.test_inputs), &lines(&inputs))?;
    match &samples.expected {
        Some(outputs) => write_file(&project.join(layout.expected_outputs), &lines(outputs)),
        None => Ok(()),
    }
}

/// A line for each sample: the elements of all arrays, separated by spaces.
fn lines(arrays: &[Array2<f64>]) -> String {
    let mut text = String::new();
    for sample in 0..arrays.first().map_or(0, Array2::nrows) {
        let numbers = arrays.iter().flat_map(|array| array.row(sample).to_vec());
        for (i, value) in numbers.enumerate() {
            let gap = if i == 0 { "" } else { " " };
            // Writing into a text cannot fail.
            let _ = write!(text, "{gap}{value}");
        }
        text.push('\n');
    }
    text
}

fn write_file(path: &Path, text: &str) -> Result<(), CodegenError> {
    let refused = |source| CodegenError::Write { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(refused)?;
    }
    fs::write(path, text).map_err(refused)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_line_holds_all_inputs_of_a_sample() {
        let inputs = [array![[1.0, -0.5], [2.0, 0.1_f32.into()]], array![[3.0], [4.0]]];
        assert_eq!(lines(&inputs), "1 -0.5 3\n2 0.10000000149011612 4\n");
    }
}
