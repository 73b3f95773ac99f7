//! A property of sweeps on clusters, without any: whatever happens to parts and to those who take steps, each job is committed once, its record is what the results say,
//! and nothing is run for ever.
//!
//! In place of an engine there is a [`World`] that runs parts in this process, and lets them end as they do on clusters: never begun, told to end, dead with some of their notes unwritten,
//! run twice at the same time, taken for dead and alive all the same. Submissions get lost, or only the answer to them.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use crate::cluster::begin::begin;
use crate::cluster::collect::{Progress, step_on};
use crate::cluster::engine::{Element, End, Engine, State, Submission, Submitted, Work};
use crate::cluster::error::ClusterError;
use crate::cluster::files::{Home, Order, Request};
use crate::cluster::part::{Address, run_part_on};
use crate::cluster::plan::{keep_plan, plan_jobs};
use crate::folder::retain::{DefaultRetention, KeepList};
use crate::plan::discover::discover;
use crate::plan::jobs::plan;
use crate::process::cancel::CancelToken;
use crate::record::failure::{Cause, FailureKind};
use crate::record::job::{JobRecord, JobStatus};
use crate::record::process::Exit;
use crate::record::stage::{Stage, StageSet};
use crate::record::sweep::SweepRecord;
use crate::sweep::admission::Admission;
use crate::sweep::options::SweepOptions;
use crate::toolchain::error::ToolError;
use crate::toolchain::findings::Findings;
use crate::toolchain::project::{ConvertError, ConvertedProject, Converter};
use crate::toolchain::run::{Run, Toolchain};
use crate::toolchain::stage::StageSpec;

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

#[derive(Debug, Clone, Copy)]
enum Fate {
    Well,
    /// It never begins.
    NeverBegins,
    /// It dies when so many of its notes are written; what it has committed is committed.
    Dies { notes: usize },
    /// It is told to end when it begins this one of its tools.
    ToldToEnd { tool: usize },
    /// It hangs at this one of its tools, and goes on later; the engine may take it for dead meanwhile.
    Hangs { tool: usize, taken_for_dead: bool },
    /// It runs again after it hangs, as the same part: both go on.
    Twice { tool: usize },
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

/// What a converter reads in place of a model.
#[derive(Debug, Clone, Copy)]
enum Model {
    Good(u8),
    /// Fails once for a reason that may pass.
    Fleeting(u8),
    Broken,
}

fn models() -> impl Strategy<Value = Model> {
    // Few different ones: some are identical.
    prop_oneof![
        6 => (0_u8..5).prop_map(Model::Good),
        1 => (0_u8..2).prop_map(Model::Fleeting),
        1 => Just(Model::Broken),
    ]
}

struct Projects;

impl Converter for Projects {
    fn convert(&self, model: &Path, folder: &Path) -> Result<ConvertedProject, ConvertError> {
        let text = fs::read_to_string(model)?;
        if text == "Broken" {
            return Err("it has no layers".into());
        }
        fs::write(folder.join("model"), text)?;
        fs::write(folder.join("project.tcl"), "set project_name p\n")?;
        Ok(ConvertedProject { name: "p".into(), ..ConvertedProject::default() })
    }
}

/// The tools of one part: each call writes a number of its own into the project and into the record.
struct Tools {
    world: Arc<World>,
    fate: Fate,
    calls: Mutex<usize>,
    cancel: CancelToken,
    /// Tells that it hangs, and waits until it may go on.
    hang: Mutex<Option<(Sender<()>, Receiver<()>)>>,
}

impl Toolchain for Tools {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn program(&self) -> &Path {
        Path::new("/bin/true")
    }

    fn stages(&self) -> &[StageSpec] {
        const { &[StageSpec::new("synth", "Do nothing")] }
    }

    fn keep_list(&self, _project: &str) -> KeepList {
        let reports = ["project.tcl", "number"].map(PathBuf::from).to_vec();
        KeepList { reports, disposable: Vec::new(), by_default: DefaultRetention::Reports }
    }

    fn run(
        &self,
        _project: &ConvertedProject,
        folder: &Path,
        _stages: &StageSet,
        _run: &Run<'_>,
    ) -> Result<Findings, ToolError> {
        let call = {
            let mut calls = self.calls.lock().unwrap();
            *calls += 1;
            *calls - 1
        };
        match self.fate {
            Fate::ToldToEnd { tool } if call >= tool => {
                self.cancel.cancel();
                return Err(ToolError::Ended {
                    tool: "fake".into(),
                    exit: Exit::Cancelled,
                    stage: None,
                    killed_for_memory: false,
                    logs: Vec::new(),
                });
            }
            Fate::Hangs { tool, .. } | Fate::Twice { tool } if call == tool => {
                if let Some((hangs, go_on)) = self.hang.lock().unwrap().take() {
                    let _ = hangs.send(());
                    let _ = go_on.recv();
                }
            }
            _ => {}
        }
        let model = fs::read_to_string(folder.join("model")).unwrap();
        if model.starts_with("Fleeting") && self.world.is_first(&model) {
            return Err(ToolError::Wrong {
                stage: Stage::new("synth"),
                kind: FailureKind::ToolFailed,
                cause: Cause::LicenceMissing,
                source: "no licence".into(),
                logs: Vec::new(),
            });
        }
        let number = self.world.number();
        fs::write(folder.join("number"), &number).unwrap();
        Ok(Findings { warnings: vec![number], ..Findings::default() })
    }
}

/// The cluster.
#[derive(Default)]
struct World {
    known: Mutex<Vec<Known>>,
    /// How the next submissions die: whether they were made.
    deaths: Mutex<VecDeque<bool>>,
    numbers: Mutex<usize>,
    tried: Mutex<Vec<String>>,
}

/// A part or a collector.
#[derive(Debug, Clone)]
struct Known {
    name: String,
    element: Element,
    /// Round, array and index of a part.
    part: Option<(usize, usize, usize)>,
}

impl World {
    fn number(&self) -> String {
        let mut numbers = self.numbers.lock().unwrap();
        *numbers += 1;
        format!("run {numbers}")
    }

    fn is_first(&self, model: &str) -> bool {
        let mut tried = self.tried.lock().unwrap();
        let is_first = !tried.iter().any(|known| known == model);
        tried.push(model.to_owned());
        is_first
    }

    fn set(&self, part: (usize, usize, usize), id: &str, state: &State) {
        for known in self.known.lock().unwrap().iter_mut() {
            if known.part == Some(part) && known.element.id == id {
                known.element.state = state.clone();
            }
        }
    }

    fn waiting(&self) -> Vec<Known> {
        let known = self.known.lock().unwrap();
        let waits = |known: &&Known| matches!(known.element.state, State::Waiting(_)) && known.part.is_some();
        known.iter().filter(waits).cloned().collect()
    }
}

/// The world, as one process sees it.
struct Fake {
    world: Arc<World>,
    longest: usize,
    own: Option<String>,
}

impl Engine for Fake {
    fn title(&self) -> &'static str {
        "a fake"
    }

    fn longest_array(&self) -> Result<usize, ClusterError> {
        Ok(self.longest)
    }

    fn index(&self) -> String {
        "0".to_owned()
    }

    fn own_id(&self) -> Option<String> {
        self.own.clone()
    }

    fn settle(&self) -> Duration {
        Duration::ZERO
    }

    fn submit(&self, submission: &Submission) -> Result<String, ClusterError> {
        let death = self.world.deaths.lock().unwrap().pop_front();
        let refused = || ClusterError::Refused { command: "submit".into(), message: "it died".into() };
        if death == Some(false) {
            return Err(refused());
        }
        let mut known = self.world.known.lock().unwrap();
        let id = (known.len() + 1).to_string();
        let round = submission.name.rsplit('-').next().and_then(|round| round.parse().ok()).unwrap_or(0);
        let mut add = |index: Option<usize>, part| {
            let element = Element { id: id.clone(), index, state: State::Waiting("Priority".into()) };
            known.push(Known { name: submission.name.clone(), element, part });
        };
        match &submission.work {
            Work::Parts(parts) => {
                (0..parts.count).for_each(|index| add(Some(index), Some((round, parts.number, index))));
            }
            Work::Collect { .. } => add(None, None),
        }
        drop(known);
        if death.is_some() { Err(refused()) } else { Ok(id) }
    }

    fn show(&self, _submission: &Submission) -> String {
        String::new()
    }

    fn look(&self, asked: &[Submitted]) -> Result<Vec<Element>, ClusterError> {
        let known = self.world.known.lock().unwrap();
        let is_asked = |known: &&Known| asked.iter().any(|asked| asked.name == known.name);
        Ok(known.iter().filter(is_asked).map(|known| known.element.clone()).collect())
    }

    fn cancel(&self, _asked: &[Submitted]) -> Result<(), ClusterError> {
        Ok(())
    }

    fn cancel_element(&self, _element: &Element) -> Result<(), ClusterError> {
        Ok(())
    }

    fn cancel_by_hand(&self, _name: &str) -> String {
        String::new()
    }
}

/// A part that hangs.
struct Hanging {
    part: (usize, usize, usize),
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
        let dir = tempfile::tempdir().unwrap();
        let input = dir.path().join("in");
        fs::create_dir(&input).unwrap();
        for (number, model) in models.iter().enumerate() {
            fs::write(input.join(format!("m{number}.h5")), format!("{model:?}")).unwrap();
        }
        let world = Arc::new(World::default());
        let found = discover(&input, "*.h5").unwrap().select(None, None).unwrap();
        let plan = plan(&input, Some(&dir.path().join("out")), found).unwrap();
        let order = Order::new(Vec::new(), dir.path().to_owned(), "hls-cli".into(), "slurm", request);
        let home = begin(&plan.output_dir, order).unwrap();
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
            Err(ClusterError::Refused { .. }) => false,
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
    fn start_hanging(&self, part: (usize, usize, usize), id: &str, fate: Fate) -> Option<Hanging> {
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
        (round, array, index): (usize, usize, usize),
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

    /// From here on nothing bad happens; what hangs goes on in the end.
    fn finish(&mut self) {
        for turn in 0..MOST_STEPS {
            if self.step() {
                self.hanging.drain(..).collect::<Vec<_>>().into_iter().for_each(|hanging| self.release(hanging));
                // Whoever looks last sees all.
                assert!(self.step());
                return;
            }
            for known in self.world.waiting() {
                self.run(&known, Fate::Well);
            }
            if turn > MOST_STEPS / 2 || self.world.waiting().is_empty() {
                let alive = |hanging: &Hanging| {
                    let known = self.world.known.lock().unwrap();
                    known.iter().any(|known| known.element.id == hanging.id && known.element.is_alive())
                };
                // Those that the engine takes for dead may hang until all is over.
                let (now, later) = self.hanging.drain(..).partition(alive);
                self.hanging = later;
                Vec::into_iter(now).for_each(|hanging| self.release(hanging));
            }
        }
        panic!("the sweep does not end: {:?}", self.world.known.lock().unwrap());
    }

    fn results(&self) -> SweepRecord {
        let text = fs::read_to_string(self.dir.path().join("out/synthesis_results.json")).unwrap();
        SweepRecord::parse(&text).unwrap()
    }
}

fn tools(world: &Arc<World>, fate: Fate, cancel: &CancelToken) -> Tools {
    Tools {
        world: Arc::clone(world),
        fate,
        calls: Mutex::new(0),
        cancel: cancel.clone(),
        hang: Mutex::new(None),
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
        assert_eq!(record.warnings, [number.clone()], "the results are those of another run");
        assert_eq!(committed.warnings, [number]);
        assert_eq!((&committed.fingerprint, &committed.kept_files), (&record.fingerprint, &record.kept_files));
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
        sweep.finish();
        check(&sweep, &models);
    }
}
