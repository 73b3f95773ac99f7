//! Models that hls4ml itself cannot convert or compile (`fixtures/failing`): ours converts them, and Keras's outputs are the reference, or
//! says what is in the way and what to change.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use hls_codegen::Conversion;
use hls_model::Target;
use hls_model::config::{Generator, Strategy};
use hls_model::graph::Op;
use hls_model::target::IoType;
use hls_runner::sentence;
use serde_json::{Value, json};

use crate::case::{Case, convert_file, fixtures, json};
use crate::{csim, pool, report};

/// A model, how it is converted, and what comes of it.
struct Row {
    /// The folder.
    case: &'static str,
    change: Change,
    outcome: Outcome,
}

/// What is changed in the options that hls4ml failed with.
enum Change {
    Nothing,
    /// All elements of a tensor at once.
    IoParallel,
    /// One pixel after the other.
    IoStream,
    /// A layer's result has this type.
    Result(&'static str, &'static str),
}

enum Outcome {
    /// Emulator and firmware are equal in every bit, and no output is further than this from Keras's.
    Converts(f64),
    /// The message has these words.
    Refused(&'static [&'static str]),
}

use Change::{IoParallel, IoStream, Nothing, Result as ResultType};
use Outcome::{Converts, Refused};

/// `fixed<16,6>` has steps of 2^-10; a product or weight that is cut off is wrong by less than one.
const STEP: f64 = 1.0 / 1024.0;

const ROWS: &[Row] = &[
    // Exact sums, cut to 12 fractional bits.
    Row { case: "bad_average", change: Nothing, outcome: Converts(0.3 * STEP) },
    Row { case: "bad_average", change: IoStream, outcome: Converts(0.3 * STEP) },
    // Two summands at an edge, whose weights are cut off.
    Row { case: "bad_conv2dtranspose", change: Nothing, outcome: Converts(12.0 * STEP) },
    Row { case: "bad_dot_auto", change: Nothing, outcome: Converts(0.0) },
    // Rounded to nearest.
    Row { case: "bad_exponential", change: Nothing, outcome: Converts(0.6 * STEP) },
    Row { case: "bad_exponential", change: IoStream, outcome: Converts(0.6 * STEP) },
    Row { case: "bad_gaussian_noise", change: Nothing, outcome: Converts(6.0 * STEP) },
    // A table entry is cut to 2^-10, and neighbours are 2^-7 apart.
    Row { case: "bad_gelu", change: Nothing, outcome: Converts(12.0 * STEP) },
    Row {
        case: "bad_lambda",
        change: Nothing,
        outcome: Refused(&["\"lam\"", "Lambda", "use layers of Keras"]),
    },
    Row { case: "bad_lstm_hard_sigmoid", change: Nothing, outcome: Converts(12.0 * STEP) },
    // Entries of the table are 2^-7 apart, and stand for the middle of the inputs that share them.
    Row { case: "bad_mish", change: Nothing, outcome: Converts(3.0 * STEP) },
    Row { case: "bad_mish", change: IoStream, outcome: Converts(3.0 * STEP) },
    Row { case: "bad_qbidirectional", change: Nothing, outcome: Converts(2.0 / 128.0) },
    Row { case: "bad_qdense_po2_bias", change: Nothing, outcome: Converts(5.0 * STEP) },
    // Accumulators in which nothing is cut.
    Row { case: "bad_qgru_hard", change: Nothing, outcome: Converts(0.0) },
    Row { case: "bad_qgru_hard", change: IoStream, outcome: Converts(0.0) },
    // Steps of 2^-7: those of the quantizers.
    Row { case: "bad_qlstm_hard", change: Nothing, outcome: Converts(2.0 / 128.0) },
    Row { case: "bad_qlstm_result_type", change: Nothing, outcome: Converts(2.0 / 128.0) },
    Row { case: "bad_qlstm_state_quantizer", change: Nothing, outcome: Converts(3.0 / 128.0) },
    Row { case: "bad_qsimplernn_state_quantizer", change: Nothing, outcome: Converts(0.0) },
    Row { case: "bad_qsimplernn_state_quantizer", change: IoStream, outcome: Converts(0.0) },
    Row {
        case: "bad_quantized_ulaw",
        change: Nothing,
        outcome: Refused(&["\"qa\"", "quantized_ulaw", "use quantized_relu"]),
    },
    // Its tables have steps of 1/32 and 1/4 here; for the automatic type of the layer before it, of 32.
    Row { case: "bad_softmax_layer", change: ResultType("d0", "fixed<16,6>"), outcome: Converts(0.1) },
    // What the case asks for is in its configuration, and plain models have no quantizers to be exact about.
    Row {
        case: "cfg_bit_exact",
        change: Nothing,
        outcome: Refused(&["\"in0\"", "without one", "remove Model.BitExact"]),
    },
    Row {
        case: "cfg_compression",
        change: Nothing,
        outcome: Refused(&["LayerName.d0.Compression", "remove it"]),
    },
    Row { case: "cfg_distributed_arithmetic", change: Nothing, outcome: Converts(0.0) },
    Row { case: "cfg_layer_name_dash", change: Nothing, outcome: Converts(48.0 * STEP) },
    Row { case: "cfg_layer_name_slash", change: Nothing, outcome: Converts(48.0 * STEP) },
    Row { case: "zoo_concat_many", change: Nothing, outcome: Converts(0.0) },
    Row { case: "zoo_conv_channels_first", change: Nothing, outcome: Converts(9.0 * STEP) },
    Row { case: "zoo_conv_dilated", change: Nothing, outcome: Converts(7.0 * STEP) },
    Row { case: "zoo_merge_broadcast", change: Nothing, outcome: Converts(0.0) },
    Row { case: "zoo_merge_broadcast", change: IoParallel, outcome: Converts(0.0) },
    Row { case: "zoo_pool_stream", change: Nothing, outcome: Converts(9.0 * STEP) },
    Row { case: "zoo_pool_stream", change: IoParallel, outcome: Converts(9.0 * STEP) },
    Row { case: "zoo_qact_po2", change: Nothing, outcome: Converts(0.0) },
    Row { case: "zoo_qact_relu_po2", change: Nothing, outcome: Converts(0.0) },
    Row { case: "zoo_qact_stochastic", change: Nothing, outcome: Converts(0.0) },
    Row { case: "zoo_time_distributed_conv", change: Nothing, outcome: Converts(14.0 * STEP) },
    Row { case: "zoo_time_distributed_conv", change: IoStream, outcome: Converts(14.0 * STEP) },
];

/// Whether there are kernels for a model over streams.
#[derive(Clone, Copy)]
enum Streams {
    Convert,
    /// The message has these words.
    Refuse(&'static str),
}

/// What a sum of the second of two layers loses in float32.
const FLOAT: f64 = 1.0 / 1048576.0;

const DILATED: Streams =
    Streams::Refuse("a dilation of 2, and over streams only 1 is possible; use io_parallel");

/// Grouped and transposed convolutions (`fixtures/failing/convolutions.py`), and how far the outputs may be from Keras's: no more than a step
/// of their type where that is not inferred.
const CONVOLUTIONS: &[(&str, f64, Streams)] = &[
    ("conv_grouped_1d", STEP, Streams::Convert),
    ("conv_grouped_1d_causal", 0.0, Streams::Convert),
    ("conv_grouped_2d", FLOAT, Streams::Convert),
    ("conv_grouped_2d_dilated", 0.0, DILATED),
    ("conv_grouped_q1d_auto", STEP, Streams::Convert),
    ("conv_grouped_q2d_batchnorm", 0.0, Streams::Convert),
    ("conv_grouped_q2d_binary", STEP, Streams::Convert),
    ("conv_grouped_q2d_po2", 0.0, Streams::Convert),
    ("conv_transposed_1d", STEP, Streams::Convert),
    ("conv_transposed_1d_dilated", 0.0, DILATED),
    ("conv_transposed_2d_output_padding", 0.0, Streams::Convert),
    ("conv_transposed_2d_same", STEP, Streams::Convert),
    ("conv_transposed_2d_valid", FLOAT, Streams::Convert),
    ("conv_transposed_q2d", 0.0, Streams::Convert),
    ("conv_transposed_q2d_auto", 0.0, Streams::Convert),
    ("conv_transposed_q2d_binary", 0.0, Streams::Convert),
];

#[test]
fn grouped_and_transposed_convolutions_are_what_keras_computes() {
    // Each model with both interfaces and both strategies, which is half of the ways to combine them.
    let rows: Vec<_> = CONVOLUTIONS
        .iter()
        .enumerate()
        .flat_map(|(at, row)| {
            let mut strategies = [Strategy::Latency, Strategy::Resource];
            strategies.rotate_left(at % 2);
            [IoType::Parallel, IoType::Stream].into_iter().zip(strategies).map(move |way| (way, row))
        })
        .collect();
    let check = |&((io_type, strategy), &(case, tolerance, streams)): &((IoType, Strategy), &(_, _, _))| {
        let folder = fixtures().join("failing").join(case);
        let target = Target::default().with_io_type(io_type).expect("an interface of Vitis");
        let conversion =
            Conversion::generated(Generator { strategy, reuse_factor: 2, ..Generator::default() })
                .with_target(target)
                .convert(&folder.join("model.h5"));
        let result = match (conversion, streams) {
            (Ok(conversion), Streams::Refuse(words)) if io_type == IoType::Stream => {
                match conversion.project().map_err(|error| error.to_string()) {
                    Err(message) if message.contains(words) => Ok(()),
                    other => Err(format!("not refused with {words:?}: {:?}", other.err())),
                }
            }
            (Ok(conversion), _) => csim::check_with_keras(&folder.join("keras.npz"), &conversion, tolerance),
            (Err(error), _) => Err(sentence(&error)),
        };
        result.map_err(|error| format!("{case}, {io_type:?}, {strategy:?}: {error}"))
    };
    report(pool::map(&rows, check), rows.len());
}

/// Quantizers that stay layers have no kernel between streams in hls4ml.
#[test]
fn quantizers_between_streams_are_those_of_hgq2() {
    let folder = fixtures().join("failing3/hgq_stream_fork");
    let target = Target::default().with_io_type(IoType::Stream).expect("an interface of Vitis");
    let conversion = Conversion::generated(Generator::default()).with_target(target);
    let conversion = conversion.convert(&folder.join("model.keras")).expect("a conversion");
    let quantizers = conversion.graph.nodes().filter(|node| matches!(node.op, Op::FixedPointQuantizer(_)));
    assert!(quantizers.count() >= 2, "a fork whose branches have quantizers of their own");
    csim::check_with_keras(&folder.join("keras.npz"), &conversion, 0.0).expect("HGQ2's bits");
}

#[test]
fn what_hls4ml_cannot_do_is_converted_or_explained() {
    let entries = fs::read_dir(fixtures().join("failing")).expect("fixtures/failing");
    let paths = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
    let folders: BTreeSet<_> =
        paths.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
    let cases = ROWS.iter().map(|row| row.case).chain(CONVOLUTIONS.iter().map(|(case, ..)| *case));
    let known: BTreeSet<_> = cases.map(str::to_owned).collect();
    assert_eq!(folders, known, "folders of fixtures/failing and rows of the tables");
    report(pool::map(ROWS, |row| row.check().map_err(|error| format!("{}: {error}", row.case))), ROWS.len());
}

impl Row {
    fn check(&self) -> Result<(), String> {
        match (self.convert(), &self.outcome) {
            (Ok(conversion), Converts(tolerance)) => {
                csim::check_with_keras(&self.folder().join("keras.npz"), &conversion, *tolerance)
            }
            (Err(error), Converts(_)) => Err(error),
            (Ok(_), Refused(_)) => Err("is converted; say so in the table".into()),
            (Err(error), Refused(words)) => match words.iter().find(|word| !error.contains(**word)) {
                Some(word) => Err(format!("the message does not say {word:?}: {error}")),
                None => Ok(()),
            },
        }
    }

    fn folder(&self) -> PathBuf {
        fixtures().join("failing").join(self.case)
    }

    fn convert(&self) -> Result<hls_codegen::Converted, String> {
        let path = self.folder().join("options.json");
        let mut options = if path.exists() { json(&path) } else { Value::Null };
        match self.change {
            Change::Nothing => {}
            Change::IoParallel => options["io_type"] = json!("io_parallel"),
            Change::IoStream => options["io_type"] = json!("io_stream"),
            Change::Result(layer, ty) => {
                options["config"]["LayerName"][layer]["Precision"]["result"] = json!(ty);
            }
        }
        convert_file(&self.folder().join("model.h5"), &options, &[])
    }
}

/// Cases of the corpus in which hls4ml's outputs are undefined, and Keras's are known for small inputs (`keras.npz`). Entries of the
/// tables are 2^-7 apart where they are steepest, and each time step multiplies what the one before was wrong by.
const UNDEFINED: &[(&str, f64)] = &[("zoo_simplernn", 8.0 / 128.0), ("zoo_gru_reset_before", 3.0 / 128.0)];

#[test]
fn what_hls4ml_leaves_undefined_is_what_keras_computes() {
    let check = |&(name, tolerance): &(&str, f64)| {
        let case = Case::named(name);
        let near =
            |conversion| csim::check_with_keras(&case.folder.join("keras.npz"), &conversion, tolerance);
        case.convert().and_then(near).map_err(|error| format!("{name}: {error}"))
    };
    report(pool::map(UNDEFINED, check), UNDEFINED.len());
}
