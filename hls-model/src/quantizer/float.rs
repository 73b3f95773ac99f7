//! float32 arithmetic as TensorFlow 2.14 does it on a CPU: QKeras's results depend on the order of its operations and on
//! Eigen's approximations, bit by bit.

use super::kinds::Blend;

/// Keras's `epsilon()`.
pub(super) const EPSILON: f32 = 1e-7;

/// Value that passes unchanged where a straight-through estimator adds what a rounding changed.
pub(super) fn through(x: f32, to: f32) -> f32 {
    x + (-x + to)
}

/// QKeras's `_round_through`: ties to even.
pub(super) fn round(x: f32) -> f32 {
    through(x, nearest(x))
}

/// From here on every float is a whole number.
const WHOLE: f32 = 8_388_608.0;

/// The nearest whole number, ties to even, with additions instead of a call, so that loops over arrays become vector instructions.
fn nearest(x: f32) -> f32 {
    let magnitude = x.abs();
    if magnitude < WHOLE { (magnitude + WHOLE - WHOLE).copysign(x) } else { x }
}

/// -1, 0 or 1.
pub(super) fn sign(x: f32) -> f32 {
    match x {
        x if x > 0.0 => 1.0,
        x if x < 0.0 => -1.0,
        _ => 0.0,
    }
}

/// -1 or 1, zero counting as positive.
pub(super) fn sign_of_binary(x: f32) -> f32 {
    let s = sign(x);
    s + (1.0 - s.abs())
}

/// Keras's `clip`.
pub(super) fn clip(x: f32, low: f32, high: f32) -> f32 {
    x.min(high).max(low)
}

/// `2^x`, exact for whole `x`.
pub(super) fn exp2(x: f32) -> f32 {
    f64::from(x).exp2() as f32
}

/// `2^n`.
pub(super) fn power_of_two(n: i32) -> f32 {
    match u32::try_from(n.saturating_add(127)) {
        // The exponent of an ordinary float.
        Ok(exponent @ 1..=254) => f32::from_bits(exponent << 23),
        _ => exp2(n as f32),
    }
}

/// QKeras's default sigmoid.
pub(super) fn hard_sigmoid(x: f32) -> f32 {
    clip(0.5 * x + 0.5, 0.0, 1.0)
}

/// The logistic function.
pub(super) fn sigmoid(x: f32) -> f32 {
    (1.0 / (1.0 + f64::from(-x).exp())) as f32
}

/// Eigen's rational tanh (odd polynomial of degree 13 over even polynomial of degree 6), without fused multiply-add.
pub(super) fn tanh(x: f32) -> f32 {
    const CLAMP: f32 = 7.905_311;
    const LINEAR_BELOW: f32 = 0.0004;
    const ODD: [f32; 7] = [
        -2.760_768_4e-16,
        2.000_188e-13,
        -8.604_672e-11,
        5.122_297_3e-8,
        1.485_722_35e-5,
        6.372_619_5e-4,
        4.893_524_6e-3,
    ];
    const EVEN: [f32; 4] = [1.198_258_4e-6, 1.185_347_1e-4, 2.268_434_7e-3, 4.893_525e-3];
    if x.abs() < LINEAR_BELOW {
        return x;
    }
    let x = clip(x, -CLAMP, CLAMP);
    let square = x * x;
    let horner = |coefficients: &[f32]| coefficients.iter().fold(0.0, |sum, &c| sum * square + c);
    (x * horner(&ODD)) / horner(&EVEN)
}

/// Lanes of Eigen's float32 packets in TensorFlow's builds.
pub(super) const LANES: usize = 8;

/// Which code computes an element: elements that fill whole packets get Eigen's approximations, the rest the C library's
/// functions. They differ in the last bit of logarithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EigenPath {
    /// Among the whole packets.
    Packet,
    /// After them.
    Tail,
}

impl EigenPath {
    /// Where element `at` of `len` is computed.
    pub fn of(at: usize, len: usize) -> Self {
        if at < len / LANES * LANES { Self::Packet } else { Self::Tail }
    }
}

/// The logarithm of an element.
pub(super) fn ln(x: f32, path: EigenPath) -> f32 {
    match path {
        EigenPath::Packet => packet_ln(x),
        EigenPath::Tail => x.ln(),
    }
}

/// Eigen's logarithm of a positive normal number: exponent plus a (3,3) rational function of the fraction in [√½, √2).
fn packet_ln(x: f32) -> f32 {
    const P: [f32; 3] = [0.182_562_96, 1.0, 1.0];
    const Q: [f32; 4] = [0.049_616_247, 0.599_232_5, 1.5, 1.0];
    if x <= 0.0 || !x.is_finite() {
        return x.ln();
    }
    let bits = x.max(f32::MIN_POSITIVE).to_bits();
    let mut exponent = ((bits >> 23) & 0xff) as i32 - 126;
    let mut fraction = f32::from_bits((bits & 0x007f_ffff) | 0x3f00_0000);
    if fraction < std::f32::consts::FRAC_1_SQRT_2 {
        exponent -= 1;
        fraction += fraction;
    }
    let t = fraction - 1.0;
    let horner = |coefficients: &[f32]| coefficients.iter().fold(0.0, |sum, &c| t * sum + c);
    exponent as f32 * std::f32::consts::LN_2 + (t * horner(&P)) / horner(&Q)
}

/// QKeras's base-2 logarithm.
pub(super) fn log2(x: f32, path: EigenPath) -> f32 {
    ln(x, path) / std::f32::consts::LN_2
}

/// Keras's `relu` with a slope below zero.
pub(super) fn leaky(x: f32, slope: f32) -> f32 {
    match slope {
        0.0 => x.max(0.0),
        _ if x > 0.0 => x,
        _ => x * slope,
    }
}

/// Replaces `x` by `xq` to the degree that the quantizer asks for.
pub(super) fn blend(how: &Blend, x: f32, xq: f32) -> f32 {
    let factor = how.qnoise_factor as f32;
    match how.use_ste {
        true => x + factor * (-x + xq),
        false => (1.0 - how.qnoise_factor) as f32 * x + factor * xq,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcuts_are_exact() {
        for n in -140..=130 {
            assert_eq!(power_of_two(n).to_bits(), exp2(n as f32).to_bits(), "2^{n}");
        }
        // Halves and their neighbours, and every bit pattern of a coarse grid.
        let halves = (-40_000..40_000).map(|i| i as f32 / 4.0);
        let patterns = (0..=u32::MAX / 4_099).map(|i| f32::from_bits(i * 4_099));
        for x in halves.chain(patterns).flat_map(|x| [x.next_down(), x, x.next_up()]).filter(|x| !x.is_nan())
        {
            assert_eq!(nearest(x).to_bits(), x.round_ties_even().to_bits(), "{x}");
        }
    }

    /// `(x, tanh(x), log(x))` in TensorFlow 2.14.1, as bits.
    const TENSORFLOW: &[(u32, u32, u32)] = &[
        (0x32800000, 0x32800000, 0xc1902cb4),
        (0x39000000, 0x39000000, 0xc1102cb4),
        (0x3f000000, 0x3eec9a9f, 0xbf317218),
        (0x3f800000, 0x3f42f7d6, 0x00000000),
        (0x40000000, 0x3f76ca83, 0x3f317218),
        (0x47000000, 0x3f800000, 0x41265af6),
        (0x4e800000, 0x3f800000, 0x41a65af6),
        (0x4100cceb, 0x3f800000, 0x40057bb6),
        (0x41014541, 0x3f800000, 0x4005b765),
        (0x40a4e778, 0x3f7ffb9e, 0x3fd1df5a),
        (0x4036e9b3, 0x3f7e51d4, 0x3f866a8f),
        (0x3f0a1006, 0x3efc2424, 0xbf1e1289),
        (0x40755b28, 0x3f7fc2b5, 0x3fac028a),
        (0x4082b620, 0x3f7fdae6, 0x3fb420f8),
        (0x3ee7cf1a, 0x3ed92b4c, 0xbf4adb71),
        (0x35458113, 0x35458113, 0xc161f531),
        (0x419e51a6, 0x3f800000, 0x403f0d07),
        (0x3d1da7b9, 0x3d1d93cc, 0xc0507885),
        (0x37aec981, 0x37aec981, 0xc12c7608),
        (0x3a497ba8, 0x3a497ba4, 0xc0e57860),
        (0x4149ef11, 0x3f800000, 0x40224333),
        (0x404bc9b8, 0x3f7f1f9a, 0x3f943fcc),
        (0x3f9bbd7b, 0x3f56b3ff, 0x3e48ddd3),
        (0x3ea8f5c3, 0x3ea31527, 0xbf8de8a8),
    ];

    #[test]
    fn tanh_and_log_have_tensorflows_bits() {
        for &(x, tanh_x, ln_x) in TENSORFLOW {
            let value = f32::from_bits(x);
            assert_eq!(tanh(value).to_bits(), tanh_x, "tanh({value})");
            assert_eq!(ln(value, EigenPath::Packet).to_bits(), ln_x, "log({value})");
        }
    }
}
