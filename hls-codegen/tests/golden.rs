//! Whole projects as text, to be reviewed as diffs: `fixtures/golden/CASE/` holds what the corpus case of that name becomes, some with other
//! settings than the corpus has.
//!
//! `UPDATE_GOLDEN=1 cargo test -p hls-codegen --test golden` rewrites them. The library's kernels are left
//! out (they are sources themselves), and so are long weight arrays, whose text has tests of its own.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use hls_codegen::Project;
use hls_codegen::vitis::{self, Kernels};

/// A corpus case as a project.
struct Case {
    name: &'static str,
    /// What is set on top of the corpus case's configuration.
    settings: &'static [&'static str],
    kept: Kept,
}

/// Which files are kept. Those outside the firmware hardly differ from one case to the next.
#[derive(Clone, Copy, PartialEq)]
enum Kept {
    Whole,
    /// The firmware, the test bench and the bridge to Python, which depend on the top function's arguments.
    Interface,
    Firmware,
}

const CASES: &[Case] = &[
    // A quantized perceptron with a hard activation.
    case("smartpix_m1_4w0i_t000", Kept::Whole),
    // A namespace, weights in headers only, tuples for emulators.
    case("cfg_writer_opts", Kept::Whole),
    // Weights as arguments of the top function.
    case("cfg_bram_factor", Kept::Interface),
    // Several inputs.
    case("zoo_merge_ops", Kept::Interface),
    // Activations with parameters, several outputs.
    case("zoo_act_piecewise", Kept::Interface),
    // The resource strategy, a scale taken out of a layer.
    case("smartpix_m2_10w0i_resource_t002", Kept::Firmware),
    // Softmax.
    case("wk_jet_tagger_6b", Kept::Firmware),
    // Weights that are powers of two.
    case("zoo_qdense_po2", Kept::Firmware),
    // XNOR products and thresholds.
    case("zoo_qdense_binary", Kept::Firmware),
    // A view of an input.
    case("zoo_dropout_flatten", Kept::Firmware),
    // Kernels generated for single layers.
    case("cfg_unrolled", Kept::Firmware),
    // A convolution, four pixels side by side, and the code that fills their windows.
    case("cfg_conv_parallel", Kept::Firmware),
    // Poolings of images.
    case("zoo_pool2d", Kept::Firmware),
    // Streams: copies of one, sums, a chain of channels.
    case("zoo_merge_stream", Kept::Interface),
    // Streams of pixels, a convolution that shares multipliers, a pooling, a stream read as a vector.
    case("cfg_conv_stream_resource", Kept::Firmware),
    // Depthwise and pointwise convolutions that share multipliers, four pixels side by side.
    Case {
        settings: &[
            "Model.Strategy=Resource",
            "Model.ReuseFactor=4",
            "LayerName.qs0.ParallelizationFactor=4",
        ],
        ..case("zoo_qsepconv", Kept::Firmware)
    },
];

const fn case(name: &'static str, kept: Kept) -> Case {
    Case { name, settings: &[], kept }
}

impl Kept {
    fn holds(self, path: &str) -> bool {
        let is_interface = path.ends_with("_test.cpp") || path.ends_with("_bridge.cpp");
        self == Self::Whole || path.starts_with("firmware/") || (self == Self::Interface && is_interface)
    }
}

/// Bytes up to which a weight file is kept.
const SHORT: usize = 600;

#[test]
fn projects_are_as_reviewed() {
    let mut differences = Vec::new();
    for Case { name, settings, kept } in CASES {
        let (graph, options) = match settings {
            [] => common::case(name),
            settings => common::case_with(name, settings),
        };
        let project = vitis::emit(&graph, &options).expect("the graph can be written down");
        let folder = common::fixtures().join("golden").join(name);
        let mut texts = texts(&project);
        texts.retain(|path, _| kept.holds(path));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            rewrite(&folder, &texts);
        }
        let reviewed = read_tree(&folder);
        let paths = texts.keys().chain(reviewed.keys());
        for path in paths.filter(|path| texts.get(*path) != reviewed.get(*path)) {
            differences.push(format!("{name}/{path}"));
        }
    }
    differences.dedup();
    assert!(
        differences.is_empty(),
        "these differ from fixtures/golden; if they should, run UPDATE_GOLDEN=1 cargo test -p hls-codegen --test golden \
         and review the diff:\n{}",
        differences.join("\n")
    );
}

fn texts(project: &Project) -> BTreeMap<String, String> {
    let library = Kernels::embedded();
    let library: BTreeMap<String, &[u8]> =
        library.files().map(|(path, bytes)| (format!("firmware/{path}"), &**bytes)).collect();
    let is_kernel = |path: &str, bytes: &[u8]| library.get(path).is_some_and(|kernel| *kernel == bytes);
    let is_long_weight = |path: &str, len: usize| path.starts_with("firmware/weights/") && len > SHORT;
    project
        .files()
        .filter(|(path, file)| !is_kernel(path, &file.bytes) && !is_long_weight(path, file.bytes.len()))
        // The library's name in it depends on every byte of the kernels.
        .filter(|(path, _)| *path != "build_lib.sh")
        .map(|(path, file)| {
            (path.to_owned(), String::from_utf8(file.bytes.to_vec()).expect("generated files are text"))
        })
        .collect()
}

fn rewrite(folder: &Path, texts: &BTreeMap<String, String>) {
    if folder.exists() {
        fs::remove_dir_all(folder).expect("old golden files can be removed");
    }
    for (path, text) in texts {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("folder");
        fs::write(path, text).expect("file");
    }
}

fn read_tree(folder: &Path) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).unwrap_or_else(|error| panic!("{}: {error}", at.display())) {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .expect("below")
                    .to_str()
                    .expect("golden names are ASCII")
                    .to_owned();
                texts.insert(name, fs::read_to_string(&path).expect("golden files are text"));
            }
        }
    }
    texts
}

#[test]
fn every_folder_has_its_case() {
    let entries = fs::read_dir(common::fixtures().join("golden")).expect("fixtures/golden");
    let names = entries.map(|entry| entry.expect("entry").file_name().into_string().expect("a name"));
    let left: Vec<_> = names.filter(|name| !CASES.iter().any(|case| case.name == name)).collect();
    assert!(left.is_empty(), "fixtures/golden holds folders that no case makes: {left:?}");
}
