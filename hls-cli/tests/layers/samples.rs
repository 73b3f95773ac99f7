//! A small layer of each class that the reader knows, with each activation, with each quantizer.

use hls_model::source::keras::config::ActivationFunction;
use serde_json::{Value, json};

/// A layer of a model that is made for it.
pub struct Sample {
    /// What the row of the table is called.
    pub row: String,
    /// The Keras class.
    pub class: String,
    /// The layer's name in the model, unique among all samples.
    pub name: String,
    /// What the layer reads.
    pub inputs: &'static [Input],
    /// Its configuration object, without the name.
    pub config: Value,
    /// Role and shape of its arrays; of a layer around others, those of each of these.
    pub arrays: Vec<(&'static str, Vec<usize>)>,
    /// The layers inside whose arrays these are.
    pub inner: &'static [&'static str],
    /// Whether a ReLU stands behind the layer, because hls4ml takes such a one away at a model's end.
    pub followed: bool,
}

/// What a layer can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    Vector,
    OtherVector,
    Sequence,
    Image,
    Tokens,
}

/// Rows of the table of an embedding.
pub const VOCABULARY: usize = 10;
const N_IN: usize = 8;
const UNITS: usize = 3;
const STEPS: usize = 6;
const FEATURES: usize = 4;
const SIDE: usize = 6;
const CHANNELS: usize = 2;
const FILTERS: usize = 3;
const CELLS: usize = 3;

impl Input {
    pub const ALL: [Self; 5] = [Self::Vector, Self::OtherVector, Self::Sequence, Self::Image, Self::Tokens];

    pub fn name(self) -> &'static str {
        match self {
            Self::Vector => "vector",
            Self::OtherVector => "other_vector",
            Self::Sequence => "sequence",
            Self::Image => "image",
            Self::Tokens => "tokens",
        }
    }

    pub fn shape(self) -> &'static [usize] {
        match self {
            Self::Vector | Self::OtherVector => &[N_IN],
            Self::Sequence => &[STEPS, FEATURES],
            Self::Image => &[SIDE, SIDE, CHANNELS],
            Self::Tokens => &[5],
        }
    }

    pub fn dtype(self) -> &'static str {
        if self == Self::Tokens { "int32" } else { "float32" }
    }
}

impl Sample {
    fn new(class: &str, inputs: &'static [Input], config: Value) -> Self {
        let (row, name) = (class.to_owned(), format!("layer_{class}"));
        Self {
            row,
            class: class.to_owned(),
            name,
            inputs,
            config,
            arrays: Vec::new(),
            inner: &[],
            followed: false,
        }
    }

    fn with(mut self, arrays: &[(&'static str, &[usize])]) -> Self {
        self.arrays.extend(arrays.iter().map(|(role, shape)| (*role, shape.to_vec())));
        self
    }

    fn with_norm(self, channels: usize) -> Self {
        let shape = &[channels][..];
        self.with(&[("gamma", shape), ("beta", shape), ("moving_mean", shape), ("moving_variance", shape)])
    }

    fn around(mut self, inner: &'static [&'static str]) -> Self {
        self.inner = inner;
        self
    }

    fn followed(self) -> Self {
        Self { followed: true, ..self }
    }

    /// The name of the layer whose result is the sample's.
    pub fn output(&self) -> String {
        if self.followed { format!("{}_behind", self.name) } else { self.name.clone() }
    }

    /// The configuration with a quantizer of its own for each of the given fields, as QKeras's classes have them.
    fn quantized(mut self, fields: &[&str]) -> Self {
        if self.class.starts_with('Q') {
            for field in fields {
                self.config[*field] = json!("quantized_bits(6,1,alpha=1)");
            }
        }
        self
    }
}

/// The layer for a class of the reader's list.
pub fn layer(class: &str) -> Sample {
    use Input::{Image, OtherVector, Sequence, Tokens, Vector};
    let new = |inputs, config| Sample::new(class, inputs, config);
    let dense = || new(&[Vector], json!({ "units": UNITS })).with(&[("kernel", &[N_IN, UNITS])]);
    let bias: (&str, &[usize]) = ("bias", &[UNITS]);
    match class {
        // Whatever is behind it: its own row is about the argument.
        "InputLayer" => Sample { class: "ReLU".into(), ..new(&[Vector], json!({})) },
        "Dense" | "QDense" | "BinaryDense" | "TernaryDense" => {
            dense().with(&[bias]).quantized(&["kernel_quantizer", "bias_quantizer"])
        }
        "EinsumDense" => {
            let config =
                json!({ "equation": "abc,cd->abd", "output_shape": [STEPS, UNITS], "bias_axes": "d" });
            new(&[Sequence], config).with(&[("kernel", &[FEATURES, UNITS]), bias])
        }
        "QDenseBatchnorm" => dense().with(&[bias]).with_norm(UNITS).quantized(&["kernel_quantizer"]),
        "Activation" => new(&[Vector], json!({ "activation": "relu" })),
        "QActivation" => new(&[Vector], json!({ "activation": "quantized_relu(6,2)" })),
        "ThresholdedReLU" => new(&[Vector], json!({ "theta": 0.5 })),
        "PReLU" => new(&[Vector], json!({})).with(&[("alpha", &[N_IN])]),
        "BatchNormalization" | "QBatchNormalization" => new(&[Vector], json!({})).with_norm(N_IN),
        "LayerNormalization" => {
            new(&[Sequence], json!({})).with(&[("gamma", &[FEATURES]), ("beta", &[FEATURES])])
        }
        "Add" | "Subtract" | "Multiply" | "Average" | "Maximum" | "Minimum" | "Concatenate" => {
            new(&[Vector, OtherVector], json!({}))
        }
        "Dot" => new(&[Vector, OtherVector], json!({ "axes": 1 })),
        "Flatten" => new(&[Image], json!({})).followed(),
        "Reshape" => new(&[Vector], json!({ "target_shape": [2, -1] })).followed(),
        "RepeatVector" => new(&[Vector], json!({ "n": 3 })),
        "Permute" => new(&[Image], json!({ "dims": [3, 1, 2] })),
        "Embedding" => new(&[Tokens], json!({ "input_dim": VOCABULARY, "output_dim": UNITS }))
            .with(&[("embeddings", &[VOCABULARY, UNITS])]),
        "UpSampling1D" => new(&[Sequence], json!({ "size": 2 })),
        "UpSampling2D" => new(&[Image], json!({ "size": [2, 2] })),
        "TimeDistributed" => {
            let inner = json!({ "class_name": "Dense", "config": { "name": "step", "units": UNITS } });
            let arrays: [(&str, &[usize]); 2] = [("kernel", &[FEATURES, UNITS]), bias];
            new(&[Sequence], json!({ "layer": inner })).with(&arrays).around(&["step"])
        }
        "Functional" | "Sequential" | "Model" => nested(class).with(&[("kernel", &[N_IN, UNITS]), bias]),
        _ if class.contains("RNN") || class.contains("LSTM") || class.contains("GRU") => recurrent(class),
        "Bidirectional" | "QBidirectional" => {
            let lstm = recurrent("LSTM");
            let cells = if class.starts_with('Q') { "QLSTM" } else { "LSTM" };
            let inner = json!({ "class_name": cells, "config": lstm.config });
            let config = json!({ "layer": inner, "merge_mode": "concat" });
            Sample { arrays: lstm.arrays, ..new(&[Sequence], config) }
                .around(&["forward_lstm", "backward_lstm"])
        }
        "SpatialDropout1D" => new(&[Sequence], json!({})).followed(),
        "SpatialDropout2D" => new(&[Image], json!({})).followed(),
        _ if class.contains("1D") => over_pixels::<1>(class, &[Sequence], FEATURES),
        _ if class.contains("2D") => over_pixels::<2>(class, &[Image], CHANNELS),
        "ReLU" | "LeakyReLU" | "ELU" | "Softmax" => new(&[Vector], json!({})),
        // What acts in training only.
        _ => new(&[Vector], json!({})).followed(),
    }
}

/// Convolutions, pooling, padding, cropping over `N` axes.
fn over_pixels<const N: usize>(class: &str, inputs: &'static [Input], channels: usize) -> Sample {
    let kernel = |more: [usize; 2]| [&[CELLS; N][..], &more[..]].concat();
    let pointwise = [&[1; N][..], &[channels, FILTERS][..]].concat();
    let convolution = json!({ "filters": FILTERS, "kernel_size": vec![CELLS; N], "strides": vec![1; N] });
    let new = |config| Sample::new(class, inputs, config);
    let quantizers = ["kernel_quantizer", "depthwise_quantizer", "pointwise_quantizer", "bias_quantizer"];
    match class {
        _ if class.contains("SeparableConv") => new(convolution)
            .with(&[("depthwise_kernel", &kernel([channels, 1])), ("pointwise_kernel", &pointwise)])
            .with(&[("bias", &[FILTERS])])
            .quantized(&quantizers[1..]),
        _ if class.contains("DepthwiseConv") => new(convolution)
            .with(&[("depthwise_kernel", &kernel([channels, 1])), ("bias", &[channels])])
            .quantized(&["depthwise_quantizer", "bias_quantizer"]),
        _ if class.contains("Transpose") => {
            let strides = json!(vec![2; N]);
            new(json!({ "filters": FILTERS, "kernel_size": vec![CELLS; N], "strides": strides }))
                .with(&[("kernel", &kernel([FILTERS, channels])), ("bias", &[FILTERS])])
                .quantized(&["kernel_quantizer", "bias_quantizer"])
        }
        _ if class.contains("Conv") => {
            let sample = new(convolution)
                .with(&[("kernel", &kernel([channels, FILTERS])), ("bias", &[FILTERS])])
                .quantized(&["kernel_quantizer", "bias_quantizer"]);
            if class.ends_with("Batchnorm") { sample.with_norm(FILTERS) } else { sample }
        }
        _ if class.starts_with("Global") => new(json!({})),
        _ if class.contains("Pooling") => new(json!({ "pool_size": vec![2; N] })),
        _ if class.contains("Padding") => new(json!({ "padding": 1 })),
        _ if class.contains("Cropping") => new(json!({ "cropping": 1 })),
        _ => new(json!({})),
    }
}

fn recurrent(class: &str) -> Sample {
    let gates = match class {
        _ if class.contains("LSTM") => 4,
        _ if class.contains("GRU") => 3,
        _ => 1,
    };
    let config = json!({ "name": "recurrence", "units": UNITS, "use_bias": false });
    Sample::new(class, &[Input::Sequence], config)
        .with(&[("kernel", &[FEATURES, gates * UNITS]), ("recurrent_kernel", &[UNITS, gates * UNITS])])
}

/// A model of one dense layer, as a layer.
fn nested(class: &str) -> Sample {
    let input = json!({ "class_name": "InputLayer", "name": "inner_input", "inbound_nodes": [],
        "config": { "name": "inner_input", "batch_input_shape": [null, N_IN] } });
    let dense = json!({ "class_name": "Dense", "name": "inner", "inbound_nodes": [[["inner_input", 0, 0, {}]]],
        "config": { "name": "inner", "units": UNITS } });
    let config = json!({ "layers": [input, dense], "input_layers": [["inner_input", 0, 0]],
        "output_layers": [["inner", 0, 0]] });
    Sample::new(class, &[Input::Vector], config).around(&["inner"])
}

/// A layer of the activation function.
pub fn activation(function: ActivationFunction) -> Sample {
    let class = if is_qkeras(function) { "QActivation" } else { "Activation" };
    let sample = Sample::new(class, &[Input::Vector], json!({ "activation": function.name() }));
    let sample = if function == ActivationFunction::Linear { sample.followed() } else { sample };
    Sample { row: function.name().to_owned(), name: format!("function_{}", function.name()), ..sample }
}

fn is_qkeras(function: ActivationFunction) -> bool {
    use ActivationFunction as F;
    matches!(
        function,
        F::HardTanh | F::SmoothSigmoid | F::SmoothTanh | F::BinarySigmoid | F::BinaryTanh | F::TernaryTanh
    )
}

/// The quantizers with arguments that make a difference to the conversion.
pub const QUANTIZERS: [&str; 24] = [
    "quantized_bits(6,1,alpha=1)",
    "quantized_bits(6,1,alpha='auto')",
    "quantized_bits(6,1,alpha='auto_po2')",
    "quantized_bits(6,1,alpha=0.5)",
    "quantized_bits(4,4,alpha=1)",
    "quantized_relu(6,2)",
    "quantized_relu(6,2,negative_slope=0.25)",
    "quantized_tanh(6)",
    "quantized_tanh(6,use_real_tanh=True)",
    "quantized_sigmoid(6)",
    "quantized_sigmoid(6,use_real_sigmoid=True)",
    "binary(alpha=1)",
    "binary(alpha='auto')",
    "ternary(alpha=1)",
    "ternary(alpha='auto_po2')",
    "stochastic_binary(alpha=1)",
    "stochastic_ternary(alpha=1)",
    "bernoulli(alpha=1)",
    "quantized_ulaw(6,1)",
    "quantized_po2(4)",
    "quantized_po2(4,max_value=1)",
    "quantized_relu_po2(4)",
    "quantized_relu_po2(4,negative_slope=0.25)",
    "quantized_hswish(6,1)",
];

/// A dense layer whose kernel has the quantizer.
pub fn quantized_kernel(at: usize, quantizer: &str) -> Sample {
    let config = json!({ "units": UNITS, "use_bias": false, "kernel_quantizer": quantizer });
    let sample = Sample::new("QDense", &[Input::Vector], config).with(&[("kernel", &[N_IN, UNITS])]);
    Sample { row: quantizer.to_owned(), name: format!("kernel_{at}"), ..sample }
}

/// An activation that is the quantizer.
pub fn quantized_activation(at: usize, quantizer: &str) -> Sample {
    let sample = Sample::new("QActivation", &[Input::Vector], json!({ "activation": quantizer }));
    Sample { row: quantizer.to_owned(), name: format!("activation_{at}"), ..sample }
}

/// A ternary activation that no batch normalization takes in, and so stays a layer of its own.
pub fn lone_ternary() -> Sample {
    let config = json!({ "units": UNITS, "use_bias": false, "activation": "ternary(alpha=1)" });
    let sample = Sample::new("Dense", &[Input::Vector], config).with(&[("kernel", &[N_IN, UNITS])]);
    Sample { row: "ternary behind a Dense".into(), name: "ternary".into(), ..sample }
}
