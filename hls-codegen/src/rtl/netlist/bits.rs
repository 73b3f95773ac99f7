//! Single bits.

/// A net: what one output of a cell drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Net(pub(super) u32);

/// A bit of a number: a net, perhaps inverted, or a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bit {
    /// It is always the same.
    Constant(bool),
    /// What a net carries, or the opposite.
    Of {
        /// The net.
        net: Net,
        /// Whether it is the opposite.
        inverted: bool,
    },
}

impl Net {
    /// Its number.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl From<Net> for Bit {
    fn from(net: Net) -> Self {
        Self::Of { net, inverted: false }
    }
}

impl Bit {
    /// Zero.
    pub const ZERO: Self = Self::Constant(false);
    /// One.
    pub const ONE: Self = Self::Constant(true);

    /// The net, if it is not constant.
    #[must_use]
    pub fn net(self) -> Option<Net> {
        match self {
            Self::Constant(_) => None,
            Self::Of { net, .. } => Some(net),
        }
    }

    /// Whether it is the opposite of its net.
    #[must_use]
    pub fn is_inverted(self) -> bool {
        matches!(self, Self::Of { inverted: true, .. })
    }

    /// The opposite if `negative`, else itself.
    #[must_use]
    pub fn xor(self, negative: bool) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(value ^ negative),
            Self::Of { net, inverted } => Self::Of { net, inverted: inverted ^ negative },
        }
    }
}

impl std::ops::Not for Bit {
    type Output = Self;

    fn not(self) -> Self {
        self.xor(true)
    }
}
