//! What tools say, and what it is understood to mean. The logs are written after those that users met, shortened to the lines that matter.

use crate::diagnosis::search::search;
use crate::record::failure::Cause;

/// The cause that a log tells, and the lines that are quoted for it.
fn of_log(text: &str) -> (Option<Cause>, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("tool.log");
    std::fs::write(&log, text).unwrap();
    match search(&[dir.path().join("absent.log"), log]) {
        Some(found) => (Some(found.cause), found.lines),
        None => (None, Vec::new()),
    }
}

#[test]
fn the_words_of_tools_are_understood() {
    let cases: &[(&str, Option<Cause>)] = &[
        ("", None),
        ("INFO: [HLS 200-10] Running on a machine where nothing is out of memory", None),
        ("ERROR: [HLS 200-70] Pre-synthesis failed.", None),
        (
            "ERROR: [XFORM 203-504] Stop unrolling loop 'Product1' (firmware/nnet_utils/nnet_dense_latency.h:37) in function 'x' because \
             it may cause large runtime and excessive memory usage due to increase in code size.\nERROR: [HLS 200-70] Pre-synthesis failed.",
            Some(Cause::UnrollLimit),
        ),
        (
            "ERROR: [XFORM 203-103] Array 'mult.V' (nnet_dense.h:60): partitioned elements number (4800) has exeeded the threshold (4096)",
            Some(Cause::PartitionLimit),
        ),
        (
            "/tools/bin/rdiArgs.sh: line 194:  8288 Killed                  \"$RDI_PROG\" \"$@\"",
            Some(Cause::OutOfMemory),
        ),
        (
            "clang: error: unable to execute command: Killed\nERROR: [HLS 200-1715] Encountered problem during source synthesis",
            Some(Cause::OutOfMemory),
        ),
        ("terminate called after throwing an instance of 'std::bad_alloc'", Some(Cause::OutOfMemory)),
        (
            "ERROR: [Common 17-345] A valid license was not found for feature 'Synthesis' and/or device 'xcvu13p'.",
            Some(Cause::LicenceMissing),
        ),
        ("ERROR: [Common 17-141] Failed to write file: No space left on device", Some(Cause::DiskFull)),
        (
            "ERROR: [HLS 200-1023] Part 'xcu250-figd2104-2L-e' is not installed.",
            Some(Cause::PartNotInstalled),
        ),
        ("invalid command name \"config_dataflow\"", Some(Cause::UnsupportedTcl)),
        ("ERROR: [HLS 200-101] config_array_partition: Unknown option '-maximum_size'.", None),
        ("firmware/myproject.cpp:5:1: error: unknown type name 'x'", Some(Cause::Compile)),
        ("firmware/myproject.cpp:1:10: fatal error: 'nnet.h' file not found", Some(Cause::Compile)),
        ("ERROR: [SIM 211-100] CSim failed with errors.", Some(Cause::Compile)),
        (
            "ERROR: stream 'layer2_out' is read while it is empty: a layer waits for data that no layer sends; in hardware it waits \
             for ever (deadlock)",
            Some(Cause::CsimDeadlock),
        ),
        (
            "ERROR: stream 'layer2_out' holds 3 elements that no layer has read; in hardware the layer that writes them waits for \
             ever (deadlock)",
            Some(Cause::CsimDeadlock),
        ),
        ("Abnormal program termination (11)", Some(Cause::Crash)),
        ("#\n# An unexpected error has occurred (11)\n#\nStack:", Some(Cause::Crash)),
        ("# puts \"internal error\"", None),
        ("@E Simulation failed: SIGSEGV.\nERROR: [SIM 211-100] CSim failed with errors.", Some(Cause::Crash)),
        // The root and not what follows from it.
        (
            "x.cpp:1: error: cannot write\nNo space left on device\nAbnormal program termination (6)",
            Some(Cause::DiskFull),
        ),
    ];
    for (text, cause) in cases {
        assert_eq!(of_log(text).0, *cause, "{text}");
    }
}

#[test]
fn an_export_that_the_year_breaks_is_told_from_other_exports() {
    let export = |said: &str| {
        format!(
            "INFO: [IMPL 213-8] Exporting RTL as a Vivado IP.\n{said}\nERROR: [IMPL 213-28] Failed to generate IP.\n\
             command 'ap_source' returned error code\n"
        )
    };
    let until_2020 = "bad lexical cast: source type value could not be interpreted as target\n    while executing\n\
                      \"rdi::set_property core_revision 2303021415 {component component_1}\"";
    let in_2021 = "ERROR: '2303021415' is an invalid argument. Please specify an integer value.\n    while executing\n\
                   \"rdi::set_property core_revision 2303021415 {component component_1}\"";
    for said in [until_2020, in_2021] {
        let (cause, lines) = of_log(&export(said));
        assert_eq!(cause, Some(Cause::Y2k22));
        assert_eq!(lines.first().map(String::as_str), said.lines().next());
        assert!(lines.iter().any(|line| line.contains("core_revision")), "{lines:?}");
    }
    assert_eq!(of_log(&export("ERROR: [Common 17-69] Command failed")).0, None);
    assert!(!Cause::Y2k22.may_pass());
    assert!(Cause::Y2k22.advice().contains("76960"));
}

/// What a co-simulation says, and its cause and the line that must be quoted first.
#[test]
fn a_cosimulation_that_compared_nothing_is_no_mismatch() {
    use Cause::{CLibraryMissing, Compile, CosimFailed, CosimMismatch, Crash};
    let row =
        |status: &str, number: &str| format!("|   Verilog|{status:>10}|{number:>6}|{number:>6}|{number:>6}|");
    let cases: &[(&[&str], Cause, &str)] = &[
        // The test bench does not compile, here in the tool's own headers.
        (
            &[
                "In file included from /tools/include/hls_fpo.h:186,",
                "/tools/include/mpfr.h:702:26: error: 'mpfr_srcptr' has not been declared",
                "ERROR: [COSIM 212-317] C++ compile error.",
                "ERROR: [COSIM 212-331] Aborting co-simulation: C simulation failed, compilation errors.",
            ],
            Compile,
            "/tools/include/mpfr.h:702:26: error: 'mpfr_srcptr' has not been declared",
        ),
        // It crashes before the RTL is simulated, or in the check afterwards.
        (
            &[
                "Segmentation fault (core dumped)",
                "ERROR: [COSIM 212-360] Aborting co-simulation: C TB simulation failed.",
            ],
            Crash,
            "Segmentation fault (core dumped)",
        ),
        (
            &[
                "ERROR: System recieved a signal named SIGSEGV and the program has to stop immediately!",
                "ERROR: [COSIM 212-379] Detected segmentation violation, please check C tb.",
                "ERROR: [COSIM 212-362] Aborting co-simulation: C TB post check failed.",
            ],
            Crash,
            "ERROR: System recieved a signal named SIGSEGV and the program has to stop immediately!",
        ),
        // The RTL cannot be put together.
        (
            &[
                "Starting static elaboration",
                "ERROR: [VRFC 10-664] expression has 16 elements ; expected 1 [top.vhd:77]",
                "ERROR: [XSIM 43-3321] Static elaboration of top level VHDL design unit apatb_top_top in library work failed.",
            ],
            CosimFailed,
            "ERROR: [VRFC 10-664] expression has 16 elements ; expected 1 [top.vhd:77]",
        ),
        (
            &["ERROR: [XSIM 43-3409] Failed to compile generated C file xsim.dir/top/obj/xsim_1.c."],
            CLibraryMissing,
            "ERROR: [XSIM 43-3409] Failed to compile generated C file xsim.dir/top/obj/xsim_1.c.",
        ),
        // The simulation does not come to its end.
        (
            &["ERROR!!! DEADLOCK DETECTED at 1035000 ns! SIMULATION WILL BE STOPPED!"],
            CosimFailed,
            "ERROR!!! DEADLOCK DETECTED at 1035000 ns! SIMULATION WILL BE STOPPED!",
        ),
        (
            &["ERROR: [COSIM 212-303] Aborting co-simulation: RTL simulation failed."],
            CosimFailed,
            "ERROR: [COSIM 212-303] Aborting co-simulation: RTL simulation failed.",
        ),
        // No reason is given.
        (
            &["ERROR: [COSIM 212-5] *** C/RTL co-simulation file generation failed. ***"],
            CosimFailed,
            "ERROR: [COSIM 212-5] *** C/RTL co-simulation file generation failed. ***",
        ),
        (&[], CosimFailed, "ERROR: [COSIM 212-4] *** C/RTL co-simulation finished: FAIL ***"),
        (&[&row("Fail", "NA")], CosimFailed, &row("Fail", "NA")),
        // Only these are what the name says.
        (
            &["ERROR: [COSIM 212-362] Aborting co-simulation: C TB post check failed."],
            CosimMismatch,
            "ERROR: [COSIM 212-362] Aborting co-simulation: C TB post check failed.",
        ),
        (&[&row("Fail", "41")], CosimMismatch, &row("Fail", "41")),
    ];
    for (said, cause, first) in cases {
        let end = "ERROR: [COSIM 212-4] *** C/RTL co-simulation finished: FAIL ***\nERROR: C/RTL SIMULATION failed: 1";
        let text = format!("***** C/RTL SIMULATION *****\n{}\n{end}\n", said.join("\n"));
        let (found, lines) = of_log(&text);
        assert_eq!(found, Some(*cause), "{text}");
        assert_eq!(lines.first().map(String::as_str), Some(*first), "{text}");
    }
    let compared = "ERROR: C/RTL VALIDATION failed: C simulation and RTL simulation gave different outputs";
    assert_eq!(of_log(compared).0, Some(CosimMismatch));
    for passed in
        [row("Pass", "41"), "|      VHDL|        NA|    NA|".to_owned(), "| Fail | Fail |".to_owned()]
    {
        assert_eq!(of_log(&passed).0, None, "{passed}");
    }
}

#[test]
fn a_compiler_without_its_c_library_is_no_fault_of_the_code() {
    let missing = [
        "/usr/bin/ld: cannot find crti.o: No such file or directory\ncollect2: error: ld returned 1 exit status",
        "/tools/binutils/bin/ld.bfd: cannot find -lm\ncollect2: error: ld returned 1 exit status",
        "ld.lld: error: cannot open crt1.o: No such file or directory",
        "ld.lld: error: unable to find library -lstdc++",
        "/usr/include/features.h:424:12: fatal error: 'sys/cdefs.h' file not found",
        "/usr/include/gnu/stubs.h:7:27: fatal error: gnu/stubs-32.h: No such file or directory",
    ];
    for said in missing {
        let log = format!(
            "   Generating csim.exe\n{said}\nERROR: [SIM 211-100] 'csim_design' failed: compilation error(s)."
        );
        let (cause, lines) = of_log(&log);
        assert_eq!(cause, Some(Cause::CLibraryMissing), "{said}");
        assert_eq!(lines.first().map(String::as_str), said.lines().next());
    }
    assert!(!Cause::CLibraryMissing.advice().contains("mistake of this program"));
    // These headers are only mentioned.
    let own = "In file included from /usr/include/c++/12/bits/c++config.h:393,\nmyproject.cpp:3:1: error: 'x' does not name a type";
    assert_eq!(of_log(own).0, Some(Cause::Compile));
}

#[test]
fn a_tool_that_lacks_a_library_is_a_tool_that_is_missing() {
    for said in [
        "application-specific initialization failed: couldn't load file \"librdi_x.so\": libtinfo.so.5: cannot open shared object \
         file: No such file or directory",
        "/tools/bin/xelab: error while loading shared libraries: libncurses.so.5: cannot open shared object file: No such file or directory",
        "/tools/bin/vivado: /lib64/libstdc++.so.6: version `GLIBCXX_3.4.29' not found (required by /tools/lib/librdi.so)",
        "xsimk: symbol lookup error: xsimk: undefined symbol: _ZN3xsi",
        "bash: vivado: command not found",
    ] {
        assert_eq!(of_log(said), (Some(Cause::ToolMissing), vec![said.to_owned()]));
    }
}
