//! Flushing folders, so that a power failure does not undo a rename.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::io::Errno;

/// Returns when the names in a folder are on the disk. File systems that cannot be asked for that (some of FUSE, some network ones) write them
/// at a time of their own choosing; a sweep works there all the same.
pub(crate) fn flush_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(error) if is_not_supported(&error) => Ok(()),
        result => result,
    }
}

fn is_not_supported(error: &io::Error) -> bool {
    let codes = [Errno::INVAL, Errno::NOTSUP, Errno::NOSYS].map(Errno::raw_os_error);
    error.raw_os_error().is_some_and(|code| codes.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_in_principle_is_no_error() {
        let dir = tempfile::tempdir().unwrap();
        flush_folder(dir.path()).unwrap();
        // The kernel has nothing to flush here and says that the request is invalid.
        assert!(File::open("/proc").unwrap().sync_all().is_err());
        flush_folder(Path::new("/proc")).unwrap();
        assert!(flush_folder(&dir.path().join("absent")).is_err());
        for (code, expected) in
            [(Errno::INVAL, true), (Errno::NOTSUP, true), (Errno::IO, false), (Errno::NOSPC, false)]
        {
            assert_eq!(is_not_supported(&code.into()), expected, "{code}");
        }
    }
}
