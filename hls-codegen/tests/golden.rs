//! Whole projects as text, to be reviewed as diffs: `fixtures/golden/CASE/` holds what the corpus case of that name becomes, some with other
//! settings than the corpus has.
//!
//! `UPDATE_GOLDEN=1 cargo test -p hls-codegen --test golden` rewrites them. The library's kernels are left
//! out (they are sources themselves), and so are long weight arrays, whose text has tests of its own.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use hls_codegen::{Kernels, Project};

/// What each case shows.
const CASES: &[(&str, &str)] = &[
    ("smartpix_m1_4w0i_t000", "a quantized perceptron with a hard activation"),
    ("smartpix_m2_10w0i_resource_t002", "resource strategy, a scale taken out of a layer"),
    ("wk_jet_tagger_6b", "softmax"),
    ("cfg_bram_factor", "weights as arguments of the top function"),
    ("cfg_writer_opts", "a namespace, weights in headers only, tuples for emulators"),
    ("zoo_merge_ops", "several inputs"),
    ("zoo_qdense_po2", "weights that are powers of two"),
    ("zoo_qdense_binary", "XNOR products and thresholds"),
    ("zoo_act_piecewise", "activations with parameters, several outputs"),
    ("zoo_dropout_flatten", "a view of an input"),
    ("cfg_unrolled", "kernels generated for single layers"),
    ("cfg_conv_parallel", "a convolution, four pixels side by side, and the code that fills their windows"),
    ("zoo_pool2d", "pooling of images"),
    ("zoo_qsepconv", "depthwise and pointwise convolutions that share multipliers, four pixels side by side"),
];

/// What is set on top of the corpus case's configuration.
const SETTINGS: &[(&str, &[&str])] = &[(
    "zoo_qsepconv",
    &["Model.Strategy=Resource", "Model.ReuseFactor=4", "LayerName.qs0.ParallelizationFactor=4"],
)];

/// Bytes up to which a weight file is kept.
const SHORT: usize = 600;

#[test]
fn projects_are_as_reviewed() {
    let mut differences = Vec::new();
    for (case, _) in CASES {
        let (graph, options) = match SETTINGS.iter().find(|(name, _)| name == case) {
            Some((_, settings)) => common::case_with(case, settings),
            None => common::case(case),
        };
        let project = Project::new(&graph, &options).expect("the graph can be written down");
        let folder = common::fixtures().join("golden").join(case);
        let texts = texts(&project);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            rewrite(&folder, &texts);
        }
        let kept = read_tree(&folder);
        for path in texts.keys().chain(kept.keys()).filter(|path| texts.get(*path) != kept.get(*path)) {
            differences.push(format!("{case}/{path}"));
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
    let left: Vec<_> = names.filter(|name| !CASES.iter().any(|(case, _)| case == name)).collect();
    assert!(left.is_empty(), "fixtures/golden holds folders that no case makes: {left:?}");
}
