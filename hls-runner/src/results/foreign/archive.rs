//! The reports in a `hls_<model>.tar.gz`, read into memory.
//!
//! An archive may come from anywhere. Nothing of it is written to the disk; links, devices and names that lead out of it are passed
//! over, and neither the memory nor the time that one takes depends on what it claims.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use flate2::read::MultiGzDecoder;
use tar::EntryType;

use crate::report::files::LARGEST_BYTES;

/// So much is unpacked at most. What scripts pack are logs and reports, of which the largest have a few mebibytes.
const UNPACKED_BYTES: u64 = 256 * 1024 * 1024;
/// So many members are looked at.
const MEMBERS: usize = 20_000;
/// So much is kept in memory.
const KEPT_BYTES: u64 = 64 * 1024 * 1024;

/// What was read of an archive.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Texts by their path in the archive.
    pub(super) files: BTreeMap<PathBuf, String>,
    /// Why not everything was read, if so.
    pub(super) warning: Option<String>,
}

/// Reads the members that `wanted` asks for, as far as the archive is whole and its limits allow.
pub(super) fn read(archive: &Path, wanted: impl Fn(&Path) -> bool) -> Contents {
    read_within(UNPACKED_BYTES, archive, &wanted)
}

fn read_within(unpacked_bytes: u64, archive: &Path, wanted: &dyn Fn(&Path) -> bool) -> Contents {
    let mut contents = Contents::default();
    let ended = File::open(archive).and_then(|file| {
        let mut unpacked = MultiGzDecoder::new(file).take(unpacked_bytes);
        let ended = read_members(&mut unpacked, wanted, &mut contents.files);
        match unpacked.limit() {
            0 => Err(io::Error::other(format!("it unpacks to more than {unpacked_bytes} bytes"))),
            _ => ended,
        }
    });
    contents.warning = ended.err().map(|why| {
        format!(
            "the archive {} is broken, cut off or too large and was not read to its end ({why}); the numbers are those of the reports before",
            archive.display()
        )
    });
    contents
}

fn read_members(
    unpacked: impl Read,
    wanted: &dyn Fn(&Path) -> bool,
    files: &mut BTreeMap<PathBuf, String>,
) -> io::Result<()> {
    let mut kept_bytes = 0;
    for (at, entry) in tar::Archive::new(unpacked).entries()?.enumerate() {
        let entry = entry?;
        if at >= MEMBERS {
            return Err(io::Error::other(format!("it has more than {MEMBERS} members")));
        }
        let Some(path) = plain(&entry.path_bytes()) else { continue };
        let is_file = matches!(entry.header().entry_type(), EntryType::Regular | EntryType::Continuous);
        if !is_file || !wanted(&path) || entry.size() > LARGEST_BYTES {
            continue;
        }
        let mut bytes = Vec::new();
        let size = entry.size();
        entry.take(LARGEST_BYTES).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        kept_bytes += bytes.len() as u64;
        if kept_bytes > KEPT_BYTES {
            return Err(io::Error::other(format!("its reports have more than {KEPT_BYTES} bytes")));
        }
        files.insert(path, String::from_utf8_lossy(&bytes).into_owned());
    }
    Ok(())
}

/// The path of a member, if it leads to a place inside.
fn plain(name: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let path = Path::new(std::ffi::OsStr::from_bytes(name));
    let mut inside = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => inside.push(name),
            Component::CurDir => {}
            Component::RootDir | Component::ParentDir | Component::Prefix(_) => return None,
        }
    }
    Some(inside).filter(|inside| !inside.as_os_str().is_empty())
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// A member with this name, whatever the library thinks of such names.
    fn member(tar: &mut tar::Builder<impl io::Write>, name: &str, kind: EntryType, bytes: &[u8]) {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append(&header, bytes).unwrap();
    }

    fn packed(fill: impl FnOnce(&mut tar::Builder<GzEncoder<Vec<u8>>>)) -> Vec<u8> {
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        fill(&mut tar);
        tar.into_inner().unwrap().finish().unwrap()
    }

    /// Never more than this is unpacked.
    const LIMIT: u64 = 1024 * 1024;

    fn contents(bytes: &[u8]) -> Contents {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        read_within(LIMIT, file.path(), &|_| true)
    }

    #[test]
    fn only_plain_files_inside_are_read() {
        let archive = packed(|tar| {
            member(tar, "hls_m/a.rpt", EntryType::Regular, b"a");
            member(tar, "./hls_m/./b.rpt", EntryType::Regular, b"b");
            member(tar, "../c.rpt", EntryType::Regular, b"c");
            member(tar, "/etc/d.rpt", EntryType::Regular, b"d");
            member(tar, "hls_m/e.rpt", EntryType::Symlink, b"");
            member(tar, "hls_m/f.rpt", EntryType::Fifo, b"");
        });
        let Contents { files, warning } = contents(&archive);
        let names: Vec<_> = files.keys().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(names, ["hls_m/a.rpt", "hls_m/b.rpt"]);
        assert_eq!(warning, None);
    }

    #[test]
    fn what_is_whole_of_a_broken_archive_counts() {
        // Bytes that do not compress, so that a cut falls into the second member.
        let noise: Vec<u8> = (0..60_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let archive = packed(|tar| {
            member(tar, "a.rpt", EntryType::Regular, b"a");
            member(tar, "b.rpt", EntryType::Regular, &noise);
        });
        let Contents { files, warning } = contents(&archive[..archive.len() / 2]);
        assert_eq!(files.keys().map(|path| path.to_str().unwrap()).collect::<Vec<_>>(), ["a.rpt"]);
        assert!(warning.unwrap().contains("not read to its end"));
        for other in [&b""[..], b"no archive", &archive[20..]] {
            let Contents { files, warning } = contents(other);
            assert!(files.is_empty() && warning.is_some(), "{other:?}");
        }
    }

    #[test]
    fn a_bomb_costs_no_more_than_the_limit() {
        // Zeros that pack well; the report after them is not reached.
        let archive = packed(|tar| {
            member(tar, "a.rpt", EntryType::Regular, b"a");
            let mut header = tar::Header::new_gnu();
            header.set_path("zeros").unwrap();
            header.set_size(2 * LIMIT);
            header.set_cksum();
            tar.append(&header, io::repeat(0).take(2 * LIMIT)).unwrap();
            member(tar, "b.rpt", EntryType::Regular, b"b");
        });
        assert!(archive.len() < 64 * 1024);
        let Contents { files, warning } = contents(&archive);
        assert_eq!(files.len(), 1, "{:?}", files.keys());
        assert!(warning.unwrap().contains("unpacks to more than"));
    }
}
