//! What a toolchain declares of its stages, and what follows from that.

use crate::record::job::{StageRecord, StageStatus};
use crate::record::stage::{Stage, StageSet};
use crate::toolchain::artifact::Artifact;

/// A stage as its toolchain declares it; a toolchain lists them in the order in which they run.
#[derive(Debug, Clone, Copy)]
pub struct StageSpec {
    /// Its name: the key in records and the switch on a command line.
    pub name: &'static str,
    /// What it does, as a line of help.
    pub help: &'static str,
    /// Whether it runs where nothing else was asked for.
    pub on_by_default: bool,
    /// Whether it is work of its own. A switch of the others is not: it has no record, and alone it is nothing to run.
    pub is_work: bool,
    /// Names of stages whose products it reads.
    pub needs: &'static [&'static str],
    /// Whether it compares what it simulates with the project's [`Reference`](crate::Reference).
    pub checks_reference: bool,
    /// The files that it must leave in the folder of a project with this name.
    pub must_leave: fn(project: &str) -> Vec<Artifact>,
    /// What a line of the tool's output says about its beginning and its end, where one process runs several stages.
    pub mark: fn(line: &str) -> Option<Mark>,
}

/// What a line of a tool's output says about a stage.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Mark {
    /// It begins.
    Begin,
    /// It is over, after so many seconds where the line says that.
    End(Option<f64>),
}

impl StageSpec {
    /// A stage that is on by default, needs no other, and need not leave anything; its process tells when it begins and ends.
    #[must_use]
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            on_by_default: true,
            is_work: true,
            needs: &[],
            checks_reference: false,
            must_leave: |_| Vec::new(),
            mark: |_| None,
        }
    }

    /// Its name, as records have it.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        Stage::new(self.name)
    }
}

/// Why stages cannot be run as they were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// There is no such stage.
    Unknown(Stage),
    /// No work is left.
    Nothing,
    /// The first reads what the second makes, which is not asked for.
    Needs(Stage, Stage),
}

/// The stages that run where nothing was asked for.
#[must_use]
pub fn default_stages(declared: &[StageSpec]) -> StageSet {
    declared.iter().filter(|spec| spec.on_by_default).map(StageSpec::stage).collect()
}

/// The names of the stages that are work, separated by commas.
pub(crate) fn names_of_work(declared: &[StageSpec]) -> String {
    let names: Vec<&str> = declared.iter().filter(|spec| spec.is_work).map(|spec| spec.name).collect();
    names.join(", ")
}

/// The stages that are asked for in the order in which they run, if they fit what is declared and each other.
pub(crate) fn check(declared: &[StageSpec], asked: &StageSet) -> Result<StageSet, Unfit> {
    if let Some(unknown) = asked.iter().find(|stage| declared.iter().all(|spec| spec.name != stage.name())) {
        return Err(Unfit::Unknown(unknown.clone()));
    }
    let on: Vec<&StageSpec> = declared.iter().filter(|spec| asked.contains(&spec.stage())).collect();
    if on.iter().all(|spec| !spec.is_work) {
        return Err(Unfit::Nothing);
    }
    for spec in &on {
        if let Some(needed) = spec.needs.iter().find(|name| on.iter().all(|other| other.name != **name)) {
            return Err(Unfit::Needs(spec.stage(), Stage::new(needed)));
        }
    }
    Ok(on.into_iter().map(StageSpec::stage).collect())
}

/// The records of the stages that are work, before the job begins.
pub(crate) fn records(declared: &[StageSpec], on: &StageSet) -> Vec<StageRecord> {
    let work = declared.iter().filter(|spec| spec.is_work).map(StageSpec::stage);
    work.map(|stage| {
        let status = if on.contains(&stage) { StageStatus::Pending } else { StageStatus::Skipped };
        StageRecord::new(stage, status)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECLARED: [StageSpec; 4] = [
        StageSpec { is_work: false, ..StageSpec::new("clean", "") },
        StageSpec { on_by_default: false, ..StageSpec::new("a", "") },
        StageSpec { needs: &["a"], ..StageSpec::new("b", "") },
        StageSpec { needs: &["a", "b"], on_by_default: false, ..StageSpec::new("c", "") },
    ];

    #[test]
    fn what_is_asked_for_fits_or_is_refused_with_the_reason() {
        let names = |list: &[&'static str]| list.iter().map(|name| Stage::new(name)).collect::<StageSet>();
        type Case = (&'static [&'static str], Result<&'static [&'static str], Unfit>);
        let cases: &[Case] = &[
            (&["a"], Ok(&["a"])),
            (&["b", "clean", "a"], Ok(&["clean", "a", "b"])),
            (&[], Err(Unfit::Nothing)),
            (&["clean"], Err(Unfit::Nothing)),
            (&["a", "z"], Err(Unfit::Unknown(Stage::new("z")))),
            (&["b"], Err(Unfit::Needs(Stage::new("b"), Stage::new("a")))),
            (&["a", "c"], Err(Unfit::Needs(Stage::new("c"), Stage::new("b")))),
        ];
        for (asked, expected) in cases {
            assert_eq!(check(&DECLARED, &names(asked)), expected.clone().map(names), "{asked:?}");
        }
        assert_eq!(default_stages(&DECLARED), names(&["clean", "b"]));
    }
}
