//! Folders of the Python scripts that ran sweeps before this program: read as they are, without a word lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use super::support::*;

/// A copy of the fixture, in which one project is only in its archive: the folder of models, and the output folder in it.
fn folders() -> (TempDir, PathBuf) {
    let scratch = tempdir().expect("scratch");
    copy_folder(&fixtures().join("scripts"), scratch.path());
    let output = scratch.path().join("hls_outputs");
    pack(&output, "hls_model_trial_021");
    (scratch, output)
}

/// As the script packs a folder; then it is removed.
fn pack(output: &Path, name: &str) {
    let archive = format!("{name}.tar.gz");
    let done = Command::new("tar").current_dir(output).args(["czf", &archive, name]).status().expect("tar");
    assert!(done.success());
    fs::remove_dir_all(output.join(name)).expect("folder");
}

fn json_of(place: &Path) -> Value {
    let ran = run(hls_cli().env("TZ", "UTC"), ["report", text(place), "--json"]).expect(0);
    serde_json::from_str(&ran.stdout).expect("JSON")
}

fn job<'a>(document: &'a Value, model: &str) -> &'a Value {
    let jobs = document["jobs"].as_array().expect("jobs");
    jobs.iter().find(|job| job["model"] == model).unwrap_or_else(|| panic!("no {model} in {document:#}"))
}

#[test]
fn every_word_of_the_results_file_is_kept() {
    let (_scratch, output) = folders();
    let (written, read) = (results(&output), json_of(&output));
    let entries = written["results"].as_array().expect("results");
    assert_eq!(read["jobs"].as_array().map(Vec::len), Some(entries.len()));
    for entry in entries {
        let model = Path::new(entry["h5_file"].as_str().expect("a path")).file_stem().expect("a name");
        let job = job(&read, &model.to_string_lossy());
        for (key, value) in entry.as_object().expect("an entry") {
            let same = match key.as_str() {
                // Without an offset, it is local time: here UTC.
                "start_time" | "end_time" => format!("{}+00:00", value.as_str().expect("a time")) == job[key],
                "error" => *value == job["failure"]["message"] || value.is_null() && job["failure"].is_null(),
                "tier" => {
                    value.as_str().map(|tier| tier.replace("pareto_", "")).as_deref() == job["tier"].as_str()
                }
                _ => *value == job[key],
            };
            assert!(same, "{key}: {value} became {:?} in {job:#}", job.get(key));
        }
    }
    assert_eq!(job(&read, "model_trial_012")["seconds"], 990.244_253);
}

#[test]
fn every_number_of_the_reports_is_read_wherever_the_script_left_them() {
    let (_scratch, output) = folders();
    let read = json_of(&output);
    // What C synthesis left only in its log, and what no report says besides.
    let report = &job(&read, "model_trial_007")["report"];
    for (pointer, value) in [
        ("/tool_version", json!("2023.2")),
        ("/part", json!("xc7z020-clg400-1")),
        ("/clock_period_target_ns", json!(5.0)),
        ("/clock_uncertainty_ns", json!(1.35)),
        ("/clock_period_estimated_ns", json!(3.641)),
        ("/fmax_estimated_mhz", json!(274.66)),
        ("/latency_max_cycles", Value::Null),
        ("/resources/lut", Value::Null),
        ("/logic_synthesis/tool_version", json!("2023.2")),
        ("/logic_synthesis/part", json!("xc7z020clg400-1")),
        (
            "/logic_synthesis/resources",
            json!({"lut": 2618, "ff": 1931, "dsp": 9, "bram_18k": 0, "uram": null}),
        ),
        (
            "/logic_synthesis/resources_available",
            json!({"lut": 53200, "ff": 106_400, "dsp": 220, "bram_18k": 280, "uram": null}),
        ),
    ] {
        assert_eq!(report.pointer(pointer), Some(&value), "{pointer}");
    }
    // Reports of the top function, not of the layer beside it; once in a folder, once in an archive.
    let available = json!({"lut": 53200, "ff": 106_400, "dsp": 220, "bram_18k": 280, "uram": 0});
    for (model, [min, max], estimated, fmax, resources, counted) in [
        ("model_trial_012", [31, 33], 3.554, 281.37, [24087, 5233, 31, 4], [9043, 4102, 27, 3]),
        ("model_trial_021", [17, 19], 3.785, 264.2, [13105, 2604, 12, 4], [5120, 2210, 11, 4]),
    ] {
        let report = &job(&read, model)["report"];
        let [lut, ff, dsp, bram_18k] = resources;
        assert_eq!(
            report["resources"],
            json!({"lut": lut, "ff": ff, "dsp": dsp, "bram_18k": bram_18k, "uram": 0}),
            "{model}"
        );
        assert_eq!(report["resources_available"], available, "{model}");
        let [lut, ff, dsp, bram_18k] = counted;
        let expected = json!({"lut": lut, "ff": ff, "dsp": dsp, "bram_18k": bram_18k, "uram": null});
        assert_eq!(report["logic_synthesis"]["resources"], expected, "{model}");
        for (key, value) in [
            ("latency_min_cycles", json!(min)),
            ("latency_max_cycles", json!(max)),
            ("interval_min_cycles", json!(2)),
            ("interval_max_cycles", json!(2)),
            ("clock_period_target_ns", json!(5.0)),
            ("clock_period_estimated_ns", json!(estimated)),
            ("clock_uncertainty_ns", json!(1.35)),
            ("fmax_estimated_mhz", json!(fmax)),
            ("stand_in", json!(false)),
        ] {
            assert_eq!(report[key], value, "{model} {key}");
        }
        let cosimulation = &report["cosimulation"];
        assert_eq!(
            (&cosimulation["status"], &cosimulation["total_cycles"]),
            (&json!("pass"), &json!(219)),
            "{model}"
        );
        assert_eq!(cosimulation["latency_cycles"], json!({"min": 17, "avg": 18, "max": 19}), "{model}");
    }
    assert_eq!(job(&read, "model_trial_033")["report"], Value::Null);
}

#[test]
fn why_a_job_failed_is_found_in_what_its_tools_left() {
    const LICENCE: &str = "ERROR: [HLS 200-1] License checkout failed: cannot connect to license server.";
    const ODD: &str = "ERROR: [HLS 200-9999] The moon is full.";
    let failed = |name: &str, error: &str| json!({"h5_file": format!("/elsewhere/{name}.h5"), "status": "failed", "error": error});
    let jobs = ["deep", "odd", "packed", "silent", "gone"]
        .map(|name| failed(name, "Vitis HLS failed with exit code 1"));
    let full = failed("full", "[Errno 28] No space left on device: 'x'");
    let scratch = tempdir().expect("scratch");
    let output = scratch.path();
    let document = json!({"results": jobs.into_iter().chain([full]).collect::<Vec<_>>()});
    fs::write(output.join("synthesis_results.json"), document.to_string()).expect("results");
    for (log, text) in [
        ("hls_deep/myproject_prj/solution1/solution1.log", format!("INFO: begins\n{LICENCE}\n")),
        ("hls_odd/vitis_hls.log", format!("INFO: begins\n{ODD}\n")),
        ("hls_packed/vitis_hls.log", format!("{LICENCE}\n")),
        ("hls_silent/vitis_hls.log", "INFO: begins\n".to_owned()),
    ] {
        let log = output.join(log);
        fs::create_dir_all(log.parent().expect("a folder")).expect("folder");
        fs::write(log, text).expect("log");
    }
    pack(output, "hls_packed");
    let read = json_of(output);
    for (model, kind, cause, evidence) in [
        ("deep", json!("tool_failed"), json!("licence_missing"), json!([LICENCE])),
        ("odd", json!("tool_failed"), json!("unknown"), json!([ODD])),
        ("packed", json!("tool_failed"), json!("licence_missing"), json!([LICENCE])),
        ("silent", Value::Null, Value::Null, json!([])),
        ("gone", Value::Null, Value::Null, json!([])),
        ("full", json!("output"), json!("disk_full"), json!(["[Errno 28] No space left on device: 'x'"])),
    ] {
        let failure = &job(&read, model)["failure"];
        assert_eq!(
            [&failure["kind"], &failure["cause"], &failure["evidence"]],
            [&kind, &cause, &evidence],
            "{model}"
        );
    }
    let ran = run(&mut hls_cli(), ["report", text(output)]).expect(0);
    ran.says_out(&format!("A log says: {LICENCE}"))
        .says_out("What to do: Check XILINXD_LICENSE_FILE")
        .says_out(&format!("A log says: {ODD}"));
}

#[test]
fn without_a_results_file_each_folder_and_archive_is_a_job() {
    let (scratch, output) = folders();
    let whole = json_of(&output);
    fs::remove_file(output.join("synthesis_results.json")).expect("file");
    // The script copies what it keeps, and dies before it has renamed the copy; of a finished model nothing else is left.
    fs::rename(output.join("hls_model_trial_007"), output.join("hls_model_trial_007_temp")).expect("rename");
    copy_folder(&output.join("hls_model_trial_012"), &output.join("hls_model_trial_012_temp"));
    // Neither is a job.
    fs::create_dir(output.join("hls_tools")).expect("folder");
    fs::write(output.join("hls_tools/plot.py"), "print()").expect("file");
    fs::write(output.join("hls_model_trial_050.zip"), "x").expect("file");
    for place in [scratch.path(), &output] {
        let read = json_of(place);
        assert_eq!(read["results_file"], Value::Null);
        assert!(
            read["notes"][0].as_str().expect("a note").contains("3 project folders and archives"),
            "{read:#}"
        );
        let models: Vec<&Value> =
            read["jobs"].as_array().expect("jobs").iter().map(|job| &job["model"]).collect();
        assert_eq!(models, ["model_trial_007", "model_trial_012", "model_trial_021"]);
        for model in models {
            let model = model.as_str().expect("a name");
            assert_eq!(job(&read, model)["report"], job(&whole, model)["report"], "{model}");
            assert_eq!(job(&read, model)["status"], "unknown", "{model}");
        }
    }
    run(&mut hls_cli(), ["report", text(&output)])
        .expect(0)
        .says_out("there is no synthesis_results.json in")
        .says_out("3 with another or unknown status");
    run(&mut hls_cli(), ["status", text(&output)])
        .expect(0)
        .says_out("there is no synthesis_results.json in");
    run(&mut hls_cli(), ["report", text(&output), "--csv"])
        .expect(0)
        .says(&["there is no synthesis_results.json"]);
}

#[test]
fn of_a_file_that_was_cut_off_what_is_whole_counts_and_folders_stand_in_for_the_rest() {
    let (_scratch, output) = folders();
    let file = output.join("synthesis_results.json");
    let whole = fs::read_to_string(&file).expect("results");
    let cut = whole.find("model_trial_021.h5").expect("the third entry");
    fs::write(&file, &whole[..cut]).expect("file");
    let read = json_of(&output);
    let note = read["notes"][0].as_str().expect("a note");
    assert!(note.contains("its first 2 entries are whole; models of 2 more project folders"), "{note}");
    let statuses = ["033", "007", "012", "021"]
        .map(|trial| job(&read, &format!("model_trial_{trial}"))["status"].clone());
    assert_eq!(statuses, ["failed", "success", "unknown", "unknown"].map(Value::from));
    assert_eq!(job(&read, "model_trial_021")["report"]["latency_max_cycles"], 19);

    // Nothing is whole.
    fs::write(&file, &whole[..40]).expect("file");
    assert!(json_of(&output)["notes"][0].as_str().expect("a note").contains("its first 0 entries"));
    let alone = tempdir().expect("scratch");
    fs::write(alone.path().join("synthesis_results.json"), &whole[..40]).expect("file");
    run(&mut hls_cli(), ["report", text(alone.path())])
        .expect(2)
        .says(&["is not the results file of a sweep", "EOF"]);
}

#[test]
fn tiers_that_were_swept_one_by_one_are_read_together() {
    let (scratch, output) = folders();
    let models = tempdir().expect("scratch");
    let primary = models.path().join("pareto_primary/hls_outputs");
    let secondary = models.path().join("pareto_secondary/hls_outputs");
    copy_folder(&output, &primary);
    // The second has lost its results file.
    copy_folder(&output.join("hls_model_trial_007"), &secondary.join("hls_model_trial_107"));
    let read = json_of(models.path());
    assert_eq!(read["jobs"].as_array().map(Vec::len), Some(5));
    assert_eq!(job(&read, "model_trial_107")["tier"], "secondary");
    assert_eq!(job(&read, "model_trial_007")["tier"], "primary");
    assert_eq!(job(&read, "model_trial_107")["report"], job(&read, "model_trial_007")["report"]);
    drop(scratch);
}

#[test]
fn a_folder_of_this_program_has_its_record() {
    let (_scratch, output) = folders();
    fs::remove_file(output.join("synthesis_results.json")).expect("file");
    let record = json!({
        "h5_file": "/elsewhere/m.h5", "model": "of a longer name", "status": "failed", "error": "it broke",
        "output_dir": "/elsewhere/hls_model_trial_012",
    });
    fs::write(output.join("hls_model_trial_012/.hls-job.json"), record.to_string()).expect("file");
    let read = json_of(&output);
    let found = job(&read, "of a longer name");
    assert_eq!((&found["status"], &found["failure"]["message"]), (&json!("failed"), &json!("it broke")));
    assert_eq!(found["report"]["latency_max_cycles"], 33);
    assert!(read["notes"][0].as_str().expect("a note").contains("whether 2 of these succeeded"), "{read:#}");
}

#[test]
fn one_folder_too_deep_is_said_so() {
    let (_scratch, output) = folders();
    let deep = output.join("hls_model_trial_012");
    for command in ["report", "status"] {
        run(&mut hls_cli(), [command, text(&deep)])
            .expect(2)
            .says(&["project folder of one job", text(&output)]);
    }
    run(&mut hls_cli(), ["report", text(&deep.join("myproject_prj"))])
        .expect(2)
        .says(&["no synthesis_results.json"]);
}

#[test]
fn outputs_with_longer_names_are_found_if_there_is_one() {
    let (scratch, output) = folders();
    fs::rename(&output, scratch.path().join("hls_outputs_vsynth")).expect("rename");
    assert_eq!(json_of(scratch.path())["jobs"].as_array().map(Vec::len), Some(4));
    copy_folder(&scratch.path().join("hls_outputs_vsynth"), &scratch.path().join("hls_outputs_10ns"));
    run(&mut hls_cli(), ["report", text(scratch.path())])
        .expect(2)
        .says(&["several sweeps", "hls_outputs_10ns, hls_outputs_vsynth"]);
}

#[test]
fn reports_are_found_flat_nested_and_under_other_names() {
    let (_scratch, output) = folders();
    let expected = json_of(&output);
    let expected = &job(&expected, "model_trial_012")["report"];
    let folder = output.join("hls_model_trial_012");
    let reports = folder.join("myproject_prj/solution1/syn/report");
    // All that was kept lies at the top, Vivado's report under a name of its own.
    for name in names(&reports) {
        fs::rename(reports.join(&name), folder.join(&name)).expect("rename");
    }
    let cosim = "myproject_prj/solution1/sim/report/myproject_cosim.rpt";
    fs::rename(folder.join(cosim), folder.join("myproject_cosim.rpt")).expect("rename");
    fs::remove_dir_all(folder.join("myproject_prj")).expect("folder");
    fs::rename(folder.join("vivado_synth.rpt"), folder.join("util_synth.rpt")).expect("rename");
    assert_eq!(&job(&json_of(&output), "model_trial_012")["report"], expected);

    // The same of a routed design is something else.
    let routed = fs::read_to_string(folder.join("util_synth.rpt"))
        .expect("report")
        .replace(": Synthesized", ": Routed");
    fs::write(folder.join("a_routed.rpt"), routed.replace(" 9043 ", " 8000 ")).expect("file");
    fs::copy(fixtures().join("reports/power_7series.rpt"), folder.join("watts.rpt")).expect("copy");
    let found = json_of(&output);
    let report = &job(&found, "model_trial_012")["report"];
    assert_eq!(report["logic_synthesis"]["resources"], expected["logic_synthesis"]["resources"]);
    assert_eq!(report["implementation"]["resources"]["lut"], 8000);
    assert!(report["logic_synthesis"]["power"]["total_w"].is_number(), "{report:#}");
    fs::remove_file(folder.join("a_routed.rpt")).expect("file");
    fs::remove_file(folder.join("watts.rpt")).expect("file");

    // Somebody unpacked the archive inside the folder.
    let inner = output.join("moved");
    fs::rename(&folder, &inner).expect("rename");
    fs::create_dir_all(&folder).expect("folder");
    fs::rename(&inner, folder.join("hls_model_trial_012")).expect("rename");
    assert_eq!(&job(&json_of(&output), "model_trial_012")["report"], expected);
}

#[test]
fn archives_that_are_broken_are_warned_of() {
    let (_scratch, output) = folders();
    let archive = output.join("hls_model_trial_021.tar.gz");
    let bytes = fs::read(&archive).expect("archive");
    fs::write(&archive, &bytes[..bytes.len() / 3]).expect("file");
    let read = json_of(&output);
    let warning = job(&read, "model_trial_021")["warning_texts"][0].as_str().expect("a warning");
    assert!(warning.contains("hls_model_trial_021.tar.gz is broken, cut off or too large"), "{warning}");
    assert_eq!(job(&read, "model_trial_012")["warnings"], 0);
}

#[test]
fn select_takes_the_numbers_of_such_a_folder() {
    let (scratch, output) = folders();
    for trial in ["007", "012", "021"] {
        fs::copy(
            fixtures().join("sweep/model_trial_005.h5"),
            scratch.path().join(format!("model_trial_{trial}.h5")),
        )
        .expect("copy");
    }
    fs::remove_file(output.join("synthesis_results.json")).expect("file");
    let ran = run(
        &mut hls_cli(),
        [
            "select",
            "--input-dir",
            text(scratch.path()),
            "--minimize",
            "synthesized_lut",
            "--top",
            "1",
            "--csv",
        ],
    );
    ran.expect(0).says_out("model_trial_007").says(&["there is no synthesis_results.json"]);
}

#[test]
fn the_resource_analysis_has_the_columns_and_values_of_the_script() {
    let (scratch, output) = folders();
    // What follows the option is the folder of the sweep.
    let ran = run(&mut hls_cli(), ["report", "--resource-analysis", text(&output)]).expect(0);
    ran.says_out("4 models: 3 succeeded, 1 failed").says(&["Vivado's counts", "estimates of C synthesis"]);
    let csv = fs::read_to_string(output.join("resource_analysis.csv")).expect("the file");
    let root = "/home/someone/search";
    let expected = [
        "model_name,val_accuracy,h5_file,output_dir,tarball,luts,luts_used,luts_available,luts_percent,registers,registers_used,\
         registers_available,registers_percent,bram,bram_used,bram_available,bram_percent,dsp,dsp_used,dsp_available,dsp_percent,\
         latency_min,latency_max,interval_min,interval_max,estimated_fmax"
            .to_owned(),
        row(root, "007", "0.912345678", "2618,2618,53200,4.92,1931,1931,106400,1.81,0,0,140,0.0,9,9,220,4.09,,,,,274.66"),
        row(root, "021", "", "5120,5120,53200,9.62,2210,2210,106400,2.08,2,2,140,1.43,11,11,220,5.0,17,19,2,2,264.2"),
        row(root, "012", "0.925", "9043,9043,53200,17.0,4102,4102,106400,3.86,1.5,1.5,140,1.07,27,27,220,12.27,31,33,2,2,281.37"),
    ];
    assert_eq!(csv.lines().collect::<Vec<_>>(), expected);

    // Without Vivado's report, no estimate takes its place.
    fs::remove_file(output.join("hls_model_trial_012/vivado_synth.rpt")).expect("file");
    let other = scratch.path().join("other.csv");
    let to = format!("--resource_analysis={}", other.display());
    run(&mut hls_cli(), ["report", text(&output), "--csv", &to])
        .expect(0)
        .says(&["1 of its 3 models have no report of Vivado"]);
    let csv = fs::read_to_string(other).expect("the file");
    assert!(csv.lines().any(|line| line.ends_with(".tar.gz,,,,,,,,,,,,,,,,,31,33,2,2,281.37")), "{csv}");
}

fn row(root: &str, trial: &str, accuracy: &str, numbers: &str) -> String {
    let folder = format!("{root}/hls_outputs/hls_model_trial_{trial}");
    format!("model_trial_{trial},{accuracy},{root}/model_trial_{trial}.h5,{folder},{folder}.tar.gz,{numbers}")
}

#[test]
fn a_resource_analysis_without_models_or_place_is_refused() {
    let failed = json!({"results": [{"h5_file": "m.h5", "status": "failed", "error": "it broke"}]});
    let dir = tempdir().expect("scratch");
    fs::write(dir.path().join("synthesis_results.json"), failed.to_string()).expect("results");
    run(&mut hls_cli(), ["report", text(dir.path()), "--resource-analysis"])
        .expect(1)
        .says(&["no model in", "succeeded"]);
    assert_eq!(names(dir.path()), ["synthesis_results.json"]);
    let (_scratch, output) = folders();
    run(&mut hls_cli(), ["report", text(&output), "--resource-analysis=/no/such/folder/x.csv"])
        .expect(1)
        .says(&["/no/such/folder/x.csv"]);
}
