//! What this machine has and uses: memory, as far as this process may take of it, and space on disks.

use std::fs;
use std::path::{Path, PathBuf};

/// Where the system shows what it has.
#[derive(Debug, Clone)]
pub(crate) struct System {
    /// proc(5).
    proc: PathBuf,
    /// Where control groups are mounted, cgroups(7).
    groups: PathBuf,
}

/// How many processes the system has killed because memory ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MemoryKills {
    /// Of this process's control group.
    OfGroup(u64),
    /// Of the whole machine, on which others may work as well: where there are no groups, nothing closer is known.
    OfMachine(u64),
}

impl System {
    /// This machine.
    pub(crate) fn here() -> Self {
        Self { proc: "/proc".into(), groups: "/sys/fs/cgroup".into() }
    }

    /// Memory of the machine, or of this process's control groups where that is less, in bytes.
    pub(crate) fn memory_total(&self) -> u64 {
        let machine = self.meminfo("MemTotal:").unwrap_or(u64::MAX);
        self.groups().iter().filter_map(ControlGroup::limit).fold(machine, u64::min)
    }

    /// Memory that could be had without swapping, in bytes.
    pub(crate) fn memory_available(&self) -> u64 {
        let machine = self.meminfo("MemAvailable:").unwrap_or(u64::MAX);
        self.groups().iter().filter_map(ControlGroup::available).fold(machine, u64::min)
    }

    pub(crate) fn memory_kills(&self) -> MemoryKills {
        let of_group = self.groups().iter().find_map(ControlGroup::kills);
        let of_machine =
            || number_after(&fs::read_to_string(self.proc.join("vmstat")).unwrap_or_default(), "oom_kill");
        match of_group {
            Some(count) => MemoryKills::OfGroup(count),
            None => MemoryKills::OfMachine(of_machine().unwrap_or_default()),
        }
    }

    /// The most memory that this process itself has used so far, in bytes.
    pub(crate) fn own_peak(&self) -> u64 {
        let status = fs::read_to_string(self.proc.join("self/status")).unwrap_or_default();
        number_after(&status, "VmHWM:").unwrap_or_default() * 1024
    }

    fn meminfo(&self, key: &str) -> Option<u64> {
        let text = fs::read_to_string(self.proc.join("meminfo")).ok()?;
        number_after(&text, key).map(|kib| kib * 1024)
    }

    /// This process's control group and all above it, the closest first: a batch system sets its limits above the group in which it starts a
    /// job. Where both versions are mounted, memory is with the first. What a container does not show of them is left out.
    fn groups(&self) -> Vec<ControlGroup> {
        let text = fs::read_to_string(self.proc.join("self/cgroup")).unwrap_or_default();
        let path_of = |controller: &str| {
            text.lines().find_map(|line| {
                let (_, rest) = line.split_once(':')?;
                let (controllers, path) = rest.split_once(':')?;
                controllers.split(',').any(|name| name == controller).then_some(path)
            })
        };
        let (mounted, path, version) = match (path_of("memory"), path_of("")) {
            (Some(path), _) => (self.groups.join("memory"), path, Version::One),
            (None, Some(path)) => (self.groups.clone(), path, Version::Two),
            (None, None) => return Vec::new(),
        };
        let below = Path::new(path.trim_start_matches('/'));
        below.ancestors().map(|path| ControlGroup { folder: mounted.join(path), version }).collect()
    }
}

impl MemoryKills {
    /// Whether a process was killed between an `earlier` look and this one that may have been the one asked about, or a child of it.
    /// `by_sigkill` says whether SIGKILL ended it: of the whole machine's kills only such a one can be taken for its own.
    pub(crate) fn explain(self, earlier: Self, by_sigkill: bool) -> bool {
        match (earlier, self) {
            (Self::OfGroup(before), Self::OfGroup(now)) => now > before,
            (Self::OfMachine(before), Self::OfMachine(now)) => by_sigkill && now > before,
            // The groups came or went meanwhile.
            (Self::OfGroup(_), Self::OfMachine(_)) | (Self::OfMachine(_), Self::OfGroup(_)) => false,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Version {
    One,
    Two,
}

/// A control group that counts memory.
struct ControlGroup {
    folder: PathBuf,
    version: Version,
}

impl ControlGroup {
    /// Bytes that its processes may use together, where there is a limit.
    fn limit(&self) -> Option<u64> {
        self.file("memory.limit_in_bytes", "memory.max")?.trim().parse().ok()
    }

    /// Bytes of its limit that are left; files that are only kept in memory for later give way.
    fn available(&self) -> Option<u64> {
        let used: u64 = self.file("memory.usage_in_bytes", "memory.current")?.trim().parse().ok()?;
        let stat = self.file("memory.stat", "memory.stat").unwrap_or_default();
        let key = match self.version {
            Version::One => "total_inactive_file",
            Version::Two => "inactive_file",
        };
        let gives_way = number_after(&stat, key).unwrap_or_default();
        Some(self.limit()?.saturating_sub(used.saturating_sub(gives_way)))
    }

    fn kills(&self) -> Option<u64> {
        number_after(&self.file("memory.oom_control", "memory.events")?, "oom_kill")
    }

    fn file(&self, version_1: &str, version_2: &str) -> Option<String> {
        let name = match self.version {
            Version::One => version_1,
            Version::Two => version_2,
        };
        fs::read_to_string(self.folder.join(name)).ok()
    }
}

/// The number after a key at the beginning of a line.
fn number_after(text: &str, key: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        words.next().filter(|word| *word == key)?;
        words.next()?.parse().ok()
    })
}

/// Free bytes of the file system in which a folder is.
pub(crate) fn disk_free(folder: &Path) -> u64 {
    // What cannot be asked cannot be short.
    rustix::fs::statvfs(folder).map_or(u64::MAX, |found| found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMINFO: &str = "MemTotal:       64000 kB\nMemFree:        10 kB\nMemAvailable:   32000 kB\n";
    const KIB: u64 = 1024;

    /// A system with these files, named from its root.
    fn system(files: &[(&str, &str)]) -> (tempfile::TempDir, System) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files.iter().chain(&[("proc/meminfo", MEMINFO), ("proc/vmstat", "oom_kill 7\n")])
        {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let system = System { proc: dir.path().join("proc"), groups: dir.path().join("groups") };
        (dir, system)
    }

    #[test]
    fn a_machine_without_groups_has_what_it_says() {
        let (_dir, system) = system(&[]);
        assert_eq!((system.memory_total(), system.memory_available()), (64_000 * KIB, 32_000 * KIB));
        assert_eq!(system.memory_kills(), MemoryKills::OfMachine(7));
    }

    #[test]
    fn the_least_limit_of_all_groups_above_counts() {
        // As Slurm makes them: the job has a limit, its step and the task have none of their own.
        let (_dir, system) = system(&[
            ("proc/self/cgroup", "5:cpu,cpuacct:/\n4:memory:/slurm/job_1/step_batch/task_0\n0::/\n"),
            ("groups/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("groups/memory/memory.usage_in_bytes", "900000000\n"),
            ("groups/memory/slurm/job_1/memory.limit_in_bytes", "20480000\n"),
            ("groups/memory/slurm/job_1/memory.usage_in_bytes", "15000000\n"),
            ("groups/memory/slurm/job_1/memory.stat", "inactive_file 1\ntotal_inactive_file 4000000\n"),
            ("groups/memory/slurm/job_1/step_batch/task_0/memory.limit_in_bytes", "9223372036854771712\n"),
            ("groups/memory/slurm/job_1/step_batch/task_0/memory.usage_in_bytes", "15000000\n"),
            (
                "groups/memory/slurm/job_1/step_batch/task_0/memory.oom_control",
                "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
            ),
        ]);
        assert_eq!(system.memory_total(), 20_480_000);
        assert_eq!(system.memory_available(), 9_480_000);
        assert_eq!(system.memory_kills(), MemoryKills::OfGroup(2));
    }

    #[test]
    fn the_second_version_of_groups_is_read_as_well() {
        let (_dir, system) = system(&[
            ("proc/self/cgroup", "0::/system.slice/slurmstepd.scope/job_1/step_0/user\n"),
            ("groups/system.slice/slurmstepd.scope/memory.max", "max\n"),
            ("groups/system.slice/slurmstepd.scope/job_1/memory.max", "30000000\n"),
            ("groups/system.slice/slurmstepd.scope/job_1/memory.current", "1000000\n"),
            ("groups/system.slice/slurmstepd.scope/job_1/step_0/memory.max", "max\n"),
            ("groups/system.slice/slurmstepd.scope/job_1/step_0/user/memory.max", "31000000\n"),
            ("groups/system.slice/slurmstepd.scope/job_1/step_0/user/memory.current", "2000000\n"),
            (
                "groups/system.slice/slurmstepd.scope/job_1/step_0/user/memory.stat",
                "anon 5\ninactive_file 500000\n",
            ),
            (
                "groups/system.slice/slurmstepd.scope/job_1/step_0/user/memory.events",
                "low 0\noom 3\noom_kill 1\noom_group_kill 0\n",
            ),
        ]);
        assert_eq!((system.memory_total(), system.memory_available()), (30_000_000, 29_000_000));
        assert_eq!(system.memory_kills(), MemoryKills::OfGroup(1));
    }

    #[test]
    fn a_container_shows_its_own_group_at_the_mount() {
        let (_dir, system) = system(&[
            ("proc/self/cgroup", "4:memory:/docker/0123\n"),
            ("groups/memory/memory.limit_in_bytes", "10000000\n"),
            ("groups/memory/memory.usage_in_bytes", "4000000\n"),
            ("groups/memory/memory.oom_control", "oom_kill 0\n"),
        ]);
        assert_eq!((system.memory_total(), system.memory_available()), (10_000_000, 6_000_000));
        assert_eq!(system.memory_kills(), MemoryKills::OfGroup(0));
    }

    #[test]
    fn the_kills_of_others_are_not_ours() {
        use MemoryKills::{OfGroup, OfMachine};
        for (earlier, now, by_sigkill, explained) in [
            (OfGroup(1), OfGroup(1), true, false),
            // A child of the tool was killed, and the tool gave up.
            (OfGroup(1), OfGroup(2), false, true),
            (OfMachine(1), OfMachine(1), true, false),
            (OfMachine(1), OfMachine(2), true, true),
            // On a shared machine, somebody else's.
            (OfMachine(1), OfMachine(2), false, false),
            (OfGroup(1), OfMachine(2), true, false),
        ] {
            assert_eq!(now.explain(earlier, by_sigkill), explained, "{earlier:?} {now:?} {by_sigkill}");
        }
    }

    #[test]
    fn this_machine_can_be_asked() {
        let system = System::here();
        assert!(system.memory_total() > 1 << 20);
        assert!(system.memory_available() > 1 << 20);
        assert!(disk_free(Path::new("/")) > 0);
    }
}
