//! Projects in memory and on disk.

mod common;

use std::fs;
use std::path::Path;

use hls_codegen::project::Access;
use hls_codegen::vitis::decisions::Storage;
use hls_codegen::vitis::options::{ResultStream, WeightFiles};
use hls_codegen::vitis::{self, Kernels, Stage, Stages, layers};
use hls_codegen::{CodegenError, Conversion, Options, Project};
use hls_model::Target;
use hls_model::config::{ConfigFile, ProjectSettings};
use hls_model::graph::Graph;

/// A small case, the project that it becomes, and a folder to write to.
fn small() -> (Project, tempfile::TempDir) {
    let (graph, options) = common::case("smartpix_asic_t000");
    (vitis::emit(&graph, &options).expect("a project"), tempfile::tempdir().expect("scratch folder"))
}

fn text(project: &Project, path: &str) -> String {
    String::from_utf8(project.file(path).unwrap_or_else(|| panic!("{path}")).bytes.to_vec()).expect("text")
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn equal_input_gives_equal_bytes() {
    let (graph, options) = common::case("wk_jet_tagger_6b");
    assert_eq!(vitis::emit(&graph, &options).expect("once"), vitis::emit(&graph, &options).expect("twice"));
}

#[test]
fn the_library_stamp_follows_the_contents() {
    let (graph, options) = common::case("smartpix_asic_t000");
    let stamp = |options: &Options| text(&vitis::emit(&graph, options).expect("a project"), "build_lib.sh");
    let mut other = options.clone();
    other.vitis.weight_files = WeightFiles::HeaderOnly;
    assert_ne!(stamp(&options), stamp(&other));
}

#[test]
fn weight_text_reads_back_as_the_fixed_point_numbers() {
    let mut checked = 0;
    for case in [
        "smartpix_asic_t000",
        "wk_jet_tagger_6b",
        "zoo_qdense_ternary",
        "zoo_qdense_bits",
        "cfg_default_modes",
    ] {
        let (graph, options) = common::case(case);
        let project = vitis::emit(&graph, &options).expect("a project");
        for weight in graph.nodes().flat_map(|node| &node.weights) {
            let text = text(&project, &format!("firmware/weights/{}.txt", weight.variable));
            let ty = weight.ty.precision.storage();
            let numbers: Vec<i128> =
                text.split(',').map(|number| ty.from_decimal_str(number).expect("a number")).collect();
            assert_eq!(numbers.len(), weight.values.data.len(), "{case} {}", weight.variable);
            // Beside the grid, hls4ml rounds the decimals first; the simulated outputs of the corpus cover that.
            let on_grid = |value: f64| ty.to_f64(ty.from_f64(value)) == value;
            for (raw, &value) in numbers.iter().zip(&weight.values.data).filter(|(_, value)| on_grid(**value))
            {
                assert_eq!(ty.to_f64(*raw), value, "{case} {}", weight.variable);
                checked += 1;
            }
        }
    }
    assert!(checked > 5000, "only {checked} weights are on the grid of their type");
}

#[test]
fn weights_outside_are_arguments_and_not_parameters() {
    let (graph, options) = common::case("cfg_bram_factor");
    let project = vitis::emit(&graph, &options).expect("a project");
    let (header, parameters) =
        (text(&project, "firmware/myproject.h"), text(&project, "firmware/parameters.h"));
    let mut outside = 0;
    for weight in graph.nodes().flat_map(|node| &node.weights) {
        let is_outside = Storage::of(&graph, weight) == Storage::Bram;
        outside += usize::from(is_outside);
        let declaration = format!("{} {}[{}]", weight.ty.name, weight.variable, weight.values.data.len());
        assert_eq!(header.contains(&declaration), is_outside, "{declaration}");
        let include = format!("#include \"weights/{}.h\"", weight.variable);
        assert_eq!(parameters.contains(&include), !is_outside, "{include}");
    }
    assert_eq!(outside, 2);
}

#[test]
fn the_configuration_in_the_project_reads_back() {
    let (graph, mut options) = common::case("cfg_writer_opts");
    options.vitis.result_stream = ResultStream::File;
    let (project, dir) =
        (vitis::emit(&graph, &options).expect("a project"), tempfile::tempdir().expect("folder"));
    project.write_to(&dir.path().join("p")).expect("written");
    let file = ConfigFile::read(&dir.path().join("p/hls4ml_config.yml")).expect("readable");
    let again = Options::default().with_settings(&file.project).expect("possible");
    assert_eq!(again.with_config_yaml(&options.config_yaml).with_model_file("model.h5".as_ref()), options);
    assert_eq!(file.hls.to_yaml().expect("YAML").trim_end(), options.config_yaml.trim_end());
}

#[test]
fn settings_that_are_not_available_are_refused() {
    let mut nowhere = ProjectSettings::default();
    nowhere.writer.tb_output_stream = Some("printer".into());
    let error = Conversion::default().with_project_settings(&nowhere).expect_err("no such place").to_string();
    assert!(error.contains("stdout, file or both"), "{error}");
}

#[test]
fn a_graph_that_cannot_be_emitted_names_the_layer() {
    let (graph, _) = common::case("cfg_unrolled");
    let mut node = graph.nodes().find(|node| node.name == "d0").expect("a Dense layer").clone();
    node.weights.clear();
    let error = layers::emit(&graph, &node, "nnet").expect_err("no weights").to_string();
    assert!(error.contains("\"d0\"") && error.contains("has no weight"), "{error}");
}

#[test]
fn generated_kernels_need_a_place_in_the_library() {
    let library = tempfile::tempdir().expect("scratch folder");
    for folder in ["nnet_utils", "ap_types"] {
        fs::create_dir(library.path().join(folder)).expect("folder");
    }
    let with_empty_library = |case| {
        let (graph, mut options) = common::case(case);
        options.vitis.kernels = Kernels::from_dir(library.path()).expect("two folders");
        vitis::emit(&graph, &options)
    };
    assert!(with_empty_library("smartpix_asic_t000").is_ok());
    let error = with_empty_library("cfg_unrolled").expect_err("nowhere to put them").to_string();
    assert!(error.contains("nnet_code_gen.h") && error.contains("missing"), "{error}");
}

#[test]
fn the_stages_are_what_hls4ml_asks_for() {
    let (project, _) = small();
    let script = text(&project, "build_opt.tcl");
    for (stage, on) in
        [("csim", 1), ("synth", 1), ("cosim", 1), ("validation", 1), ("reset", 0), ("export", 0)]
    {
        let line =
            script.lines().find(|line| line.trim().starts_with(stage)).unwrap_or_else(|| panic!("{stage}"));
        assert!(line.trim_end().ends_with(&on.to_string()), "{line}");
    }
    assert!(Stages::default().contains(Stage::Csim));
}

#[test]
fn a_new_folder_holds_the_project_and_nothing_else() {
    let (project, dir) = small();
    let target = dir.path().join("deep/inside/p");
    project.write_to(&target).expect("written");
    for (path, file) in project.files() {
        assert_eq!(fs::read(target.join(path)).expect(path), file.bytes.as_ref(), "{path}");
    }
    assert!(target.join("tb_data").is_dir());
    assert_eq!(names_in(&dir.path().join("deep/inside")), ["p"]);
}

#[cfg(unix)]
#[test]
fn scripts_can_be_run() {
    use std::os::unix::fs::PermissionsExt;
    let (project, dir) = small();
    project.write_to(&dir.path().join("p")).expect("written");
    for (path, file) in project.files() {
        let mode = fs::metadata(dir.path().join("p").join(path)).expect(path).permissions().mode();
        assert_eq!(mode & 0o100 != 0, file.access == Access::Executable, "{path}");
    }
}

#[test]
fn writing_again_replaces_the_firmware_and_keeps_what_is_not_ours() {
    let (project, dir) = small();
    let target = dir.path().join("p");
    fs::create_dir_all(target.join("firmware/weights")).expect("folder");
    fs::create_dir_all(target.join("tb_data")).expect("folder");
    for (path, text) in [
        ("firmware/weights/w99.txt", "of an earlier conversion"),
        ("project.tcl", "old"),
        ("vivado_synth.rpt", "a report"),
        ("tb_data/tb_input_features.dat", "1 2 3"),
    ] {
        fs::write(target.join(path), text).expect("file");
    }
    project.write_to(&target).expect("written over");
    assert!(!target.join("firmware/weights/w99.txt").exists());
    assert_eq!(
        fs::read(target.join("project.tcl")).expect("file"),
        project.file("project.tcl").expect("file").bytes.as_ref()
    );
    assert_eq!(fs::read_to_string(target.join("vivado_synth.rpt")).expect("kept"), "a report");
    assert_eq!(fs::read_to_string(target.join("tb_data/tb_input_features.dat")).expect("kept"), "1 2 3");
    assert_eq!(names_in(dir.path()), ["p"]);
}

#[test]
fn a_place_that_cannot_be_written_to_is_named_and_left_as_it_was() {
    let (project, dir) = small();
    fs::write(dir.path().join("file"), "in the way").expect("file");
    for target in [dir.path().join("file"), dir.path().join("file/p")] {
        let error = project.write_to(&target).expect_err("a file is in the way");
        assert!(matches!(error, CodegenError::Write { .. }));
        assert!(error.to_string().contains("/file"), "{error}");
    }
    assert_eq!(fs::read_to_string(dir.path().join("file")).expect("kept"), "in the way");
    assert_eq!(names_in(dir.path()), ["file"]);
}

/// The model of a folder of fixtures, with streams between its layers.
fn streamed(folder: &str) -> Graph {
    let conversion = Conversion::default().with_target(Target::VitisStream);
    let converted = conversion.convert(&common::fixtures().join(folder).join("model.h5"));
    converted.unwrap_or_else(|error| panic!("{folder}: {error}")).graph
}

#[test]
fn what_has_no_kernel_between_streams_is_refused_by_name() {
    let cases = [
        ("corpus/zoo_pool1d_same", ["beyond the edge of the image", "padding=\"valid\""]),
        ("failing/zoo_conv_dilated", ["has a dilation of 2", "io_parallel"]),
    ];
    for (folder, parts) in cases {
        let refused = vitis::emit(&streamed(folder), &Options::default()).map(drop);
        let said = refused.map_or_else(|error| error.to_string(), |()| "it is written".into());
        for part in parts.into_iter().chain(["layer \""]) {
            assert!(said.contains(part), "{folder}: \"{part}\" is missing in \"{said}\"");
        }
    }
}

#[test]
fn parallelism_that_streams_cannot_have_is_warned_of() {
    let settings = ["LayerName.c0.ParallelizationFactor=2"];
    for (case, expected) in [("cfg_conv_stream_resource", 1), ("zoo_conv2d_same_resource", 0)] {
        let (graph, _) = common::case_with(case, &settings);
        let said = vitis::decisions::warnings(&graph).into_iter().filter(|warning| {
            warning.layer.as_deref() == Some("c0")
                && warning.message.starts_with("ParallelizationFactor has no effect")
        });
        assert_eq!(said.count(), expected, "{case}");
    }
}
