//! What this machine has and uses: memory, as far as this process may take of it, and space on disks.

use std::fs;
use std::path::Path;

/// Memory of the machine, or of this process's control group where that is less, in bytes.
pub(crate) fn memory_total() -> u64 {
    let machine = meminfo("MemTotal:").unwrap_or(u64::MAX);
    group_number("memory.max", "memory.limit_in_bytes").unwrap_or(u64::MAX).min(machine)
}

pub(crate) fn memory_available() -> u64 {
    let machine = meminfo("MemAvailable:").unwrap_or(u64::MAX);
    let limit = group_number("memory.max", "memory.limit_in_bytes");
    match (limit, group_number("memory.current", "memory.usage_in_bytes")) {
        (Some(limit), Some(current)) => machine.min(limit.saturating_sub(current)),
        _ => machine,
    }
}

fn meminfo(key: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}

fn group_number(version_2: &str, version_1: &str) -> Option<u64> {
    group_file(version_2, version_1)?.trim().parse().ok()
}

/// A file of this process's control group; where both versions are mounted, memory is with the first. See cgroups(7).
fn group_file(version_2: &str, version_1: &str) -> Option<String> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path_of = |controller: &str| {
        groups.lines().find_map(|line| {
            let (_, rest) = line.split_once(':')?;
            let (controllers, path) = rest.split_once(':')?;
            controllers.split(',').any(|name| name == controller).then(|| path.trim_start_matches('/'))
        })
    };
    let read = |mounted: &str, controller: &str, name: &str| {
        fs::read_to_string(Path::new(mounted).join(path_of(controller)?).join(name)).ok()
    };
    read("/sys/fs/cgroup/memory", "memory", version_1).or_else(|| read("/sys/fs/cgroup", "", version_2))
}

/// How many processes the system has killed for want of memory: in this process's control group, and on the whole machine.
pub(crate) fn memory_kills() -> u64 {
    let count = |text: Option<String>| {
        let text = text.unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("oom_kill ")).map(str::trim);
        line.and_then(|number| number.parse::<u64>().ok()).unwrap_or_default()
    };
    count(group_file("memory.events", "memory.oom_control")) + count(fs::read_to_string("/proc/vmstat").ok())
}

pub(crate) fn disk_free(folder: &Path) -> u64 {
    // What cannot be asked cannot be short.
    rustix::fs::statvfs(folder).map_or(u64::MAX, |found| found.f_bavail.saturating_mul(found.f_frsize))
}
