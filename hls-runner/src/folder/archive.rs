//! Write `hls_<model>.tar.gz` next to `hls_<model>/`, with the same bytes for the same content.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};
use walkdir::WalkDir;

use crate::folder::claim::scratch;
use crate::folder::flush::flush_folder;

/// Every member's time: a fixed moment (2000-01-01), because the run's own would change the bytes, and the
/// epoch itself makes some versions of tar print warnings.
const MEMBER_TIME: u64 = 946_684_800;

/// Why an archive could not be written.
#[derive(Debug, thiserror::Error)]
#[error(
    "archive {} could not be written ({}); check the free space and the permissions",
    archive.display(), path.display()
)]
pub struct ArchiveError {
    archive: PathBuf,
    path: PathBuf,
    source: io::Error,
}

/// Packs `folder` into `archive`: members `FOLDERNAME/…` in the order of their names, owner 0, modes 0644
/// and 0755, a fixed time. The archive appears under its name only when it is complete and on the disk.
///
/// # Errors
/// A file could not be read or the archive not be written; no archive is left in either case.
pub fn pack(folder: &Path, archive: &Path) -> Result<(), ArchiveError> {
    pack_at(folder, archive).map_err(|(path, source)| ArchiveError {
        archive: archive.to_owned(),
        path,
        source,
    })
}

/// A file that is removed when nobody needs it any more, unless it has another name by then. Its name is always the same, so that the next run of
/// the job removes what a crash leaves of it.
struct Removed(PathBuf);

impl Drop for Removed {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

type PackResult<T> = Result<T, (PathBuf, io::Error)>;

fn pack_at(folder: &Path, archive: &Path) -> PackResult<()> {
    let at = |error| (archive.to_owned(), error);
    let parent = archive.parent().unwrap_or(Path::new("."));
    let temporary = Removed(scratch(archive));
    let file = File::create(&temporary.0).map_err(at)?;
    fs::set_permissions(&temporary.0, fs::Permissions::from_mode(0o644)).map_err(at)?;
    let gzip = GzBuilder::new().mtime(0).write(BufWriter::new(file), Compression::default());
    let mut tar = Builder::new(gzip);
    append_all(folder, &mut tar)?;
    let file = tar
        .into_inner()
        .and_then(|gzip| gzip.finish())
        .and_then(|buffer| buffer.into_inner().map_err(io::IntoInnerError::into_error))
        .map_err(at)?;
    file.sync_all().map_err(at)?;
    fs::rename(&temporary.0, archive).map_err(at)?;
    flush_folder(parent).map_err(at)
}

fn append_all<W: Write>(folder: &Path, tar: &mut Builder<W>) -> PackResult<()> {
    let root = PathBuf::from(folder.file_name().unwrap_or_default());
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_owned();
            (path, error.into_io_error().unwrap_or_else(|| io::Error::other("a loop of links")))
        })?;
        let path = entry.path();
        let below = path.strip_prefix(folder).unwrap_or(path);
        let member = if below.as_os_str().is_empty() { root.clone() } else { root.join(below) };
        append(path, &member, entry.file_type(), tar).map_err(|error| (path.to_owned(), error))?;
    }
    Ok(())
}

fn append<W: Write>(path: &Path, member: &Path, kind: fs::FileType, tar: &mut Builder<W>) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_mtime(MEMBER_TIME);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    if kind.is_dir() {
        header.set_entry_type(EntryType::Directory);
        header.set_mode(0o755);
        // Joining nothing adds the slash by which listings tell folders.
        tar.append_data(&mut header, member.join(""), io::empty())
    } else if kind.is_symlink() {
        header.set_entry_type(EntryType::Symlink);
        header.set_mode(0o777);
        tar.append_link(&mut header, member, fs::read_link(path)?)
    } else if kind.is_file() {
        let file = File::open(path)?;
        let found = file.metadata()?;
        header.set_entry_type(EntryType::Regular);
        header.set_size(found.len());
        header.set_mode(if found.permissions().mode() & 0o111 == 0 { 0o644 } else { 0o755 });
        tar.append_data(&mut header, member, file)
    } else {
        Err(io::Error::other("it is neither a file, a folder, nor a link"))
    }
}
