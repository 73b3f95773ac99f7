//! Parsers of the tools' reports over `fixtures/reports`: small imitations of each format and release.

use std::fs;
use std::path::PathBuf;

use hls_runner::report::{
    CosimStatus, Cosimulation, Estimate, Format, LogicSynthesis, Power, Reading, Report, Resource, Resources,
    RtlLanguage, Source, Spread, Timing, cosim, csynth_rpt, csynth_xml, modules, power, read, route_status,
    timing_summary, utilization,
};
use hls_runner::toolchain::default_stages;
use hls_runner::toolchain::table::by_name;
use hls_runner::{Stage, StageSet};

fn fixture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/reports").join(name);
    fs::read_to_string(path).unwrap()
}

fn resources(lut: u64, ff: u64, dsp: u64, bram_18k: u64, uram: Option<u64>) -> Resources {
    Resources { lut: Some(lut), ff: Some(ff), dsp: Some(dsp), bram_18k: Some(bram_18k), uram }
}

fn tagger() -> Estimate {
    Estimate {
        tool_version: Some("2023.2".into()),
        part: Some("xc7z020-clg400-1".into()),
        clock_period_target_ns: Some(5.0),
        clock_period_estimated_ns: Some(3.641),
        clock_uncertainty_ns: Some(1.35),
        slack_ns: None,
        fmax_estimated_mhz: None,
        latency_min_cycles: Some(17),
        latency_max_cycles: Some(19),
        interval_min_cycles: Some(2),
        interval_max_cycles: Some(3),
        resources: resources(5017, 1204, 31, 4, Some(0)),
        resources_available: resources(53200, 106_400, 220, 280, Some(0)),
    }
}

#[test]
fn both_forms_of_the_synthesis_report_say_the_same() {
    assert_eq!(csynth_xml::parse(&fixture("csynth.xml")), Ok(tagger()));
    assert_eq!(csynth_rpt::parse(&fixture("csynth.rpt")), Ok(tagger()));
}

#[test]
fn the_summary_report_has_the_slack_instead_of_the_clocks() {
    let expected = Estimate {
        tool_version: Some("2023.2".into()),
        part: Some("xcvc1902-vsva2197-2MP-e-S".into()),
        slack_ns: Some(-0.21),
        latency_max_cycles: Some(19),
        interval_max_cycles: Some(3),
        resources: resources(5017, 1204, 31, 4, Some(0)),
        ..Estimate::default()
    };
    let found = csynth_rpt::parse(&fixture("csynth_summary.rpt")).unwrap();
    assert_eq!(found, expected);
    assert_eq!(found.fit().meets_timing, Some(false));
}

#[test]
fn what_the_tool_does_not_know_is_none() {
    let undefined = csynth_xml::parse(&fixture("csynth_undef.xml")).unwrap();
    assert_eq!(
        undefined,
        Estimate {
            tool_version: Some("2020.1".into()),
            part: Some("xcku115-flvb2104-2-i".into()),
            clock_period_target_ns: Some(10.0),
            clock_period_estimated_ns: Some(8.7),
            resources: resources(300, 90, 7, 0, None),
            resources_available: resources(663_360, 1_326_720, 5520, 4320, Some(0)),
            ..Estimate::default()
        }
    );
    let dataflow = csynth_rpt::parse(&fixture("csynth_dataflow.rpt")).unwrap();
    assert_eq!((dataflow.latency_min_cycles, dataflow.interval_min_cycles), (None, Some(101)));
    assert_eq!(dataflow.resources, resources(45466, 52549, 541, 100, Some(0)));
    assert_eq!(dataflow.resources_available, resources(1_728_000, 3_456_000, 12288, 5376, Some(1280)));
}

#[test]
fn cosimulations() {
    let spread = |min, avg, max| Spread { min: Some(min), avg: Some(avg), max: Some(max) };
    let cases = [
        (
            "cosim.rpt",
            CosimStatus::Pass,
            RtlLanguage::Verilog,
            spread(17, 18, 19),
            spread(2, 2, 3),
            Some(219),
        ),
        (
            "cosim_fail.rpt",
            CosimStatus::Fail,
            RtlLanguage::Verilog,
            Spread::default(),
            Spread::default(),
            None,
        ),
        (
            "cosim_vivado_hls.rpt",
            CosimStatus::Pass,
            RtlLanguage::Vhdl,
            spread(40, 41, 42),
            Spread::default(),
            None,
        ),
    ];
    for (name, status, language, latency_cycles, interval_cycles, total_cycles) in cases {
        let expected = Cosimulation { status, language, latency_cycles, interval_cycles, total_cycles };
        assert_eq!(cosim::parse(&fixture(name)), Ok(expected), "{name}");
    }
}

#[test]
fn utilization_of_old_and_new_devices() {
    let cases = [
        (
            "utilization_7series.rpt",
            "2024.1",
            "xc7z020clg400-1",
            resources(4321, 1111, 29, 3, None),
            resources(53200, 106_400, 220, 280, None),
        ),
        (
            "utilization_ultrascale.rpt",
            "2020.1",
            "xcu250figd2104-2L",
            resources(30654, 16164, 123, 84, Some(5)),
            resources(1_728_000, 3_456_000, 12288, 5376, Some(1280)),
        ),
        (
            "utilization_routed_7series.rpt",
            "2022.2",
            "xc7z020clg400-1",
            resources(4102, 1111, 29, 3, None),
            resources(53200, 106_400, 220, 280, None),
        ),
        (
            "utilization_routed_versal.rpt",
            "2023.1",
            "xcvc1902-vsva2197-2MP-e-S",
            resources(3311, 1204, 12, 0, Some(0)),
            resources(899_840, 1_799_680, 1968, 1934, Some(463)),
        ),
    ];
    for (name, version, part, resources, resources_available) in cases {
        let expected = LogicSynthesis {
            tool_version: Some(version.into()),
            part: Some(part.into()),
            resources,
            resources_available,
            ..LogicSynthesis::default()
        };
        assert_eq!(utilization::parse(&fixture(name)), Ok(expected), "{name}");
    }
}

#[test]
fn a_timing_summary_in_vivados_report_gives_the_worst_slack() {
    let summary = "\n| Design Timing Summary\n| ---------------------\n\n\
        \x20   WNS(ns)      TNS(ns)  TNS Failing Endpoints  TNS Total Endpoints\n\
        \x20   -------      -------  ---------------------  -------------------\n\
        \x20    -0.345      -12.100                     41                 2212\n";
    let report = fixture("utilization_7series.rpt");
    let slack = |text: &str| utilization::parse(text).unwrap().worst_negative_slack_ns;
    assert_eq!(slack(&format!("{report}{summary}")), Some(-0.345));
    assert_eq!(slack(&format!("{report}{}", summary.replace("-0.345", " 1.250"))), Some(1.25));
    // Without a constraint on any clock there is no such number.
    assert_eq!(slack(&format!("{report}{}", summary.replace("-0.345", "    NA"))), None);
}

#[test]
fn timing_summaries() {
    let timing = |wns, tns, whs, period| Timing {
        worst_negative_slack_ns: wns,
        total_negative_slack_ns: tns,
        worst_hold_slack_ns: whs,
        clock_period_ns: period,
    };
    let cases = [
        ("timing_7series.rpt", timing(Some(1.359), Some(0.0), Some(0.081), Some(5.0)), Some(274.650)),
        // The clock is missed; two clocks of one period.
        (
            "timing_ultrascale.rpt",
            timing(Some(-0.345), Some(-12.1), Some(-0.006), Some(3.333)),
            Some(271.887),
        ),
        // No path has a constraint.
        ("timing_no_clock.rpt", timing(None, Some(0.0), None, None), None),
    ];
    for (name, expected, fmax) in cases {
        let found = timing_summary::parse(&fixture(name)).unwrap();
        assert_eq!(found, expected, "{name}");
        assert_eq!(found.fmax_mhz(), fmax, "{name}");
    }
    // Which clock the slack belongs to is not known here.
    let two =
        fixture("timing_ultrascale.rpt").replace("3.333           300.000         \n\n", "6.667 150.0\n\n");
    let found = timing_summary::parse(&two).unwrap();
    assert_eq!((found.clock_period_ns, found.fmax_mhz()), (None, None));
    // A path that takes no time at all has no frequency.
    let none = Timing { worst_negative_slack_ns: Some(5.0), clock_period_ns: Some(5.0), ..Timing::default() };
    assert_eq!(none.fmax_mhz(), None);
}

#[test]
fn powers() {
    let watts =
        |total, dynamic, rest| Power { total_w: Some(total), dynamic_w: Some(dynamic), static_w: Some(rest) };
    assert_eq!(power::parse(&fixture("power_7series.rpt")), Ok(watts(0.265, 0.158, 0.107)));
    // With a remark after the number.
    assert_eq!(power::parse(&fixture("power_hbm.rpt")), Ok(watts(118.571, 115.972, 2.599)));
}

#[test]
fn route_status() {
    let complete = route_status::parse(&fixture("route_status.rpt")).unwrap();
    assert_eq!((complete.routable, complete.routed, complete.with_errors), (4567, 4567, 0));
    let broken = route_status::parse(&fixture("route_status_errors.rpt")).unwrap();
    assert_eq!((broken.routed, broken.with_errors), (4561, 6));
    assert!(complete.is_complete() && !broken.is_complete());
}

#[test]
fn modules_that_use_blocks_themselves() {
    let named = |users: Vec<(String, u64)>| -> Vec<String> {
        users.into_iter().map(|(name, count)| format!("{count} {name}")).collect()
    };
    type Read = fn(&str) -> Vec<modules::Module>;
    let cases: [(&str, Read, Resource, &[&str]); 8] = [
        (
            "csynth_modules.rpt",
            modules::of_csynth_summary,
            Resource::Dsp,
            &["12 dense_resource_config2_s", "11 softmax_stable_config5_s", "8 product"],
        ),
        (
            "csynth_modules.rpt",
            modules::of_csynth_summary,
            Resource::Bram18k,
            &["4 softmax_stable_config5_s"],
        ),
        ("csynth.rpt", modules::of_csynth, Resource::Dsp, &["31 dense_latency"]),
        (
            "hierarchy_7series.rpt",
            modules::of_hierarchy,
            Resource::Dsp,
            &["20 tagger_mul_8s_6s_14_1_1", "7 tagger_softmax_stable_config5_s", "2 tagger"],
        ),
        (
            "hierarchy_7series.rpt",
            modules::of_hierarchy,
            Resource::Bram18k,
            &["2 tagger_softmax_exp_table_ROM", "1 tagger_softmax_stable_config5_s"],
        ),
        ("hierarchy_ultrascale.rpt", modules::of_hierarchy, Resource::Bram18k, &["84 tagger_fifo_w16_d784"]),
        ("hierarchy_ultrascale.rpt", modules::of_hierarchy, Resource::Uram, &["5 tagger_dense_resource"]),
        // Another file names nobody.
        ("csynth.xml", modules::of_hierarchy, Resource::Dsp, &[]),
    ];
    for (name, read, resource, expected) in cases {
        assert_eq!(named(modules::users(&read(&fixture(name)), resource)), expected, "{name}");
    }
}

/// What a parser makes of a text, in a form that can be compared.
type Parse = fn(&str) -> Result<String, String>;

fn all() -> Vec<(String, Parse)> {
    fn show<T: std::fmt::Debug, E: std::fmt::Display>(result: Result<T, E>) -> Result<String, String> {
        result.map(|value| format!("{value:?}")).map_err(|error| error.to_string())
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/reports");
    let mut found: Vec<(String, Parse)> = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let parse: Parse = match () {
            () if name.ends_with(".xml") => |text| show(csynth_xml::parse(text)),
            () if name.starts_with("csynth") => |text| show(csynth_rpt::parse(text)),
            () if name.starts_with("cosim") => |text| show(cosim::parse(text)),
            () if name.starts_with("timing") => |text| show(timing_summary::parse(text)),
            () if name.starts_with("power") => |text| show(power::parse(text)),
            () if name.starts_with("route") => |text| show(route_status::parse(text)),
            // It has no numbers of the design, and is read as far as it goes.
            () if name.starts_with("hierarchy") => continue,
            () => |text| show(utilization::parse(text)),
        };
        found.push((name, parse));
    }
    assert!(found.len() >= 19, "{found:?}");
    found
}

#[test]
fn a_truncated_report_gives_all_its_numbers_or_none() {
    for (name, parse) in all() {
        let text = fixture(&name);
        let whole = parse(&text).unwrap();
        let mut refused = 0;
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            match parse(&text[..end]) {
                Ok(part) => assert_eq!(part, whole, "{name} cut at byte {end}"),
                Err(_) => refused += 1,
            }
        }
        assert!(refused > text.len() / 3, "{name}: only {refused} cuts were noticed");
    }
}

#[test]
fn line_ends_byte_order_marks_and_strange_bytes_do_no_harm() {
    let hierarchy = fixture("hierarchy_7series.rpt");
    for end in (0..hierarchy.len()).filter(|end| hierarchy.is_char_boundary(*end)) {
        let _ = modules::users(&modules::of_hierarchy(&hierarchy[..end]), Resource::Dsp);
    }
    for (name, parse) in all() {
        let text = fixture(&name);
        let whole = parse(&text);
        assert_eq!(parse(&text.replace('\n', "\r\n")), whole, "{name}");
        assert_eq!(parse(&format!("\u{feff}{text}")), whole, "{name}");
        // Nothing that replaces a byte may make a parser panic.
        // As many places in the long files as in the short ones.
        for (index, _) in text.char_indices().step_by(1 + text.len() / 2000) {
            for other in ["\u{fffd}", "|", "<", "9", "-"] {
                let _ = parse(&format!("{}{other}{}", &text[..index], text.get(index + 1..).unwrap_or("")));
            }
        }
    }
}

#[test]
fn errors_say_where_and_what() {
    let xml = fixture("csynth.xml");
    let rpt = fixture("csynth.rpt");
    let cosimulation = fixture("cosim.rpt");
    let vivado = fixture("utilization_7series.rpt");
    let timing = fixture("timing_7series.rpt");
    let watts = fixture("power_7series.rpt");
    let routed = fixture("route_status.rpt");
    let cases: [(Result<(), String>, &str); 14] = [
        (
            timing_summary::parse(&timing.replacen("      1.359", "      fine ", 1))
                .map(drop)
                .map_err(|e| e.to_string()),
            "line 56: expected a slack in ns, found \"fine\"",
        ),
        (
            timing_summary::parse(&timing.replace("5.000           200.000", "5.000 ns?        200.0"))
                .map(drop)
                .map_err(|e| e.to_string()),
            "expected a clock with its period in ns, found \"ap_clk",
        ),
        (
            timing_summary::parse("").map(drop).map_err(|e| e.to_string()),
            "at its end: expected the numbers of the Design Timing Summary before",
        ),
        (
            power::parse(&watts.replacen("0.158 ", "much  ", 1)).map(drop).map_err(|e| e.to_string()),
            "line 29: expected a power in W, found \"much\"",
        ),
        (
            route_status::parse(&routed.replace("           0 :", "        none :"))
                .map(drop)
                .map_err(|e| e.to_string()),
            "line 9: expected a number of nets, found \"none\"",
        ),
        (
            csynth_xml::parse(&xml.replace("<DSP>31<", "<DSP>many<")).map(drop).map_err(|e| e.to_string()),
            "element AreaEstimates/Resources/DSP: expected a whole number, found \"many\"",
        ),
        (
            csynth_xml::parse("<html>\n</html>").map(drop).map_err(|e| e.to_string()),
            "line 1: expected the element profile, found \"html\"",
        ),
        (
            csynth_xml::parse("<profile>\n<a>\n</b>").map(drop).map_err(|e| e.to_string()),
            "line 3: expected well-formed XML",
        ),
        (
            csynth_xml::parse("<profile></profile>").map(drop).map_err(|e| e.to_string()),
            "at its end: expected the element profile/UserAssignments/TargetClockPeriod before",
        ),
        (
            csynth_rpt::parse(&rpt.replace("  5.00 ns", "    soon ")).map(drop).map_err(|e| e.to_string()),
            "line 23: expected a time in ns, found \"soon\"",
        ),
        (
            csynth_rpt::parse("").map(drop).map_err(|e| e.to_string()),
            "at its end: expected the table of the clocks before",
        ),
        (
            cosim::parse(&cosimulation.replace("Pass", "Fine")).map(drop).map_err(|e| e.to_string()),
            "line 12: expected the status Pass, Fail or NA, found \"Fine\"",
        ),
        (
            utilization::parse(&vivado.replace(" 1.5 ", " 1.7 ")).map(drop).map_err(|e| e.to_string()),
            "line 34: expected a number of whole or half tiles, found \"1.7\"",
        ),
        (
            utilization::parse(&vivado.replace("DSPs", "Suns")).map(drop).map_err(|e| e.to_string()),
            "at its end: expected a row DSPs or DSP Slices with a number before",
        ),
    ];
    for (result, message) in cases {
        let found = result.unwrap_err();
        assert!(found.contains(message), "{found:?} instead of {message:?}");
    }
}

fn stages() -> StageSet {
    default_stages(by_name("vitis").unwrap().stages)
}

fn sources() -> Vec<Source> {
    let source = |stage, format, path: &str| Source { stage, format, path: path.into() };
    vec![
        source(Stage::new("synth"), Format::CsynthXml, "top.xml"),
        source(Stage::new("synth"), Format::CsynthXml, "all.xml"),
        source(Stage::new("synth"), Format::CsynthRpt, "top.rpt"),
        source(Stage::new("cosim"), Format::Cosim, "cosim.rpt"),
    ]
}

fn reading(files: &[(&str, &str)]) -> Reading {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    read(dir.path(), &sources(), &stages())
}

#[test]
fn a_broken_report_is_a_warning_and_the_next_one_is_taken() {
    let xml = fixture("csynth.xml");
    let half = &xml[..xml.len() / 2];
    let rpt = fixture("csynth.rpt");
    let found = reading(&[("top.xml", half), ("top.rpt", &rpt), ("cosim.rpt", "nothing")]);
    assert_eq!(found.report, Some(Report { estimate: tagger(), ..Report::default() }));
    let [first, second] = found.warnings.as_slice() else { panic!("{:?}", found.warnings) };
    assert!(
        first
            .starts_with("the numbers of the report top.xml are left out; line 31: expected well-formed XML"),
        "{first}"
    );
    assert!(second.contains("cosim.rpt") && second.contains("Verilog or VHDL"), "{second}");

    assert_eq!(reading(&[("top.xml", "<x/>")]).report, None);
    assert_eq!(reading(&[]), Reading::default());
}

#[test]
fn a_failed_cosimulation_and_a_stand_in_are_made_known() {
    let failed = reading(&[("cosim.rpt", &fixture("cosim_fail.rpt"))]);
    assert!(failed.warnings[0].contains("the co-simulation's report says Fail"), "{:?}", failed.warnings);
    assert!(!failed.report.unwrap().stand_in);

    let marked = format!("<!-- NOT A SYNTHESIS RESULT -->\n{}", fixture("csynth.xml"));
    let report = reading(&[("all.xml", &marked)]).report.unwrap();
    assert!(report.stand_in);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["latency_max_cycles"], 19);
    assert_eq!(json["resources"]["lut"], 5017);
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
}

#[test]
fn a_file_without_end_is_not_read_into_memory() {
    let dir = tempfile::tempdir().unwrap();
    fs::File::create(dir.path().join("top.xml")).unwrap().set_len(1 << 40).unwrap();
    let found = read(dir.path(), &sources(), &stages());
    assert!(found.warnings[0].contains("is larger than 33554432 bytes"), "{:?}", found.warnings);
}
