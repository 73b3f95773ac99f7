//! A selection as JSON and CSV.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use super::choice::{Judged, Place, Selection};
use super::column::Goal;
use super::table::Table;
use crate::plan::grid::Point;
use crate::results::columns::Cell;

/// A selection as `serde_json` writes it.
#[derive(Debug, Serialize)]
pub struct SelectionView<'a> {
    schema: u32,
    objectives: Vec<ObjectiveView>,
    limits: Vec<String>,
    stand_in: bool,
    models: Vec<ModelView<'a>>,
}

/// The version of the form.
const SCHEMA: u32 = 1;

#[derive(Debug, Serialize)]
struct ObjectiveView {
    figure: String,
    goal: &'static str,
}

#[derive(Debug, Serialize)]
struct ModelView<'a> {
    run: &'a str,
    model: &'a str,
    file: Option<String>,
    #[serde(skip_serializing_if = "Point::is_empty")]
    settings: &'a Point,
    front: Option<usize>,
    left_out: Option<String>,
    values: BTreeMap<&'a str, Value<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Value<'a> {
    Flag(bool),
    Count(u64),
    Number(f64),
    Text(&'a str),
    Unknown,
}

impl Selection {
    /// Everything as data.
    #[must_use]
    pub fn view<'a>(&self, table: &'a Table) -> SelectionView<'a> {
        let objective = |objective: &super::choice::Objective| ObjectiveView {
            figure: objective.figure.to_string(),
            goal: match objective.goal {
                Goal::Maximize => "maximize",
                Goal::Minimize => "minimize",
            },
        };
        SelectionView {
            schema: SCHEMA,
            objectives: self.objectives.iter().map(objective).collect(),
            limits: self.limits.iter().map(ToString::to_string).collect(),
            stand_in: table.stand_in,
            models: self.judged.iter().map(|judged| ModelView::new(judged, table)).collect(),
        }
    }

    /// Writes a line for each model, the selected first, below a line with the names of the columns; what is unknown is empty.
    ///
    /// # Errors
    /// What `to` says.
    pub fn write_csv(&self, table: &Table, to: impl io::Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(to);
        let own = ["run", "model", "file", "front", "left_out"].map(str::to_owned);
        writer.write_record(own.iter().chain(&table.columns)).map_err(io::Error::from)?;
        for judged in &self.judged {
            let ModelView { run, model, file, front, left_out, .. } = ModelView::new(judged, table);
            let front = front.map(|front| front.to_string());
            let own = [
                run.to_owned(),
                model.to_owned(),
                file.unwrap_or_default(),
                front.unwrap_or_default(),
                left_out.unwrap_or_default(),
            ];
            let values = &table.rows[judged.row].values;
            let cells = table
                .columns
                .iter()
                .map(|column| values.get(column).map_or_else(String::new, Cell::to_string));
            writer.write_record(own.into_iter().chain(cells)).map_err(io::Error::from)?;
        }
        writer.flush()
    }
}

impl<'a> ModelView<'a> {
    fn new(judged: &Judged, table: &'a Table) -> Self {
        let row = &table.rows[judged.row];
        Self {
            run: &row.run,
            model: &row.model,
            settings: &row.settings,
            file: row.file.as_ref().map(|file| file.to_string_lossy().into_owned()),
            front: match judged.place {
                Place::Front(front) => Some(front),
                Place::Rank(_) => Some(1),
                Place::NotAmongTheBest | Place::Out(_) => None,
            },
            left_out: match &judged.place {
                Place::Out(why) => Some(why.to_string()),
                Place::NotAmongTheBest => Some("not among the best".to_owned()),
                Place::Front(_) | Place::Rank(_) => None,
            },
            values: row.values.iter().map(|(column, cell)| (column.as_str(), Value::of(cell))).collect(),
        }
    }
}

impl<'a> Value<'a> {
    fn of(cell: &'a Cell) -> Self {
        match cell {
            Cell::Unknown => Self::Unknown,
            Cell::Flag(value) => Self::Flag(*value),
            Cell::Count(value) => Self::Count(*value),
            Cell::Number(value) | Cell::Seconds(value) => Self::Number(*value),
            Cell::Text(text) => Self::Text(text),
        }
    }
}
