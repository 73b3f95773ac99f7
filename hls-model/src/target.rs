//! What a model is converted for: a back end, and the interface between its layers.
//!
//! Names of back ends and of interfaces are here and nowhere else, and so is the answer to which of them go together. The passes
//! that run are chosen by the target ([`passes::flows`](crate::passes::flows)); hls-codegen finds the back end that writes the
//! project by it.

use std::fmt;
use std::str::FromStr;

/// A back end with an interface that it can write: only pairs that exist can be constructed.
///
/// Exhaustive on purpose: code that decides by it has to decide for a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Target {
    /// Vitis HLS, with arrays between the layers.
    #[default]
    VitisParallel,
    /// Vitis HLS, with streams between the layers.
    VitisStream,
}

/// The family of tools that a project is written for.
///
/// Exhaustive on purpose: code that decides by it has to decide for a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BackendKind {
    /// AMD Vitis HLS.
    #[default]
    Vitis,
}

/// How tensors enter and leave layers.
///
/// Exhaustive on purpose: code that decides by it has to decide for a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum IoType {
    /// All elements of a tensor at once.
    #[default]
    Parallel,
    /// One pixel or time step after the other.
    Stream,
}

/// A target that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// No back end has the name.
    #[error("\"{name}\" is no back end that projects can be written for; there is {} (hls4ml itself has others)", names(&BackendKind::ALL))]
    Backend {
        /// The name.
        name: String,
    },
    /// No interface has the name.
    #[error("\"{name}\" is no interface between layers; there are {}{}", names(&IoType::ALL), today(name))]
    IoType {
        /// The name.
        name: String,
    },
    /// Both are known, but do not go together.
    #[error("{io_type} is not supported for {backend}: there is {}", names(&backend.io_types()))]
    Combination {
        /// The back end.
        backend: BackendKind,
        /// The interface that it does not have.
        io_type: IoType,
    },
}

/// What an old name is called today.
fn today(name: &str) -> &'static str {
    match name.eq_ignore_ascii_case("io_serial") {
        true => "; what hls4ml once called io_serial is io_stream today",
        false => "",
    }
}

fn names<T: fmt::Display>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

impl Target {
    /// Every target that there is.
    pub const ALL: [Self; 2] = [Self::VitisParallel, Self::VitisStream];

    /// The target of a back end and an interface, if there is one.
    ///
    /// # Errors
    /// The back end does not have the interface; the message says which it has.
    pub fn new(backend: BackendKind, io_type: IoType) -> Result<Self, TargetError> {
        let known = Self::ALL.into_iter().find(|it| (it.backend(), it.io_type()) == (backend, io_type));
        known.ok_or(TargetError::Combination { backend, io_type })
    }

    /// The back end.
    #[must_use]
    pub fn backend(self) -> BackendKind {
        match self {
            Self::VitisParallel | Self::VitisStream => BackendKind::Vitis,
        }
    }

    /// The interface between layers.
    #[must_use]
    pub fn io_type(self) -> IoType {
        match self {
            Self::VitisParallel => IoType::Parallel,
            Self::VitisStream => IoType::Stream,
        }
    }

    /// The same back end with another interface.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_io_type(self, io_type: IoType) -> Result<Self, TargetError> {
        Self::new(self.backend(), io_type)
    }
}

impl BackendKind {
    /// Every back end.
    pub const ALL: [Self; 1] = [Self::Vitis];

    /// hls4ml's name of it, as in `Backend` of a configuration file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vitis => "Vitis",
        }
    }

    /// The interfaces between layers that it can write.
    #[must_use]
    pub fn io_types(self) -> Vec<IoType> {
        Target::ALL.into_iter().filter(|target| target.backend() == self).map(Target::io_type).collect()
    }
}

impl IoType {
    /// Every interface.
    pub const ALL: [Self; 2] = [Self::Parallel, Self::Stream];

    /// hls4ml's name of it, as in `IOType` of a configuration file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parallel => "io_parallel",
            Self::Stream => "io_stream",
        }
    }
}

impl fmt::Display for BackendKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for IoType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for BackendKind {
    type Err = TargetError;

    /// The back end of a name, in any case.
    fn from_str(name: &str) -> Result<Self, TargetError> {
        let known = Self::ALL.into_iter().find(|backend| backend.as_str().eq_ignore_ascii_case(name));
        known.ok_or_else(|| TargetError::Backend { name: name.to_owned() })
    }
}

impl FromStr for IoType {
    type Err = TargetError;

    /// The interface with this name, in any case, also with a hyphen or without `io_` (`io-stream`, `stream`).
    fn from_str(name: &str) -> Result<Self, TargetError> {
        let bare = |name: &str| {
            let name = name.to_lowercase().replace('-', "_");
            name.strip_prefix("io_").map_or(name.clone(), str::to_owned)
        };
        let known = Self::ALL.into_iter().find(|io_type| bare(io_type.as_str()) == bare(name));
        known.ok_or_else(|| TargetError::IoType { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use std::iter::successors;

    use super::*;

    #[test]
    fn names_read_back_in_any_case() {
        for backend in BackendKind::ALL {
            assert_eq!(backend.as_str().to_uppercase().parse(), Ok(backend));
            assert!(backend.io_types().into_iter().all(|io_type| Target::new(backend, io_type).is_ok()));
        }
        for io_type in IoType::ALL {
            assert_eq!(io_type.as_str().to_uppercase().parse(), Ok(io_type));
        }
        assert_eq!(Target::new(BackendKind::Vitis, IoType::Parallel), Ok(Target::default()));
        assert_eq!(Target::default().with_io_type(IoType::Stream), Ok(Target::VitisStream));
    }

    #[test]
    fn the_lists_have_every_variant() {
        // The compiler asks for new variants here. Each arm names the variant that follows it in the list.
        let target = |it: &Target| match it {
            Target::VitisParallel => Some(Target::VitisStream),
            Target::VitisStream => None,
        };
        let backend = |it: &BackendKind| match it {
            BackendKind::Vitis => None,
        };
        let io_type = |it: &IoType| match it {
            IoType::Parallel => Some(IoType::Stream),
            IoType::Stream => None,
        };
        assert!(successors(Some(Target::default()), target).eq(Target::ALL));
        assert!(successors(Some(BackendKind::default()), backend).eq(BackendKind::ALL));
        assert!(successors(Some(IoType::default()), io_type).eq(IoType::ALL));
    }

    #[test]
    fn what_there_is_not_is_refused_with_what_there_is() {
        let io_type = |name: &str| name.parse::<IoType>().and_then(|it| Target::default().with_io_type(it));
        let cases = [
            (io_type("io_serial").map(drop), "io_serial is io_stream today"),
            (io_type("io_both").map(drop), "io_parallel and io_stream"),
            ("Quartus".parse::<BackendKind>().map(drop), "there is Vitis"),
        ];
        for (refused, part) in cases {
            let message = refused.expect_err(part).to_string();
            assert!(message.contains(part), "{part:?} is not in {message:?}");
        }
    }
}
