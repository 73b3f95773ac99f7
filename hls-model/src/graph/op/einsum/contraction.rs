//! An equation like `ij,jk->ik`, taken apart into loops.

use std::fmt;

use crate::graph::op::Transpose;

/// A sum of products of two tensors, as loops over four groups of axes. Those that both tensors and the result have are *in place*, those that
/// only the tensors have are *contracted*, those of one tensor and the result are *free*.
///
/// With the inputs' axes in the order of [`permutations`](Self::permutations), `a[i][l][c]` and `b[i][m][c]`, the result is
/// `Σ_c a[i][l][c] · b[i][m][c]` at `[i][l][m]`, and its axes move by [`result_permutation`](Self::result_permutation).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contraction {
    /// The equation without the batch axis, as the file has it.
    pub equation: String,
    /// The shapes of both tensors.
    pub shapes: [Vec<usize>; 2],
    /// For each tensor its axes in the order in place, free, contracted.
    pub permutations: [Vec<usize>; 2],
    /// The extents of the result's axes in the order in place, free of the first, free of the second tensor.
    pub result_shape: Vec<usize>,
    /// For each axis of the result, which of those it is.
    pub result_permutation: Vec<usize>,
    /// Elements along the axes in place.
    pub n_inplace: usize,
    /// Elements along the free axes of each tensor.
    pub n_free: [usize; 2],
    /// Products in each sum.
    pub n_contract: usize,
}

/// What is wrong with an equation. Its text is the end of a sentence that names the layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EquationError(String);

impl fmt::Display for EquationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for EquationError {}

/// An axis: a letter of the equation, or one of those that `...` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    Letter(char),
    /// Counted from the last.
    Ellipsis(usize),
}

/// An ellipsis before it is known how many axes it stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subscript {
    Letter(char),
    Ellipsis,
}

impl Contraction {
    /// Takes an equation without a batch axis apart.
    ///
    /// # Errors
    /// It is no equation of two tensors, does not fit the shapes, or has an axis that is summed over without a product.
    pub fn new(equation: &str, shapes: [&[usize]; 2]) -> Result<Self, EquationError> {
        let wrong = |what: String| EquationError(format!("its equation \"{equation}\" {what}"));
        let (inputs, output) = equation.split_once("->").ok_or_else(|| wrong("has no \"->\"".to_owned()))?;
        let (first, second) = inputs
            .split_once(',')
            .filter(|(_, second)| !second.contains(','))
            .ok_or_else(|| wrong("is not one of two tensors".to_owned()))?;
        let first = axes(&subscripts(first).map_err(&wrong)?, shapes[0]).map_err(&wrong)?;
        let second = axes(&subscripts(second).map_err(&wrong)?, shapes[1]).map_err(&wrong)?;
        let output = subscripts(output).map_err(&wrong)?;
        let ellipsis = |axes: &[Axis]| axes.iter().filter(|axis| matches!(axis, Axis::Ellipsis(_))).count();
        let output = resolved(&output, ellipsis(&first).max(ellipsis(&second)));
        check(&first, &second, &output, shapes).map_err(&wrong)?;

        let in_result = |axis: &Axis| output.contains(axis);
        let pick = |axes: &[Axis], wanted: &dyn Fn(&Axis) -> bool| -> Vec<Axis> {
            axes.iter().copied().filter(|axis| wanted(axis)).collect()
        };
        // hls4ml counts them in the order of the second tensor.
        let contracted = pick(&second, &|axis| first.contains(axis) && !in_result(axis));
        let inplace = pick(&second, &|axis| first.contains(axis) && in_result(axis));
        let free = [
            pick(&first, &|axis| !second.contains(axis) && in_result(axis)),
            pick(&second, &|axis| !first.contains(axis) && in_result(axis)),
        ];
        let place = |axes: &[Axis], axis: &Axis| axes.iter().position(|other| other == axis).unwrap_or(0);
        let permutation = |axes: &[Axis], free: &[Axis]| {
            let order = inplace.iter().chain(free).chain(&contracted);
            order.map(|axis| place(axes, axis)).collect::<Vec<_>>()
        };
        let permutations = [permutation(&first, &free[0]), permutation(&second, &free[1])];
        let extent = |axis: &Axis| match first.iter().position(|other| other == axis) {
            Some(place) => shapes[0][place],
            None => shapes[1][place(&second, axis)],
        };
        let computed: Vec<Axis> = inplace.iter().chain(&free[0]).chain(&free[1]).copied().collect();
        let product = |axes: &[Axis]| axes.iter().map(&extent).product::<usize>();
        Ok(Self {
            equation: equation.to_owned(),
            shapes: shapes.map(<[usize]>::to_vec),
            permutations,
            result_shape: computed.iter().map(&extent).collect(),
            result_permutation: output.iter().map(|axis| place(&computed, axis)).collect(),
            n_inplace: product(&inplace),
            n_free: [product(&free[0]), product(&free[1])],
            n_contract: product(&contracted),
        })
    }

    /// For each axis of the result as it is computed, which axis of the result it becomes.
    #[must_use]
    pub fn inverse_permutation(&self) -> Vec<usize> {
        let mut inverse = vec![0; self.result_permutation.len()];
        for (axis, &computed) in self.result_permutation.iter().enumerate() {
            inverse[computed] = axis;
        }
        inverse
    }

    /// The shape of the result; of a scalar `[1]`, as in hls4ml.
    #[must_use]
    pub fn output_shape(&self) -> Vec<usize> {
        match &self.result_permutation[..] {
            [] => vec![1],
            axes => axes.iter().map(|&axis| self.result_shape[axis]).collect(),
        }
    }

    /// For each element of the result, in C order, the products that are summed: an element of each tensor, in the order of the additions.
    pub fn terms(&self) -> impl Iterator<Item = impl Iterator<Item = [usize; 2]>> {
        let read = [0, 1].map(|tensor| Transpose {
            from: self.shapes[tensor].clone(),
            perm: self.permutations[tensor].clone(),
        });
        (0..self.output_len()).map(move |element| {
            let [first, second] = self.vectors(element).map(|vector| vector * self.n_contract);
            let read = read.clone();
            (0..self.n_contract).map(move |c| [read[0].source(first + c), read[1].source(second + c)])
        })
    }

    /// For an element of the result, counted in C order, which vector of each tensor, in the order of the permutations, it is the product of.
    #[must_use]
    pub fn vectors(&self, element: usize) -> [usize; 2] {
        let computed = self.computed(element);
        let (vector, second) = (computed / self.n_free[1].max(1), computed % self.n_free[1].max(1));
        let inplace = vector / self.n_free[0].max(1);
        [vector, inplace * self.n_free[1] + second]
    }

    /// The place of an element of the result before its axes move.
    #[must_use]
    pub fn computed(&self, element: usize) -> usize {
        Transpose { from: self.result_shape.clone(), perm: self.result_permutation.clone() }.source(element)
    }

    /// Elements of the result.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.result_shape.iter().product()
    }

    /// Elements of each tensor.
    #[must_use]
    pub fn input_lens(&self) -> [usize; 2] {
        [0, 1].map(|tensor| self.shapes[tensor].iter().product())
    }
}

fn subscripts(text: &str) -> Result<Vec<Subscript>, String> {
    let text = text.trim().replace("...", ".");
    let subscripts: Vec<_> = text
        .chars()
        .map(|letter| match letter {
            '.' => Ok(Subscript::Ellipsis),
            letter if letter.is_ascii_alphabetic() => Ok(Subscript::Letter(letter)),
            other => Err(format!("has the character {other:?}; axes are letters or \"...\"")),
        })
        .collect::<Result<_, _>>()?;
    let repeated = subscripts.iter().enumerate().find(|(place, axis)| subscripts[..*place].contains(axis));
    match repeated {
        None => Ok(subscripts),
        Some((_, Subscript::Letter(letter))) => {
            Err(format!("names the axis {letter} twice for one tensor, and no kernel reads a diagonal"))
        }
        Some((_, Subscript::Ellipsis)) => Err("has two \"...\" for one tensor".to_owned()),
    }
}

/// The axes of a tensor of this shape.
fn axes(subscripts: &[Subscript], shape: &[usize]) -> Result<Vec<Axis>, String> {
    let letters = subscripts.iter().filter(|axis| **axis != Subscript::Ellipsis).count();
    let fits = match letters == subscripts.len() {
        true => letters == shape.len(),
        false => letters <= shape.len(),
    };
    match fits {
        true => Ok(resolved(subscripts, shape.len() - letters)),
        false => Err(format!("has {letters} letters for a tensor of shape {shape:?}")),
    }
}

fn resolved(subscripts: &[Subscript], ellipsis: usize) -> Vec<Axis> {
    let axis = |subscript: &Subscript| match *subscript {
        Subscript::Letter(letter) => vec![Axis::Letter(letter)],
        Subscript::Ellipsis => (0..ellipsis).rev().map(Axis::Ellipsis).collect(),
    };
    subscripts.iter().flat_map(axis).collect()
}

/// Whether the axes of both tensors and the result belong together.
fn check(first: &[Axis], second: &[Axis], output: &[Axis], shapes: [&[usize]; 2]) -> Result<(), String> {
    for (axis, extent) in first.iter().zip(shapes[0]) {
        let other = second.iter().position(|other| other == axis).map(|place| shapes[1][place]);
        if other.is_some_and(|other| other != *extent) {
            return Err(format!(
                "gives the axis {} to both tensors, which have different extents there: {:?} and {:?}",
                name(axis),
                shapes[0],
                shapes[1]
            ));
        }
    }
    for (axes, others) in [(first, second), (second, first)] {
        if let Some(axis) = axes.iter().find(|axis| !others.contains(axis) && !output.contains(axis)) {
            return Err(format!(
                "sums over the axis {} of one tensor alone, for which there is no kernel; add its elements up in a layer before",
                name(axis)
            ));
        }
    }
    match output.iter().find(|axis| !first.contains(axis) && !second.contains(axis)) {
        Some(axis) => Err(format!("has an axis {} in its result that neither tensor has", name(axis))),
        None => Ok(()),
    }
}

fn name(axis: &Axis) -> String {
    match axis {
        Axis::Letter(letter) => letter.to_string(),
        Axis::Ellipsis(_) => "...".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A naive sum over all indices of all letters, for equations without `...`.
    fn reference(equation: &str, shapes: [&[usize]; 2], tensors: [&[i64]; 2]) -> Vec<i64> {
        let (inputs, output) = equation.split_once("->").unwrap();
        let (first, second) = inputs.split_once(',').unwrap();
        let mut extents = std::collections::BTreeMap::new();
        for (letters, shape) in [(first, shapes[0]), (second, shapes[1])] {
            extents.extend(letters.chars().zip(shape.iter().copied()));
        }
        let place = |letters: &str, index: &std::collections::BTreeMap<char, usize>| {
            letters.chars().fold(0, |place, letter| place * extents[&letter] + index[&letter])
        };
        let len: usize = output.chars().map(|letter| extents[&letter]).product();
        let mut result = vec![0; len];
        for mut count in 0..extents.values().product() {
            let index = extents.iter().map(|(&letter, &extent)| {
                let here = count % extent;
                count /= extent;
                (letter, here)
            });
            let index = index.collect();
            result[place(output, &index)] +=
                tensors[0][place(first, &index)] * tensors[1][place(second, &index)];
        }
        result
    }

    #[test]
    fn loops_compute_the_equation() {
        let cases: [(&str, &[usize], &[usize]); 7] = [
            ("ij,jk->ik", &[3, 4], &[4, 2]),
            ("ij,ik->kj", &[4, 3], &[4, 5]),
            ("abc,cd->adb", &[2, 3, 4], &[4, 5]),
            ("abc,bcd->bad", &[2, 3, 4], &[3, 4, 5]),
            ("i,j->ji", &[2], &[3]),
            ("i,i->", &[4], &[4]),
            ("ab,ba->ba", &[2, 3], &[3, 2]),
        ];
        for (equation, first, second) in cases {
            let contraction = Contraction::new(equation, [first, second]).unwrap();
            let [n, m] = contraction.input_lens();
            let a: Vec<i64> = (0..n as i64).map(|v| v * 7 % 11 - 5).collect();
            let b: Vec<i64> = (0..m as i64).map(|v| v * 5 % 13 - 6).collect();
            let sums = contraction.terms();
            let result: Vec<i64> = sums.map(|pairs| pairs.map(|[l, r]| a[l] * b[r]).sum::<i64>()).collect();
            assert_eq!(result, reference(equation, [first, second], [&a, &b]), "{equation}");
        }
    }

    #[test]
    fn an_ellipsis_is_as_many_axes_as_are_left() {
        let written = Contraction::new("...c,cd->...d", [&[2, 3, 4], &[4, 5]]).unwrap();
        let spelled = Contraction::new("abc,cd->abd", [&[2, 3, 4], &[4, 5]]).unwrap();
        assert_eq!(Contraction { equation: spelled.equation.clone(), ..written }, spelled);
    }

    #[test]
    fn what_no_kernel_computes_is_refused_by_name() {
        let cases: [(&str, &[usize], &[usize], &str); 8] = [
            ("ij,jk", &[2, 3], &[3, 2], "has no \"->\""),
            ("ij,jk,kl->il", &[2, 3], &[3, 2], "is not one of two tensors"),
            ("ii,ik->k", &[2, 2], &[2, 2], "names the axis i twice"),
            ("ij,jk->i", &[2, 3], &[3, 2], "sums over the axis k"),
            ("ij,jk->il", &[2, 3], &[3, 2], "sums over the axis k"),
            ("ij,j->ik", &[2, 3], &[3], "has an axis k"),
            ("ij,jk->ik", &[2, 3], &[4, 2], "different extents"),
            ("ij,j1->i", &[2, 3], &[3, 2], "has the character '1'"),
        ];
        for (equation, first, second, expected) in cases {
            let error = Contraction::new(equation, [first, second]).unwrap_err().to_string();
            assert!(error.contains(expected), "{equation}: {error}");
        }
        assert!(Contraction::new("ij,jk->ik", [&[2], &[3, 2]]).is_err());
    }
}
