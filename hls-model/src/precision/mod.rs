//! hls4ml's kinds of precision, read and printed in its notations.
//!
//! | notation | example | printed by |
//! |---|---|---|
//! | short, with all modes | `ufixed<8,0,RND_CONV,SAT,0>` | [`Precision`]'s `Display` |
//! | configurations | `fixed<16,6>`, `xnor:ap_uint<1>` | [`Precision::configuration_form`] |
//! | graph facts | `ap_ufixed<8,0,RND_CONV,SAT,0>`, `xnor:ap_uint<1>` | [`Precision::graph_form`] |
//! | C++ | `ap_ufixed<8,0,AP_RND_CONV,AP_SAT,0>` | [`Precision::cpp`] |
//!
//! All of them are read by one parser, together with the `ac_fixed`/`ac_int` notation that hls4ml's FPGA back ends share.

mod error;
mod notation;
mod spec;
mod types;

pub use error::PrecisionError;
pub use spec::PrecisionSpec;
pub use types::Precision;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixed::{FixedType, Overflow, Rounding};

    fn modes(ty: FixedType, rounding: Rounding, overflow: Overflow) -> Precision {
        Precision::Fixed(ty.with_modes(rounding, overflow))
    }

    #[test]
    fn every_spelling_is_read() {
        let relu = modes(FixedType::unsigned(8, 0), Rounding::RndConv, Overflow::Sat);
        let table = [
            ("fixed<16,6>", Precision::fixed(16, 6)),
            ("fixed<16, 6>", Precision::fixed(16, 6)),
            (" ap_fixed< 16 ,6 > ", Precision::fixed(16, 6)),
            ("Fixed<16,6,TRN,WRAP,0>", Precision::fixed(16, 6)),
            ("fixed<4,-2>", Precision::fixed(4, -2)),
            ("fixed<4,9>", Precision::fixed(4, 9)),
            ("ufixed<8,0,RND_CONV,SAT>", relu),
            ("ap_ufixed<8,0,AP_RND_CONV,AP_SAT,0>", relu),
            ("ufixed<8,0,rnd_conv,sat>", relu),
            ("fixed<8,1,RND>", modes(FixedType::signed(8, 1), Rounding::Rnd, Overflow::Wrap)),
            (
                "fixed<8,1,TRN,WRAP,3>",
                Precision::Fixed(FixedType { saturation_bits: 3, ..FixedType::signed(8, 1) }),
            ),
            ("int<8>", Precision::int(8)),
            ("ap_int<8>", Precision::int(8)),
            ("uint<1>", Precision::uint(1)),
            ("ap_uint<3>", Precision::uint(3)),
            ("int<8,RND,SAT>", Precision::int(8)),
            ("xnor", Precision::Xnor),
            ("xnor:ap_uint<1>", Precision::Xnor),
            ("exponent:ap_int<4>", Precision::Exponent { width: 4, signed: true }),
            ("ac_fixed<16,6>", Precision::fixed(16, 6)),
            ("ac_fixed<16,6,false>", Precision::ufixed(16, 6)),
            (
                "ac_fixed<8,1,true,AC_RND,AC_SAT>",
                modes(FixedType::signed(8, 1), Rounding::Rnd, Overflow::Sat),
            ),
            ("ac_int<8,false>", Precision::uint(8)),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for text in ["auto", " Auto", "AUTO"] {
            assert_eq!(text.parse(), Ok(PrecisionSpec::Auto));
        }
    }

    #[test]
    fn each_notation_has_its_place() {
        let table = [
            ("fixed<16,6>", "fixed<16,6,TRN,WRAP,0>", "ap_fixed<16,6,TRN,WRAP,0>", "ap_fixed<16,6>"),
            (
                "ufixed<8,0,RND_CONV,SAT>",
                "ufixed<8,0,RND_CONV,SAT,0>",
                "ap_ufixed<8,0,RND_CONV,SAT,0>",
                "ap_ufixed<8,0,AP_RND_CONV,AP_SAT,0>",
            ),
            (
                "fixed<4,1,TRN,WRAP,2>",
                "fixed<4,1,TRN,WRAP,2>",
                "ap_fixed<4,1,TRN,WRAP,2>",
                "ap_fixed<4,1,AP_TRN,AP_WRAP,2>",
            ),
            ("int<2>", "int<2>", "ap_int<2>", "ap_int<2>"),
            ("uint<1>", "uint<1>", "ap_uint<1>", "ap_uint<1>"),
            ("xnor", "uint<1>", "xnor:ap_uint<1>", "ap_uint<1>"),
            ("exponent:ap_int<4>", "int<4>", "exponent:ap_int<4>", "ap_int<4>"),
        ];
        for (text, short, graph, cpp) in table {
            let precision: Precision = text.parse().expect(text);
            assert_eq!((precision.to_string().as_str(), precision.graph_form().as_str()), (short, graph));
            assert_eq!(precision.cpp(), cpp);
            assert_eq!(precision.graph_form().parse(), Ok(precision));
            assert_eq!(precision.configuration_form().parse(), Ok(precision));
        }
        assert_eq!(PrecisionSpec::Auto.graph_form(), "auto");
    }

    #[test]
    fn what_is_no_precision_says_so() {
        let table = [
            ("", "is not a precision"),
            ("fixed", "is not a precision"),
            ("fixed<16,6", "is not a precision"),
            ("mixed<16,6>", "is not a precision"),
            ("exponent:fixed<4,2>", "is not a precision"),
            ("fixed<16>", "1 arguments"),
            ("fixed<16,6,TRN,WRAP,0,1>", "6 arguments"),
            ("int<>", "not a usable width"),
            ("fixed<-4,2>", "not a usable width"),
            ("fixed<99999999999,2>", "not a usable width"),
            ("fixed<16,x>", "not a usable number of integer bits"),
            ("fixed<0,0>", "choose 1 to 1024"),
            ("int<2000>", "choose 1 to 1024"),
            ("fixed<8,1,UP>", "is not a rounding mode"),
            ("fixed<8,1,RND,STAY>", "is not an overflow mode"),
            ("fixed<8,1,RND,WRAP_SM>", "sign-magnitude"),
            ("float", "floating-point"),
            ("ap_float<32,8>", "floating-point"),
            ("auto", "not possible here"),
        ];
        for (text, part) in table {
            let message = text.parse::<Precision>().expect_err(text).to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn integers_drop_fractions_towards_zero() {
        assert_eq!(Precision::int(8).storage().from_f64(-1.75), -1);
        let table = [(-1.75, -1), (-0.5, 0), (-0.499, 1), (-0.0, 0), (0.499, 0), (1.75, 1)];
        for (value, expected) in table {
            assert_eq!(Precision::int(8).cast_f64(value), expected, "{value}");
        }
        assert_eq!(Precision::fixed(8, 8).storage().from_f64(-1.75), -2);
    }
}
