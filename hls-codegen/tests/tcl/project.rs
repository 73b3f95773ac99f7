//! A generated project in a temporary folder, and the stand-ins that build it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hls_codegen::vitis::Stage;
use serde_json::{Value, json};
use tempfile::TempDir;
use tera::{Context, Tera};

/// All stages but `fifo_opt`, which does nothing for Vitis.
pub const EVERY_STAGE: &[&str] = &["reset", "csim", "synth", "cosim", "validation", "export", "vsynth"];

/// A firmware of three lines with its bridge and test bench.
const FIRMWARE: &[(&str, &str)] = &[
    (
        "firmware/defines.h",
        "#ifndef DEFINES_H_\n#define DEFINES_H_\n#define N_INPUT_1_1 3\n#define N_LAYER_2 2\n\
         typedef float input_t;\ntypedef float result_t;\n#endif\n",
    ),
    (
        "firmware/tiny.h",
        "#ifndef TINY_H_\n#define TINY_H_\n#include \"defines.h\"\n\
         void tiny(input_t x[N_INPUT_1_1], result_t layer2_out[N_LAYER_2]);\n#endif\n",
    ),
    (
        "firmware/tiny.cpp",
        "#include \"tiny.h\"\nvoid tiny(input_t x[N_INPUT_1_1], result_t layer2_out[N_LAYER_2]) {\n    \
         for (int i = 0; i < N_LAYER_2; i++) layer2_out[i] = x[i] + 2 * x[i + 1];\n}\n",
    ),
    ("firmware/weights/w2.txt", "1, 2, 3, 4, 5, 6\n"),
    (
        "tiny_bridge.cpp",
        "#include \"firmware/tiny.h\"\nextern \"C\" void tiny_float(float *x, float *y) { tiny(x, y); }\n",
    ),
    (
        "tiny_test.cpp",
        "#include \"firmware/tiny.h\"\n#include <fstream>\nint main() {\n#ifdef RTL_SIM\n    \
         std::ofstream out(\"tb_data/rtl_cosim_results.log\");\n#else\n    \
         std::ofstream out(\"tb_data/csim_results.log\");\n#endif\n    \
         if (!std::ifstream(\"weights/w2.txt\")) return 1;\n    \
         for (int s = 0; s < 4; s++) {\n        input_t x[N_INPUT_1_1] = {1.5f * s, 2, 3};\n        \
         result_t y[N_LAYER_2];\n        tiny(x, y);\n        out << y[0] << \" \" << y[1] << \"\\n\";\n    }\n    \
         return out ? 0 : 1;\n}\n",
    ),
];

/// A generated project with a firmware of three lines.
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// Writes the project; `facts` replace the usual values of the templates' variables.
    pub fn new(stages: &[&str], facts: Value) -> Project {
        let mut values = json!({
            "project_name": "tiny", "backend": "vitis", "part": "xc7z020clg400-1", "clock_period": "5",
            "clock_uncertainty": "27%", "version": "1.0.0", "maximum_size": "4096", "stamp": "0a1b",
            "no_dsp": false, "no_bram": false, "before_synth": null, "before_vsynth": null, "out_of_context": false,
            "has_clock": false, "hierarchy": false, "timing": false, "power": false, "place_and_route": false,
        });
        let switch = |stage: Stage| json!({ "name": stage.name(), "on": stages.contains(&stage.name()) });
        values["stages"] = Stage::ALL.map(switch).as_slice().into();
        for (key, value) in facts.as_object().expect("facts are an object") {
            values[key] = value.clone();
        }
        let project = Project { folder: TempDir::new().unwrap() };
        for (path, text) in FIRMWARE {
            project.write(path, text);
        }
        for name in ["project.tcl", "build_opt.tcl", "build_prj.tcl", "vivado_synth.tcl", "build_lib.sh"] {
            project.write(name, &render(name, &values));
        }
        project
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// A tool of the stand-ins in the project's folder, that has them alone of all vendor tools on its PATH.
    pub fn tool(&self, name: &str, words: &[&str]) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(vendor().join(name));
        command
            .args(words)
            .current_dir(self.path())
            .env("PATH", format!("{}:{path}", vendor().display()))
            .env("HLS_STANDIN_HANG_SECONDS", "30")
            .env("HLS_STANDIN_TRACE", self.path().join("trace.jsonl"));
        command
    }

    pub fn build(&self, environment: &[(&str, &str)]) -> Output {
        let mut command = self.tool("vitis_hls", &["-f", "build_prj.tcl"]);
        command.envs(environment.iter().copied()).output().expect("the stand-in starts")
    }

    /// The commands that the tools were given, each joined with spaces.
    pub fn commands(&self) -> Vec<String> {
        let words = |line: &str| -> Vec<String> {
            let line: Value = serde_json::from_str(line).expect("the trace is JSON");
            serde_json::from_value(line["command"].clone()).expect("a command is a list of words")
        };
        self.read("trace.jsonl").lines().map(|line| words(line).join(" ")).collect()
    }

    /// Runs a script of one line in an open project and solution.
    pub fn run_line(&self, tool: &str, line: &str) -> Output {
        match tool {
            "vivado" => {
                self.write("line.tcl", line);
                self.tool("vivado", &["-mode", "batch", "-source", "line.tcl"]).output().unwrap()
            }
            _ => {
                self.write("line.tcl", &format!("open_project p\nopen_solution s\n{line}\nexit\n"));
                self.tool("vitis_hls", &["-f", "line.tcl"]).output().unwrap()
            }
        }
    }
}

fn vendor() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/vendor")
}

fn render(name: &str, values: &Value) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/vitis/templates").join(format!("{name}.tera"));
    let mut engine = Tera::new();
    engine.autoescape_on(Vec::<&'static str>::new());
    engine.add_raw_template(name, &fs::read_to_string(path).unwrap()).unwrap();
    engine.render(name, &Context::from_serialize(values).unwrap()).unwrap()
}

/// What a tool printed.
pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
