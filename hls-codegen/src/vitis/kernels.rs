//! The C++ library that generated firmware calls.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use crate::CodegenError;

static NNET_UTILS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/vitis/kernels/nnet_utils");
static AP_TYPES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/vitis/kernels/ap_types");

/// The folders of a kernel library, both in the library and in a project's `firmware` folder.
const FOLDERS: [&str; 2] = ["nnet_utils", "ap_types"];

/// How many files a kernel library may have; hls4ml's has about a hundred.
const MAX_FILES: usize = 10_000;

/// A kernel library: files by their path below `firmware/`, with `/` between folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kernels {
    files: BTreeMap<String, Cow<'static, [u8]>>,
}

impl Default for Kernels {
    fn default() -> Self {
        Self::embedded()
    }
}

impl Kernels {
    /// The library that comes with this crate.
    #[must_use]
    pub fn embedded() -> Self {
        let mut files = BTreeMap::new();
        for (folder, contents) in FOLDERS.into_iter().zip([&NNET_UTILS, &AP_TYPES]) {
            collect_embedded(contents, folder, &mut files);
        }
        Kernels { files }
    }

    /// A library in a folder that holds `nnet_utils/` and `ap_types/`, such as hls4ml's own.
    ///
    /// # Errors
    /// When one of the two folders is missing or cannot be read.
    pub fn from_dir(dir: &Path) -> Result<Self, CodegenError> {
        let mut files = BTreeMap::new();
        for folder in FOLDERS {
            let path = dir.join(folder);
            if !path.is_dir() {
                return Err(refusal(dir, format!("the folder {folder} is missing")));
            }
            collect_from_disk(dir, &path, folder, &mut files)?;
        }
        Ok(Kernels { files })
    }

    /// The files, ordered by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Cow<'static, [u8]>)> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes))
    }
}

fn collect_embedded(dir: &Dir<'static>, prefix: &str, files: &mut BTreeMap<String, Cow<'static, [u8]>>) {
    for file in dir.files() {
        // Always with `/`, whatever the platform that embedded them.
        let inside: Vec<_> =
            file.path().components().map(|part| part.as_os_str().to_string_lossy()).collect();
        files.insert(format!("{prefix}/{}", inside.join("/")), Cow::Borrowed(file.contents()));
    }
    for inner in dir.dirs() {
        collect_embedded(inner, prefix, files);
    }
}

fn collect_from_disk(
    root: &Path,
    dir: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, Cow<'static, [u8]>>,
) -> Result<(), CodegenError> {
    let unreadable = |path: &Path, error: std::io::Error| {
        refusal(root, format!("{} cannot be read ({error})", path.display()))
    };
    for entry in fs::read_dir(dir).map_err(|error| unreadable(dir, error))? {
        let entry = entry.map_err(|error| unreadable(dir, error))?;
        let path = entry.path();
        let name = entry.file_name();
        let name = name
            .to_str()
            .ok_or_else(|| refusal(root, format!("the name of {} is not UTF-8", path.display())))?;
        let inside = format!("{prefix}/{name}");
        // Not `path.is_dir()`: following a link to a parent folder would never end.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect_from_disk(root, &path, &inside, files)?;
        } else if path.is_file() {
            let bytes = fs::read(&path).map_err(|error| unreadable(&path, error))?;
            files.insert(inside, Cow::Owned(bytes));
        }
        if files.len() > MAX_FILES {
            return Err(refusal(root, format!("there are more than {MAX_FILES} files in it")));
        }
    }
    Ok(())
}

fn refusal(path: &Path, reason: String) -> CodegenError {
    CodegenError::Kernels { path: PathBuf::from(path), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_library_has_what_every_firmware_includes() {
        let kernels = Kernels::embedded();
        let paths: Vec<_> = kernels.files().map(|(path, _)| path).collect();
        for needed in ["nnet_utils/nnet_helpers.h", "nnet_utils/nnet_types.h", "nnet_utils/nnet_dense.h"] {
            assert!(paths.contains(&needed), "{needed} is missing in {paths:?}");
        }
        assert!(paths.iter().all(|path| !path.contains("tests")));
    }

    #[test]
    fn a_library_folder_is_read_with_its_subfolders() {
        let dir = tempfile::tempdir().expect("scratch folder");
        fs::create_dir_all(dir.path().join("nnet_utils")).expect("folder");
        fs::create_dir_all(dir.path().join("ap_types/etc")).expect("folder");
        fs::write(dir.path().join("nnet_utils/nnet_dense.h"), "dense").expect("file");
        fs::write(dir.path().join("ap_types/etc/ap_private.h"), "private").expect("file");
        let kernels = Kernels::from_dir(dir.path()).expect("complete");
        let files: Vec<_> = kernels.files().map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).collect();
        assert_eq!(
            files,
            [
                ("ap_types/etc/ap_private.h".to_owned(), b"private".to_vec()),
                ("nnet_utils/nnet_dense.h".to_owned(), b"dense".to_vec()),
            ]
        );
    }

    #[test]
    fn a_folder_without_a_library_is_refused() {
        let dir = tempfile::tempdir().expect("scratch folder");
        let message = Kernels::from_dir(dir.path()).expect_err("empty").to_string();
        assert!(message.contains("nnet_utils is missing"), "{message}");
    }
}
