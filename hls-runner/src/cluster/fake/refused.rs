//! A round that the engine does not take.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::cluster::files::{read, write_json};
use crate::cluster::refusal::Refusal;
use crate::record::failure::{Cause, FailureKind};

const MODELS: [Model; 4] = [Model::Good(0), Model::Fleeting(0), Model::Good(1), Model::Hungry(0)];

/// A sweep with a part for each model. The first model is done; each of the others needs another try, for a reason of its own.
fn after_a_round() -> Sweep {
    let request = Request { jobs_per_part: 1.try_into().ok(), retries: 1, ..Request::default() };
    let mut sweep = Sweep::new(&MODELS, request, 9);
    assert!(!sweep.step());
    for (known, fate) in
        sweep.world.waiting().iter().zip([Fate::Well, Fate::Well, Fate::ToldToEnd { tool: 0 }, Fate::Well])
    {
        sweep.run(known, fate);
    }
    sweep
}

fn take(sweep: &Sweep, submissions: Option<usize>) {
    *sweep.world.takes.lock().unwrap() = submissions;
}

/// As if it had been refused for an hour.
fn wait_an_hour(sweep: &Sweep) {
    let path = sweep.home.round_dir(1).join("refused.json");
    let refusal: Refusal = read(&path).unwrap();
    let since = Timestamp::now() - SignedDuration::from_hours(1);
    write_json(&path, &Refusal { since, ..refusal }).unwrap();
}

fn times(sweep: &Sweep) -> Option<usize> {
    Refusal::of(&sweep.home, 1).unwrap().map(|refusal| refusal.times)
}

#[test]
fn it_is_submitted_again_until_it_is_taken() {
    let mut sweep = after_a_round();
    take(&sweep, Some(0));
    assert!(
        matches!(step_on(&sweep.home, &sweep.engine(None)), Err(ClusterError::NotTaken { message, .. }) if message == "no such account")
    );
    wait_an_hour(&sweep);
    (1..8).for_each(|_| assert!(!sweep.step()));
    assert_eq!(times(&sweep), Some(8));
    // Nothing is written off: what failed waits.
    let results = sweep.results();
    assert!(results.ended.is_none());
    let status: Vec<JobStatus> = results.results.iter().map(|record| record.status.clone()).collect();
    assert_eq!(status[0], JobStatus::Success);
    assert!(status[1..].iter().all(|status| *status == JobStatus::Pending), "{status:?}");
    take(&sweep, None);
    assert!(!sweep.step());
    assert_eq!(times(&sweep), None);
    sweep.finish(0);
    check(&sweep, &MODELS);
}

#[test]
fn after_a_while_its_jobs_are_recorded_with_the_reason() {
    let sweep = after_a_round();
    take(&sweep, Some(0));
    assert!(!sweep.step());
    // Asked often, and not for long; then for long.
    (1..20).for_each(|_| assert!(!sweep.step()));
    wait_an_hour(&sweep);
    assert!(sweep.step());
    assert!(sweep.step(), "it is over for everybody");
    let results = sweep.results();
    assert!(results.ended.is_some() && !results.interrupted);
    assert_eq!((results.successful, results.failed), (1, 3));
    let expected = [
        (FailureKind::ToolFailed, Cause::LicenceMissing, "no licence"),
        (FailureKind::Lost, Cause::Lost, "its part of the sweep was told to end before it was done"),
        (FailureKind::ToolFailed, Cause::OutOfMemory, "no memory"),
    ];
    for (record, (kind, cause, words)) in results.results[1..].iter().zip(expected) {
        let failure = record.failure.as_ref().unwrap();
        assert_eq!((failure.kind, failure.cause), (kind, cause));
        let ends = "another try could not be submitted: no such account (submit)";
        assert!(failure.message.contains(words) && failure.message.ends_with(ends), "{}", failure.message);
        assert_eq!((record.attempts, &record.earlier_errors[..]), (1, &[][..]), "it was tried once");
    }
}

#[test]
fn what_is_taken_of_it_is_done_and_the_rest_is_in_the_next_one() {
    // A part that needs more memory is in an array of its own: only that of the others is taken.
    let mut sweep = after_a_round();
    take(&sweep, Some(1));
    assert!(!sweep.step());
    (1..10).for_each(|_| assert!(!sweep.step()));
    wait_an_hour(&sweep);
    assert!(!sweep.step());
    take(&sweep, None);
    assert!(!sweep.step());
    let refused = sweep.results().results[3].failure.clone().unwrap();
    assert!(
        refused.cause == Cause::OutOfMemory && refused.message.contains("no such account"),
        "{refused:?}"
    );
    sweep.finish(0);
    check(&sweep, &MODELS);
    let hungry = &sweep.results().results[3];
    assert_eq!((hungry.attempts, hungry.earlier_errors.len()), (2, 1), "the second round did not try it");
}

#[test]
fn jobs_that_were_never_tried_say_so() {
    let request = Request { jobs_per_part: 2.try_into().ok(), ..Request::default() };
    let sweep = Sweep::new(&[Model::Good(0), Model::Good(1), Model::Good(0)], request, 9);
    take(&sweep, Some(0));
    (0..10).for_each(|_| assert!(!sweep.step()));
    let path = sweep.home.round_dir(0).join("refused.json");
    let refusal: Refusal = read(&path).unwrap();
    let since = Timestamp::now() - SignedDuration::from_hours(1);
    write_json(&path, &Refusal { since, ..refusal }).unwrap();
    assert!(sweep.step());
    let results = sweep.results();
    assert_eq!(results.failed, 3);
    for record in &results.results {
        let failure = record.failure.as_ref().unwrap();
        assert_eq!((failure.kind, failure.cause), (FailureKind::NotSubmitted, Cause::NotSubmitted));
        assert_eq!(record.attempts, 0);
    }
}
