//! Which job comes next.

use std::collections::{HashMap, VecDeque};

use crate::plan::fingerprint::Fingerprint;
use crate::plan::jobs::{Job, JobId, Plan};
use crate::record::job::JobRecord;

/// What a worker does for a job.
#[derive(Debug, Clone)]
pub(crate) enum Task<'a> {
    /// Everything.
    Run(&'a Job),
    /// An identical model's job is done: its results are this one's too.
    Copy { job: &'a Job, of: Box<JobRecord> },
}

impl<'a> Task<'a> {
    pub(crate) fn job(&self) -> &'a Job {
        match self {
            Self::Run(job) | Self::Copy { job, .. } => job,
        }
    }
}

/// The jobs that are not over.
pub(crate) struct Schedule<'a> {
    jobs: &'a [Job],
    workers: usize,
    running: usize,
    ready: VecDeque<Task<'a>>,
    /// The first job with each fingerprint: it is run, the others wait for it.
    first: HashMap<Fingerprint, JobId>,
    /// Jobs that wait for the one that is the same.
    followers: HashMap<JobId, Vec<JobId>>,
}

impl<'a> Schedule<'a> {
    /// All jobs of the plan, in its order.
    pub(crate) fn new(plan: &'a Plan, workers: usize) -> Self {
        Self {
            jobs: &plan.jobs,
            workers,
            running: 0,
            ready: plan.jobs.iter().map(Task::Run).collect(),
            first: HashMap::new(),
            followers: HashMap::new(),
        }
    }

    /// Lets a job wait if there is an earlier one with the same fingerprint.
    pub(crate) fn identify(&mut self, job: &Job, fingerprint: &Fingerprint) {
        match self.first.get(fingerprint) {
            Some(first) => {
                self.followers.entry(*first).or_default().push(job.id);
                self.ready.retain(|task| task.job().id != job.id);
            }
            None => {
                self.first.insert(fingerprint.clone(), job.id);
            }
        }
    }

    /// An earlier run did the job: it is taken out, and those that wait for it get its results.
    pub(crate) fn resumed(&mut self, record: &JobRecord) {
        let job = record.job.id;
        self.ready.retain(|task| task.job().id != job);
        for followers in self.followers.values_mut() {
            followers.retain(|follower| *follower != job);
        }
        self.pass_on(record);
    }

    /// Whether a worker is free and a job for it is there.
    pub(crate) fn has_next(&self) -> bool {
        self.running < self.workers && !self.ready.is_empty()
    }

    /// What a free worker does next.
    pub(crate) fn next(&mut self) -> Option<Task<'a>> {
        let task = self.ready.pop_front()?;
        self.running += 1;
        Some(task)
    }

    /// How many jobs workers have.
    pub(crate) fn running(&self) -> usize {
        self.running
    }

    /// A job that a worker had is to be tried again, after all others.
    pub(crate) fn again(&mut self, job: JobId) {
        self.running -= 1;
        self.ready.extend(self.jobs.get(job.0).map(Task::Run));
    }

    /// A job that a worker had is over; those that waited for it get `results`, if there are any.
    pub(crate) fn finished(&mut self, job: JobId, results: Option<&JobRecord>) {
        self.running -= 1;
        match results {
            Some(record) => self.pass_on(record),
            None => drop(self.followers.remove(&job)),
        }
    }

    fn pass_on(&mut self, record: &JobRecord) {
        let followers = self.followers.remove(&record.job.id).unwrap_or_default();
        for follower in followers.iter().rev().filter_map(|id| self.jobs.get(id.0)) {
            self.ready.push_front(Task::Copy { job: follower, of: Box::new(record.clone()) });
        }
    }

    /// Begins nothing any more.
    pub(crate) fn stop(&mut self) {
        self.ready.clear();
        self.followers.clear();
    }

    /// Whether every job has been begun.
    pub(crate) fn is_all_begun(&self) -> bool {
        self.ready.is_empty()
    }

    /// Whether nothing runs and nothing is left to begin.
    pub(crate) fn is_over(&self) -> bool {
        self.running == 0 && self.ready.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    use crate::plan::grid::Grid;

    /// A plan whose models have these contents.
    fn plan_of(contents: &[&str]) -> (Plan, Vec<Fingerprint>) {
        let job = |index: usize| Job { id: JobId(index), ..Job::default() };
        let jobs = (0..contents.len()).map(job).collect();
        let prints = contents.iter().map(|text| serde_json::from_value((*text).into()).unwrap());
        let plan = Plan { input_dirs: Vec::new(), output_dir: PathBuf::new(), grid: Grid::default(), jobs };
        (plan, prints.collect())
    }

    fn scheduled<'a>(plan: &'a Plan, prints: &[Fingerprint]) -> Schedule<'a> {
        let mut schedule = Schedule::new(plan, 2);
        for (job, print) in plan.jobs.iter().zip(prints) {
            schedule.identify(job, print);
        }
        schedule
    }

    fn record(plan: &Plan, index: usize) -> JobRecord {
        JobRecord { job: plan.jobs[index].clone(), ..JobRecord::default() }
    }

    /// The task as text: `3` runs job 3, `3<1` gives it the results of job 1.
    fn next(schedule: &mut Schedule<'_>) -> String {
        match schedule.has_next().then(|| schedule.next()).flatten() {
            Some(Task::Run(job)) => job.id.0.to_string(),
            Some(Task::Copy { job, of }) => format!("{}<{}", job.id.0, of.job.id.0),
            None => "-".into(),
        }
    }

    #[test]
    fn identical_jobs_wait_for_the_first_and_go_next() {
        let (plan, prints) = plan_of(&["a", "b", "a", "c", "a"]);
        let mut schedule = scheduled(&plan, &prints);
        assert_eq!([0; 3].map(|_| next(&mut schedule)), ["0", "1", "-"]);
        schedule.finished(JobId(0), Some(&record(&plan, 0)));
        assert_eq!([0; 2].map(|_| next(&mut schedule)), ["2<0", "-"]);
        schedule.finished(JobId(1), Some(&record(&plan, 1)));
        schedule.finished(JobId(2), Some(&record(&plan, 2)));
        assert_eq!([0; 3].map(|_| next(&mut schedule)), ["4<0", "3", "-"]);
        schedule.finished(JobId(4), None);
        assert!(!schedule.is_over());
        schedule.again(JobId(3));
        assert_eq!([0; 2].map(|_| next(&mut schedule)), ["3", "-"]);
        schedule.finished(JobId(3), None);
        assert!(schedule.is_over());
    }

    #[test]
    fn what_an_earlier_run_did_is_left_out_and_passed_on() {
        let (plan, prints) = plan_of(&["a", "b", "a", "b", "a"]);
        let mut schedule = scheduled(&plan, &prints);
        // Of the first trio the first and the last are there, of the pair only the second.
        for index in [0, 3, 4] {
            schedule.resumed(&record(&plan, index));
        }
        assert_eq!([0; 3].map(|_| next(&mut schedule)), ["2<0", "1", "-"]);
    }

    #[test]
    fn after_a_stop_nothing_begins() {
        let (plan, prints) = plan_of(&["a", "b", "a"]);
        let mut schedule = scheduled(&plan, &prints);
        assert_eq!(next(&mut schedule), "0");
        schedule.stop();
        schedule.finished(JobId(0), None);
        assert!(schedule.is_over());
    }
}
