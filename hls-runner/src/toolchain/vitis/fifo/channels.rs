//! What the simulator's monitors say of the queues.
//!
//! `.autopilot/db/channel_info.csv` of the solution has a line for each queue: the path of its module, the name of its instance (`layer2_out_U`), a file with
//! every change of its depth, and a file with a summary whose last line is the most places that were used. The files are in
//! `channel_depth_info/channel.zip` beside it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use zip::ZipArchive;

/// The folder of the tool's data base, below the project's.
fn data_base(project: &str) -> PathBuf {
    PathBuf::from(format!("{project}_prj/solution1/.autopilot/db"))
}

/// A member of a stand-in's archive: the lists have no place for a remark.
const STAND_IN_MEMBER: &str = "NOT_A_SYNTHESIS_RESULT.txt";

/// Why the monitors' files say nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChannelError {
    /// A file is missing or cannot be read.
    #[error(
        "{} cannot be read ({reason}); the co-simulation has no figures for the queues (the tool needs the program \"zip\" to keep them)",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A summary is not one.
    #[error("{file} in {} says nothing about the queue {queue}: its last line is {line:?}, where a number of places is expected", archive.display())]
    Strange {
        /// The archive.
        archive: PathBuf,
        /// The file in it.
        file: String,
        /// The queue.
        queue: String,
        /// What is there.
        line: String,
    },
}

/// What the monitors saw.
pub(super) struct Channels {
    /// The most places that were used, by the queue's C++ variable.
    pub used: BTreeMap<String, usize>,
    /// Whether a stand-in made the numbers up.
    pub stand_in: bool,
}

/// Reads what the monitors left in a project's folder.
pub(super) fn read(folder: &Path, project: &str) -> Result<Channels, ChannelError> {
    let db = folder.join(data_base(project));
    let list = db.join("channel_info.csv");
    let text = std::fs::read_to_string(&list).map_err(unreadable(&list))?;
    let archive = db.join("channel_depth_info/channel.zip");
    let file = File::open(&archive).map_err(unreadable(&archive))?;
    let mut zip = ZipArchive::new(file).map_err(unreadable(&archive))?;
    let mut used = BTreeMap::new();
    for (queue, file) in text.lines().filter_map(channel) {
        let mut summary = String::new();
        let mut member = zip.by_name(file).map_err(unreadable(&archive))?;
        // Four numbers.
        member.by_ref().take(1 << 16).read_to_string(&mut summary).map_err(unreadable(&archive))?;
        let line = summary.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        let places = line.trim().parse().map_err(|_| ChannelError::Strange {
            archive: archive.clone(),
            file: file.to_owned(),
            queue: queue.to_owned(),
            line: line.to_owned(),
        })?;
        used.insert(queue.to_owned(), places);
    }
    let stand_in = zip.index_for_name(STAND_IN_MEMBER).is_some();
    Ok(Channels { used, stand_in })
}

fn unreadable<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> ChannelError {
    let path = path.to_owned();
    move |error| ChannelError::Unreadable { path: path.clone(), reason: error.to_string() }
}

/// The queue of a line, and the file with its summary: `,layer2_out_U,./depth1.csv,./chan_status1.csv`.
fn channel(line: &str) -> Option<(&str, &str)> {
    let mut cells = line.trim().split(',').skip(1);
    let queue = cells.next()?.strip_suffix("_U")?;
    let file = cells.nth(1)?;
    Some((queue, file.strip_prefix("./").unwrap_or(file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_queue_and_its_summary() {
        let cases = [
            (",layer2_out_U,depth1.csv,chan_status1.csv", Some(("layer2_out", "chan_status1.csv"))),
            (
                "myproject,layer12_cpy1_U,./depth2.csv,./chan_status2.csv",
                Some(("layer12_cpy1", "chan_status2.csv")),
            ),
            (",start_for_dense_U0,depth3.csv,chan_status3.csv", None),
            ("", None),
        ];
        for (line, expected) in cases {
            assert_eq!(channel(line), expected, "{line}");
        }
    }
}
