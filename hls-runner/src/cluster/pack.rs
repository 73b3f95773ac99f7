//! How tasks are cut into parts, and parts into arrays.

use std::num::NonZeroUsize;

use crate::cluster::files::{Array, Request, Round, Task};
use crate::cluster::forecast::Forecast;

/// A toolchain whose jobs need less memory than this has many jobs in a part.
const LIGHT: u64 = 4 << 30;
/// So many.
const JOBS_PER_PART: usize = 16;
/// So many of them at a time.
const AT_A_TIME: usize = 4;

const MIB: u64 = 1 << 20;

/// What a part looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) jobs_per_part: usize,
    /// Jobs that run at the same time.
    pub(super) at_a_time: usize,
    pub(super) cores: usize,
    /// In MiB.
    pub(super) memory: u64,
    /// No part asks for more minutes.
    pub(super) most_minutes: Option<u64>,
}

/// What the largest node has, and the longest job may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Most {
    /// In MiB.
    pub(super) memory: Option<u64>,
    pub(super) minutes: Option<u64>,
}

impl Shape {
    /// What a request asks for, where a job usually needs so many bytes.
    pub(super) fn new(request: &Request, usual_memory: u64) -> Self {
        let number =
            |given: Option<NonZeroUsize>, otherwise: usize| given.map_or(otherwise, NonZeroUsize::get);
        let is_light = usual_memory < LIGHT;
        let jobs_per_part = number(request.jobs_per_part, if is_light { JOBS_PER_PART } else { 1 });
        let seats = request.licences.iter().map(|licence| licence.count.get()).min().unwrap_or(usize::MAX);
        let at_a_time = number(request.at_a_time, AT_A_TIME).min(jobs_per_part).min(seats);
        let memory = request.memory.unwrap_or((usual_memory / MIB).max(1) * at_a_time as u64);
        let cores = number(request.cores, 1) * at_a_time;
        Self { jobs_per_part, at_a_time, cores, memory, most_minutes: None }
    }

    /// What it looks like in the first round, by jobs of an earlier sweep: what was asked for in numbers stays as it is.
    pub(super) fn at_first(self, forecast: &Forecast, request: &Request) -> Self {
        let later = self.later(forecast, request, Most::default());
        let memory = if request.memory.is_some() { self.memory } else { later.memory };
        Self { memory, most_minutes: request.time, ..later }
    }

    /// What it looks like once jobs are done: what was asked for was a guess. No part gets more than there is.
    pub(super) fn later(self, forecast: &Forecast, request: &Request, most: Most) -> Self {
        let memory = request.max_memory.into_iter().chain(most.memory).min().unwrap_or(u64::MAX);
        // Large jobs have parts of their own, however long they take.
        let may_vary = request.jobs_per_part.is_none() && self.jobs_per_part > 1;
        let jobs_per_part = forecast.jobs_per_part(self.at_a_time).filter(|_| may_vary);
        Self {
            jobs_per_part: jobs_per_part.unwrap_or(self.jobs_per_part),
            memory: forecast.memory(self.at_a_time).map_or(self.memory, |used| used.min(memory)),
            most_minutes: most.minutes,
            ..self
        }
    }

    /// How many parts of an array may run at the same time; `None` for all.
    pub(super) fn throttle(&self, request: &Request) -> Option<usize> {
        let seats = request.licences.iter().map(|licence| (licence.count.get() / self.at_a_time).max(1));
        seats.chain(request.max_running.map(NonZeroUsize::get)).min()
    }
}

/// Tasks that need the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Need {
    /// In MiB.
    pub(super) memory: u64,
    /// In minutes, at least; `None` for no limit of the sweep's own.
    pub(super) time: Option<u64>,
}

/// Arrays for tasks with their needs. An array has no more than `longest` parts: rather than making a second one, its parts get more tasks. Where there is
/// a time limit, it is at least what is expected of so many jobs.
pub(super) fn pack(tasks: Vec<(Need, Task)>, shape: &Shape, forecast: &Forecast, longest: usize) -> Round {
    let mut groups: Vec<(Need, Vec<Task>)> = Vec::new();
    for (need, task) in tasks {
        match groups.iter_mut().find(|(known, _)| *known == need) {
            Some((_, group)) => group.push(task),
            None => groups.push((need, vec![task])),
        }
    }
    let array = |(need, tasks): (Need, Vec<Task>)| {
        let length = shape.jobs_per_part.max(tasks.len().div_ceil(longest.max(1))).max(1);
        let expected = forecast.minutes(length.min(tasks.len()), shape.at_a_time).unwrap_or_default();
        let most = shape.most_minutes.unwrap_or(u64::MAX);
        let time = need.time.map(|minutes| minutes.max(expected).min(most));
        let parts = tasks.chunks(length).map(<[Task]>::to_vec).collect();
        Array { memory: need.memory, time, parts }
    };
    Round { arrays: groups.into_iter().map(array).collect(), ..Round::default() }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use crate::cluster::files::Licence;
    use crate::plan::jobs::JobId;
    use crate::record::job::{JobRecord, JobStatus};

    use super::*;

    fn tasks(count: usize, memory: u64) -> Vec<(Need, Task)> {
        let task = |job| Task { job: JobId(job), followers: Vec::new() };
        (0..count).map(|job| (Need { memory, time: None }, task(job))).collect()
    }

    #[test]
    fn no_array_is_longer_than_the_cluster_allows() {
        for (count, per_part, longest, parts, length) in [
            (1, 1, 101, 1, 1),
            (6, 2, 1001, 3, 2),
            (1200, 1, 101, 100, 12),
            (101, 1, 101, 101, 1),
            (5, 16, 1, 1, 5),
        ] {
            let shape =
                Shape { jobs_per_part: per_part, at_a_time: 1, cores: 1, memory: 100, most_minutes: None };
            let round = pack(tasks(count, 100), &shape, &Forecast::default(), longest);
            assert_eq!((round.arrays.len(), round.arrays[0].parts.len()), (1, parts), "{count} in {longest}");
            assert_eq!(round.arrays[0].parts[0].len(), length);
            let all: Vec<usize> = round.tasks().map(|(_, _, task)| task.job.0).collect();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_needs_more_is_in_an_array_of_its_own() {
        let mut mixed = tasks(3, 100);
        mixed[1].0.memory = 200;
        let shape = Shape::new(&Request::default(), 1 << 30);
        let round = pack(mixed, &shape, &Forecast::default(), 1001);
        let found: Vec<(u64, usize)> = round.arrays.iter().map(|a| (a.memory, a.parts[0].len())).collect();
        assert_eq!(found, [(100, 2), (200, 1)]);
    }

    #[test]
    fn requests_follow_the_toolchain_and_the_licences() {
        let four = NonZeroUsize::new(4).unwrap();
        let heavy = Shape::new(&Request::default(), 6 << 30);
        assert_eq!((heavy.jobs_per_part, heavy.at_a_time, heavy.cores, heavy.memory), (1, 1, 1, 6144));
        let light = Shape::new(&Request::default(), 1 << 30);
        assert_eq!((light.jobs_per_part, light.at_a_time, light.cores, light.memory), (16, 4, 4, 4096));
        let licences = vec![Licence { name: "vivado".into(), count: four }];
        let request =
            Request { licences, cores: NonZeroUsize::new(2), memory: Some(99), ..Request::default() };
        let licensed = Shape::new(&request, 6 << 30);
        assert_eq!((licensed.cores, licensed.memory, licensed.throttle(&request)), (2, 99, Some(4)));
        assert_eq!(
            Shape::new(&request, 1 << 30).throttle(&request),
            Some(1),
            "four jobs with a licence each"
        );
        let capped = Request { max_running: NonZeroUsize::new(3), ..request };
        assert_eq!(licensed.throttle(&capped), Some(3));
    }

    /// Jobs that took so many seconds and so many MiB each.
    fn measured(seconds: i64, mib: u64) -> Forecast {
        let record = JobRecord {
            status: JobStatus::Success,
            started: Some(Timestamp::UNIX_EPOCH),
            ended: Timestamp::from_second(seconds).ok(),
            peak_memory_bytes: Some(mib << 20),
            ..JobRecord::default()
        };
        Forecast::of(&vec![record; 5])
    }

    #[test]
    fn later_rounds_follow_what_was_measured_and_the_first_one_what_was_asked_for() {
        let number = NonZeroUsize::new;
        let given = Request { memory: Some(900), time: Some(10), ..Request::default() };
        let most = Most { memory: Some(3000), minutes: Some(60) };
        // A minute and 100 MiB each: four at a time.
        let light = Shape::new(&given, 1 << 30);
        let forecast = measured(60, 100);
        let first = light.at_first(&forecast, &given);
        assert_eq!((first.jobs_per_part, first.memory, first.most_minutes), (60, 900, Some(10)));
        let free = Request { memory: None, ..given.clone() };
        assert_eq!(light.at_first(&forecast, &free).memory, 696);
        let later = light.later(&forecast, &given, most);
        assert_eq!((later.jobs_per_part, later.memory, later.most_minutes), (60, 696, Some(60)));
        assert_eq!(light.later(&measured(60, 1000), &given, most).memory, 3000);
        let capped = Request { max_memory: Some(500), ..given.clone() };
        assert_eq!(light.later(&forecast, &capped, most).memory, 500);
        // A number that was given stays; so do parts of one large job each.
        let chosen = Request { jobs_per_part: number(8), ..given.clone() };
        assert_eq!(Shape::new(&chosen, 1 << 30).later(&forecast, &chosen, most).jobs_per_part, 8);
        assert_eq!(Shape::new(&given, 6 << 30).later(&forecast, &given, most).jobs_per_part, 1);
        // Limits of time follow the length of a part, up to what may be asked for.
        let need = |time| Need { memory: 1, time };
        let time = |shape: &Shape, count: usize, asked| {
            let tasks = tasks(count, 1).into_iter().map(|(_, task)| (need(asked), task)).collect();
            pack(tasks, shape, &forecast, 1001).arrays[0].time
        };
        assert_eq!(time(&later, 4, Some(1)), Some(6));
        assert_eq!(time(&later, 4, Some(30)), Some(30));
        assert_eq!(time(&later, 60, Some(1)), Some(48));
        assert_eq!(time(&later, 60, None), None);
        assert_eq!(time(&Shape { jobs_per_part: 200, ..later }, 200, Some(1)), Some(60));
        assert_eq!(time(&first, 60, Some(10)), Some(10));
    }
}
