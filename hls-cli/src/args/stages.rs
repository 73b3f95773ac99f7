//! A switch for each stage, made from what the toolchains declare; the last one given counts.

use std::sync::LazyLock;

use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches};
use hls_runner::toolchain::table::{Entry, TABLE};
use hls_runner::toolchain::{StageSpec, default_stages};
use hls_runner::{Stage, StageSet};

/// The stages that were switched on and off.
#[derive(Debug, Clone, Default)]
pub struct StageArgs {
    on: Vec<Stage>,
    off: Vec<Stage>,
}

impl StageArgs {
    /// The stages of a toolchain: its defaults with the switches on top. One that has a single stage has nothing to switch.
    pub fn stages(&self, toolchain: &Entry) -> StageSet {
        let defaults = default_stages(toolchain.stages);
        if toolchain.stages.len() < 2 {
            return defaults;
        }
        let stages = toolchain.stages.iter().map(StageSpec::stage);
        stages
            .filter(|stage| {
                self.on.contains(stage) || (defaults.contains(stage) && !self.off.contains(stage))
            })
            .collect()
    }
}

/// A stage that can be switched.
struct Switch {
    spec: &'static StageSpec,
    /// The option that switches it on: its name, with hyphens.
    on: String,
    /// The option that switches it off.
    off: String,
    /// What the help says above it.
    heading: String,
}

/// Each stage once, with the first toolchain that has it.
static SWITCHES: LazyLock<Vec<Switch>> = LazyLock::new(|| {
    let mut switches: Vec<Switch> = Vec::new();
    for entry in TABLE.iter().filter(|entry| entry.stages.len() > 1) {
        for spec in entry.stages {
            if switches.iter().all(|known| known.spec.name != spec.name) {
                let heading = format!("Stages of --toolchain {} (each also as --no-…)", entry.name);
                let on = spec.name.replace('_', "-");
                switches.push(Switch { spec, off: format!("no-{on}"), on, heading });
            }
        }
    }
    switches
});

/// Whether a stage is on where nothing was asked for, also with the other toolchains that have it.
fn defaults(spec: &StageSpec) -> String {
    let word = |on: bool| if on { "on" } else { "off" };
    let differs = |other: &&Entry| {
        other.stages.iter().any(|twin| twin.name == spec.name && twin.on_by_default != spec.on_by_default)
    };
    let others = TABLE.iter().filter(differs);
    let others =
        others.map(|other| format!("; {} with --toolchain {}", word(!spec.on_by_default), other.name));
    word(spec.on_by_default).to_owned() + &others.collect::<String>()
}

impl clap::Args for StageArgs {
    fn augment_args(command: Command) -> Command {
        let switch = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
        SWITCHES.iter().fold(command, |command, Switch { spec, on: name, off, heading }| {
            let help = format!("{} ({})", spec.help, defaults(spec));
            let on = switch(name).help(help).help_heading(heading.as_str());
            command
                .arg(on.overrides_with(off.as_str()))
                .arg(switch(off).hide(true).overrides_with(name.as_str()))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for StageArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |option: fn(&Switch) -> &str| {
            let given = SWITCHES.iter().filter(|switch| matches.get_flag(option(switch)));
            given.map(|switch| switch.spec.stage()).collect()
        };
        Ok(Self { on: given(|switch| &switch.on), off: given(|switch| &switch.off) })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
