//! What each option changes in the scripts (`fixtures/golden_tcl/OPTION/`, reviewed as diffs; `UPDATE_GOLDEN=1` rewrites them), and that the
//! stand-ins accept it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use hls_codegen::implementation::{Avoided, UserTcl, VivadoOptions};
use hls_codegen::vitis::{self, layout};
use hls_codegen::{Options, Project as Files};
use serde_json::json;

use crate::common;
use crate::project::{Project, text};

/// An option, and commands that the tools get because of it, in their order.
struct Switch {
    name: &'static str,
    set: fn(Options) -> Options,
    commands: &'static [&'static str],
}

fn vivado(change: fn(&mut VivadoOptions)) -> VivadoOptions {
    let mut vivado = VivadoOptions::default();
    change(&mut vivado);
    vivado
}

const SWITCHES: &[Switch] = &[
    Switch {
        name: "no_dsp",
        set: |options| options.without(Avoided { dsp: true, bram: false }),
        commands: &[
            "config_op mul -impl fabric",
            "config_op add -impl fabric",
            "config_op sub -impl fabric",
            "csynth_design",
            "synth_design -top tiny -part xc7z020clg400-1 -max_dsp 0",
            "report_utilization -hierarchical -file vivado_synth_hierarchy.rpt",
        ],
    },
    Switch {
        name: "no_bram",
        set: |options| options.without(Avoided { dsp: false, bram: true }),
        commands: &[
            "config_storage fifo -impl lutram",
            "csynth_design",
            "synth_design -top tiny -part xc7z020clg400-1 -max_bram 0 -max_uram 0",
            "report_utilization -hierarchical -file vivado_synth_hierarchy.rpt",
        ],
    },
    Switch {
        name: "tcl_before_synth",
        set: |mut options| {
            options.vitis = options.vitis.with_tcl_before_synth(UserTcl::new("config_rtl -reset all\n"));
            options
        },
        commands: &["config_rtl -reset all", "csynth_design"],
    },
    Switch {
        name: "tcl_before_vsynth",
        set: |mut options| {
            options.vitis =
                options.vitis.with_tcl_before_vsynth(UserTcl::new("set_param synth.elaboration 1\n"));
            options
        },
        commands: &["set_param synth.elaboration 1", "synth_design -top tiny -part xc7z020clg400-1"],
    },
    Switch {
        name: "out_of_context",
        set: |options| options.with_vivado(vivado(|vivado| vivado.out_of_context = true)),
        commands: &["synth_design -top tiny -part xc7z020clg400-1 -mode out_of_context"],
    },
    Switch {
        name: "timing",
        set: |options| options.with_vivado(vivado(|vivado| vivado.timing = true)),
        commands: &[
            "read_xdc vivado_clock.xdc",
            "synth_design -top tiny -part xc7z020clg400-1",
            "report_utilization -file vivado_synth.rpt",
            "report_timing_summary -file vivado_synth_timing.rpt",
        ],
    },
    Switch {
        name: "power",
        set: |options| options.with_vivado(vivado(|vivado| vivado.power = true)),
        commands: &["read_xdc vivado_clock.xdc", "report_power -file vivado_synth_power.rpt"],
    },
    Switch {
        name: "place_and_route",
        set: |options| options.with_vivado(vivado(|vivado| vivado.place_and_route = true)),
        commands: &[
            "report_timing_summary -file vivado_synth_timing.rpt",
            "opt_design",
            "place_design",
            "route_design",
            "report_utilization -file vivado_impl_utilization.rpt",
            "report_utilization -hierarchical -file vivado_impl_hierarchy.rpt",
            "report_route_status -file vivado_impl_route.rpt",
            "report_timing_summary -file vivado_impl_timing.rpt",
        ],
    },
    Switch {
        name: "everything",
        set: |mut options| {
            options.vitis = (options.vitis)
                .with_tcl_before_synth(UserTcl::new("# Nothing here.\n"))
                .with_tcl_before_vsynth(UserTcl::new("# Nothing here, either.\n"));
            options.without(Avoided { dsp: true, bram: true }).with_vivado(vivado(|vivado| {
                (vivado.out_of_context, vivado.timing) = (true, true);
                (vivado.power, vivado.place_and_route) = (true, true);
            }))
        },
        commands: &[
            "config_op mul -impl fabric",
            "config_storage fifo -impl lutram",
            "synth_design -top tiny -part xc7z020clg400-1 -mode out_of_context -max_dsp 0 -max_bram 0 -max_uram 0",
            "report_power -file vivado_synth_power.rpt",
            "route_design",
            "report_power -file vivado_impl_power.rpt",
        ],
    },
];

/// Scripts and constraints of a small project.
fn scripts(set: fn(Options) -> Options) -> BTreeMap<String, String> {
    let (graph, options) = common::case("smartpix_m1_4w0i_t000");
    let options = options.with_project_name("tiny").with_part("xc7z020clg400-1".parse().expect("a part"));
    let files: Files = vitis::emit(&graph, &set(options)).expect("a project");
    let is_script = |path: &str| path.ends_with(".tcl") || path.ends_with(".xdc");
    let scripts = files.files().filter(|(path, _)| is_script(path) && !path.contains('/'));
    scripts.map(|(path, file)| (path.to_owned(), String::from_utf8(file.bytes.to_vec()).unwrap())).collect()
}

#[test]
fn each_option_changes_the_scripts_as_reviewed() {
    let default = scripts(|options| options);
    let mut differences = Vec::new();
    for Switch { name, set, .. } in SWITCHES {
        let mut changed = scripts(*set);
        changed.retain(|path, text| default.get(path) != Some(text));
        let folder = common::fixtures().join("golden_tcl").join(name);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(&folder).unwrap();
            for (path, text) in &changed {
                fs::write(folder.join(path), text).unwrap();
            }
        }
        let names = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let reviewed: BTreeMap<String, String> =
            names.map(|name| (name.clone(), fs::read_to_string(folder.join(name)).unwrap())).collect();
        if reviewed != changed {
            differences.push(*name);
        }
    }
    assert!(differences.is_empty(), "UPDATE_GOLDEN=1 rewrites fixtures/golden_tcl for {differences:?}");
}

#[test]
fn the_stand_ins_accept_each_option_and_leave_its_reports() {
    for Switch { name, set, commands } in SWITCHES {
        let project = Project::new(&["reset", "synth", "vsynth"], json!({}));
        for (path, text) in scripts(*set).iter().filter(|(path, _)| *path != "build_opt.tcl") {
            project.write(path, text);
        }
        let output = project.build(&[]);
        assert!(output.status.success(), "{name}: {}", text(&output));
        let given = project.commands();
        let mut rest = given.iter();
        for command in *commands {
            assert!(rest.any(|given| given == command), "{name}: no {command} in its place among {given:#?}");
        }
        let (_, options) = common::case("smartpix_m1_4w0i_t000");
        let options = set(options);
        for report in layout::vivado_reports(options.avoided, options.vivado) {
            assert!(project.read(report).contains("NOT A SYNTHESIS RESULT"), "{name}: {report}");
        }
        let numbers = |report: &str, row: &str| -> Option<String> {
            let text = project.read(report);
            let line =
                text.lines().find(|line| line.trim_start_matches(['|', ' ']).starts_with(row))?.to_owned();
            Some(line.split('|').nth(2)?.trim().to_owned())
        };
        if options.avoided.dsp {
            assert_eq!(numbers("vivado_synth.rpt", "DSPs"), Some("0".into()), "{name}");
        }
    }
}

#[test]
fn a_users_tcl_that_fails_ends_the_build_with_its_message_and_the_files_name() {
    type Set = fn(Options) -> Options;
    let cases: [(Set, &str, &[&str]); 3] = [
        (
            |mut options| {
                options.vitis = options.vitis.with_tcl_before_synth(UserTcl::new("frobnicate\n"));
                options
            },
            "before_synth.tcl (the user's own Tcl) failed: invalid command name \"frobnicate\"",
            &["csynth_design"],
        ),
        (
            |mut options| {
                options.vitis = options.vitis.with_tcl_before_synth(UserTcl::new("error {not today}\n"));
                options
            },
            "before_synth.tcl (the user's own Tcl) failed: not today",
            &["csynth_design"],
        ),
        (
            |mut options| {
                options.vitis = options.vitis.with_tcl_before_vsynth(UserTcl::new("read_xdc no.xdc\n"));
                options
            },
            "before_vsynth.tcl (the user's own Tcl) failed: [Common 17-55] File 'no.xdc' does not exist.",
            &["synth_design"],
        ),
    ];
    for (set, message, never) in cases {
        let project = Project::new(&["synth", "vsynth"], json!({}));
        for (path, text) in scripts(set).iter().filter(|(path, _)| *path != "build_opt.tcl") {
            project.write(path, text);
        }
        let output = project.build(&[]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        assert!(text(&output).contains(message), "{}", text(&output));
        let given = project.commands();
        assert!(!given.iter().any(|given| never.iter().any(|never| given.starts_with(never))), "{given:?}");
    }
}

#[test]
fn a_block_that_must_not_be_used_ends_the_build_after_c_synthesis() {
    for (fault, block) in [("csynth:dsp=4", "4 DSP"), ("csynth:bram=2", "2 BRAM_18K")] {
        let project = Project::new(&["synth", "export", "vsynth"], json!({}));
        let everything: fn(Options) -> Options = |options| options.without(Avoided { dsp: true, bram: true });
        for (path, text) in scripts(everything).iter().filter(|(path, _)| *path != "build_opt.tcl") {
            project.write(path, text);
        }
        let output = project.build(&[("HLS_STANDIN_FAULT", fault)]);
        let message = format!("C synthesis binds {block} in a design that must do without");
        assert!(!output.status.success() && text(&output).contains(&message), "{fault}: {}", text(&output));
        assert!(!Path::new(&project.path().join("tiny_prj/solution1/impl/export.zip")).exists());
    }
}

#[test]
fn weights_in_a_memory_outside_are_named_where_there_must_be_none() {
    use hls_codegen::Backend;
    let (graph, options) = common::case("cfg_bram_factor");
    let warnings = |options: &Options| vitis::Vitis.warnings(&graph, options);
    let usual = warnings(&options);
    let without = options.without(Avoided { dsp: false, bram: true });
    let more: Vec<String> = warnings(&without)[usual.len()..].iter().map(ToString::to_string).collect();
    assert!(!more.is_empty() && more.iter().all(|text| text.contains("BramFactor")), "{more:?}");
}

#[test]
fn values_that_the_tools_do_not_have_are_refused() {
    let cases = [
        ("vitis_hls", "config_op mult -impl fabric", "config_op: Invalid operation 'mult'."),
        ("vitis_hls", "config_op mul -impl lut", "config_op: Invalid value 'lut' for option '-impl'."),
        ("vitis_hls", "config_storage ram_1p -impl lutram", "config_storage: Invalid type 'ram_1p'."),
        (
            "vitis_hls",
            "config_storage fifo -impl luts",
            "config_storage: Invalid value 'luts' for option '-impl'.",
        ),
        ("vivado", "create_clock -period soon -name c", "'soon' is not a valid value for option '-period'"),
        ("vivado", "synth_design -mode alone", "'alone' is not a valid value for option '-mode'"),
        ("vivado", "synth_design -max_dsp none", "'none' is not a valid value for option '-max_dsp'"),
        ("vivado", "route_design", "No open design."),
        ("vivado", "report_route_status -all", "Unknown option '-all'"),
    ];
    for (tool, line, message) in cases {
        let output = Project::new(&[], json!({})).run_line(tool, line);
        assert_eq!(output.status.code(), Some(1), "{line}: {}", text(&output));
        assert!(text(&output).contains(message), "{line}: {}", text(&output));
    }
}
