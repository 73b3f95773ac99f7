//! The first step of a sweep on a cluster, on the machine where it is asked for.

use std::path::Path;

use crate::cluster::collect::take_in;
use crate::cluster::error::ClusterError;
use crate::cluster::files::{Home, Order, write_json};
use crate::cluster::standing::unfinished;
use crate::folder::attempt::remove_left_over;

/// Begins a sweep in an output folder, absolute, after making sure that nobody else works there. What an earlier sweep on a cluster left undone is taken
/// in, for `--resume`.
///
/// # Errors
/// Another sweep works there, here or on the cluster; or the folder cannot be written.
pub fn begin(output_dir: &Path, order: Order) -> Result<Home, ClusterError> {
    let (home, id) = Home::new(output_dir);
    let _lock = home.lock()?;
    if let Some(name) = unfinished(output_dir)? {
        return Err(ClusterError::GoingOn { path: output_dir.to_owned(), name });
    }
    if let Some(earlier) = Home::current(output_dir) {
        take_in(&earlier)?;
    }
    write_json(&home.path("order.json"), &Order { id, ..order })?;
    home.make_current()?;
    // What cannot be removed takes up space and harms nobody: each attempt has a name of its own.
    let _ = remove_left_over(output_dir);
    Ok(home)
}
