//! Understand a QKeras/Keras model the way hls4ml 1.3.0 does.
//!
//! ```text
//! model file ─▶ source ─▶ lower ─▶ build ─▶ passes ─▶ Graph ─▶ arith ─▶ emulate
//!                 │         ▲        ▲         ▲
//!             quantizer ────┘     config    target            precision, fixed: everywhere
//! ```
//!
//! | room | job | knows nothing of |
//! |---|---|---|
//! | [`source`] | a model file becomes typed Keras layers with their arrays | what hls4ml makes of them |
//! | [`lower`](mod@lower) | those become hls4ml's layers: one operation each, shapes known, names that tools accept | configurations |
//! | [`config`] | hls4ml's configuration: read, generated, looked up | passes |
//! | [`target`] | which back end and which interface a model is converted for | |
//! | [`graph`] | the intermediate representation; each operation with its rules in one file | files, configurations |
//! | `build` | layers and configuration become a draft of the graph | |
//! | [`passes`] | what hls4ml does to it, in its order | files |
//! | [`arith`] | the exact arithmetic of each operation as data: constants, casts, ranges, tables, the order of additions | speed |
//! | [`emulate`] | that arithmetic as machine words and loops over blocks of samples | |
//! | [`profile`], [`float_model`] | how much of their types the numbers use; what they would be without quantization | |
//! | [`samples`] | a network's inputs, read from npz files or made up, and what is written of its outputs | |
//! | [`metrics`] | how good predictions are: pure functions of numbers | everything else |
//! | [`score`] | how good a model is on labelled samples, and what it costs | files |
//! | [`quantizer`] | every spelling of a QKeras quantizer, and what it does to an array | |
//! | [`fixed`], [`precision`] | `ap_fixed` on raw integers, and the names of its types | everything else |
//!
//! # One model through every stage
//!
//! A dense layer with 4-bit weights, a batch normalization and a quantized ReLU, made from the JSON that Keras writes; a file would go
//! through [`source::read`] instead.
//!
//! ```
//! use hls_model::config::Generator;
//! use hls_model::emulate::{Emulator, Record};
//! use hls_model::source::keras::{Dtype, NamedArray};
//! use hls_model::{Target, convert, lower, source};
//! use ndarray::{ArrayD, arr1, arr2};
//! use serde_json::{Value, json};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let layer = |class: &str, config: Value, reads: Value| {
//!     json!({ "class_name": class, "name": config["name"], "config": config, "inbound_nodes": reads })
//! };
//! let architecture = json!({ "class_name": "Functional", "config": {
//!     "name": "small",
//!     "layers": [
//!         layer("InputLayer", json!({ "name": "x", "batch_input_shape": [null, 3] }), json!([])),
//!         layer(
//!             "QDense",
//!             json!({ "name": "fc", "units": 2, "kernel_quantizer": "quantized_bits(4,0,alpha=1)" }),
//!             json!([[["x", 0, 0, {}]]]),
//!         ),
//!         layer("BatchNormalization", json!({ "name": "norm" }), json!([[["fc", 0, 0, {}]]])),
//!         layer(
//!             "QActivation",
//!             json!({ "name": "act", "activation": "quantized_relu(6,2)" }),
//!             json!([[["norm", 0, 0, {}]]]),
//!         ),
//!     ],
//!     "input_layers": [["x", 0, 0]],
//!     "output_layers": [["act", 0, 0]],
//! } });
//! let array = |role: &str, data: ArrayD<f64>| NamedArray {
//!     name: role.into(), role: role.into(), data, dtype: Dtype::F32,
//! };
//! let both = |value: f64| arr1(&[value, value]).into_dyn();
//! let kernel = arr2(&[[0.5, -0.25], [0.125, 0.75], [-1.0, 0.3]]).into_dyn();
//! let arrays = [
//!     ("fc".to_owned(), vec![array("kernel", kernel), array("bias", arr1(&[0.1, 0.0]).into_dyn())]),
//!     ("norm".to_owned(), vec![
//!         array("gamma", both(1.0)),
//!         array("beta", both(0.0)),
//!         array("moving_mean", both(0.0)),
//!         array("moving_variance", both(1.0)),
//!     ]),
//! ];
//!
//! // source: typed layers with their arrays.
//! let keras = source::assemble(&architecture, arrays, "small.json".as_ref())?;
//! assert_eq!(keras.layer("fc").map(|layer| layer.weights.len()), Some(2));
//!
//! // lower: hls4ml's layers. The activation that every Dense has becomes a layer of its own.
//! let model = lower(&keras)?;
//! let layers: Vec<_> = model.layers.iter().map(|l| (l.name.as_str(), l.op.class_name())).collect();
//! assert_eq!(layers, [
//!     ("x", "Input"),
//!     ("fc", "Dense"),
//!     ("fc_linear", "Activation"),
//!     ("norm", "BatchNormalization"),
//!     ("act", "Activation"),
//! ]);
//!
//! // config: what hls4ml would generate. Quantizers decide for their layers; the rest is to be inferred.
//! let config = Generator::default().generate(&model)?;
//! let layers = &config.as_value()["LayerName"];
//! assert_eq!(layers["fc"]["Precision"]["weight"], "fixed<4,1,TRN,WRAP,0>");
//! assert_eq!(layers["fc"]["Precision"]["result"], "auto");
//! assert_eq!(layers["act"]["Precision"]["result"], "ufixed<6,2,RND_CONV,SAT,0>");
//!
//! // build and passes: the linear activation is gone (its index, 3, stays unused), and every precision is known. A sum of three
//! // products of 16 and 4 bits plus a bias takes 23 bits, so that it can never overflow.
//! let graph = convert(&model, &config, Target::default())?;
//! let nodes: Vec<_> = graph
//!     .order()
//!     .iter()
//!     .map(|&id| (graph.output_of(id).variable.as_str(), graph.output_of(id).ty.precision.to_string()))
//!     .collect();
//! assert_eq!(nodes, [
//!     ("x", "fixed<16,6,TRN,WRAP,0>".to_owned()),
//!     ("layer2_out", "fixed<23,10,TRN,WRAP,0>".to_owned()),
//!     ("layer4_out", "fixed<40,17,TRN,WRAP,0>".to_owned()),
//!     ("layer5_out", "ufixed<6,2,RND_CONV,SAT,0>".to_owned()),
//! ]);
//! let weights = &graph.nodes().nth(1).expect("fc").weights[0];
//! assert_eq!((weights.variable.as_str(), weights.ty.name.as_str()), ("w2", "weight2_t"));
//! // 0.3 was not on the grid of four bits.
//! assert_eq!(weights.values.data.as_slice(), Some(&[0.5, -0.25, 0.125, 0.75, -1.0, 0.25][..]));
//!
//! // emulate: the firmware's numbers, bit for bit, as raw integers of `ufixed<6,2>`: 22/16 and 18/16.
//! let sample = arr2(&[[1.0f32, 2.0, -0.5]]);
//! let results = Emulator::new(&graph)?.evaluate(&[sample.view()], Record::Outputs)?;
//! assert_eq!(results.outputs[0].raws().collect::<Vec<_>>(), [22, 18]);
//! # Ok(())
//! # }
//! ```
//!
//! `hls-codegen` writes such a graph down as a project. [`graph`] explains what a graph is.

pub mod arith;
mod build;
pub mod config;
pub mod emulate;
mod error;
pub mod fixed;
pub mod float_model;
pub mod graph;
pub mod identifier;
pub mod lower;
pub mod metrics;
pub mod passes;
pub mod precision;
pub mod profile;
pub mod quantizer;
pub mod samples;
pub mod score;
pub mod source;
pub mod streams;
pub mod target;
mod warning;

pub use error::ConvertError;
pub use lower::lower;
pub use target::Target;
pub use warning::Warning;

use config::HlsConfig;
use graph::{Graph, LoweredModel};

/// Converts a model under a configuration, for a target, to the graph that the firmware is written from.
///
/// # Errors
/// A layer is not supported, or model and configuration contradict themselves or each other; the message says
/// where, and what to change.
pub fn convert(model: &LoweredModel, config: &HlsConfig, target: Target) -> Result<Graph, ConvertError> {
    let mut lookup = config.lookup()?;
    let mut draft = build::build(model, &lookup, target)?;
    draft.validate()?;
    passes::run(&mut draft, &mut lookup)?;
    build::check_entries_of_made_layers(&mut draft, model, &lookup)?;
    Ok(draft.settle()?)
}
