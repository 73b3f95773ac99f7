//! Ctrl-C and SIGTERM.

use crate::error::CliError;
use hls_runner::CancelToken;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// A token that signals cancel: the first starts nothing new and ends what runs, the second does so at once. Tools run
/// in process groups of their own, so that without this a Ctrl-C would leave them behind.
pub fn cancel_on_signals() -> Result<CancelToken, CliError> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
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
