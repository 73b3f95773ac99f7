//! Models, files and options whose texts try to break out of everything that they are written into (`fixtures/hostile`).
//! Whatever gets executed on the way leaves a file with `owned` in its name.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::tempdir;

use super::support::*;

/// Models that must be converted. The others of the folder must be refused.
const CONVERTED: [&str; 7] = ["layers", "words", "inputs", "input_words", "model", "quantized", "nested"];
const REFUSED: [(&str, &str); 3] = [
    ("activation", "is not a known activation"),
    ("class", "is not supported"),
    ("nul", "`kernel` is missing"),
];

fn hostile(name: &str) -> PathBuf {
    fixtures().join("hostile").join(format!("{name}.h5"))
}

/// All files below a folder, as paths below it.
fn tree(folder: &Path) -> Vec<PathBuf> {
    fn walk(folder: &Path, below: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry")) {
            let path = below.join(entry.file_name());
            match entry.file_type().expect("type").is_dir() {
                true => walk(&entry.path(), &path, found),
                false => found.push(path),
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, Path::new(""), &mut found);
    found.sort();
    found
}

/// Nothing but letters, digits and `._-` in any element, and no element of dots alone.
fn is_plain(path: &Path) -> bool {
    path.components().all(|component| {
        let bytes = component.as_os_str().as_bytes();
        bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
            && !bytes.iter().all(|byte| *byte == b'.')
    })
}

/// Nobody made a file that a model or an option asked for.
fn assert_not_owned(folders: &[&Path]) {
    for folder in folders {
        let owned: Vec<PathBuf> = tree(folder)
            .into_iter()
            .filter(|path| path.file_name().is_some_and(|name| name == "owned"))
            .collect();
        assert!(owned.is_empty(), "{}: {owned:?}", folder.display());
    }
    assert!(!Path::new("/owned").exists());
}

#[test]
fn the_corpus_is_complete() {
    let mut expected: Vec<String> = CONVERTED.iter().map(|name| format!("{name}.h5")).collect();
    expected.extend(REFUSED.iter().map(|(name, _)| format!("{name}.h5")));
    expected.push("generate.py".to_owned());
    expected.sort();
    assert_eq!(names(&fixtures().join("hostile")), expected);
}

#[test]
fn models_that_make_no_sense_are_refused_without_leaving_anything() {
    for (name, message) in REFUSED {
        let scratch = tempdir().expect("scratch");
        let project = scratch.path().join("p");
        let ran = run(&mut hls_cli(), ["convert", text(&hostile(name)), "-o", text(&project)]);
        let ran = ran.expect(1).says(&[message]);
        assert!(!ran.stderr.contains(['\u{1b}', '\u{7}', '\0']), "{name}: {:?}", ran.stderr);
        assert!(names(scratch.path()).is_empty(), "{name}: {:?}", names(scratch.path()));
    }
}

#[test]
fn no_name_reaches_a_script_or_a_path() {
    let scratch = tempdir().expect("scratch");
    let convert = |model: &Path, name: &str| {
        let project = scratch.path().join("projects").join(name);
        fs::create_dir_all(scratch.path().join("work")).expect("folder");
        let ran = run(
            hls_cli().current_dir(scratch.path().join("work")),
            ["convert", text(model), "-o", text(&project)],
        );
        let ran = ran.expect(0);
        assert!(!ran.stderr.contains(['\u{1b}', '\u{7}', '\0', '\u{202e}']), "{name}: {:?}", ran.stderr);
        // The generated configuration must find its way to layers that the firmware calls otherwise.
        assert!(!ran.stderr.contains("no such layer"), "{name}: {}", ran.stderr);
        project
    };
    let harmless = convert(&corpus("zoo_dense_relu").join("model.h5"), "harmless");
    for name in CONVERTED {
        let project = convert(&hostile(name), name);
        let files = tree(&project);
        assert!(files.len() > 60 && files.iter().all(|path| is_plain(path)), "{name}: {files:?}");
        // The scripts are those of any other model.
        for script in ["project.tcl", "build_prj.tcl", "build_opt.tcl", "vivado_synth.tcl"] {
            let read = |project: &Path| fs::read_to_string(project.join(script)).expect("script");
            assert_eq!(read(&project), read(&harmless), "{name}: {script}");
        }
        let library = fs::read_to_string(project.join("build_lib.sh")).expect("script");
        assert!(!library.contains("owned"), "{name}: {library}");
        // C++ speaks of layers by their identifiers.
        for file in files.iter().filter(|path| path.extension().is_some_and(|end| end == "cpp" || end == "h"))
        {
            let bytes = fs::read(project.join(file)).expect("source");
            for text in [
                "touch owned",
                "#error owned",
                "int owned",
                "etxt.owned",
                "../owned",
                "%99999d",
                "<script>owned",
            ] {
                let found = bytes.windows(text.len()).any(|window| window == text.as_bytes());
                assert!(!found, "{name}: {text:?} in {}", file.display());
            }
        }
        // The configuration says what it means: it makes the same project again.
        let again = scratch.path().join("again").join(name);
        let config = project.join("hls4ml_config.yml");
        run(&mut hls_cli(), ["convert", text(&hostile(name)), "-o", text(&again), "--config", text(&config)])
            .expect(0);
        for file in ["firmware/parameters.h", "firmware/myproject.cpp", "hls4ml_config.yml"] {
            let read = |project: &Path| fs::read_to_string(project.join(file)).expect("file");
            assert_eq!(read(&project), read(&again), "{name}: {file}");
        }
    }
    assert_not_owned(&[scratch.path()]);
    assert_eq!(names(scratch.path()), ["again", "projects", "work"]);
    assert!(names(&scratch.path().join("work")).is_empty());
}

#[test]
fn quantizers_count_whatever_their_layers_are_called() {
    for name in ["quantized", "nested"] {
        let ran = run(&mut hls_cli(), ["inspect", "--json", text(&hostile(name))]).expect(0);
        let facts: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let kernels: Vec<String> = facts["layers"]
            .as_array()
            .expect("layers")
            .iter()
            .filter_map(|layer| Some(layer["types"]["weight_t"]["precision"].as_str()?.to_owned()))
            .collect();
        assert_eq!(
            kernels,
            ["ap_fixed<3,1,TRN,WRAP,0>", "ap_fixed<5,1,TRN,WRAP,0>"],
            "{name}: {:#}",
            facts["layers"]
        );
    }
}

#[test]
fn predictions_and_profiles_stay_inside_their_files() {
    let scratch = tempdir().expect("scratch");
    let at = |name: &str| scratch.path().join(name);
    let input = at("x.npz");
    let mut arrays = ndarray_npy::NpzWriter::new(fs::File::create(&input).expect("file"));
    arrays.add_array("x", &ndarray::Array2::<f32>::zeros((3, 2))).expect("array");
    arrays.finish().expect("npz");
    let [output, trace] = [at("y.npz"), at("t.npz")];
    run(
        &mut hls_cli(),
        [
            "predict",
            text(&hostile("layers")),
            "--input",
            text(&input),
            "--output",
            text(&output),
            "--trace",
            text(&trace),
        ],
    )
    .expect(0);
    // What is printed and drawn of the same names.
    for picture in ["p.svg", "p.html"] {
        let picture = at(picture);
        let ran = run(
            &mut hls_cli(),
            ["profile", text(&hostile("layers")), "--input", text(&input), "--picture", text(&picture)],
        );
        let ran = ran.expect(0);
        let drawn = fs::read_to_string(&picture).expect("picture");
        assert!(!drawn.contains("<script>owned"), "{}", picture.display());
        for text in [&drawn, &ran.stdout, &ran.stderr] {
            assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{}", picture.display());
        }
    }
    let archive = ndarray_npy::NpzReader::new(fs::File::open(&trace).expect("file"));
    let names = archive.expect("npz").names().expect("names");
    assert!(names.len() > 50, "{names:?}");
    for name in names {
        let inside = name.split('/').all(|part| !part.is_empty() && part != ".." && part != ".");
        assert!(inside && !name.contains(|c: char| c.is_control()), "{name:?}");
    }
}

/// File names, without their extension.
fn file_names() -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = [
        "$(touch owned)",
        "`touch owned`",
        "; touch owned;",
        "\"; touch owned; \"",
        "[exec touch owned]",
        "{}",
        "-rf",
        "..",
        "line\nbreak",
        "\u{1b}[2J\u{202e}owned",
        "%s%n",
        "*",
    ]
    .iter()
    .map(|name| name.as_bytes().to_vec())
    .collect();
    found.push(b"not \xff\xfe UTF-8".to_vec());
    found.push(vec![b'n'; 240]);
    found
}

#[test]
fn hostile_models_and_file_names_go_through_a_sweep() {
    let scratch = tempdir().expect("scratch");
    let (models, output) = (scratch.path().join("models"), scratch.path().join("out"));
    fs::create_dir(&models).expect("folder");
    for name in CONVERTED {
        fs::copy(hostile(name), models.join(format!("{name}.h5"))).expect("copy");
    }
    for mut name in file_names() {
        name.extend(b".h5");
        fs::copy(hostile("model"), models.join(std::ffi::OsStr::from_bytes(&name))).expect("copy");
    }
    let ran = run(
        hls_cli().current_dir(scratch.path()).env("SOME_SECRET_TOKEN", "hunter2-is-secret"),
        [
            "synth",
            "--toolchain",
            "csim",
            "--keep",
            "reports",
            "--pattern",
            "*.h5",
            "--num-workers",
            "2",
            "--input-dir",
            text(&models),
            "--output-dir",
            text(&output),
        ],
    );
    let total = CONVERTED.len() + file_names().len();
    let ran = ran.expect(0).says_out(&format!("{total} succeeded"));
    assert!(!ran.stderr.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{:?}", ran.stderr);

    let files = tree(&output);
    assert!(files.iter().all(|path| is_plain(path)), "{files:?}");
    let archives: Vec<String> = names(&output).into_iter().filter(|name| name.ends_with(".tar.gz")).collect();
    assert_eq!(archives.len(), total);
    for archive in &archives {
        let stem = archive.trim_end_matches(".tar.gz");
        for member in tar_members(&output.join(archive)) {
            let inside = Path::new(&member).starts_with(stem) && is_plain(Path::new(&member));
            assert!(inside, "{archive}: {member}");
        }
    }
    let results = results(&output);
    assert_eq!(results["successful"], total);
    for file in files {
        let Ok(bytes) = fs::read(output.join(&file)) else { continue };
        let secret = b"hunter2-is-secret";
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", file.display());
    }
    assert_not_owned(&[scratch.path()]);
    assert_eq!(names(scratch.path()), ["models", "out"]);
}

#[test]
fn the_vendors_flow_executes_nothing_of_them() {
    let scratch = tempdir().expect("scratch");
    let (models, output) = (scratch.path().join("models"), scratch.path().join("out"));
    fs::create_dir(&models).expect("folder");
    fs::copy(hostile("layers"), models.join("[exec touch owned]$(touch owned).h5")).expect("copy");
    let mut command = with_stand_ins();
    command.current_dir(scratch.path()).env("SOME_SECRET_TOKEN", "hunter2-is-secret");
    let args = [
        "synth",
        "--pattern",
        "*.h5",
        "--keep",
        "project",
        "--input-dir",
        text(&models),
        "--output-dir",
        text(&output),
    ];
    run(&mut command, args).expect(0);
    for file in tree(&output) {
        let Ok(bytes) = fs::read(output.join(&file)) else { continue };
        let secret = b"hunter2-is-secret";
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", file.display());
    }
    assert_not_owned(&[scratch.path()]);
}

#[test]
fn options_and_configurations_are_refused_or_harmless() {
    let model = corpus("zoo_dense_relu").join("model.h5");
    let hostile_words = [
        "a\"; exec touch owned; #",
        "[exec touch owned]",
        "$(touch owned)",
        "a b",
        "a\nb",
        "a\\",
        "a{b",
        "../owned",
        "",
        "-x",
        "é",
    ];
    let scratch = tempdir().expect("scratch");
    let config = |line: &str| {
        let path = scratch.path().join("config.yml");
        fs::write(
            &path,
            format!("HLSConfig: {{Model: {{Precision: 'fixed<16,6>', ReuseFactor: 1}}}}\n{line}\n"),
        )
        .expect("config");
        path
    };
    let reference = scratch.path().join("reference");
    run(&mut hls_cli(), ["convert", text(&model), "-o", text(&reference)]).expect(0);
    // Scripts like any other, and a configuration that can be read again.
    let harmless = |project: &Path| {
        for script in ["project.tcl", "build_prj.tcl", "vivado_synth.tcl"] {
            let read = |project: &Path| fs::read_to_string(project.join(script)).expect("script");
            assert_eq!(read(project), read(&reference), "{script}");
        }
        let config = project.join("hls4ml_config.yml");
        run(&mut hls_cli(), ["inspect", text(&model), "--config", text(&config)]).expect(0);
    };
    let quoted = |word: &str| serde_json::to_string(word).expect("JSON is YAML");
    for (number, word) in hostile_words.iter().enumerate() {
        let mut commands: Vec<Vec<String>> =
            ["project-name", "part", "clock-uncertainty", "precision", "max-precision"]
                .iter()
                .map(|option| vec![format!("--{option}={word}")])
                .collect();
        for key in ["Strategy", "Precision", "ReuseFactor"] {
            commands.push(vec![format!("--set=Model.{key}={word}")]);
        }
        commands.push(vec![format!("--set=LayerName.{word}.Precision=ap_fixed<8,3>")]);
        for (index, args) in commands.iter().enumerate() {
            let project = scratch.path().join(format!("{number}_{index}"));
            let args = ["convert", text(&model), "-o", text(&project)]
                .into_iter()
                .map(str::to_owned)
                .chain(args.clone());
            let ran = run(hls_cli().current_dir(scratch.path()), args.collect::<Vec<_>>());
            if project.exists() {
                assert_eq!(ran.code, Some(0));
                harmless(&project);
            } else {
                assert!(matches!(ran.code, Some(1 | 2)), "{word:?} {index}: {}", ran.stderr);
            }
            assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        }
        for (index, key) in
            ["ProjectName", "Part", "ClockPeriod", "ClockUncertainty", "Version"].iter().enumerate()
        {
            let path = config(&format!("{key}: {}", quoted(word)));
            let project = scratch.path().join(format!("{number}_config_{index}"));
            let ran =
                run(&mut hls_cli(), ["convert", text(&model), "-o", text(&project), "--config", text(&path)]);
            assert!(
                matches!(ran.code, Some(1 | 2)) && !project.exists(),
                "{key}: {word:?}: {:?} {}",
                ran.code,
                ran.stderr
            );
        }
        let path = config(&format!("WriterConfig: {{Namespace: {}}}", quoted(word)));
        let project = scratch.path().join(format!("{number}_namespace"));
        let ran =
            run(&mut hls_cli(), ["convert", text(&model), "-o", text(&project), "--config", text(&path)]);
        assert!(matches!(ran.code, Some(1 | 2)) && !project.exists(), "Namespace: {word:?}: {}", ran.stderr);
    }
    assert_not_owned(&[scratch.path()]);
}

#[test]
fn a_project_is_not_named_like_an_argument_of_its_function() {
    let scratch = tempdir().expect("scratch");
    let project = scratch.path().join("p");
    for name in ["trace", "EOF", "errno"] {
        run(
            &mut hls_cli(),
            ["convert", text(&hostile("input_words")), "-o", text(&project), "--project-name", name],
        )
        .expect(1)
        .says(&[name, "choose another"]);
    }
    assert!(!project.exists());
}

/// The firmware, its test bench and its bridge compile with every name. (The sweep has compiled the first two.)
#[test]
fn the_bridge_compiles_with_hostile_names() {
    for name in CONVERTED {
        let scratch = tempdir().expect("scratch");
        let project = scratch.path().join("p");
        run(&mut hls_cli(), ["convert", text(&hostile(name)), "-o", text(&project)]).expect(0);
        let mut gcc = Command::new("g++");
        gcc.current_dir(&project).args([
            "-std=c++11",
            "-fsyntax-only",
            "-Ifirmware/ap_types",
            "myproject_bridge.cpp",
        ]);
        let output = gcc.output().expect("g++");
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
