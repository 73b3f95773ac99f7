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
        Self { jobs_per_part, at_a_time, cores: number(request.cores, 1) * at_a_time, memory }
    }

    /// What it looks like in the first round, by jobs of an earlier sweep: what was asked for in numbers stays as it is.
    pub(super) fn at_first(self, forecast: &Forecast, request: &Request) -> Self {
        let later = self.later(forecast, request, None);
        Self { memory: if request.memory.is_some() { self.memory } else { later.memory }, ..later }
    }

    /// What it looks like once jobs are done: what was asked for was a guess. No part gets more than `most` MiB.
    pub(super) fn later(self, forecast: &Forecast, request: &Request, most: Option<u64>) -> Self {
        let most = request.max_memory.into_iter().chain(most).min().unwrap_or(u64::MAX);
        // Large jobs have parts of their own, however long they take.
        let may_vary = request.jobs_per_part.is_none() && self.jobs_per_part > 1;
        let jobs_per_part = forecast.jobs_per_part(self.at_a_time).filter(|_| may_vary);
        Self {
            jobs_per_part: jobs_per_part.unwrap_or(self.jobs_per_part),
            memory: forecast.memory(self.at_a_time).map_or(self.memory, |memory| memory.min(most)),
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
        let time = need.time.map(|minutes| minutes.max(expected));
        let parts = tasks.chunks(length).map(<[Task]>::to_vec).collect();
        Array { memory: need.memory, time, parts }
    };
    Round { arrays: groups.into_iter().map(array).collect(), ..Round::default() }
}

#[cfg(test)]
mod tests {
    use crate::cluster::files::Licence;
    use crate::plan::jobs::JobId;

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
            let shape = Shape { jobs_per_part: per_part, at_a_time: 1, cores: 1, memory: 100 };
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
}
