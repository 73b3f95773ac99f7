//! A cluster of this process's own, with tools that do nothing but write a number.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::cluster::engine::{Element, Engine, Look, Sight, State, Submission, Submitted, Which, Work};
use crate::cluster::error::ClusterError;
use crate::folder::retain::{DefaultRetention, KeepList};
use crate::process::cancel::CancelToken;
use crate::record::failure::{Cause, FailureKind};
use crate::record::process::Exit;
use crate::record::stage::{Stage, StageSet};
use crate::toolchain::error::ToolError;
use crate::toolchain::findings::Findings;
use crate::toolchain::project::{ConvertError, ConvertedProject, Converter};
use crate::toolchain::run::{Run, Toolchain};
use crate::toolchain::stage::StageSpec;

/// Round, array and index.
pub(super) type PartOf = (usize, usize, usize);

/// How a part ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fate {
    Well,
    /// It never begins.
    NeverBegins,
    /// It dies when so many of its notes are written; what it has committed is committed.
    Dies {
        notes: usize,
    },
    /// It is told to end when it begins this one of its tools.
    ToldToEnd {
        tool: usize,
    },
    /// It hangs at this one of its tools, and goes on later; the engine may take it for dead meanwhile.
    Hangs {
        tool: usize,
        taken_for_dead: bool,
    },
    /// It runs again after it hangs, as the same part: both go on.
    Twice {
        tool: usize,
    },
}

/// What a converter reads in place of a model.
#[derive(Debug, Clone, Copy)]
pub(super) enum Model {
    Good(u8),
    /// Fails once for a reason that may pass.
    Fleeting(u8),
    /// Runs out of memory once.
    Hungry(u8),
    Broken,
}

impl Model {
    /// What its file says.
    pub(super) fn text(self) -> String {
        match self {
            Self::Good(which) => format!("Good {which}"),
            Self::Fleeting(which) => format!("Fleeting {which}"),
            Self::Hungry(which) => format!("Hungry {which}"),
            Self::Broken => "Broken".to_owned(),
        }
    }
}

pub(super) struct Projects;

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
pub(super) struct Tools {
    pub(super) world: Arc<World>,
    pub(super) fate: Fate,
    pub(super) calls: Mutex<usize>,
    pub(super) cancel: CancelToken,
    /// Tells that it hangs, and waits until it may go on.
    pub(super) hang: Mutex<Option<(Sender<()>, Receiver<()>)>>,
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
        let fails = match model.split_once(' ') {
            Some(("Fleeting", _)) => Some((Cause::LicenceMissing, "no licence")),
            Some(("Hungry", _)) => Some((Cause::OutOfMemory, "no memory")),
            _ => None,
        };
        if let Some((cause, message)) = fails.filter(|_| self.world.is_first(&model)) {
            let (stage, kind) = (Stage::new("synth"), FailureKind::ToolFailed);
            return Err(ToolError::Wrong { stage, kind, cause, source: message.into(), logs: Vec::new() });
        }
        let number = self.world.number();
        // The sweep may be over meanwhile, and all that belongs to it removed.
        let path = folder.join("number");
        fs::write(&path, &number).map_err(|source| ToolError::Write { path, source })?;
        Ok(Findings { warnings: vec![number], ..Findings::default() })
    }
}

/// The cluster.
#[derive(Default)]
pub(super) struct World {
    pub(super) known: Mutex<Vec<Known>>,
    /// How the next submissions die: whether they were made.
    pub(super) deaths: Mutex<VecDeque<bool>>,
    /// How many more submissions are taken; others are refused. All are, where there is no number.
    pub(super) takes: Mutex<Option<usize>>,
    pub(super) numbers: Mutex<usize>,
    pub(super) tried: Mutex<Vec<String>>,
}

/// A part or a collector.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) name: String,
    pub(super) element: Element,
    /// Round, array and index of a part.
    pub(super) part: Option<PartOf>,
}

impl World {
    pub(super) fn number(&self) -> String {
        let mut numbers = self.numbers.lock().unwrap();
        *numbers += 1;
        format!("run {numbers}")
    }

    pub(super) fn is_first(&self, model: &str) -> bool {
        let mut tried = self.tried.lock().unwrap();
        let is_first = !tried.iter().any(|known| known == model);
        tried.push(model.to_owned());
        is_first
    }

    pub(super) fn set(&self, part: PartOf, id: &str, state: &State) {
        for known in self.known.lock().unwrap().iter_mut() {
            if known.part == Some(part) && known.element.id == id {
                known.element.state = state.clone();
            }
        }
    }

    pub(super) fn waiting(&self) -> Vec<Known> {
        let known = self.known.lock().unwrap();
        let waits = |known: &&Known| matches!(known.element.state, State::Waiting(_)) && known.part.is_some();
        known.iter().filter(waits).cloned().collect()
    }
}

/// The world, as one process sees it.
pub(super) struct Fake {
    pub(super) world: Arc<World>,
    pub(super) longest: usize,
    pub(super) own: Option<String>,
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

    fn has_dependencies(&self) -> bool {
        true
    }

    fn settle(&self) -> Duration {
        Duration::ZERO
    }

    fn submit(&self, submission: &Submission) -> Result<String, ClusterError> {
        if let Some(takes) = self.world.takes.lock().unwrap().as_mut() {
            let message = "no such account".into();
            *takes =
                takes.checked_sub(1).ok_or(ClusterError::Refused { command: "submit".into(), message })?;
        }
        let death = self.world.deaths.lock().unwrap().pop_front();
        let refused = || ClusterError::Refused { command: "submit".into(), message: "it died".into() };
        if death == Some(false) {
            return Err(refused());
        }
        let mut known = self.world.known.lock().unwrap();
        let id = (known.len() + 1).to_string();
        let round = submission.name.rsplit('-').next().and_then(|round| round.parse().ok()).unwrap_or(0);
        let mut add = |index: Option<usize>, part| {
            let which = index.map_or(Which::Job, Which::Element);
            let element = Element { id: id.clone(), which, state: State::Waiting("Priority".into()) };
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

    fn look(&self, asked: &[Submitted]) -> Result<Look, ClusterError> {
        let known = self.world.known.lock().unwrap();
        let is_asked = |known: &&Known| asked.iter().any(|asked| asked.name == known.name);
        let elements = known.iter().filter(is_asked).map(|known| known.element.clone()).collect();
        Ok(Look { elements, sight: Sight::Clear })
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

pub(super) fn tools(world: &Arc<World>, fate: Fate, cancel: &CancelToken) -> Tools {
    Tools {
        world: Arc::clone(world),
        fate,
        calls: Mutex::new(0),
        cancel: cancel.clone(),
        hang: Mutex::new(None),
    }
}
