//! Drawing contractions, and quantizers that give each element a type of its own.

use hls_model::fixed::{Overflow, Rounding};
use hls_model::graph::op::*;
use hls_model::graph::{Op, WeightRole, WeightSpec, Widths};
use ndarray::{ArrayD, IxDyn};

use crate::draw::{ADDERS, Sketch};

/// Products of a vector of `a` elements that any of these makes of it at most.
const PRODUCTS: usize = 36;

impl Sketch<'_> {
    /// Signs and bits of each element at random, none for some.
    pub fn fixed_point_quantizer(&mut self) {
        let (input, n_in) = self.some_layer();
        let extent = if self.random.u32(..4) == 0 { 1 } else { n_in };
        let shape = IxDyn(&[extent]);
        let signed = ArrayD::from_shape_simple_fn(shape.clone(), || self.random.bool());
        let bits = ArrayD::from_shape_simple_fn(shape.clone(), || self.random.i32(-1..=8));
        let integer = ArrayD::from_shape_simple_fn(shape, || self.random.i32(-2..=6));
        let widths = Widths { signed, bits, integer };
        let rounding = self.pick(&[Rounding::Trn, Rounding::Rnd, Rounding::RndConv]);
        let overflow = self.pick(&[Overflow::Wrap, Overflow::Sat, Overflow::SatSym]);
        let op = FixedPointQuantizer { n_in, widths, rounding, overflow };
        self.add("FixedPointQuantizer", Op::FixedPointQuantizer(op), vec![input], vec![n_in], Vec::new());
    }

    /// A contraction with weights: of a vector, then of the matrix that this may have made.
    pub fn einsum_dense(&mut self) {
        let (input, a) = self.some_layer();
        let (b, c) = (self.random.usize(1..=3), self.random.usize(1..=3));
        let equations: [(&str, &[usize]); 6] = [
            ("a,ab->b", &[a, b]),
            ("a,ba->b", &[b, a]),
            ("a,a->a", &[a]),
            ("a,ab->ab", &[a, b]),
            ("a,ab->ba", &[a, b]),
            ("a,bc->cab", &[b, c]),
        ];
        let (equation, kernel) = self.pick(&equations);
        if kernel.iter().product::<usize>() * a > PRODUCTS {
            return self.fixed_point_quantizer();
        }
        let shape = self.contracted(input, equation, [&[a], kernel]);
        let name = self.last_name();
        match shape[..] {
            [_] => {}
            [x, y] => {
                let equation = self.pick(&["xy,yz->zx", "xy,xyz->xz", "xy,xz->yz"]);
                let kernel: &[usize] = match equation {
                    "xy,yz->zx" => &[y, c],
                    "xy,xyz->xz" => &[x, y, c],
                    _ => &[x, c],
                };
                let shape = self.contracted(name, equation, [&[x, y], kernel]);
                self.flat(&shape);
            }
            _ => self.flat(&shape),
        }
    }

    /// A contraction of two vectors.
    pub fn einsum(&mut self) {
        let ((first, a), (second, b)) = (self.some_layer(), self.some_layer());
        let equation = match (a == b, self.random.bool()) {
            (true, true) => "a,a->",
            (true, false) => "a,a->a",
            (false, true) => "a,b->ab",
            (false, false) => "a,b->ba",
        };
        if a * b > PRODUCTS {
            return self.fixed_point_quantizer();
        }
        let contraction = Contraction::new(equation, [&[a], &[b]]).expect("an equation");
        let shape = contraction.output_shape();
        self.add(
            "Einsum",
            Op::Einsum(Einsum { contraction }),
            vec![first, second],
            shape.clone(),
            Vec::new(),
        );
        self.maybe("accum", 4..=20);
        self.maybe("result", 2..=16);
        self.flat(&shape);
    }

    /// A contraction with weights, and the shape of its result.
    fn contracted(&mut self, input: String, equation: &str, shapes: [&[usize]; 2]) -> Vec<usize> {
        let contraction = Contraction::new(equation, shapes).expect("an equation");
        let shape = contraction.output_shape();
        let kernel = [contraction.n_inplace, contraction.n_contract, contraction.n_free[1]];
        let weight = WeightSpec::plain(WeightRole::Weight, self.values(&kernel, 2.0));
        let bias = WeightSpec::plain(WeightRole::Bias, self.values(&contraction.result_shape, 2.0));
        let op = Op::EinsumDense(EinsumDense::new(contraction));
        self.add("EinsumDense", op, vec![input], shape.clone(), vec![weight, bias]);
        for variable in ["weight", "bias"] {
            let precision = self.precision(2..=10);
            self.set(variable, precision);
        }
        self.maybe("accum", 4..=20);
        self.maybe("result", 2..=16);
        if self.random.u32(..3) == 0 {
            self.configure("Strategy", ADDERS);
        }
        shape
    }

    /// All elements as a vector, which other layers read.
    fn flat(&mut self, shape: &[usize]) {
        if shape.len() == 1 {
            return;
        }
        let (name, elements) = (self.last_name(), shape.iter().product());
        let op = Op::Reshape(Reshape { target_shape: vec![elements] });
        self.add("Reshape", op, vec![name], vec![elements], Vec::new());
    }
}
