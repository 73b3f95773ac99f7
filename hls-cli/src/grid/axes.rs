//! Options that may be axes of a grid: one row for each.

use std::fmt::Display;
use std::str::FromStr;

use clap::ValueEnum;
use hls_codegen::settings::ClockPeriod;

use crate::args::{CircuitArgs, ConversionArgs, ImplementationArgs};

/// The options that a point of a grid changes.
#[derive(Debug, Clone)]
pub struct Options {
    /// Of the conversion.
    pub conversion: ConversionArgs,
    /// Of circuits.
    pub circuit: CircuitArgs,
    /// Of synthesis.
    pub implementation: ImplementationArgs,
}

/// An option that may be an axis.
pub struct OptionAxis {
    /// Its name, as on the command line without `--`.
    pub name: &'static str,
    /// What it is in a configuration, where that is the same for any value: the axis to use with --config, which has no such option.
    pub key: Key,
    /// Whether the command line gives it, too.
    pub given: fn(&Options) -> bool,
    /// Sets it; the error says what a value must be.
    pub set: fn(&mut Options, &str) -> Result<(), String>,
}

/// What an option is in a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// It is no matter of the configuration, or it goes with a given one.
    Apart,
    /// It is an entry of the generated configuration.
    Is(&'static str),
    /// It decides how the configuration is generated.
    Generates,
}

/// The axes that are options; any other axis is a key as `--set` takes it.
pub static AXES: &[OptionAxis] = &[
    OptionAxis {
        name: "clock-period",
        key: Key::Apart,
        given: |options| options.conversion.clock_period.is_some(),
        set: |options, text| {
            put(&mut options.conversion.clock_period, parsed::<ClockPeriod>(text).map(|period| period.ns()))
        },
    },
    OptionAxis {
        name: "clock-uncertainty",
        key: Key::Apart,
        given: |options| options.conversion.clock_uncertainty.is_some(),
        set: |options, text| put(&mut options.conversion.clock_uncertainty, parsed(text)),
    },
    OptionAxis {
        name: "part",
        key: Key::Apart,
        given: |options| options.conversion.part.is_some(),
        set: |options, text| put(&mut options.conversion.part, parsed(text)),
    },
    OptionAxis {
        name: "io-type",
        key: Key::Apart,
        given: |options| options.conversion.io_type.is_some(),
        set: |options, text| put(&mut options.conversion.io_type, parsed(text)),
    },
    OptionAxis {
        name: "fifo-depths",
        key: Key::Apart,
        given: |options| options.conversion.fifo_depths.is_some(),
        set: |options, text| put(&mut options.conversion.fifo_depths, word(text)),
    },
    OptionAxis {
        name: "strategy",
        key: Key::Is("Model.Strategy"),
        given: |options| options.conversion.strategy.is_some(),
        set: |options, text| put(&mut options.conversion.strategy, word(text)),
    },
    OptionAxis {
        name: "reuse-factor",
        key: Key::Is("Model.ReuseFactor"),
        given: |options| options.conversion.reuse_factor.is_some(),
        set: |options, text| put(&mut options.conversion.reuse_factor, factor(text)),
    },
    OptionAxis {
        name: "conv-reuse-factor",
        key: Key::Apart,
        given: |options| options.conversion.conv_reuse_factor.is_some(),
        set: |options, text| put(&mut options.conversion.conv_reuse_factor, factor(text)),
    },
    OptionAxis {
        name: "dense-reuse-factor",
        key: Key::Apart,
        given: |options| options.conversion.dense_reuse_factor.is_some(),
        set: |options, text| put(&mut options.conversion.dense_reuse_factor, factor(text)),
    },
    OptionAxis {
        name: "precision",
        key: Key::Is("Model.Precision.default"),
        given: |options| options.conversion.precision.is_some(),
        set: |options, text| put(&mut options.conversion.precision, precision(text)),
    },
    OptionAxis {
        name: "max-precision",
        key: Key::Is("Model.Precision.maximum"),
        given: |options| options.conversion.max_precision.is_some(),
        set: |options, text| put(&mut options.conversion.max_precision, precision(text)),
    },
    OptionAxis {
        name: "granularity",
        key: Key::Generates,
        given: |options| options.conversion.granularity.is_some(),
        set: |options, text| put(&mut options.conversion.granularity, word(text)),
    },
    OptionAxis {
        name: "effort",
        key: Key::Apart,
        given: |options| options.circuit.effort.is_some(),
        set: |options, text| put(&mut options.circuit.effort, word(text)),
    },
    OptionAxis {
        name: "goal",
        key: Key::Apart,
        given: |options| options.circuit.goal.is_some(),
        set: |options, text| put(&mut options.circuit.goal, word(text)),
    },
    OptionAxis {
        name: "no-dsp",
        key: Key::Apart,
        given: |options| options.implementation.no_dsp,
        set: |options, text| switch(&mut options.implementation.no_dsp, text),
    },
    OptionAxis {
        name: "no-bram",
        key: Key::Apart,
        given: |options| options.implementation.no_bram,
        set: |options, text| switch(&mut options.implementation.no_bram, text),
    },
];

/// The option of this name, which may be written with underscores, as options may.
pub fn option(axis: &str) -> Option<&'static OptionAxis> {
    let name = match axis.replace('_', "-") {
        name if name == "fpga-part" => "part".to_owned(),
        name => name,
    };
    AXES.iter().find(|option| option.name == name)
}

fn put<T>(place: &mut Option<T>, value: Result<T, String>) -> Result<(), String> {
    *place = Some(value?);
    Ok(())
}

fn switch(place: &mut bool, text: &str) -> Result<(), String> {
    *place = text.parse().map_err(|_| "it is true or false".to_owned())?;
    Ok(())
}

fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn factor(text: &str) -> Result<u64, String> {
    text.parse()
        .ok()
        .filter(|factor| *factor > 0)
        .ok_or_else(|| "a reuse factor is a whole number of 1 or more".to_owned())
}

/// A precision stays text: the generator of configurations reads it.
fn precision(text: &str) -> Result<String, String> {
    parsed::<hls_model::precision::Precision>(text).map(|_| text.to_owned())
}

fn word<T: ValueEnum>(text: &str) -> Result<T, String> {
    T::from_str(text, true).map_err(|_| {
        let values = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let names: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
        format!("it is one of {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axes_are_documented() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/sweeps.md");
        let text = std::fs::read_to_string(path).expect("the documentation");
        let (_, rest) = text.split_once("| axis | as an option |").expect("the table");
        let rows = rest.lines().skip(2).take_while(|line| line.starts_with('|'));
        let first_cells = rows.filter_map(|row| row.split('|').nth(1));
        let mut named: Vec<&str> = first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
        let mut known: Vec<&str> = AXES.iter().map(|option| option.name).collect();
        named.sort_unstable();
        known.sort_unstable();
        assert_eq!(named, known, "left the documented axes");
    }

    #[test]
    fn options_may_be_spelled_as_on_the_command_line() {
        let name = |axis: &str| option(axis).map(|option| option.name);
        assert_eq!(name("clock_period"), Some("clock-period"));
        assert_eq!(name("fpga-part"), Some("part"));
        assert_eq!(name("Model.Strategy"), None);
    }
}
