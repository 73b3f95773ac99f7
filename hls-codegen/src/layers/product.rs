//! Which of the kernels' product functors multiplies two kinds of numbers.

use hls_model::precision::Precision;

/// The functor's name in `nnet::product` for `data · weight`; `None` where there is no such product.
pub(super) fn functor(data: &Precision, weight: &Precision) -> Option<&'static str> {
    Some(match (data, weight) {
        (Precision::Exponent { .. }, _) => return None,
        (_, Precision::Exponent { .. }) => "weight_exponential",
        (Precision::Xnor, Precision::Xnor) => "both_binary",
        (_, Precision::Xnor) => "weight_binary",
        (Precision::Xnor, _) => "data_binary",
        (_, Precision::Integer { width: 2, signed: true }) => "weight_ternary",
        _ => "mult",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_numbers_have_special_products() {
        let po2 = Precision::Exponent { width: 4, signed: true };
        let fixed = Precision::fixed(16, 6);
        let table = [
            (fixed, fixed, Some("mult")),
            (fixed, Precision::int(2), Some("weight_ternary")),
            (fixed, Precision::uint(2), Some("mult")),
            (fixed, Precision::Xnor, Some("weight_binary")),
            (Precision::Xnor, fixed, Some("data_binary")),
            (Precision::Xnor, Precision::int(2), Some("data_binary")),
            (Precision::Xnor, Precision::Xnor, Some("both_binary")),
            (fixed, po2, Some("weight_exponential")),
            (po2, fixed, None),
        ];
        for (data, weight, expected) in table {
            assert_eq!(functor(&data, &weight), expected, "{data} · {weight}");
        }
    }
}
