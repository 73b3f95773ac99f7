//! The engines that there are, by name. To add one: a file that implements [`Engine`], and a row here.

use crate::cluster::engine::Engine;
use crate::cluster::engine::command::Command;
use crate::cluster::engine::htcondor::HtCondor;
use crate::cluster::engine::kubernetes::Kubernetes;
use crate::cluster::engine::slurm::Slurm;
use crate::cluster::error::ClusterError;
use crate::cluster::files::Order;

/// An engine as it is known before anybody looks whether it is there.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Where jobs run, as a line of help.
    pub help: &'static str,
    /// Makes it for an order.
    pub(super) make: fn(&Order) -> Result<Box<dyn Engine>, ClusterError>,
}

/// Every engine.
pub static TABLE: [Entry; 4] = [
    Entry {
        name: "slurm",
        title: "Slurm",
        help: "A Slurm cluster: job arrays that share the output folder; the command may be ended without harm",
        make: |_| Ok(Box::new(Slurm)),
    },
    Entry {
        name: "htcondor",
        title: "HTCondor",
        help: "An HTCondor pool with a shared file system: DAGs of parts, submitted on the access point",
        make: |_| Ok(Box::new(HtCondor)),
    },
    Entry {
        name: "kubernetes",
        title: "Kubernetes",
        help: "A Kubernetes cluster: manifests of Indexed Jobs, which you apply by hand",
        make: |order| Ok(Box::new(Kubernetes::new(order.request.pod.as_ref())?)),
    },
    Entry {
        name: "command",
        title: "the batch system",
        help: "Any batch system with job arrays (PBS, Grid Engine, LSF, HyperQueue, …), by commands that you give",
        make: |order| Ok(Box::new(Command::new(order.request.commands.as_ref())?)),
    },
];

/// The engine with this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.name == name)
}

/// The engine of an order.
pub(in crate::cluster) fn engine(order: &Order) -> Result<Box<dyn Engine>, ClusterError> {
    let unknown = || ClusterError::UnknownEngine { name: order.engine.clone() };
    (by_name(&order.engine).ok_or_else(unknown)?.make)(order)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_not_that_of_this_machine() {
        let names: HashSet<&str> = TABLE.iter().map(|entry| entry.name).chain(["local"]).collect();
        assert_eq!(names.len(), TABLE.len() + 1);
    }
}
