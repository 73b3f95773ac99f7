//! Processes that talk through queues, and when each of their steps happens.
//!
//! A process does the same steps for each sample, in order. A step first reads (and waits until all tokens are there), then writes (and waits
//! until there is room). Such a network is determinate: which tokens flow, and whether it comes to a standstill, does not depend on how long
//! anything takes. So a run with one set of times proves for every other that depths are large enough.

use super::Stuck;

/// Processes and queues.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Network {
    pub processes: Vec<Process>,
    /// Number of queues, which are numbered from 0.
    pub queues: usize,
}

/// What reads and writes queues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process {
    /// The queues that it reads, each read by no other.
    pub inputs: Vec<usize>,
    /// The queues that it writes, each written by no other.
    pub outputs: Vec<usize>,
    /// What it does for one sample: steps, and how many times each is done before the next.
    pub steps: Vec<(Step, usize)>,
    /// Cycles from a step's reading to its writing.
    pub latency: u64,
}

/// One step of a process: at most one token of each queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub reads: Ports,
    pub writes: Ports,
    /// Cycles until the next step can begin.
    pub interval: u64,
}

/// Some of a process's inputs or outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ports {
    None,
    All,
    Only(usize),
}

/// When tokens were written and read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Traffic {
    written: Vec<u64>,
    read: Vec<u64>,
}

/// A run of a network to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// For each queue.
    pub traffic: Vec<Traffic>,
    /// The cycle in which the last process has done everything for the last sample.
    pub end: u64,
}

/// How far a process is.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    sample: usize,
    entry: usize,
    repeat: usize,
    /// When the next step can begin.
    ready: u64,
    /// When the current step has read, once it has.
    has_read: Option<u64>,
}

impl Ports {
    /// The queues among those of a process.
    pub fn of(self, queues: &[usize]) -> &[usize] {
        match self {
            Self::None => &[],
            Self::All => queues,
            Self::Only(port) => queues.get(port..=port).unwrap_or_default(),
        }
    }
}

impl Process {
    /// Steps for one sample.
    pub fn len(&self) -> usize {
        self.steps.iter().map(|(_, repeats)| repeats).sum()
    }
}

impl Network {
    /// Lets `samples` samples through. `depths` has the places of each queue; `None` for one that never fills up.
    ///
    /// # Errors
    /// Nothing can go on although not everything is done.
    pub fn run(&self, samples: usize, depths: &[Option<usize>]) -> Result<Run, Stuck> {
        let mut traffic = vec![Traffic::default(); self.queues];
        let mut progress = vec![Progress::default(); self.processes.len()];
        let mut end = 0;
        loop {
            let mut moved = false;
            for (process, progress) in self.processes.iter().zip(&mut progress) {
                while progress.sample < samples && advance(process, progress, &mut traffic, depths) {
                    moved = true;
                }
                end = end.max(progress.ready);
            }
            if !moved {
                break;
            }
        }
        match progress.iter().position(|progress| progress.sample < samples) {
            None => Ok(Run { traffic, end }),
            Some(_) => Err(self.stuck(samples, &progress, &traffic, depths)),
        }
    }

    /// Who waits for what.
    fn stuck(
        &self,
        samples: usize,
        progress: &[Progress],
        traffic: &[Traffic],
        depths: &[Option<usize>],
    ) -> Stuck {
        let is_empty = |queue: &usize| traffic[*queue].arrival().is_none();
        let is_full = |queue: &usize| traffic[*queue].room(depth_of(depths, *queue)).is_none();
        let waiting = self.processes.iter().zip(progress).filter(|(_, progress)| progress.sample < samples);
        let mut stuck = Stuck::default();
        for (process, progress) in waiting {
            let Some((step, _)) = process.steps.get(progress.entry) else { continue };
            match progress.has_read {
                None => stuck.empty.extend(step.reads.of(&process.inputs).iter().filter(|q| is_empty(q))),
                Some(_) => stuck.full.extend(step.writes.of(&process.outputs).iter().filter(|q| is_full(q))),
            }
        }
        stuck
    }
}

/// The places of a queue, if it can fill up.
fn depth_of(depths: &[Option<usize>], queue: usize) -> Option<usize> {
    depths.get(queue).copied().flatten()
}

/// Does the reading or the writing of a process's next step, if it can be done.
fn advance(
    process: &Process,
    progress: &mut Progress,
    traffic: &mut [Traffic],
    depths: &[Option<usize>],
) -> bool {
    let Some(&(step, repeats)) = process.steps.get(progress.entry) else {
        // Nothing to do for a sample.
        progress.sample += 1;
        return true;
    };
    let Some(read) = progress.has_read else {
        return read_step(process, step, progress, traffic);
    };
    let Some(written) = write_step(process, step, read + process.latency, traffic, depths) else {
        return false;
    };
    // A pipeline that waits to write waits as a whole.
    progress.ready = read.max(written.saturating_sub(process.latency)) + step.interval;
    progress.has_read = None;
    progress.repeat += 1;
    if progress.repeat >= repeats {
        progress.repeat = 0;
        progress.entry += 1;
    }
    if progress.entry == process.steps.len() {
        progress.entry = 0;
        progress.sample += 1;
    }
    true
}

fn read_step(process: &Process, step: Step, progress: &mut Progress, traffic: &mut [Traffic]) -> bool {
    let queues = step.reads.of(&process.inputs);
    let arrivals = queues.iter().map(|&queue| traffic[queue].arrival());
    let Some(time) =
        arrivals.chain([Some(progress.ready)]).try_fold(0, |latest, time| Some(time?.max(latest)))
    else {
        return false;
    };
    for &queue in queues {
        traffic[queue].read.push(time);
    }
    progress.has_read = Some(time);
    true
}

/// When the step writes, if there is room.
fn write_step(
    process: &Process,
    step: Step,
    earliest: u64,
    traffic: &mut [Traffic],
    depths: &[Option<usize>],
) -> Option<u64> {
    let queues = step.writes.of(&process.outputs);
    let rooms = queues.iter().map(|&queue| traffic[queue].room(depth_of(depths, queue)));
    let time = rooms.chain([Some(earliest)]).try_fold(0, |latest, time| Some(time?.max(latest)))?;
    for &queue in queues {
        traffic[queue].written.push(time);
    }
    Some(time)
}

impl Traffic {
    /// When the next token can be read: the cycle after it was written. `None` if it is not there.
    fn arrival(&self) -> Option<u64> {
        self.written.get(self.read.len()).map(|time| time + 1)
    }

    /// When there is room for the next token: the cycle after the one `depth` places before it was read. `None` if that has not been read.
    fn room(&self, depth: Option<usize>) -> Option<u64> {
        match depth.and_then(|depth| self.written.len().checked_sub(depth.max(1))) {
            None => Some(0),
            Some(before) => self.read.get(before).map(|time| time + 1),
        }
    }

    /// The most tokens at one time.
    pub fn highest(&self) -> usize {
        // Both lists are sorted. A token leaves after the cycle in which it is read.
        let mut gone = 0;
        let mut highest = 0;
        for (written, &time) in self.written.iter().enumerate() {
            while self.read.get(gone).is_some_and(|&read| read < time) {
                gone += 1;
            }
            highest = highest.max(written + 1 - gone);
        }
        highest
    }

    /// Tokens that nobody has read.
    pub fn left_over(&self) -> usize {
        self.written.len() - self.read.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn step(reads: Ports, writes: Ports) -> Step {
        Step { reads, writes, interval: 1 }
    }

    fn process(inputs: &[usize], outputs: &[usize], steps: &[(Step, usize)]) -> Process {
        Process { inputs: inputs.into(), outputs: outputs.into(), steps: steps.into(), latency: 1 }
    }

    /// One source, a fork of which one branch reads everything before it writes, and a join that needs both at once.
    fn diamond(tokens: usize) -> Network {
        let each = [(step(Ports::All, Ports::All), tokens)];
        let late = [(step(Ports::All, Ports::None), tokens), (step(Ports::None, Ports::All), tokens)];
        let processes = vec![
            process(&[], &[0], &[(step(Ports::None, Ports::All), tokens)]),
            process(&[0], &[1, 2], &each),
            process(&[1], &[3], &late),
            process(&[2, 3], &[], &[(step(Ports::All, Ports::None), tokens)]),
        ];
        Network { processes, queues: 4 }
    }

    #[test]
    fn a_chain_needs_one_or_two_places() {
        let each = [(step(Ports::All, Ports::All), 10)];
        let processes = vec![
            process(&[], &[0], &[(step(Ports::None, Ports::All), 10)]),
            process(&[0], &[1], &each),
            process(&[1], &[], &[(step(Ports::All, Ports::None), 10)]),
        ];
        let network = Network { processes, queues: 2 };
        let run = network.run(3, &[None, None]).expect("no queue is ever full");
        assert!(run.traffic.iter().all(|queue| queue.highest() <= 2 && queue.left_over() == 0), "{run:?}");
    }

    #[test]
    fn the_short_branch_of_a_fork_must_hold_what_the_long_one_reads_first() {
        let network = diamond(6);
        let run = network.run(1, &[None; 4]).expect("no queue is ever full");
        assert_eq!(run.traffic[2].highest(), 6);
        assert_eq!(network.run(1, &[None, None, Some(6), None]), Ok(run));
        // The fork holds one more in its hands, and then waits for ever to write it.
        let stuck = network.run(1, &[None, None, Some(3), None]).expect_err("a standstill");
        assert_eq!((stuck.full, stuck.empty), (vec![2], vec![1, 3]));
    }

    proptest! {
        #[test]
        fn depths_as_high_as_the_queues_ever_were_change_no_time(
            tokens in 1_usize..20, samples in 1_usize..4, latencies in prop::array::uniform4(0_u64..9), intervals in prop::array::uniform4(1_u64..5),
        ) {
            let mut network = diamond(tokens);
            for (process, (latency, interval)) in network.processes.iter_mut().zip(latencies.into_iter().zip(intervals)) {
                process.latency = latency;
                process.steps.iter_mut().for_each(|(step, _)| step.interval = interval);
            }
            let free = network.run(samples, &[None; 4]).expect("no queue is ever full");
            let depths: Vec<_> = free.traffic.iter().map(|queue| Some(queue.highest())).collect();
            prop_assert_eq!(network.run(samples, &depths), Ok(free));
            // Other times, same depths: slower perhaps, but never a standstill.
            network.processes.iter_mut().for_each(|process| process.latency += 3);
            network.processes[1].steps[0].0.interval += 2;
            prop_assert!(network.run(samples, &depths).is_ok());
        }
    }
}
