//! What varies besides the models.

use hls_runner::Axis;

/// What varies besides the models.
#[derive(Debug, Clone, clap::Args)]
pub struct GridArgs {
    /// Take all combinations of settings: an option of the conversion, or a key as --set has it, and its values, such as
    /// clock-period=5,10,20 or LayerType.Dense.ReuseFactor=1,4; may be repeated
    #[arg(long = "grid", value_name = "AXIS=VALUE,…")]
    pub axes: Vec<Axis>,
}
