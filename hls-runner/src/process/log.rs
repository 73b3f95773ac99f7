//! Read logs that may be huge, partial or not text, in bounded memory.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

const TAIL_LINES: usize = 20;
const TAIL_BYTES: u64 = 8 * 1024;
const LONGEST_LINE: usize = 400;
const BYTES_PER_LOOK: u64 = 1024 * 1024;

/// The last lines of a log, without blank ones; empty if the log cannot be read.
pub(crate) fn tail(path: &Path) -> Vec<String> {
    let Ok(bytes) = last_bytes(path) else { return Vec::new() };
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let first = lines.len().saturating_sub(TAIL_LINES);
    lines.iter().skip(first).map(|line| line.trim_end().chars().take(LONGEST_LINE).collect()).collect()
}

fn last_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Follows a growing log line by line.
pub(crate) struct Follower {
    path: PathBuf,
    offset: u64,
    partial: Vec<u8>,
}

impl Follower {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, offset: 0, partial: Vec::new() }
    }

    /// Gives `line` every line that was completed since the last look; at most a mebibyte is read.
    /// Returns whether there was anything new.
    pub(crate) fn look(&mut self, mut line: impl FnMut(&str)) -> bool {
        let Ok(new) = self.read_new() else { return false };
        for byte in &new {
            if *byte == b'\n' {
                line(String::from_utf8_lossy(&self.partial).trim_end());
                self.partial.clear();
            } else if self.partial.len() < LONGEST_LINE {
                self.partial.push(*byte);
            }
        }
        !new.is_empty()
    }

    /// Gives `line` every line that is complete now. What somebody may go on writing is left out, so that
    /// this ends.
    pub(crate) fn look_to_the_end(&mut self, mut line: impl FnMut(&str)) {
        let end = std::fs::metadata(&self.path).map_or(0, |found| found.len());
        while self.offset < end && self.look(&mut line) {}
    }

    fn read_new(&mut self) -> std::io::Result<Vec<u8>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.offset))?;
        let mut new = Vec::new();
        let read = file.take(BYTES_PER_LOOK).read_to_end(&mut new)?;
        self.offset += read as u64;
        Ok(new)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_tail_is_bounded_and_skips_blank_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut file = File::create(&path).unwrap();
        for n in 0..50_000 {
            writeln!(file, "line {n}\n").unwrap();
        }
        file.write_all(&[0xff, b'x']).unwrap();
        file.write_all(&vec![b'y'; 2000]).unwrap();
        let tail = tail(&path);
        assert_eq!(tail.len(), TAIL_LINES);
        assert_eq!(tail[TAIL_LINES - 2], "line 49999");
        assert!(tail[TAIL_LINES - 1].starts_with("\u{fffd}xyy"));
        assert_eq!(tail[TAIL_LINES - 1].chars().count(), LONGEST_LINE);
    }

    #[test]
    fn a_follower_sees_each_line_once_even_when_it_comes_in_parts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut follower = Follower::new(path.clone());
        let mut seen = Vec::new();
        assert!(!follower.look(|line| seen.push(line.to_owned())));
        let mut file = File::create(&path).unwrap();
        for part in ["one\ntw", "o\r\n", "", "three"] {
            file.write_all(part.as_bytes()).unwrap();
            assert_eq!(follower.look(|line| seen.push(line.to_owned())), !part.is_empty());
        }
        assert_eq!(seen, ["one", "two"]);
    }
}
