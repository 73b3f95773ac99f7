//! Parameters of activation quantizers that hls4ml ignores.

use super::{Lowering, Source};
use crate::graph::activation_precision;
use crate::precision::Precision;
use crate::quantizer::{Alpha, Quantizer};

impl Lowering {
    /// Warns of all parameters that are not what hls4ml takes them for.
    pub(super) fn warn_of_ignored_parameters(&mut self, source: &Source<'_>, quantizer: &Quantizer) {
        for what in ignored(quantizer) {
            self.warn(&source.keras.name, format!("{what} of the quantizer is ignored by hls4ml"));
        }
        let wraps = matches!(activation_precision(quantizer), Some(Precision::Integer { .. }))
            && !matches!(
                quantizer.class_name(),
                "binary" | "ternary" | "stochastic_binary" | "stochastic_ternary"
            );
        if wraps {
            self.warn(
                &source.keras.name,
                format!("{quantizer} has no fractional bits; hls4ml then cuts and wraps instead of rounding and saturating"),
            );
        }
    }
}

fn ignored(quantizer: &Quantizer) -> Vec<&'static str> {
    let is_scaled = !matches!(quantizer.alpha(), Alpha::None) && quantizer.alpha() != Alpha::Number(1.0);
    let blend = match quantizer {
        Quantizer::Bits(q) => q.blend.qnoise_factor,
        Quantizer::Relu(q) => q.blend.qnoise_factor,
        Quantizer::Tanh(_)
        | Quantizer::Sigmoid(_)
        | Quantizer::Binary(_)
        | Quantizer::Ternary(_)
        | Quantizer::StochasticBinary(_)
        | Quantizer::StochasticTernary(_)
        | Quantizer::Bernoulli(_)
        | Quantizer::Ulaw(_)
        | Quantizer::Po2(_)
        | Quantizer::ReluPo2(_)
        | Quantizer::Hswish(_) => 1.0,
    };
    let own: &[(bool, &'static str)] = match quantizer {
        Quantizer::Bits(q) => {
            &[(q.symmetric && q.keep_negative, "symmetric"), (!q.keep_negative, "keep_negative=False")]
        }
        Quantizer::Relu(q) => {
            &[(q.relu_upper_bound.is_some(), "relu_upper_bound"), (q.use_sigmoid, "use_sigmoid")]
        }
        Quantizer::Sigmoid(q) => &[(q.symmetric, "symmetric")],
        Quantizer::Binary(q) => &[(q.use_01, "use_01")],
        Quantizer::Tanh(_)
        | Quantizer::Ternary(_)
        | Quantizer::StochasticBinary(_)
        | Quantizer::StochasticTernary(_)
        | Quantizer::Bernoulli(_)
        | Quantizer::Ulaw(_)
        | Quantizer::Po2(_)
        | Quantizer::ReluPo2(_)
        | Quantizer::Hswish(_) => &[],
    };
    let common = [(is_scaled, "alpha"), (blend != 1.0, "qnoise_factor")];
    own.iter().chain(&common).filter(|(given, _)| *given).map(|(_, what)| *what).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_change_numbers_are_named() {
        for (text, expected) in [
            ("quantized_bits(6,1)", &[][..]),
            ("quantized_bits(6,1,alpha=1)", &[]),
            ("quantized_bits(6,1,1,alpha='auto')", &["symmetric", "alpha"]),
            ("quantized_bits(6,1,0,keep_negative=False)", &["keep_negative=False"]),
            (
                "quantized_relu(6,1,relu_upper_bound=1.5,qnoise_factor=0.5)",
                &["relu_upper_bound", "qnoise_factor"],
            ),
            ("quantized_tanh(6,symmetric=True)", &[]),
            ("quantized_sigmoid(6,symmetric=True)", &["symmetric"]),
            ("binary(use_01=True,alpha=0.5)", &["use_01", "alpha"]),
            ("ternary(alpha='auto_po2')", &["alpha"]),
            ("stochastic_ternary(alpha=1)", &[]),
        ] {
            let quantizer = Quantizer::parse(text).expect("a quantizer");
            assert_eq!(ignored(&quantizer), expected, "{text}");
        }
    }
}
