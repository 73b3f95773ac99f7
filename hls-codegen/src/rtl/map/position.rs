//! What one position of a carry chain can add up.
//!
//! A position has a LUT of up to six inputs with two outputs, and adds a number `v` of 0 to 2 to the carry: `s` is its lowest bit, `di` says
//! whether it is 2 (when it is 1, the carry passes). Of the bits of its column it takes a set `P`, of which only the parity is added here;
//! half of their sum, rounded down, goes to the next position, whose LUT therefore reads them again. One more bit `x` can be added as it is,
//! and then comes to the chain by itself. This gives all the compressors that Preußer describes ("Generic and Universal Parallel Matrix Summation
//! with a Flexible Compression Goal for Xilinx FPGAs", FPL 2017): (0,6), (1,4), (2,2), and adders that take three bits in every other column.

use std::sync::LazyLock;

/// What a position passes on to the next besides the carry: a number up to `most`, which its LUT reads from `inputs` bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Pending {
    /// Bits that the next LUT reads again.
    pub inputs: usize,
    /// The largest number.
    pub most: usize,
}

/// How many bits a position takes of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Intake {
    /// Bits whose parity is added.
    pub parity: usize,
    /// Whether one more bit is added as it is.
    pub direct: bool,
}

/// The most inputs of a LUT with two outputs.
const SHARED_INPUTS: usize = 5;

impl Pending {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::new(0, 0),
        Self::new(1, 1),
        Self::new(2, 1),
        Self::new(3, 1),
        Self::new(3, 2),
        Self::new(4, 2),
        Self::new(5, 2),
        Self::new(0, 1),
        Self::new(2, 2),
        Self::new(1, 2),
    ];

    /// Nothing.
    pub const NONE: Self = Self::new(0, 0);

    const fn new(inputs: usize, most: usize) -> Self {
        Self { inputs, most }
    }

    /// Its place in [`ALL`](Self::ALL).
    pub fn index(self) -> usize {
        Self::ALL.iter().position(|&other| other == self).unwrap_or(0)
    }

    /// What a position passes on that takes so many bits for their parity, with a constant one among them or not.
    pub fn after(parity: usize, one: bool) -> Option<Self> {
        let most = (parity + usize::from(one)) / 2;
        match most {
            0 => Some(Self::NONE),
            1 | 2 => Some(Self::new(parity, most)),
            _ => None,
        }
    }

    /// Whether a position can take this much: of a column whose constant is `one`, with the direct bit in the LUT or on its own way.
    pub fn allows(self, intake: Intake, one: bool, may_bypass: bool) -> bool {
        let Intake { parity, direct } = intake;
        let has_parity = parity > 0 || one;
        let largest = usize::from(has_parity) + self.most + usize::from(direct);
        let inputs = self.inputs + parity + usize::from(direct);
        let fits =
            inputs <= SHARED_INPUTS || may_bypass && direct && self.most == 0 && inputs <= SHARED_INPUTS + 1;
        largest <= 2 && fits && Self::after(parity, one).is_some()
    }
}

/// A way from what one position passes on to what the next does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Transition {
    /// What the position takes.
    pub intake: Intake,
    /// Whether its direct bit goes past the LUT.
    pub bypasses: bool,
    /// What it passes on, by its place in [`Pending::ALL`].
    pub after: usize,
}

/// For columns without and with a constant one, for everything that can be pending, all ways to go on.
pub(super) static TRANSITIONS: LazyLock<[[Vec<Transition>; Pending::ALL.len()]; 2]> = LazyLock::new(|| {
    [false, true].map(|one| {
        Pending::ALL.map(|pending| {
            let allowed = Intake::all().filter(|&intake| pending.allows(intake, one, true));
            let way = |intake: Intake| {
                let after = Pending::after(intake.parity, one)?.index();
                Some(Transition { intake, bypasses: !pending.allows(intake, one, false), after })
            };
            allowed.filter_map(way).collect()
        })
    })
});

impl Intake {
    /// Bits in all.
    pub fn bits(self) -> usize {
        self.parity + usize::from(self.direct)
    }

    /// Everything that there could be.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=SHARED_INPUTS).flat_map(|parity| [false, true].map(|direct| Self { parity, direct }))
    }
}
