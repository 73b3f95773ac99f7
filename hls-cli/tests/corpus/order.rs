//! The order in which the firmware's layers read and write their queues is the one from which depths are estimated.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use hls_codegen::vitis::Kernels;
use hls_codegen::{Converted, Trace};
use hls_model::graph::Graph;
use hls_model::streams::{self, Access};
use hls_model::target::IoType;
use hls_runner::toolchain::Effort;
use ndarray::Array2;

use crate::firmware::Firmware;

/// `hls::stream` that notes each access in a file, as `R name` or `W name`.
const NOTING_STREAM: &str = r#"
#pragma once
#include <cstddef>
#include <cstdio>
#include <deque>
#include <string>
namespace hls {
inline std::FILE *notes() {
    static std::FILE *const file = std::fopen(NOTES, "w");
    return file;
}
template <class T, int DEPTH = 0> class stream {
  public:
    typedef T value_type;
    stream() : name("unnamed") {}
    explicit stream(const std::string &given) : name(given) {}
    bool empty() const { return queue.empty(); }
    std::size_t size() const { return queue.size(); }
    T read() {
        note('R');
        const T value = queue.at(0);
        queue.pop_front();
        return value;
    }
    void read(T &value) { value = read(); }
    void write(const T &value) {
        note('W');
        queue.push_back(value);
    }
    void operator>>(T &value) { value = read(); }
    void operator<<(const T &value) { write(value); }
  private:
    void note(char what) const {
        std::fprintf(notes(), "%c %s\n", what, name.c_str());
    }
    std::string name;
    std::deque<T> queue;
};
} // namespace hls
"#;

/// How many accesses were compared.
pub fn check(conversion: &Converted) -> Result<usize, String> {
    if conversion.graph.target.io_type() != IoType::Stream {
        return Ok(0);
    }
    let mut compared = 0;
    let graph = &conversion.graph;
    let queues = streams::queues(graph).map_err(|error| error.to_string())?;
    let inner: BTreeSet<String> = queues.into_iter().map(|queue| queue.variable).collect();
    let noted = notes(conversion)?;
    for (id, accesses) in streams::accesses(graph).map_err(|error| error.to_string())? {
        let expected: Vec<String> =
            accesses.iter().filter_map(|access| note(graph, *access, &inner)).collect();
        compared += expected.len();
        let own: BTreeSet<&String> = expected.iter().collect();
        let found: Vec<&String> = noted.iter().filter(|line| own.contains(line)).collect();
        if !expected.iter().eq(found.iter().copied()) {
            let at = expected
                .iter()
                .zip(&found)
                .position(|(a, b)| a != *b)
                .unwrap_or(expected.len().min(found.len()));
            return Err(format!(
                "layer {}: {} accesses instead of {}, and the one with number {at} is {:?} instead of {:?}",
                graph.node(id).name,
                found.len(),
                expected.len(),
                found.get(at),
                expected.get(at)
            ));
        }
    }
    Ok(compared)
}

/// An access as the stream notes it, if it is to a queue between layers.
fn note(graph: &Graph, access: Access, inner: &BTreeSet<String>) -> Option<String> {
    let (what, id) = match access {
        Access::Read(id) => ('R', id),
        Access::Write(id) => ('W', id),
    };
    let variable = &graph.tensor(id).variable;
    inner.contains(variable).then(|| format!("{what} {variable}"))
}

/// What the compiled firmware's streams note for one sample of zeros.
fn notes(conversion: &Converted) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let notes = folder.path().join("notes.txt");
    let mut options = conversion.options.clone().with_trace(Trace::Off);
    options.vitis.kernels = noting_kernels(folder.path(), &notes)?;
    // One sample of zeros is all that it computes.
    let firmware = Firmware::build_with(&conversion.graph, &options, Effort::ShortestCompile)?;
    let inputs = conversion.graph.inputs.iter();
    let zeros: Vec<_> = inputs.map(|&id| Array2::zeros((1, conversion.graph.output_of(id).len()))).collect();
    firmware.run(&zeros)?;
    let text = fs::read_to_string(&notes).map_err(|error| format!("no stream was used: {error}"))?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// The built-in kernels, with a stream that notes its accesses in the file `notes`.
fn noting_kernels(folder: &Path, notes: &Path) -> Result<Kernels, String> {
    let library = folder.join("kernels");
    for (path, bytes) in Kernels::embedded().files() {
        let file = library.join(path);
        let text = match path {
            "ap_types/hls_stream.h" => NOTING_STREAM.replace("NOTES", &format!("{notes:?}")).into_bytes(),
            _ => bytes.to_vec(),
        };
        let written =
            fs::create_dir_all(file.parent().unwrap_or(&library)).and_then(|()| fs::write(&file, text));
        written.map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Kernels::from_dir(&library).map_err(|error| error.to_string())
}
