//! Drawing models and configurations.

mod images;
mod sums;

use fastrand::Rng;
use hls_model::config::{ConfigFile, HlsConfig, Strategy};
use hls_model::graph::op::*;
use hls_model::graph::{
    Graph, KernelLayout, LayerSpec, LoweredModel, Op, Values, WeightEncoding, WeightQuantizer, WeightRole,
    WeightSpec,
};
use hls_model::precision::Precision;
use hls_model::quantizer::Quantizer;
use hls_model::target::IoType;
use ndarray::{Array2, ArrayD, IxDyn};
use serde_json::{Map, Value, json};

/// A model and its configuration.
pub struct Drawn {
    pub model: LoweredModel,
    pub config: HlsConfig,
}

/// Layers after the input.
const LAYERS: usize = 9;

/// Quantizers that are layers of their own as activations.
const POWERS_OF_TWO: [&str; 5] = [
    "quantized_po2(3)",
    "quantized_po2(5,max_value=2)",
    "quantized_relu_po2(4)",
    "quantized_relu_po2(6,negative_slope=0.25)",
    "quantized_relu_po2(4,log2_rounding='floor')",
];

/// The strategy that cannot share anything.
pub const ADDERS: &str = "DistributedArithmetic";

/// A graph in the making: each layer reads one or two that are there.
pub struct Sketch<'a> {
    pub random: &'a mut Rng,
    pub io_type: IoType,
    pub layers: Vec<LayerSpec>,
    settings: Map<String, Value>,
    /// The strategy and the reuse factor of recurrent layers, if they are not drawn.
    pub cells: Option<(Strategy, usize)>,
}

/// Draws layers that there are for an interface.
pub fn draw(random: &mut Rng, io_type: IoType) -> Drawn {
    let mut sketch = Sketch::new(random, io_type);
    match sketch.random.bool() {
        true => sketch.image(),
        false if sketch.random.u32(..3) == 0 => sketch.sequence(),
        false => {
            let shape = vec![sketch.random.usize(2..=6)];
            sketch.input(shape);
        }
    }
    let first = sketch.layers.len();
    while sketch.layers.len() < first + LAYERS {
        sketch.layer();
    }
    sketch.finish()
}

/// Numbers of all magnitudes around the range of each input's type.
pub fn samples(graph: &Graph, count: usize, random: &mut Rng) -> Vec<Array2<f32>> {
    let inputs = graph.inputs.iter().map(|&id| {
        let tensor = graph.output_of(id);
        let ty = tensor.ty.precision.storage();
        let largest = ty.to_f64(ty.max_raw());
        Array2::from_shape_fn((count, tensor.len()), |_| {
            let octaves = f64::from(ty.width) + 2.0;
            let magnitude = 4.0 * largest * 2_f64.powf(-octaves * random.f64());
            let value = if random.bool() { magnitude } else { -magnitude };
            if random.bool() { ty.to_f64(ty.from_f64(value)) as f32 } else { value as f32 }
        })
    });
    inputs.collect()
}

impl<'a> Sketch<'a> {
    /// Nothing yet.
    pub fn new(random: &'a mut Rng, io_type: IoType) -> Self {
        Self { random, io_type, layers: Vec::new(), settings: Map::new(), cells: None }
    }
}

impl Sketch<'_> {
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.random.usize(..choices.len())]
    }

    pub fn precision(&mut self, widths: std::ops::RangeInclusive<u32>) -> String {
        let width = self.random.u32(widths);
        let kind = self.random.u32(..12);
        let unsigned = if self.random.u32(..4) == 0 { "u" } else { "" };
        if kind == 0 {
            return format!("{unsigned}int<{width}>");
        }
        let w = i32::try_from(width).expect("small");
        let integer = self.random.i32(-2..=w + 2);
        let integer = if kind < 9 { integer.clamp(0, w) } else { integer };
        let rounding = self.pick(&[
            "TRN",
            "TRN",
            "TRN",
            "TRN_ZERO",
            "RND",
            "RND_ZERO",
            "RND_MIN_INF",
            "RND_INF",
            "RND_CONV",
        ]);
        let overflow = self.pick(&["WRAP", "WRAP", "SAT", "SAT_ZERO", "SAT_SYM"]);
        format!("{unsigned}fixed<{width},{integer},{rounding},{overflow}>")
    }

    pub fn input(&mut self, shape: Vec<usize>) {
        let op = Op::Input(Input { shape: shape.clone(), elements: Elements::Float });
        self.add("InputLayer", op, Vec::new(), shape, Vec::new());
        let precision = self.precision(4..=14);
        self.set("result", precision);
    }

    /// Adds a layer with a configuration entry of its own.
    pub fn add(
        &mut self,
        class: &str,
        op: Op,
        inputs: Vec<String>,
        shape: Vec<usize>,
        weights: Vec<WeightSpec>,
    ) {
        let name = format!("l{}", self.layers.len());
        self.settings.insert(name.clone(), json!({ "Precision": {} }));
        self.layers.push(LayerSpec {
            config_name: name.clone(),
            name,
            source_class: class.into(),
            op,
            inputs,
            shape,
            weights,
            activation_quantizer: None,
            ignored_precisions: Vec::new(),
        });
    }

    /// Sets a precision of the last layer.
    pub fn set(&mut self, variable: &str, precision: impl Into<Value>) {
        let name = self.layers.last().expect("a layer").name.clone();
        self.settings[&name]["Precision"][variable] = precision.into();
    }

    /// Sets anything else of the last layer.
    pub fn configure(&mut self, key: &str, value: impl Into<Value>) {
        let name = self.layers.last().expect("a layer").name.clone();
        self.settings[&name][key] = value.into();
    }

    /// A random type or, half of the time, none: then it is inferred.
    pub fn maybe(&mut self, variable: &str, widths: std::ops::RangeInclusive<u32>) {
        let precision = if self.random.bool() { self.precision(widths) } else { "auto".to_owned() };
        self.set(variable, precision);
    }

    /// The last layer or, sometimes, an earlier vector.
    pub fn some_layer(&mut self) -> (String, usize) {
        let vectors: Vec<_> = self.layers.iter().filter(|layer| layer.shape.len() == 1).collect();
        let from = if self.random.u32(..4) == 0 { 0 } else { vectors.len() - 1 };
        let layer = vectors[self.random.usize(from..vectors.len())];
        (layer.name.clone(), layer.shape[0])
    }

    pub fn values(&mut self, shape: &[usize], largest: f64) -> Values {
        let zero = self.random.u32(..3) == 0;
        let random = &mut *self.random;
        let data = ArrayD::from_shape_fn(IxDyn(shape), |_| {
            let value = (random.f64() * 2.0 - 1.0) * largest;
            if zero && random.bool() { 0.0 } else { value as f32 }
        });
        Values::single(&data)
    }

    /// A quantizer of a kernel or, with fewer choices, of anything else.
    pub fn quantizer(&mut self, is_kernel: bool) -> Option<WeightQuantizer> {
        let bits = self.random.u32(2..=6);
        let (text, encoding, precision) = match self.random.u32(..8) {
            0 if is_kernel => ("binary(alpha=1)".to_owned(), WeightEncoding::ZeroOne, Precision::Xnor),
            1 => ("ternary(alpha=1)".to_owned(), WeightEncoding::Value, Precision::int(2)),
            2 if is_kernel => {
                let precision = Precision::Exponent { width: bits, signed: true };
                (format!("quantized_po2({bits})"), WeightEncoding::PowerOfTwo, precision)
            }
            3 | 4 => {
                let text = format!("quantized_bits({bits},0,alpha=1)");
                (text, WeightEncoding::Value, Precision::fixed(bits, 1))
            }
            _ => return None,
        };
        let quantizer = Quantizer::parse(&text).expect("a quantizer");
        Some(WeightQuantizer { quantizer, encoding, precision, scaled: false, layout: KernelLayout::Same })
    }

    pub fn weight(&mut self, role: WeightRole, shape: &[usize]) -> WeightSpec {
        let quantizer = match role {
            WeightRole::Weight | WeightRole::Bias => self.quantizer(role == WeightRole::Weight),
            _ => None,
        };
        WeightSpec { quantizer, ..WeightSpec::plain(role, self.values(shape, 2.0)) }
    }

    fn layer(&mut self) {
        match self.random.u32(..18) {
            // Neither is for streams.
            16 | 17 if self.io_type == IoType::Stream => self.dense(),
            16 if self.random.bool() => self.function_sum(),
            16 => self.fixed_point_quantizer(),
            17 if self.random.bool() => self.einsum(),
            17 => self.einsum_dense(),
            0..=4 => self.dense(),
            5..=7 => self.activation(),
            8 => self.parametrized(),
            9 => self.batch_normalization(),
            10 | 11 => self.softmax(),
            12 | 13 => self.merge(),
            14 => self.concatenate(),
            _ => self.dot(),
        }
    }

    fn dense(&mut self) {
        let (input, n_in) = self.some_layer();
        let n_out = self.random.usize(1..=6);
        let kernel = self.weight(WeightRole::Weight, &[n_in, n_out]);
        let mut bias = self.weight(WeightRole::Bias, &[n_out]);
        if self.random.u32(..4) == 0 {
            bias = WeightSpec { values: None, quantizer: None, ..bias };
        }
        let op = Dense {
            n_in,
            n_out,
            parallelization_factor: None,
            strategy: Default::default(),
            transposed: false,
            input_quantizer: None,
        };
        self.add("Dense", Op::Dense(op), vec![input], vec![n_out], vec![kernel, bias]);
        for variable in ["weight", "bias"] {
            let precision = self.precision(2..=10);
            self.set(variable, precision);
        }
        self.maybe("accum", 4..=20);
        self.maybe("result", 2..=16);
        if self.random.bool() {
            let strategy = self.pick(&["Resource", "Resource", "ResourceUnrolled", "Latency", ADDERS]);
            self.configure("Strategy", strategy);
            let factor = if strategy == ADDERS { 1 } else { self.random.usize(1..=n_in * n_out) };
            self.configure("ReuseFactor", factor);
        }
    }

    fn activation(&mut self) {
        let (input, n_in) = self.some_layer();
        let table_size = 1024;
        let function = self.pick(&Function::ALL);
        let op = match self.random.u32(..12) {
            0 | 1 => {
                let functions = [HardFunction::Sigmoid, HardFunction::Tanh];
                let (function, slope, shift) = (self.pick(&functions), self.pick(&[0.2, 0.5]), 0.5);
                let origin = if slope == 0.5 { HardOrigin::QKeras } else { HardOrigin::Keras };
                Op::HardActivation(HardActivation { function, origin, slope, shift, n_in, table_size })
            }
            2 => Op::TernaryTanh(TernaryTanh { threshold: self.pick(&[0.5, 0.33]), n_in, table_size }),
            3 => {
                let quantizer = self.pick(&POWERS_OF_TWO).parse().expect("a quantizer");
                Op::PowerOfTwo(PowerOfTwo::of(&quantizer, n_in).expect("powers of two").0)
            }
            _ => Op::Activation(Activation { function, label: function.as_str().into(), n_in, table_size }),
        };
        self.add("Activation", op, vec![input], vec![n_in], Vec::new());
        let precision = self.precision(2..=16);
        self.set("result", precision);
        if self.random.bool() {
            let size = self.pick(&[16, 64, 100, 512]);
            self.configure("TableSize", size);
        }
        if self.random.u32(..3) == 0 {
            let table = self.precision(4..=14);
            self.configure("table_t", table);
        }
    }

    fn parametrized(&mut self) {
        let (input, n_in) = self.some_layer();
        let parameter = self.random.f64() * 2.0 - 0.5;
        let functions = [
            ParametrizedFunction::LeakyRelu,
            ParametrizedFunction::ThresholdedRelu,
            ParametrizedFunction::Elu,
        ];
        let function = self.pick(&functions);
        let (op, weights) = if self.random.u32(..3) == 0 {
            (
                Op::PRelu(PRelu { label: "PReLU".into(), n_in, table_size: 1024 }),
                vec![self.weight(WeightRole::Param, &[n_in])],
            )
        } else {
            let label = function.as_str().into();
            let op = ParametrizedActivation { function, label, parameter, n_in, table_size: 1024 };
            (Op::ParametrizedActivation(op), Vec::new())
        };
        self.add("LeakyReLU", op, vec![input], vec![n_in], weights);
        for (variable, widths) in [("param", 3..=10), ("result", 2..=16)] {
            let precision = self.precision(widths);
            self.set(variable, precision);
        }
    }

    fn batch_normalization(&mut self) {
        let (input, n_in) = self.some_layer();
        let weights = [WeightRole::Scale, WeightRole::Bias]
            .map(|role| WeightSpec::plain(role, self.values(&[n_in], 2.0)));
        let op = Op::BatchNormalization(BatchNormalization { n_in, n_filt: None });
        self.add("BatchNormalization", op, vec![input], vec![n_in], weights.to_vec());
        for variable in ["scale", "bias"] {
            let precision = self.precision(3..=12);
            self.set(variable, precision);
        }
        self.maybe("result", 4..=16);
    }

    fn softmax(&mut self) {
        let (input, n_in) = self.some_layer();
        let implementation = self.pick(&SoftmaxImplementation::ALL);
        let op = Softmax {
            n_in,
            axis: -1,
            n_outer: 1,
            n_inner: 1,
            implementation,
            skip: false,
            table_size: 1024,
            tables: None,
        };
        self.add("Softmax", Op::Softmax(op), vec![input], vec![n_in], Vec::new());
        self.configure("Implementation", implementation.as_str());
        let precision = self.precision(4..=16);
        self.set("result", precision);
        if self.random.bool() {
            let size = self.pick(&[16, 64, 256]);
            self.configure("TableSize", size);
        }
        for attribute in ["exp_table_t", "inv_table_t", "inv_inp_t", "accum_t", "table_t"] {
            if self.random.u32(..3) == 0 {
                let precision = self.precision(10..=18);
                self.configure(attribute, precision);
            }
        }
    }

    /// Two vectors of the same size, the first the last layer.
    fn pair(&mut self) -> (Vec<String>, usize) {
        let last = self.layers.last().expect("a layer");
        let (name, shape) = (last.name.clone(), last.shape.clone());
        let equal: Vec<_> = self.layers.iter().filter(|l| l.shape == shape).map(|l| l.name.clone()).collect();
        let second = equal[self.random.usize(..equal.len())].clone();
        (vec![name, second], shape[0])
    }

    fn merge(&mut self) {
        let (inputs, n) = self.pair();
        let kinds = [
            MergeKind::Add,
            MergeKind::Subtract,
            MergeKind::Multiply,
            MergeKind::Average,
            MergeKind::Maximum,
            MergeKind::Minimum,
            MergeKind::PartialSum(2),
            MergeKind::Mean(self.random.u32(3..=7)),
        ];
        let kind = self.pick(&kinds);
        self.add("Merge", Op::Merge(Merge { kind }), inputs, vec![n], Vec::new());
        self.maybe("result", 4..=16);
    }

    fn concatenate(&mut self) {
        let ((first, a), (second, b)) = (self.some_layer(), self.some_layer());
        if a + b > 40 {
            return;
        }
        let op = Op::Concatenate(Concatenate { first: vec![a], second: vec![b], axis: -1 });
        self.add("Concatenate", op, vec![first, second], vec![a + b], Vec::new());
        self.maybe("result", 4..=16);
    }

    fn dot(&mut self) {
        let (inputs, n_in) = self.pair();
        self.add("Dot", Op::Dot(Dot { n_in }), inputs, vec![1], Vec::new());
        for (variable, widths) in [("accum", 6..=20), ("result", 4..=16)] {
            let precision = self.precision(widths);
            self.set(variable, precision);
        }
    }

    pub fn finish(self) -> Drawn {
        let read: Vec<_> = self.layers.iter().flat_map(|layer| layer.inputs.clone()).collect();
        let outputs: Vec<_> =
            self.layers.iter().map(|layer| layer.name.clone()).filter(|name| !read.contains(name)).collect();
        let config = json!({
            "Model": { "Precision": { "default": "fixed<16,6>" }, "ReuseFactor": 1, "Strategy": "Latency", "BitExact": false },
            "LayerName": self.settings,
        });
        let config = ConfigFile::from_value(config).expect("a configuration").hls;
        let model = LoweredModel {
            name: "drawn".into(),
            inputs: vec![self.layers[0].name.clone()],
            output_names: outputs.clone(),
            outputs,
            layers: self.layers,
            removed: Vec::new(),
            ebops: Vec::new(),
            warnings: Vec::new(),
        };
        Drawn { model, config }
    }
}
