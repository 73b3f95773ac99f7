//! Signals that are meant for a whole job: what a batch system, a service manager or a terminal sends to each of its processes.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::process::Signal;
use signal_hook::flag;

/// The signals by which systems ask everything that belongs to a job to end.
const POLITE: [Signal; 3] = [Signal::TERM, Signal::INT, Signal::HUP];

/// Whether this process was started with a signal ignored, as `nohup` does: the bit of that signal in `SigIgn`, proc_pid_status(5).
#[must_use]
pub fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    u32::try_from(signal - 1).is_ok_and(|bit| mask.checked_shr(bit).unwrap_or_default() & 1 == 1)
}

/// Lets this process live on when it is asked to end. What it starts does not inherit that: a handler ends where a program begins, unlike a
/// signal that is ignored. One that is ignored already stays so, for the tool as well.
pub(super) fn live_on() -> std::io::Result<()> {
    for signal in POLITE.map(Signal::as_raw).into_iter().filter(|signal| !is_ignored(*signal)) {
        flag::register(signal, Arc::new(AtomicBool::new(false)))?;
    }
    Ok(())
}

/// Whether a process's end looks like that of a whole job: by such a signal, or with the status by which a shell tells that its child ended so.
pub(super) fn ends_a_job(status: std::process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    let polite = |number: i32| POLITE.iter().any(|signal| signal.as_raw() == number);
    status.signal().is_some_and(polite) || status.code().is_some_and(|code| polite(code - 128))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    #[test]
    fn the_end_of_a_job_is_told_from_other_ends() {
        for (raw, ends) in
            [(0, false), (1 << 8, false), (15, true), (2, true), (1, true), (9, false), (11, false)]
        {
            assert_eq!(ends_a_job(ExitStatus::from_raw(raw)), ends, "{raw}");
        }
        for (code, ends) in [(143, true), (130, true), (129, true), (137, false), (127, false)] {
            assert_eq!(ends_a_job(ExitStatus::from_raw(code << 8)), ends, "{code}");
        }
    }
}
