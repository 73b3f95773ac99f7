//! Engines other than Slurm. `--executor command` runs for real, on a batch system that is a script (`batch.sh`); what is written for HTCondor and Kubernetes is parsed by others.

#[path = "../cli/support.rs"]
#[allow(dead_code, unused_imports)]
mod support;

mod bench;
mod command;
mod htcondor;
mod kubernetes;
