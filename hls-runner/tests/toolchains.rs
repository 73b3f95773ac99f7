//! Where tools are looked for, and what is said when they are nowhere.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use hls_runner::toolchain::{Csim, ToolPlaces, Vitis};
use hls_runner::{Stage, StageSet, Toolchain};
use tempfile::TempDir;

const SYNTH: StageSet = StageSet::NONE;

/// Makes executables (and settings files, which put `inner/` on the path).
fn machine(files: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let inner = path.parent().unwrap().join("inner dir;");
        fs::write(&path, format!("#!/bin/sh\necho hello\nexport PATH=\"{}:$PATH\"\n", inner.display()))
            .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    dir
}

fn places(dir: &Path, [explicit, path, hls, vitis, vivado]: [&str; 5]) -> ToolPlaces {
    let at = |name: &str| Some(name).filter(|name| !name.is_empty()).map(|name| dir.join(name));
    let os = |name: &str| at(name).map(OsString::from);
    ToolPlaces {
        explicit: at(explicit),
        path: os(path),
        xilinx_hls: os(hls),
        xilinx_vitis: os(vitis),
        xilinx_vivado: os(vivado),
    }
}

#[test]
fn the_first_place_that_has_the_tool_wins() {
    let both = ["p/vitis-run", "p/vitis_hls", "x/bin/vitis_hls"];
    let settings = ["s/settings64.sh", "s/inner dir;/vitis_hls", "s/bin/vitis-run"];
    type Case<'a> = (&'a [&'a str], [&'a str; 5], &'a str);
    let cases: &[Case] = &[
        (&both, ["", "p", "", "", ""], "p/vitis-run"),
        (&both, ["", "p", "x", "", ""], "p/vitis-run"),
        (&both, ["", "q", "x", "", ""], "x/bin/vitis_hls"),
        (&both, ["", "", "", "x", ""], "x/bin/vitis_hls"),
        (&both, ["", "", "gone", "x", ""], "x/bin/vitis_hls"),
        (&both, ["x", "p", "", "", ""], "x/bin/vitis_hls"),
        (&both, ["x/bin", "p", "", "", ""], "x/bin/vitis_hls"),
        (&settings, ["s", "", "", "", ""], "s/inner dir;/vitis_hls"),
        (&settings, ["s/settings64.sh", "", "", "", ""], "s/inner dir;/vitis_hls"),
        (&settings, ["s/bin", "", "", "", ""], "s/bin/vitis-run"),
        (&settings, ["", "", "", "s", ""], "s/inner dir;/vitis_hls"),
    ];
    for (files, places_of, expected) in cases {
        let dir = machine(files);
        let vitis = Vitis::find(&places(dir.path(), *places_of), &SYNTH).unwrap();
        assert_eq!(vitis.program(), dir.path().join(expected), "{places_of:?}");
    }
}

#[test]
fn a_missing_tool_is_named_with_every_place_and_a_way_out() {
    let vsynth = StageSet::NONE.with(Stage::new("vsynth"));
    type Case<'a> = (&'a [&'a str], [&'a str; 5], StageSet, &'a [&'a str]);
    let cases: &[Case] = &[
        (
            &[],
            ["", "p", "", "v", ""],
            SYNTH,
            &[
                "vitis-run or vitis_hls was not found",
                "PATH (1 folders)",
                "XILINX_HLS (not set)",
                "XILINX_VITIS=/",
                "a toolchain that needs no licence: open",
            ],
        ),
        (&["p/vitis-run"], ["x", "p", "", "", ""], SYNTH, &["vitis-run or vitis_hls was not found", "/x;"]),
        (
            &["p/vitis-run"],
            ["", "p", "", "", "v"],
            vsynth.clone(),
            &["vivado was not found", "XILINX_VIVADO=/", "turn the stage vsynth off"],
        ),
    ];
    for (files, places_of, stages, words) in cases {
        let dir = machine(files);
        let error = Vitis::find(&places(dir.path(), *places_of), stages).unwrap_err().to_string();
        for word in *words {
            assert!(error.contains(word), "{word}: {error}");
        }
    }
    let dir = machine(&["p/vitis-run", "v/bin/vivado"]);
    assert!(Vitis::find(&places(dir.path(), ["", "p", "", "", "v"]), &vsynth).is_ok());
}

#[test]
fn settings_that_fail_are_quoted() {
    let dir = machine(&[]);
    fs::write(dir.path().join("settings64.sh"), "echo this licence is void >&2; return 4\n").unwrap();
    let error = Vitis::find(&places(dir.path(), [".", "", "", "", ""]), &SYNTH).unwrap_err().to_string();
    assert!(
        error.contains("settings64.sh could not be sourced") && error.contains("licence is void"),
        "{error}"
    );
}

#[test]
fn compilers() {
    let dir = machine(&["p/g++", "p/clang++", "q/clang++", "q/mine"]);
    let path = |names: &str| {
        std::env::join_paths(names.split_whitespace().map(|name| dir.path().join(name))).unwrap()
    };
    let absolute = dir.path().join("q/mine").display().to_string();
    for (cxx, folders, expected) in [
        ("", "p", Ok("p/g++")),
        ("", "q p", Ok("q/clang++")),
        ("clang++", "p", Ok("p/clang++")),
        ("mine -flag", "p q", Ok("q/mine")),
        (absolute.as_str(), "p", Ok("q/mine")),
        ("icpc", "p q", Err("icpc was not found; looked in PATH (2 folders); CXX names it")),
        ("", "r", Err("g++ or clang++ was not found")),
    ] {
        match (Csim::find_in(cxx, Some(&path(folders))), expected) {
            (Ok(csim), Ok(program)) => assert_eq!(csim.program(), dir.path().join(program)),
            (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
            (found, expected) => panic!("{cxx}: {found:?}, expected {expected:?}"),
        }
    }
}
