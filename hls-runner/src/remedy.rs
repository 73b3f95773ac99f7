//! What would mend an error, as a value: libraries know the remedy, and programs know what their options for it are called.

/// A choice that whoever meets an error can make otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Another output folder.
    OutputFolder,
    /// Fewer jobs at a time.
    Workers,
    /// The toolchain with this name.
    Toolchain(&'static str),
    /// Whether one tier or both are taken.
    Tiers,
    /// Which stages run.
    Stages,
    /// The device that a circuit is placed in.
    ChipDatabase,
}
