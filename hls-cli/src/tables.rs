//! Tables on a terminal.

use comfy_table::{CellAlignment, Table, presets};

use crate::output::printable;

/// A table with columns of words, then columns of numbers, which stand to the right.
pub fn table(words: &[&str], numbers: &[&str]) -> Table {
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

/// A heading for an axis: `ReuseFactor` below `LayerType.Dense.`
pub fn heading(axis: &str) -> String {
    match axis.rsplit_once('.') {
        Some((owner, key)) => printable(owner) + ".\n" + &printable(key),
        None => printable(axis),
    }
}
