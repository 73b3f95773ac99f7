use std::path::Path;

/// What a converter reports when a model cannot become a project; its whole cause chain is shown.
pub type ConvertError = Box<dyn std::error::Error + Send + Sync>;

/// Turns one model file into an hls4ml-style project. Called from several worker threads at once.
pub trait Converter: Send + Sync {
    /// Writes the project for `model` into `project_dir`, which exists and holds nothing that counts.
    ///
    /// # Errors
    /// Anything that keeps this model from becoming a complete project. It fails this job only.
    fn convert(&self, model: &Path, project_dir: &Path) -> Result<ConvertedProject, ConvertError>;
}

/// What the runner needs to know about a project that a [`Converter`] wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertedProject {
    /// hls4ml's project name, which is also the name of the top function: `firmware/NAME.cpp`, `NAME_prj/`.
    pub name: String,
    /// Sentences for the person who has to know what the project does not do as the model says.
    pub warnings: Vec<String>,
    /// What the C simulation's results are to be compared with.
    pub expectation: Expectation,
}

/// What `tb_data/tb_output_predictions.dat` means for the C simulation's results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expectation {
    /// Nothing was promised: the file is absent, or holds outputs of another arithmetic (Keras floats).
    #[default]
    None,
    /// Every number must be equal after parsing.
    Exact,
}
