//! Nodes on which jobs die for no reason of their own.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::plan::jobs::JobId;
use crate::record::sweep::LeftOut;

/// So many troubles on a node may be chance.
const CHANCE: usize = 1;

/// Something that went wrong on a node, and no log says why: a tool was missing or killed, or a run of a part ended without a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trouble {
    pub(super) node: String,
    /// The jobs one of which may be to blame; none where none had begun.
    pub(super) jobs: BTreeSet<JobId>,
}

/// A job that succeeded on a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) node: String,
    pub(super) job: JobId,
}

/// The nodes that are to be left out: there was trouble several times, more often than jobs succeeded, no single job can be to blame for all of it, and
/// elsewhere jobs succeed. A job in trouble on several nodes that succeeds nowhere is to blame itself. One node at least on which jobs succeeded
/// stays.
pub(super) fn bad_nodes(troubles: &[Trouble], passed: &[Passed]) -> Vec<LeftOut> {
    let mut in_trouble_on: BTreeMap<JobId, BTreeSet<&str>> = BTreeMap::new();
    for trouble in troubles {
        trouble.jobs.iter().for_each(|job| {
            in_trouble_on.entry(*job).or_default().insert(&trouble.node);
        });
    }
    let succeeded: BTreeSet<JobId> = passed.iter().map(|passed| passed.job).collect();
    let to_blame =
        |job: &JobId| in_trouble_on.get(job).is_some_and(|nodes| nodes.len() > 1) && !succeeded.contains(job);
    let mut of_node: BTreeMap<&str, Vec<&Trouble>> = BTreeMap::new();
    for trouble in troubles.iter().filter(|trouble| !trouble.jobs.iter().any(to_blame)) {
        of_node.entry(&trouble.node).or_default().push(trouble);
    }
    let successes = |node: &str| passed.iter().filter(|passed| passed.node == node).count();
    let is_bad = |(node, troubles): &(&str, Vec<&Trouble>)| {
        let in_all = |job: &JobId| troubles.iter().all(|trouble| trouble.jobs.contains(job));
        let one_explains_all = troubles.first().is_some_and(|first| first.jobs.iter().any(in_all));
        let here = successes(node);
        troubles.len() > CHANCE.max(here) && !one_explains_all && passed.len() > here
    };
    let bad: Vec<(&str, Vec<&Trouble>)> = of_node.into_iter().filter(is_bad).collect();
    let stays = |passed: &Passed| bad.iter().all(|(node, _)| *node != passed.node);
    if !passed.iter().any(stays) {
        return Vec::new();
    }
    let left_out = |(node, troubles): (&str, Vec<&Trouble>)| LeftOut {
        node: node.to_owned(),
        reason: format!(
            "{} times jobs died there or found no tools, {} succeeded there, {} elsewhere",
            troubles.len(),
            successes(node),
            passed.len() - successes(node)
        ),
    };
    bad.into_iter().map(left_out).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `n1 3,4` is trouble on n1 for which one of two jobs may be to blame.
    fn trouble(text: &str) -> Trouble {
        let (node, jobs) = text.split_once(' ').unwrap_or((text, ""));
        let jobs = jobs.split(',').filter_map(|job| job.parse().ok()).map(JobId).collect();
        Trouble { node: node.to_owned(), jobs }
    }

    fn nodes(troubles: &[&str], passed: &[&str]) -> Vec<String> {
        let troubles: Vec<Trouble> = troubles.iter().map(|text| trouble(text)).collect();
        let passed = passed.iter().flat_map(|text| {
            let Trouble { node, jobs } = trouble(text);
            jobs.into_iter().map(move |job| Passed { node: node.clone(), job })
        });
        let passed: Vec<Passed> = passed.collect();
        bad_nodes(&troubles, &passed).into_iter().map(|left_out| left_out.node).collect()
    }

    #[test]
    fn a_node_is_left_out_for_what_no_model_explains() {
        for (what, troubles, passed, expected) in [
            ("nothing happened", &[][..], &["n1 0,1"][..], &[][..]),
            ("two models die, others pass elsewhere", &["n1 0", "n1 1"], &["n2 2"], &["n1"]),
            ("they pass elsewhere themselves", &["n1 0", "n1 1"], &["n2 0,1"], &["n1"]),
            ("once is chance", &["n1 0"], &["n2 1,2"], &[]),
            ("a part of four that died is one trouble", &["n1 0,1,2,3"], &["n2 4,5"], &[]),
            ("parts that died before they began a model", &["n1", "n1"], &["n2 4,5"], &["n1"]),
            ("one model in all of them", &["n1 0,1", "n1 0,2", "n1 0"], &["n2 4"], &[]),
            ("a model that dies everywhere", &["n1 0", "n2 0", "n1 1"], &["n2 2", "n3 3"], &[]),
            (
                "a model that dies on two nodes, and passes on a third",
                &["n1 0", "n2 0", "n1 1"],
                &["n3 0"],
                &["n1"],
            ),
            ("more pass there than die", &["n1 0", "n1 1"], &["n1 2,3", "n2 4"], &[]),
            ("fewer pass there than die", &["n1 0", "n1 1", "n1 2"], &["n1 3,4", "n2 5"], &["n1"]),
            ("nothing passes anywhere", &["n1 0", "n1 1", "n2 2", "n2 3"], &[], &[]),
            ("what passes does so on the same node only", &["n1 0", "n1 1"], &["n1 2"], &[]),
            ("not all of the nodes", &["n1 0", "n1 1", "n2 2", "n2 3"], &["n1 4", "n2 5"], &[]),
            ("two of three", &["n1 0", "n1 1", "n2 2", "n2 3"], &["n3 5"], &["n1", "n2"]),
        ] {
            assert_eq!(nodes(troubles, passed), expected, "{what}");
        }
    }

    #[test]
    fn never_all_nodes_and_never_for_one_model() {
        let names = ["n1", "n2", "n3"];
        let lines = || proptest::collection::vec((0_usize..3, 0_usize..6), 0..20);
        proptest::proptest!(|(troubles in lines(), passed in lines())| {
            let trouble = |(node, job): &(usize, usize)| {
                Trouble { node: names[*node].into(), jobs: BTreeSet::from([JobId(*job)]) }
            };
            let pass = |(node, job): &(usize, usize)| Passed { node: names[*node].into(), job: JobId(*job) };
            let passed: Vec<Passed> = passed.iter().map(pass).collect();
            let found = bad_nodes(&troubles.iter().map(trouble).collect::<Vec<_>>(), &passed);
            let is_out = |node: &str| found.iter().any(|out| out.node == node);
            proptest::prop_assert!(found.is_empty() || passed.iter().any(|passed| !is_out(&passed.node)));
            for out in &found {
                let jobs: BTreeSet<usize> = (troubles.iter())
                    .filter(|(node, _)| names[*node] == out.node)
                    .map(|(_, job)| *job)
                    .collect();
                proptest::prop_assert!(jobs.len() > 1);
            }
            // One model alone never does it.
            let alone: Vec<Trouble> = troubles.iter().map(trouble).filter(|t| t.jobs.contains(&JobId(0))).collect();
            proptest::prop_assert!(bad_nodes(&alone, &passed).is_empty());
        });
    }
}
