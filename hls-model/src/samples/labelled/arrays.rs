//! Arrays as a file describes them, before a model says what a sample is.

/// An array of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrayInfo {
    /// Its name.
    pub name: String,
    /// How large it is.
    pub extents: Extents,
}

/// How large an array is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extents {
    /// Extent of each axis; the first counts samples.
    Samples(Vec<usize>),
    /// Extent of each axis in one record, which may be one sample, or several along the first axis.
    Record(Vec<usize>),
    /// Numbers in one record, without axes: one sample, or several one after another.
    List(usize),
}

impl Extents {
    /// How many samples of a shape they are: of the whole array, or of a record; `None` if they do not fit. An array with as many elements
    /// for each sample as the shape fits, too.
    #[must_use]
    pub fn samples(&self, shape: &[usize]) -> Option<usize> {
        let elements = product(shape);
        let along_first = |extents: &[usize]| {
            let (first, rest) = extents.split_first()?;
            (product(rest) == elements).then_some(*first)
        };
        match self {
            Self::Samples(extents) => along_first(extents),
            Self::Record(extents) if extents.get(1..) == Some(shape) => extents.first().copied(),
            Self::Record(extents) if extents == shape => Some(1),
            Self::Record(extents) => along_first(extents).or((product(extents) == elements).then_some(1)),
            Self::List(numbers) => (elements > 0 && numbers % elements == 0).then(|| numbers / elements),
        }
    }

    /// How many numbers each of so many samples has; `None` if that is no whole number.
    #[must_use]
    pub fn per_sample(&self, samples: usize) -> Option<usize> {
        let numbers = match self {
            Self::Samples(extents) | Self::Record(extents) => product(extents),
            Self::List(numbers) => *numbers,
        };
        (samples > 0 && numbers % samples == 0).then(|| numbers / samples)
    }
}

impl std::fmt::Display for Extents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Samples(extents) => write!(f, "{extents:?}"),
            Self::Record(extents) => write!(f, "{extents:?} in the first record"),
            Self::List(numbers) => write!(f, "{numbers} numbers in the first record"),
        }
    }
}

/// An array that a model reads, and the shape of a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The array's name in the file.
    pub array: String,
    /// Extent of each axis of a sample.
    pub shape: Vec<usize>,
}

/// Number of elements; too large ones are all the same.
pub(super) fn product(shape: &[usize]) -> usize {
    shape.iter().fold(1, |all, &extent| all.saturating_mul(extent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_a_sample_or_several() {
        let table: [(Extents, &[usize], Option<usize>); 14] = [
            (Extents::Samples(vec![100, 13, 21]), &[13, 21], Some(100)),
            (Extents::Samples(vec![100, 273]), &[13, 21], Some(100)),
            (Extents::Samples(vec![13, 21]), &[13, 21], None),
            (Extents::Samples(vec![]), &[1], None),
            (Extents::Samples(vec![5]), &[1], Some(5)),
            (Extents::Record(vec![64, 21]), &[21], Some(64)),
            (Extents::Record(vec![21]), &[21], Some(1)),
            (Extents::Record(vec![13, 21]), &[13, 21], Some(1)),
            (Extents::Record(vec![13, 21]), &[273], Some(1)),
            (Extents::Record(vec![64]), &[1], Some(64)),
            (Extents::Record(vec![]), &[1], Some(1)),
            (Extents::Record(vec![64, 20]), &[21], None),
            (Extents::List(42), &[21], Some(2)),
            (Extents::List(41), &[21], None),
        ];
        for (extents, shape, expected) in table {
            assert_eq!(extents.samples(shape), expected, "{extents} as {shape:?}");
        }
    }
}
