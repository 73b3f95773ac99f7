//! What can go wrong between a graph and a project on disk.

use std::io;
use std::path::PathBuf;

use hls_model::precision::Precision;
use hls_model::target::TargetError;

use crate::settings::SettingError;

/// Why a project could not be generated or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodegenError {
    /// The graph holds something that the back end cannot write.
    #[error("layer \"{layer}\" ({class}) cannot be written as firmware: {reason}")]
    Unsupported {
        /// The layer's name.
        layer: String,
        /// hls4ml's class name.
        class: &'static str,
        /// What is not supported, and what to do.
        reason: String,
    },
    /// The graph is inconsistent; a bug in whatever built it.
    #[error("layer \"{layer}\" ({class}) is incomplete: it has no {missing}")]
    Incomplete {
        /// The layer's name.
        layer: String,
        /// hls4ml's class name.
        class: &'static str,
        /// What a node of this class must have.
        missing: &'static str,
    },
    /// A name that must be a C++ identifier is not one.
    #[error(
        "\"{name}\" cannot be the name of {what}: a C++ name consists of letters, digits and `_`, does not begin with a digit, and is not a reserved word"
    )]
    Identifier {
        /// The name.
        name: String,
        /// What it is the name of.
        what: &'static str,
    },
    /// A setting with an invalid value.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The target is not available.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A weight that is not a power of two, in an array that stores exponents.
    #[error(
        "weight array {variable} holds {value}, which is not a power of two and cannot be stored as {precision}"
    )]
    NotAPowerOfTwo {
        /// The C++ variable.
        variable: String,
        /// The value.
        value: f64,
        /// The array's precision.
        precision: Precision,
    },
    /// A weight that is NaN or infinite.
    #[error(
        "weight array {variable} holds {value}, which no fixed-point type can store; check how the model was trained"
    )]
    NotFinite {
        /// The C++ variable.
        variable: String,
        /// The value.
        value: f64,
    },
    /// A folder given as a kernel library is not one.
    #[error("{path} is not a kernel library: {reason}; it must contain the folders nnet_utils and ap_types")]
    Kernels {
        /// The folder.
        path: PathBuf,
        /// What is missing or unreadable.
        reason: String,
    },
    /// A kernel library into which generated kernels cannot be inserted.
    #[error(
        "this model needs generated kernels in {header} of the kernel library, but {reason}; \
         use another library, or the strategy Resource instead of ResourceUnrolled"
    )]
    NoPlaceForKernels {
        /// The header, below `firmware/`.
        header: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The graph cannot be a circuit.
    #[error(transparent)]
    Rtl(#[from] crate::rtl::RtlError),
    /// A template cannot be rendered; a bug in this crate.
    #[error("template {template} cannot be rendered: {reason}")]
    Template {
        /// The template's path below `templates/`.
        template: String,
        /// What the template engine says.
        reason: String,
    },
    /// A file or folder cannot be written.
    #[error("cannot write {path}: {source}{hint}", hint = hint(source))]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

/// What a person can do about it.
fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; free some space or choose another output folder"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; choose an output folder that you may write to"
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "; a file is in the way: move it, or choose another output folder"
        }
        _ => "",
    }
}
