//! Ctrl-C, SIGTERM and SIGHUP.

use hls_runner::CancelToken;
use hls_runner::process::is_ignored;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::error::CliError;

/// A token that signals cancel: the first starts nothing new and ends what runs, the second does so at once. Tools run
/// in process groups of their own, so that without this a Ctrl-C would leave them behind.
pub fn cancel_on_signals() -> Result<CancelToken, CliError> {
    let mut wanted = vec![SIGINT, SIGTERM];
    // `nohup` starts programs with this signal ignored, so that they outlive the terminal; it must stay so.
    if !is_ignored(SIGHUP) {
        wanted.push(SIGHUP);
    }
    let mut signals = Signals::new(wanted)?;
    let token = CancelToken::new();
    let cancel = token.clone();
    std::thread::spawn(move || {
        for (count, _) in signals.forever().enumerate() {
            if count == 0 {
                cancel.cancel();
            } else {
                cancel.cancel_now();
            }
        }
    });
    Ok(token)
}
