//! Who sees to it that a round goes on where the engine has no job that starts after others, and its last part is lost together with its node: a small job beside
//! the parts, which takes steps until the round is over.
//!
//! It is a second safety: whichever part ends last takes the step too ([`last`](crate::cluster::last)). Where the engine does not take this job, there is only the first.

use std::time::Duration;

use crate::cluster::engine::table::engine;
use crate::cluster::error::ClusterError;
use crate::cluster::files::Home;
use crate::cluster::submit::post_guard;

/// How often it looks, at the least.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// After so long another one takes its place: it asked for an hour.
const SHIFT: Duration = Duration::from_secs(50 * 60);

/// How long the guard of a round waits before its next step, after it has worked for so long; `None` if it may go: its round is over, or another one is there
/// in its place.
///
/// # Errors
/// A file of the sweep cannot be read or written.
pub fn guard_waits(home: &Home, round: usize, works: Duration) -> Result<Option<Duration>, ClusterError> {
    if home.ended()?.is_some() || home.rounds() != round + 1 {
        return Ok(None);
    }
    let order = home.order()?;
    if works >= SHIFT {
        let _lock = match home.lock() {
            Ok(lock) => lock,
            // Whoever has it takes a step.
            Err(ClusterError::Locked { .. }) => return Ok(Some(LOOK_EVERY)),
            Err(error) => return Err(error),
        };
        let mut ids = home.ids(round)?;
        if post_guard(engine(&order)?.as_ref(), home, &order, round, &mut ids)? {
            return Ok(None);
        }
    }
    Ok(Some((order.request.patience() / 6).clamp(Duration::from_secs(1), LOOK_EVERY)))
}
