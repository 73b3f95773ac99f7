//! Every case of `fixtures/corpus` and `fixtures/corpus3`, from the model file to the bits that its firmware computes.
//!
//! - [`files`]: the project's files, typedefs, configuration structs and interface are hls4ml's; so are the Tcl
//!   variables and the commands that the tools are given ([`tcl`]).
//! - [`weights`]: weight files read back as the same numbers.
//! - [`csim`]: the compiled firmware puts out hls4ml's bits, layer by layer where hls4ml recorded them, and so does the emulator. With the
//!   environment variable `HLS4ML_KERNELS` naming a folder that holds hls4ml's own `nnet_utils/` and `ap_types/`, the
//!   same firmware is compiled against them as well.
//!
//! - [`order`]: layers of `io_stream` read and write their queues in the order from which depths are estimated.
//!
//! Models that hls4ml cannot convert are in [`beyond`].
//!
//! Cases that cannot be converted yet are listed in each folder's `not_yet.json` and must be refused. The graph's facts are
//! checked in `hls-model/tests/corpus`. Needs `g++` and `tclsh`.

mod arrays;
mod beyond;
mod case;
mod csim;
mod files;
#[path = "../common/firmware.rs"]
mod firmware;
mod order;
mod pool;
mod tcl;
mod text;
mod weights;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::{Case, SweepModel};
use hls_codegen::vitis::Kernels;
use hls_codegen::{Converted, Project};

/// Checks all convertible cases with `check` and that the others are refused.
fn every_case(check: impl Fn(&Case, Converted) -> Result<(), String> + Sync) {
    let (cases, not_yet) = (case::all(), case::not_yet());
    for name in not_yet.keys() {
        Case::named(name);
    }
    report(
        pool::map(&cases, |case| match (case.convert(), not_yet.get(&case.name)) {
            (Ok(_), Some(reason)) => {
                Err(format!("{}: is converted; take it off not_yet.json ({reason})", case.name))
            }
            (Err(_), Some(_)) => Ok(()),
            (Err(error), None) => Err(format!("{}: {error}", case.name)),
            (Ok(conversion), None) => {
                check(case, conversion).map_err(|error| format!("{}: {error}", case.name))
            }
        }),
        cases.len(),
    );
}

fn report(results: Vec<Result<(), String>>, expected: usize) {
    assert_eq!(results.len(), expected, "cases");
    let wrong: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{} of {expected} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn files_equal_hls4mls() {
    every_case(|case, conversion| files::check(case, &conversion));
}

#[test]
fn weight_files_read_back_as_the_same_numbers() {
    every_case(|case, conversion| weights::check(case, &conversion));
}

#[test]
fn scripts_give_the_tools_hls4mls_commands() {
    every_case(|case, conversion| tcl::check(case, &conversion));
}

#[test]
fn the_stand_in_for_vitis_accepts_the_commands() {
    for name in ["cfg_parts_clock", "cfg_writer_opts"] {
        let case = Case::named(name);
        let conversion = case.convert().unwrap_or_else(|error| panic!("{name}: {error}"));
        tcl::check_with_stand_in(&case, &conversion).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn firmware_computes_hls4mls_bits() {
    let upstream = hls4mls_kernels();
    every_case(|case, conversion| match case.is_compiled() {
        true => csim::check(case, conversion, upstream.as_ref()),
        false => Ok(()),
    });
}

#[test]
fn layers_read_and_write_their_queues_in_the_order_that_depths_are_estimated_from() {
    let checked = AtomicUsize::new(0);
    every_case(|_, conversion| {
        checked.fetch_add(order::check(&conversion)?, Ordering::Relaxed);
        Ok(())
    });
    let checked = checked.into_inner();
    assert!(checked > 3_000, "only {checked} accesses were compared");
}

#[test]
fn firmware_of_the_sweep_computes_hls4mls_bits() {
    let upstream = hls4mls_kernels();
    let check = |model: &SweepModel| {
        let conversion = model.convert();
        let result =
            conversion.and_then(|conversion| csim::check_sweep(model, conversion, upstream.as_ref()));
        result.map_err(|error| format!("{}: {error}", model.file))
    };
    report(pool::map(&case::sweep(), check), case::SWEEP_MODELS);
}

/// hls4ml's own kernels, if somebody has them.
fn hls4mls_kernels() -> Option<Kernels> {
    let Some(dir) = std::env::var_os("HLS4ML_KERNELS") else {
        println!(
            "skipped: hls4ml's own kernels (set HLS4ML_KERNELS to a folder with nnet_utils/ and ap_types/)"
        );
        return None;
    };
    let dir = Path::new(&dir);
    let kernels = Kernels::from_dir(dir);
    Some(kernels.unwrap_or_else(|error| panic!("HLS4ML_KERNELS={}: {error}", dir.display())))
}

/// The project that a conversion becomes.
fn project(conversion: &Converted) -> Result<Project, String> {
    conversion.project().map_err(|error| error.to_string())
}
