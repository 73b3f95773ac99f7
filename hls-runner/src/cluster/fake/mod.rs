//! A property of sweeps on clusters, without any: whatever happens to parts and to those who take steps, each job is committed once, its record is what the results say,
//! and nothing is run for ever.
//!
//! In place of an engine there is a [`World`] that runs parts in this process, and lets them end as they do on clusters: never begun, told to end, dead with some of their notes unwritten,
//! run twice at the same time, taken for dead and alive all the same. Submissions get lost, or only the answer to them.

mod refused;
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use proptest::prelude::*;
use tempfile::TempDir;

use crate::cluster::begin::begin;
use crate::cluster::collect::{Progress, step_on};
use crate::cluster::engine::{End, State};
use crate::cluster::error::ClusterError;
use crate::cluster::files::{Home, Order, Request};
use crate::cluster::part::{Address, run_part_on};
use crate::cluster::plan::{keep_plan, plan_jobs};
use crate::plan::discover::discover;
use crate::plan::jobs::plan;
use crate::process::cancel::CancelToken;
use crate::record::job::{JobRecord, JobStatus};
use crate::record::sweep::SweepRecord;
use crate::sweep::admission::Admission;
use crate::sweep::options::SweepOptions;
use crate::toolchain::project::Converter;
use crate::toolchain::run::Toolchain;
use world::{Fake, Fate, Known, Model, PartOf, Projects, World, tools};

/// In so many rounds anything may happen; afterwards the cluster is a good one, so that no job is given up.
const BAD_ROUNDS: usize = 2;
/// So many steps are enough for any sweep of these.
const MOST_STEPS: usize = 60;

/// What happens next.
#[derive(Debug, Clone)]
enum Action {
    /// Somebody takes a step.
    Step,
    /// Somebody takes a step and dies of a submission: whether it was made all the same.
    StepThatDies { submitted: bool },
    /// A part that waits is run, and ends like this.
    Run { which: usize, fate: Fate },
    /// One that hangs goes on.
    Release { which: usize },
    /// The engine forgets what is over.
    Forget,
}

fn fates() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Well),
        1 => Just(Fate::NeverBegins),
        2 => (0_usize..9).prop_map(|notes| Fate::Dies { notes }),
        1 => (0_usize..3).prop_map(|tool| Fate::ToldToEnd { tool }),
        2 => (0_usize..3, any::<bool>())
            .prop_map(|(tool, taken_for_dead)| Fate::Hangs { tool, taken_for_dead }),
        1 => (0_usize..3).prop_map(|tool| Fate::Twice { tool }),
    ]
}

fn actions() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => Just(Action::Step),
        1 => any::<bool>().prop_map(|submitted| Action::StepThatDies { submitted }),
        6 => (any::<prop::sample::Index>(), fates())
            .prop_map(|(which, fate)| Action::Run { which: which.index(1 << 10), fate }),
        1 => (0_usize..4).prop_map(|which| Action::Release { which }),
        1 => Just(Action::Forget),
    ]
}

fn models() -> impl Strategy<Value = Model> {
    // Few different ones: some are identical.
    prop_oneof![
        6 => (0_u8..5).prop_map(Model::Good),
        1 => (0_u8..2).prop_map(Model::Fleeting),
        1 => (0_u8..2).prop_map(Model::Hungry),
        1 => Just(Model::Broken),
    ]
}

/// A part that hangs.
struct Hanging {
    part: PartOf,
    id: String,
    go_on: Sender<()>,
    thread: JoinHandle<()>,
}

struct Sweep {
    dir: TempDir,
    home: Home,
    world: Arc<World>,
    longest: usize,
    hanging: Vec<Hanging>,
}

impl Sweep {
    fn new(models: &[Model], request: Request, longest: usize) -> Self {
        // In memory, where that is possible: nothing here is about disks.
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let input = dir.path().join("in");
        fs::create_dir(&input).unwrap();
        for (number, model) in models.iter().enumerate() {
            fs::write(input.join(format!("m{number}.h5")), model.text()).unwrap();
        }
        let world = Arc::new(World::default());
        let found = discover(&input, "*.h5").unwrap().select(None, None).unwrap();
        let plan = plan(&input, Some(&dir.path().join("out")), found).unwrap();
        let order = Order::new(Vec::new(), dir.path().to_owned(), "hls-cli".into(), "slurm", request);
        let (home, _) = begin(&plan.output_dir, order).unwrap();
        let tools = tools(&world, Fate::Well, &CancelToken::new());
        let planned = plan_jobs(&plan, &SweepOptions::default(), &Projects, &tools, 1 << 20).unwrap();
        keep_plan(&home, &planned).unwrap();
        Self { dir, home, world, longest, hanging: Vec::new() }
    }

    fn engine(&self, own: Option<&str>) -> Fake {
        Fake { world: Arc::clone(&self.world), longest: self.longest, own: own.map(str::to_owned) }
    }

    /// Takes a step; whether all is over. One that dies is taken again later by somebody else.
    fn step(&self) -> bool {
        match step_on(&self.home, &self.engine(None)) {
            Ok(progress) => matches!(progress, Progress::Over { .. }),
            Err(ClusterError::NotTaken { .. }) => false,
            Err(error) => panic!("{error}: {error:?}"),
        }
    }

    fn act(&mut self, action: &Action) {
        match action {
            Action::Step => {
                self.step();
            }
            Action::StepThatDies { submitted } => {
                self.world.deaths.lock().unwrap().push_back(*submitted);
                self.step();
                self.world.deaths.lock().unwrap().clear();
            }
            Action::Run { which, fate } => {
                let waiting = self.world.waiting();
                let Some(known) = waiting.get(which % waiting.len().max(1)) else { return };
                let is_bad = known.part.is_some_and(|(round, ..)| round < BAD_ROUNDS);
                self.run(known, if is_bad { *fate } else { Fate::Well });
            }
            Action::Release { which } => {
                if *which < self.hanging.len() {
                    let hanging = self.hanging.swap_remove(*which);
                    self.release(hanging);
                }
            }
            Action::Forget => {
                let mut known = self.world.known.lock().unwrap();
                for known in known.iter_mut().filter(|known| !known.element.is_alive()) {
                    known.name.clear();
                }
            }
        }
    }

    fn release(&self, hanging: Hanging) {
        let _ = hanging.go_on.send(());
        hanging.thread.join().unwrap();
        self.world.set(hanging.part, &hanging.id, &State::Ended(End::Otherwise));
    }

    fn run(&mut self, known: &Known, fate: Fate) {
        let Some(part) = known.part else { return };
        let id = known.element.id.clone();
        let ended = State::Ended(End::Otherwise);
        match fate {
            Fate::NeverBegins => {}
            Fate::Well | Fate::ToldToEnd { .. } => self.start(part, &id, fate).0.join().unwrap(),
            Fate::Dies { notes } => {
                let before = self.notes(part.0);
                self.start(part, &id, fate).0.join().unwrap();
                for path in self.notes(part.0).into_iter().filter(|path| !before.contains(path)) {
                    let text = fs::read_to_string(&path).unwrap();
                    let written: String = text.split_inclusive('\n').take(notes).collect();
                    // Steps read on where they stopped, but none was taken meanwhile.
                    fs::write(&path, written).unwrap();
                }
            }
            Fate::Hangs { taken_for_dead, .. } => {
                if let Some(hanging) = self.start_hanging(part, &id, fate) {
                    self.hanging.push(hanging);
                    let state = if taken_for_dead { ended } else { State::Running };
                    return self.world.set(part, &id, &state);
                }
            }
            Fate::Twice { .. } => {
                let first = self.start_hanging(part, &id, fate);
                self.start(part, &id, Fate::Well).0.join().unwrap();
                self.hanging.extend(first);
            }
        }
        self.world.set(part, &id, &ended);
    }

    /// Starts a part; `None` if it ended before it could hang.
    fn start_hanging(&self, part: PartOf, id: &str, fate: Fate) -> Option<Hanging> {
        let (thread, hangs, go_on) = self.start(part, id, fate);
        match hangs.recv() {
            Ok(()) => Some(Hanging { part, id: id.to_owned(), go_on, thread }),
            Err(_) => {
                thread.join().unwrap();
                None
            }
        }
    }

    fn start(
        &self,
        (round, array, index): PartOf,
        id: &str,
        fate: Fate,
    ) -> (JoinHandle<()>, Receiver<()>, Sender<()>) {
        let (hangs, sees_it) = channel();
        let (go_on, waits) = channel();
        let (home, engine) = (self.home.clone(), self.engine(Some(id)));
        let cancel = CancelToken::new();
        let tools = tools(&self.world, fate, &cancel);
        *tools.hang.lock().unwrap() = Some((hangs, waits));
        let thread = std::thread::spawn(move || {
            let address = Address { round, array, index };
            let both = Ok((&Projects as &dyn Converter, &tools as &dyn Toolchain));
            run_part_on(&engine, &home, address, both, Admission::default(), None, &cancel).unwrap();
        });
        (thread, sees_it, go_on)
    }

    fn notes(&self, round: usize) -> Vec<PathBuf> {
        let folder = self.home.round_dir(round).join("notes");
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    }

    /// From here on nothing bad happens; parts that hang go on after so many turns, or when all is over.
    fn finish(&mut self, patience: usize) {
        for turn in 0..MOST_STEPS {
            let is_over = self.step();
            for known in self.world.waiting() {
                self.run(&known, Fate::Well);
            }
            let alive = |hanging: &Hanging| {
                let known = self.world.known.lock().unwrap();
                known.iter().any(|known| known.element.id == hanging.id && known.element.is_alive())
            };
            // Those that the engine takes for dead keep nobody waiting.
            let goes_on = |hanging: &Hanging| is_over || turn >= patience || alive(hanging);
            let (now, later) = std::mem::take(&mut self.hanging).into_iter().partition(goes_on);
            self.hanging = later;
            Vec::into_iter(now).for_each(|hanging| self.release(hanging));
            if is_over {
                // Whoever looks last sees all.
                assert!(self.step());
                return;
            }
        }
        panic!("the sweep does not end: {:?}", self.world.known.lock().unwrap());
    }

    fn results(&self) -> SweepRecord {
        let text = fs::read_to_string(self.dir.path().join("out/synthesis_results.json")).unwrap();
        SweepRecord::parse(&text).unwrap()
    }
}

/// What is in the output folder is what the results say, once for each job.
fn check(sweep: &Sweep, models: &[Model]) {
    let results = sweep.results();
    assert_eq!(results.results.len(), models.len());
    assert!(results.ended.is_some());
    let mut folders: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for (record, model) in results.results.iter().zip(models) {
        let folder = &record.job.folder;
        *folders.entry(folder.clone()).or_default() += 1;
        if matches!(model, Model::Broken) {
            assert_eq!(record.status, JobStatus::Failed);
            assert!(!folder.exists(), "{}", folder.display());
            continue;
        }
        assert_eq!(record.status, JobStatus::Success, "{}: {:?}", record.job.name, record.failure);
        let number = fs::read_to_string(folder.join("number")).unwrap();
        let committed: JobRecord =
            serde_json::from_slice(&fs::read(folder.join(".hls-job.json")).unwrap()).unwrap();
        let numbers = [number];
        assert_eq!(record.warnings, numbers, "the results are those of another run");
        assert_eq!(committed.warnings, numbers);
        assert_eq!(
            (&committed.fingerprint, &committed.kept_files),
            (&record.fingerprint, &record.kept_files)
        );
        assert_eq!(committed.identical_to, record.identical_to);
        assert!(record.tarball.as_ref().is_some_and(|archive| archive.is_file()));
    }
    assert!(folders.values().all(|count| *count == 1));
    let out = sweep.dir.path().join("out");
    let there = fs::read_dir(&out).unwrap().flatten();
    let there: Vec<_> = there.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    assert!(there.iter().all(|path| path.ends_with(".hls-sweep") || folders.contains_key(path)), "{there:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_job_is_committed_once_and_is_what_the_results_say(
        models in prop::collection::vec(models(), 1..8),
        jobs_per_part in 1_usize..4,
        at_a_time in 1_usize..3,
        longest in 1_usize..5,
        patience in 0_usize..5,
        actions in prop::collection::vec(actions(), 0..25),
    ) {
        let request = Request {
            jobs_per_part: jobs_per_part.try_into().ok(),
            at_a_time: at_a_time.try_into().ok(),
            retries: 1,
            ..Request::default()
        };
        let mut sweep = Sweep::new(&models, request, longest);
        actions.iter().for_each(|action| sweep.act(action));
        sweep.finish(patience);
        check(&sweep, &models);
    }
}
