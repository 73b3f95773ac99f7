//! Which files of an input folder are models, in which order, and what is said when there are none.

use std::fs;
use std::path::Path;

use hls_runner::{Tier, TierChoice, discover};

/// Makes empty files; names with a trailing `/` are folders.
fn folder(names: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in names {
        let path = dir.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
    }
    dir
}

fn outcome(dir: &Path, pattern: &str, choice: Option<TierChoice>, limit: Option<usize>) -> String {
    let models = match discover(dir, pattern).and_then(|found| found.select(choice, limit)) {
        Err(error) => return error.to_string(),
        Ok(models) => models,
    };
    let names: Vec<String> = models
        .iter()
        .map(|model| {
            let name = model.path.strip_prefix(dir).unwrap().display();
            let tier = model.tier.map_or(String::new(), |tier| format!(" ({})", tier.name()));
            format!("{name}{tier}")
        })
        .collect();
    names.join(", ")
}

#[test]
fn discovery() {
    use TierChoice::{Both, Primary};
    let default = hls_runner::discover::DEFAULT_PATTERN;
    let flat = ["model_trial_10.h5", "model_trial_2.h5", "model_trial_x.h5/", "other.h5", "notes.txt"];
    let tiers = ["pareto_primary/model_trial_3.h5", "pareto_secondary/model_trial_3.h5"];
    let deep = ["b/m.h5", "a/m.h5", "a/c/m.h5"];
    let in_tier = ["pareto_primary/model_trial_3.h5", "pareto_secondary/", "model_trial_1.h5"];
    let second_only = ["pareto_secondary/model_trial_3.h5"];
    type Case<'a> = (&'a [&'a str], &'a str, Option<TierChoice>, Option<usize>, &'a str);
    let cases: &[Case] = &[
        (&flat, default, None, None, "model_trial_2.h5, model_trial_10.h5"),
        (&flat, default, None, Some(1), "model_trial_2.h5"),
        (&flat, default, None, Some(0), ""),
        (&flat, "*.h5", None, None, "model_trial_2.h5, model_trial_10.h5, other.h5"),
        (&flat, "{other,notes}*", None, None, "notes.txt, other.h5"),
        (&flat, "trial_*.h5", None, None, "matches `trial_*.h5` (3 other .h5 and .keras file(s) are there)"),
        (
            &["model_trial_2.keras", "model_trial_1.h5", "model_trial_3.keras.bak"],
            default,
            None,
            None,
            "model_trial_1.h5, model_trial_2.keras",
        ),
        (&flat, "[", None, None, "pattern `[` is not a valid glob"),
        (&flat, "../*", None, None, "matches `../*`"),
        (&flat, default, Some(Primary), None, "has no model in pareto_primary"),
        (&[], default, None, None, "(0 other .h5 and .keras file(s) are there)"),
        (&deep, "*/m.h5", None, None, "a/m.h5, b/m.h5"),
        (&deep, "**/m.h5", None, None, "a/c/m.h5, a/m.h5, b/m.h5"),
        (&deep, "m.h5", None, None, "matches `m.h5`"),
        (
            &tiers,
            default,
            None,
            None,
            "has 1 model(s) in pareto_primary/ and 1 in pareto_secondary/; choose one or both",
        ),
        (&tiers, default, Some(Primary), None, "pareto_primary/model_trial_3.h5 (primary)"),
        (
            &tiers,
            default,
            Some(Both),
            None,
            "pareto_primary/model_trial_3.h5 (primary), pareto_secondary/model_trial_3.h5 (secondary)",
        ),
        (&tiers, default, Some(Both), Some(1), "pareto_primary/model_trial_3.h5 (primary)"),
        (&tiers, "nothing*", None, None, "matches `nothing*` (2 other .h5 and .keras file(s)"),
        (&in_tier, default, None, None, "pareto_primary/model_trial_3.h5 (primary)"),
        (&second_only, default, None, None, "pareto_secondary/model_trial_3.h5 (secondary)"),
        (&second_only, default, Some(Primary), None, "has no model in pareto_primary"),
    ];
    for (number, (names, pattern, choice, limit, expected)) in cases.iter().enumerate() {
        let dir = folder(names);
        let found = outcome(dir.path(), pattern, *choice, *limit);
        let is_error = found.contains(dir.path().to_str().unwrap()) || found.contains("glob");
        let as_expected = if is_error { found.contains(expected) } else { found == *expected };
        assert!(as_expected, "case {number}: {found}");
    }
}

#[test]
fn tiers_and_what_lies_beside_them_are_told() {
    let dir = folder(&["pareto_primary/m1.h5", "pareto_secondary/m1.h5", "pareto_secondary/m2.h5", "m9.h5"]);
    let found = discover(dir.path(), "m*.h5").unwrap();
    assert_eq!(found.tiers(), [Tier::Primary, Tier::Secondary]);
    assert_eq!(found.tier_counts(), [1, 2]);
    assert_eq!(found.beside_tiers(), 1);
}

#[test]
fn an_input_that_is_no_folder_is_said_so() {
    let dir = folder(&["model_trial_1.h5"]);
    for (name, words) in [("nowhere", "does not exist"), ("model_trial_1.h5", "is not a folder")] {
        let found = outcome(&dir.path().join(name), "*", None, None);
        assert!(found.contains(words) && found.contains(name), "{found}");
    }
}

#[test]
fn links_are_followed_and_dangling_ones_are_models_that_vanished() {
    let dir = folder(&["real.h5"]);
    std::os::unix::fs::symlink("real.h5", dir.path().join("link.h5")).unwrap();
    std::os::unix::fs::symlink("nowhere.h5", dir.path().join("gone.h5")).unwrap();
    assert_eq!(outcome(dir.path(), "*.h5", None, None), "gone.h5, link.h5, real.h5");
}
