//! A thousand jobs whose tool does next to nothing, through a real Slurm beside the local pool.
//!
//! `cargo bench -p hls-cli --bench slurm`; `HLS_SLURM_JOBS=N` for another number. As many run at the same time in both: on Slurm as parts of 50 models. The ratio is
//! the number to watch; a real tool takes minutes. Without Slurm it says so and ends.

#[path = "../tests/cluster/slurm.rs"]
#[allow(dead_code)]
mod slurm;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use slurm::{Slurm, missing};

const JOBS: usize = 1000;
const JOBS_PER_PART: &str = "50";

const TOOL: &str = "#!/bin/sh
[ \"$1\" = --version ] && { echo quick; exit 0; }
echo '***** C/RTL SYNTHESIS *****'
mkdir -p myproject_prj/solution1/syn/report
echo '<profile/>' > myproject_prj/solution1/syn/report/csynth.xml
echo report > myproject_prj/solution1/syn/report/myproject_csynth.rpt
echo log > vitis_hls.log
";

fn main() {
    if let Some(reason) = missing() {
        println!("skipped, because there is no Slurm here: {reason}");
        return;
    }
    let jobs = std::env::var("HLS_SLURM_JOBS").ok().and_then(|text| text.parse().ok()).unwrap_or(JOBS);
    let workers = std::thread::available_parallelism().map_or(1, usize::from).to_string();
    let scratch = tempfile::tempdir().expect("a scratch folder can be made");
    prepare(scratch.path(), jobs);
    let local = measure(synth(scratch.path(), "local", jobs).args(["--num-workers", &workers]));
    let slurm = Slurm::start("");
    let mut command = synth(scratch.path(), "slurm", jobs);
    command.args([
        "--executor",
        "slurm",
        "--mem",
        "100MiB",
        "--num-workers",
        "1",
        "--models-per-part",
        JOBS_PER_PART,
    ]);
    command.args(["--max-running", &workers]);
    slurm.environment(&mut command);
    let cluster = measure(&mut command);
    let each = |time: Duration| time.as_secs_f64() * 1e3 / jobs as f64;
    println!("{jobs} jobs, {workers} at a time");
    println!("local pool:  {:6.1} s, {:5.1} ms for each job", local.as_secs_f64(), each(local));
    println!("Slurm:       {:6.1} s, {:5.1} ms for each job", cluster.as_secs_f64(), each(cluster));
    println!("ratio:       {:6.2}", cluster.as_secs_f64() / local.as_secs_f64());
}

/// Models that differ by a few bytes that no reader looks at, and a tool.
fn prepare(folder: &Path, jobs: usize) {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/sweep/model_trial_000.h5");
    let model = fs::read(model).expect("a model");
    fs::create_dir_all(folder.join("models")).expect("folder");
    for number in 0..jobs {
        let bytes = [model.as_slice(), format!("{number:08}").as_bytes()].concat();
        fs::write(folder.join(format!("models/model_trial_{number:05}.h5")), bytes).expect("model");
    }
    fs::create_dir_all(folder.join("tools/bin")).expect("folder");
    let tool = folder.join("tools/bin/vitis-run");
    fs::write(&tool, TOOL).expect("tool");
    fs::set_permissions(tool, fs::Permissions::from_mode(0o755)).expect("tool");
}

fn synth(folder: &Path, output: &str, jobs: usize) -> Command {
    let below = |name: &str| -> PathBuf { folder.join(name) };
    let mut command = Command::new(env!("CARGO_BIN_EXE_hls-cli"));
    command.args([
        "synth",
        "--toolchain",
        "vitis",
        "--no-cosim",
        "--no-export",
        "--no-vsynth",
        "--min-free-disk",
        "0",
    ]);
    command.arg("--input-dir").arg(below("models")).arg("--output-dir").arg(below(output));
    command.arg("--vitis-dir").arg(below("tools")).args(["--limit", &jobs.to_string()]);
    command
}

fn measure(command: &mut Command) -> Duration {
    let begin = Instant::now();
    let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output().expect("hls-cli starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}", said.lines().rev().take(20).collect::<Vec<_>>().join("\n"));
    begin.elapsed()
}
