//! Machine words that raw numbers are computed in, and buffers of them.
//!
//! Samples are computed [`LANES`] at a time: a buffer holds, for each element of a tensor, its raw numbers in that many samples
//! next to each other. So every inner loop runs over samples, whatever the layer, and the compiler turns it into vector instructions.

use std::fmt::Debug;

use multiversion::multiversion;

/// Samples that are computed at a time.
pub(super) const LANES: usize = 64;

/// Elements whose numbers several loops go over one after the other: few enough for the cache that is nearest.
pub(super) const TILE: usize = 16;

/// A signed machine word. Its arithmetic wraps: where that would change a result, the planner has chosen a wider one.
pub(super) trait Word: Copy + Ord + Default + Debug + Send + Sync + 'static {
    /// Which word this is.
    const SIZE: WordSize;
    /// All bits, the sign among them.
    const BITS: u32;
    /// A word of half the bits: twice as many of them fit in a vector register.
    type Half: Half;

    /// The half word with the lowest bits.
    fn half(self) -> Self::Half;
    /// The number that a half word holds.
    fn from_half(half: Self::Half) -> Self;

    /// The word with the lowest bits of `raw`.
    fn from_raw(raw: i128) -> Self;
    /// The word with the lowest bits of a number.
    fn from_i64(number: i64) -> Self;
    /// The number that the word holds.
    fn raw(self) -> i128;

    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    /// The product of two numbers that both fit in half the bits, which is cheaper for some words.
    fn mul_halves(self, other: Self) -> Self;
    fn and(self, other: Self) -> Self;
    /// `bits` must be less than [`BITS`](Self::BITS).
    fn shl(self, bits: u32) -> Self;
    /// The floor of `self · 2^-bits`; `bits` must be less than [`BITS`](Self::BITS).
    fn shr(self, bits: u32) -> Self;
    /// An index into a table: the lowest bits of a number that is not negative.
    fn index(self) -> usize;

    /// The buffer's words, if they are of this kind.
    fn of(words: &Words) -> Option<&Vec<Self>>;
    fn of_mut(words: &mut Words) -> Option<&mut Vec<Self>>;
    fn into_words(words: Vec<Self>) -> Words;
}

/// Half of a [`Word`]. Its arithmetic wraps as well.
pub(super) trait Half: Copy + Default + Debug + Send + Sync + 'static {
    fn add(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
}

/// The machine words that there are, by size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum WordSize {
    Bits16,
    Bits32,
    Bits64,
    Bits128,
}

impl WordSize {
    /// The narrowest word with so many bits; `None` where there is none.
    pub(super) fn for_bits(bits: u32) -> Option<Self> {
        match bits {
            0..=16 => Some(Self::Bits16),
            17..=32 => Some(Self::Bits32),
            33..=64 => Some(Self::Bits64),
            65..=128 => Some(Self::Bits128),
            _ => None,
        }
    }
}

/// Runs `$body` with `$Word` as the type that a [`WordSize`] stands for.
macro_rules! with_word {
    ($size:expr, $Word:ident => $body:expr) => {
        match $size {
            $crate::emulate::word::WordSize::Bits16 => {
                type $Word = i16;
                $body
            }
            $crate::emulate::word::WordSize::Bits32 => {
                type $Word = i32;
                $body
            }
            $crate::emulate::word::WordSize::Bits64 => {
                type $Word = i64;
                $body
            }
            $crate::emulate::word::WordSize::Bits128 => {
                type $Word = i128;
                $body
            }
        }
    };
}
pub(super) use with_word;

/// The same numbers in other words, which must hold them.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn copy<From: Word, To: Word>(from: &[From], to: &mut [To]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = To::from_raw(from.raw());
    }
}

/// Constants in words.
pub(super) fn words<W: Word>(raws: &[i128]) -> Vec<W> {
    raws.iter().map(|&raw| W::from_raw(raw)).collect()
}

/// The index, or the nearest one that there is.
pub(super) fn clamped(index: i64, entries: usize) -> usize {
    usize::try_from(index).unwrap_or(0).min(entries.saturating_sub(1))
}

/// Raw numbers in one kind of word.
#[derive(Debug, Clone)]
pub(super) enum Words {
    Bits16(Vec<i16>),
    Bits32(Vec<i32>),
    Bits64(Vec<i64>),
    Bits128(Vec<i128>),
}

impl Words {
    /// `len` zeros.
    pub(super) fn zeros(size: WordSize, len: usize) -> Self {
        with_word!(size, W => W::into_words(vec![W::default(); len]))
    }

    pub(super) fn with_capacity(size: WordSize, len: usize) -> Self {
        with_word!(size, W => W::into_words(Vec::with_capacity(len)))
    }

    pub(super) fn len(&self) -> usize {
        with_word!(self.size(), W => self.get::<W>().len())
    }

    /// One of the numbers.
    pub(super) fn get_raw(&self, at: usize) -> Option<i128> {
        with_word!(self.size(), W => self.get::<W>().get(at).map(|word| word.raw()))
    }

    pub(super) fn size(&self) -> WordSize {
        match self {
            Self::Bits16(_) => WordSize::Bits16,
            Self::Bits32(_) => WordSize::Bits32,
            Self::Bits64(_) => WordSize::Bits64,
            Self::Bits128(_) => WordSize::Bits128,
        }
    }

    /// The words, which must be of the kind asked for: the planner sees to it.
    pub(super) fn get<W: Word>(&self) -> &[W] {
        W::of(self).unwrap_or_else(|| unreachable!("{:?} asked of a buffer of {:?}", W::SIZE, self.size()))
    }

    pub(super) fn get_mut<W: Word>(&mut self) -> &mut Vec<W> {
        let size = self.size();
        W::of_mut(self).unwrap_or_else(|| unreachable!("{:?} asked of a buffer of {size:?}", W::SIZE))
    }
}

macro_rules! impl_word {
    ($word:ty, $half:ty, $unsigned:ty, $size:ident) => {
        impl Word for $word {
            const SIZE: WordSize = WordSize::$size;
            const BITS: u32 = <$word>::BITS;
            type Half = $half;

            #[inline(always)]
            fn half(self) -> $half {
                self as $half
            }
            #[inline(always)]
            fn from_half(half: $half) -> Self {
                half.into()
            }
            #[inline(always)]
            fn from_raw(raw: i128) -> Self {
                raw as $word
            }
            #[inline(always)]
            fn from_i64(number: i64) -> Self {
                number as $word
            }
            #[inline(always)]
            fn raw(self) -> i128 {
                self.into()
            }
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            #[inline(always)]
            fn mul_halves(self, other: Self) -> Self {
                <$word>::from(self as $half).wrapping_mul(<$word>::from(other as $half))
            }
            #[inline(always)]
            fn and(self, other: Self) -> Self {
                self & other
            }
            #[inline(always)]
            fn shl(self, bits: u32) -> Self {
                self.wrapping_shl(bits)
            }
            #[inline(always)]
            fn shr(self, bits: u32) -> Self {
                self.wrapping_shr(bits)
            }
            #[inline(always)]
            fn index(self) -> usize {
                self as $unsigned as usize
            }
            #[inline(always)]
            fn of(words: &Words) -> Option<&Vec<Self>> {
                if let Words::$size(words) = words { Some(words) } else { None }
            }
            #[inline(always)]
            fn of_mut(words: &mut Words) -> Option<&mut Vec<Self>> {
                if let Words::$size(words) = words { Some(words) } else { None }
            }
            fn into_words(words: Vec<Self>) -> Words {
                Words::$size(words)
            }
        }
    };
}

macro_rules! impl_half {
    ($half:ty) => {
        impl Half for $half {
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
        }
    };
}
impl_half!(i8);
impl_half!(i16);
impl_half!(i32);
impl_half!(i64);

impl_word!(i16, i8, u16, Bits16);
impl_word!(i32, i16, u32, Bits32);
impl_word!(i64, i32, u64, Bits64);
impl_word!(i128, i64, u128, Bits128);
