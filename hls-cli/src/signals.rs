//! Ctrl-C, SIGTERM and SIGHUP.

use hls_runner::CancelToken;
use hls_runner::process::is_ignored;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::error::CliError;

/// A token that signals cancel. After the first signal nothing new starts and running tools are asked to end; the second kills them at
/// once. Tools run in process groups of their own, so a Ctrl-C alone would not reach them.
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
