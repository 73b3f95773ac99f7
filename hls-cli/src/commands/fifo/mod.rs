//! `fifo`: how deep the queues between the layers of an `io_stream` model have to be: estimated for a model, or as measured by a sweep's
//! stage `fifo_opt`.

mod estimated;
mod measured;

use comfy_table::{CellAlignment, Table, presets};

use crate::args::FifoArgs;
use crate::error::CliError;

pub fn run(args: &FifoArgs) -> Result<(), CliError> {
    match args.path.is_dir() {
        true => measured::run(args),
        false => estimated::run(args),
    }
}

/// A table whose last columns are numbers.
fn table(words: &[&str], numbers: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(words.iter().chain(numbers));
    for column in words.len()..words.len() + numbers.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
