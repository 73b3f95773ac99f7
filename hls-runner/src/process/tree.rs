//! The processes below a process, as `/proc` shows them.

use std::fs;
use std::time::Duration;

use rustix::process::Pid;

/// One process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) id: Pid,
    parent: Pid,
    /// Whether it has ended and waits to be reaped.
    pub(super) ended: bool,
    /// Resident memory in pages.
    pages: u64,
    /// User and system time of it and of the children that it waited for, in the system's ticks.
    ticks: u64,
}

/// Every process whose chain of parents leads to `root`, without `root` itself. Between the look and what is done about it a process may
/// start others, so whoever wants them all gone looks again.
pub(super) fn below(root: Pid) -> Vec<Member> {
    let mut others = all();
    let mut found: Vec<Member> = Vec::new();
    let mut parents = vec![root];
    while !parents.is_empty() {
        let (children, rest): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|process| parents.contains(&process.parent));
        others = rest;
        parents = children.iter().map(|child| child.id).collect();
        found.extend(children);
    }
    found
}

/// The sum of the processes' resident memory in bytes; memory that they share counts once for each.
pub(super) fn memory(members: &[Member]) -> u64 {
    let pages: u64 = members.iter().map(|member| member.pages).sum();
    pages * rustix::param::page_size() as u64
}

/// User plus system time of the processes and of all that they waited for.
pub(super) fn cpu(members: &[Member]) -> Duration {
    let ticks: u64 = members.iter().map(|member| member.ticks).sum();
    Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

fn all() -> Vec<Member> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter_map(|id| parse(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?))
        .collect()
}

/// When a process was started, in the system's ticks since its boot; `None` where there is no such process.
pub(crate) fn started_ticks(id: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    from_the_third(&stat)?.nth(22 - 3)?.parse().ok()
}

/// The fields of a line of `/proc/PID/stat` (proc_pid_stat(5)) from the third on: the second, the program's name in parentheses, may hold
/// anything.
fn from_the_third(stat: &str) -> Option<std::str::Split<'_, char>> {
    Some(stat.rsplit_once(") ")?.1.split(' '))
}

fn parse(stat: &str) -> Option<Member> {
    let (id, _) = stat.split_once(' ')?;
    let mut fields = from_the_third(stat)?;
    let state = fields.next()?;
    let parent = Pid::from_raw(fields.next()?.parse().ok()?)?;
    // State is the third field, the parent the fourth, times the fourteenth to the seventeenth, resident pages the twenty-fourth.
    let mut ticks = 0u64;
    for time in fields.by_ref().skip(14 - 5).take(4) {
        ticks = ticks.saturating_add(time.parse().ok()?);
    }
    let pages = fields.nth(24 - 18)?.parse::<i64>().ok()?;
    let id = Pid::from_raw(id.parse().ok()?)?;
    Some(Member {
        id,
        parent,
        ended: matches!(state, "Z" | "X"),
        pages: u64::try_from(pages).unwrap_or_default(),
        ticks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn lines_of_stat_are_read_whatever_the_program_is_called() {
        let line = "42 (a) R (b) S 7 42 42 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 99 1000000 250 18446744073709551615 1";
        let member = parse(line).unwrap();
        assert_eq!((member.id.as_raw_nonzero().get(), member.parent.as_raw_nonzero().get()), (42, 7));
        assert_eq!((member.pages, member.ticks, member.ended), (250, 5 + 6 + 7 + 8, false));
        for broken in ["", "1", "1 (x)", "1 (x) S", "1 (x) S 0 1", "x (y) Z 1 2"] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn children_of_children_are_found() {
        let mut shell = Command::new("sh").args(["-c", "sleep 60 & sleep 60 & wait"]).spawn().unwrap();
        let own = rustix::process::getpid();
        let shell_id = Pid::from_child(&shell);
        let children = std::iter::repeat_with(|| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            below(own).into_iter().filter(|member| member.parent == shell_id).collect::<Vec<_>>()
        });
        let sleepers = children.take(500).find(|found| found.len() == 2).unwrap();
        assert!(memory(&sleepers) > 0);
        for sleeper in sleepers {
            rustix::process::kill_process(sleeper.id, rustix::process::Signal::KILL).unwrap();
        }
        shell.wait().unwrap();
    }
}
