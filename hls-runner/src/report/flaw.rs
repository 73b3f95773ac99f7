use std::fmt;
use std::path::PathBuf;

/// Longest quotation of a file in a message, in characters.
const QUOTED: usize = 40;

/// Something in a report's text that is not as its format wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Where.
    pub place: Place,
    /// What should be there.
    pub expected: String,
    /// What is there, shortened; `None` if nothing is.
    pub found: Option<String>,
}

/// A place in a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A line, counted from 1.
    Line(usize),
    /// An XML element by its path.
    Element(String),
    /// The end of the file: something that should have come before did not.
    End,
}

impl Flaw {
    pub(super) fn new(place: Place, expected: impl Into<String>) -> Self {
        Self { place, expected: expected.into(), found: None }
    }

    pub(super) fn at_line(line: usize, expected: impl Into<String>, found: &str) -> Self {
        Self::new(Place::Line(line), expected).but_found(found)
    }

    pub(super) fn but_found(mut self, text: &str) -> Self {
        let mut quoted: String = text.trim().chars().take(QUOTED).collect();
        if text.trim().chars().count() > QUOTED {
            quoted.push('…');
        }
        self.found = Some(quoted);
        self
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Line(line) => write!(f, "line {line}: expected {}", self.expected)?,
            Place::Element(path) => write!(f, "element {path}: expected {}", self.expected)?,
            Place::End => write!(f, "at its end: expected {} before", self.expected)?,
        }
        match &self.found {
            Some(found) => write!(f, ", found {found:?}"),
            None => Ok(()),
        }
    }
}

/// A report that could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The system would not give the file.
    #[error("the report {} could not be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is larger than any report.
    #[error("the report {} is larger than {limit_bytes} bytes and was not read", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The greatest size that is read.
        limit_bytes: u64,
    },
    /// The text is not as the tools write it.
    #[error("the numbers of the report {} are left out; {flaw}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong where.
        flaw: Flaw,
    },
}
