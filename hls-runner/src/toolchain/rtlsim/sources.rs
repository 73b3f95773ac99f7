//! The design's files, copied to where they are simulated.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::RtlsimError;
use super::ports::{Port, PortsError, ports};

/// The design's Verilog as it is compiled.
#[derive(Debug)]
pub(super) struct Sources {
    /// Names of the Verilog files below the folder of the copies, sorted.
    pub(super) files: Vec<PathBuf>,
    /// The ports of the top module.
    pub(super) ports: Vec<Port>,
}

/// Copies Verilog into `to/verilog`, and the files that its memories are read from into `to`, where the simulation runs.
///
/// # Errors
/// There is no Verilog, no top module in it, or a file cannot be read or written.
pub(super) fn copy(from: &Path, to: &Path, top: &str) -> Result<Sources, RtlsimError> {
    let verilog = to.join("verilog");
    fs::create_dir_all(&verilog).map_err(RtlsimError::io(&verilog))?;
    let mut sources = Sources { files: Vec::new(), ports: Vec::new() };
    let mut found = Err(PortsError::NoModule(top.to_owned()));
    for path in files(from)? {
        let Some(name) = path.file_name() else { continue };
        match path.extension().and_then(OsStr::to_str) {
            Some("v") => {
                let bytes = fs::read(&path).map_err(RtlsimError::io(&path))?;
                let text = String::from_utf8_lossy(&bytes);
                if matches!(found, Err(PortsError::NoModule(_))) {
                    found = ports(&text, top);
                }
                let copy = verilog.join(name);
                fs::write(&copy, without_zero_delays(&text).as_bytes()).map_err(RtlsimError::io(&copy))?;
                sources.files.push(Path::new("verilog").join(name));
            }
            Some("dat" | "mem") => {
                fs::copy(&path, to.join(name)).map_err(RtlsimError::io(&path))?;
            }
            _ => {}
        }
    }
    if sources.files.is_empty() {
        return Err(RtlsimError::NoVerilog(from.to_owned()));
    }
    sources.ports = found.map_err(|source| RtlsimError::Ports { folder: from.to_owned(), source })?;
    Ok(sources)
}

/// The files of a folder, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>, RtlsimError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(RtlsimError::io(folder))?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<Result<Vec<_>, _>>().map_err(RtlsimError::io(folder))?;
    paths.sort();
    Ok(paths)
}

/// The text without the delays `#0` of Vitis's initial values, which Verilator 5.006 refuses; without them, the values are the same.
fn without_zero_delays(text: &str) -> Cow<'_, str> {
    let mut kept: Vec<&str> = Vec::new();
    let (mut rest, mut from) = (text, 0);
    while let Some((before, after)) = rest.get(from..).and_then(|rest| rest.split_once("#0")) {
        let goes_on = after.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '\''));
        let end = from + before.len();
        if goes_on {
            from = end + "#0".len();
        } else {
            kept.extend(rest.get(..end));
            (rest, from) = (after, 0);
        }
    }
    if kept.is_empty() { text.into() } else { (kept.concat() + rest).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_delays_go_and_other_delays_stay() {
        let cases = [
            ("initial begin\n#0 a = 1'b0;\n#0 b = 2'd0;\nend", "initial begin\n a = 1'b0;\n b = 2'd0;\nend"),
            ("#0;#0", ";"),
            ("#0.5 a = 1; #05 b; #0 c; sub #(0) x();", "#0.5 a = 1; #05 b;  c; sub #(0) x();"),
            ("#10 a = 1;", "#10 a = 1;"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(without_zero_delays(text), expected);
        }
        assert!(matches!(without_zero_delays("#10 a"), Cow::Borrowed(_)));
    }
}
