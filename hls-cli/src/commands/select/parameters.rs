//! How many parameters models have, where nothing says it.

use hls_codegen::Conversion;
use hls_model::score::Size;
use hls_runner::results::columns::Cell;
use hls_runner::select::{Row, Table};
use rayon::prelude::*;

use crate::args::SelectArgs;
use crate::guard::guarded;

/// The column, as in scores.
const COLUMN: &str = "parameters";

/// Counts the parameters of all models, if they are asked for and not known of any. A model that cannot be converted keeps none.
pub fn count_if_asked(args: &SelectArgs, table: &mut Table) {
    let limits = args.min.iter().chain(&args.max).map(|(name, _)| name);
    let mut terms = args.maximize.iter().chain(&args.minimize).chain(limits).flat_map(|name| name.split('+'));
    let asked = terms.any(|term| term.trim().eq_ignore_ascii_case(COLUMN));
    if !asked || table.rows.iter().any(|row| row.number(COLUMN).is_some()) {
        return;
    }
    let conversion = Conversion::default();
    let counts: Vec<Option<u64>> = table.rows.par_iter().map(|row| count(&conversion, row)).collect();
    for (row, count) in table.rows.iter_mut().zip(counts) {
        row.values.extend(count.map(|count| (COLUMN.to_owned(), Cell::Count(count))));
    }
    table.columns.push(COLUMN.to_owned());
}

fn count(conversion: &Conversion, row: &Row) -> Option<u64> {
    let file = row.file.as_ref()?;
    guarded(|| Ok(Size::of(&conversion.convert(file)?.graph).parameters)).ok()
}
