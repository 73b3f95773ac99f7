//! How many parameters models have, where nothing says it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use hls_codegen::Conversion;
use hls_model::score::Size;
use hls_runner::results::columns::Cell;
use hls_runner::select::Table;
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
    // A model has as many under any settings.
    let files: BTreeSet<PathBuf> = table.rows.iter().filter_map(|row| row.file.clone()).collect();
    let counts: BTreeMap<PathBuf, u64> =
        files.into_par_iter().filter_map(|file| Some((file.clone(), count(&conversion, &file)?))).collect();
    for row in &mut table.rows {
        let count = row.file.as_ref().and_then(|file| counts.get(file));
        row.values.extend(count.map(|count| (COLUMN.to_owned(), Cell::Count(*count))));
    }
    table.columns.push(COLUMN.to_owned());
}

fn count(conversion: &Conversion, file: &Path) -> Option<u64> {
    guarded(|| Ok(Size::of(&conversion.convert(file)?.graph).parameters)).ok()
}
