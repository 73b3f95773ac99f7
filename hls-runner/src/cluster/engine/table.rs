//! The engines that there are, by name. To add one: a file that implements [`Engine`], and a row here.

use crate::cluster::engine::Engine;
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
    pub(super) make: fn(&Order) -> Box<dyn Engine>,
}

/// Every engine.
pub static TABLE: [Entry; 1] = [Entry {
    name: "slurm",
    title: "Slurm",
    help: "A Slurm cluster: job arrays that share the output folder; the command may be ended without harm",
    make: |_| Box::new(Slurm),
}];

/// The engine with this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.name == name)
}

/// The engine of an order.
pub(in crate::cluster) fn engine(order: &Order) -> Result<Box<dyn Engine>, ClusterError> {
    let unknown = || ClusterError::UnknownEngine { name: order.engine.clone() };
    Ok((by_name(&order.engine).ok_or_else(unknown)?.make)(order))
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
