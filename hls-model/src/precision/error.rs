//! Why a text is not a precision.

use crate::fixed::FixedError;

/// Why a text is not a precision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrecisionError {
    /// The text is none of the known kinds.
    #[error(
        "`{text}` is not a precision: write something like `fixed<16,6>`, `ufixed<8,0,RND_CONV,SAT>`, `int<8>`, `uint<1>` or `auto`"
    )]
    Unknown {
        /// The whole text.
        text: String,
    },
    /// hls4ml has floating-point types; this flow is fixed-point only.
    #[error(
        "`{text}` is a floating-point type, which the Vitis flow cannot build: use a fixed-point type such as `fixed<16,6>`"
    )]
    Float {
        /// The whole text.
        text: String,
    },
    /// The number of arguments is wrong for the kind.
    #[error("`{text}` has {found} arguments between `<` and `>`, but {expected} are possible")]
    Arguments {
        /// The whole text.
        text: String,
        /// The number of arguments found.
        found: usize,
        /// The possible numbers of arguments.
        expected: &'static str,
    },
    /// An argument is not a whole number of the right size.
    #[error("`{argument}` in `{text}` is not a usable {role}: write a whole number of bits")]
    Number {
        /// The whole text.
        text: String,
        /// The argument.
        argument: String,
        /// What the argument stands for.
        role: &'static str,
    },
    /// The arguments are well-formed, but make no type.
    #[error("`{text}` is not a usable precision: {cause}")]
    Fixed {
        /// The whole text.
        text: String,
        /// What is wrong.
        cause: FixedError,
    },
    /// A concrete precision is needed here.
    #[error("`auto` is not possible here: write a precision such as `fixed<16,6>`")]
    Auto,
}
