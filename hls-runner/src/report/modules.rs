//! Which modules of a design use DSPs and memories.
//!
//! | file | what is read |
//! |---|---|
//! | `csynth.rpt` | Vitis HLS's summary: a row for each module, indented below the one that has it |
//! | `NAME_csynth.rpt` | Vitis HLS's instances and memories of the top function |
//! | `vivado_synth_hierarchy.rpt`, `vivado_impl_hierarchy.rpt` | Vivado's `report_utilization -hierarchical`: the same as the first |
//!
//! Counts of a module include those of the modules in it. What a module uses itself is what is left without these.

use super::fit::Resource;
use super::table::{Row, lines, rows};

/// A module and what it uses, with what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// How deep it is: the top is 0.
    pub depth: usize,
    /// Its name.
    pub name: String,
    /// DSPs.
    pub dsp: u64,
    /// Block RAMs of 18 Kibit.
    pub bram_18k: u64,
    /// UltraRAMs.
    pub uram: u64,
}

impl Module {
    fn of(&self, resource: Resource) -> u64 {
        match resource {
            Resource::Dsp => self.dsp,
            Resource::Bram18k => self.bram_18k,
            Resource::Uram => self.uram,
            Resource::Lut | Resource::Ff => 0,
        }
    }
}

/// The modules that use a resource themselves, those that use most first; modules of the same name are one.
#[must_use]
pub fn users(modules: &[Module], resource: Resource) -> Vec<(String, u64)> {
    let mut users: Vec<(String, u64)> = Vec::new();
    for (at, module) in modules.iter().enumerate() {
        let below = modules.get(at + 1..).unwrap_or_default();
        let below: Vec<&Module> = below.iter().take_while(|inner| inner.depth > module.depth).collect();
        let depth = below.iter().map(|inner| inner.depth).min();
        let children = below.iter().filter(|inner| Some(inner.depth) == depth);
        let inside: u64 = children.map(|inner| inner.of(resource)).fold(0, u64::saturating_add);
        let own = module.of(resource).saturating_sub(inside);
        if own > 0 {
            match users.iter_mut().find(|(name, _)| *name == module.name) {
                Some((_, count)) => *count = count.saturating_add(own),
                None => users.push((module.name.clone(), own)),
            }
        }
    }
    users.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    users
}

/// The modules of Vitis HLS's summary, `csynth.rpt`; none where that is another file or broken.
#[must_use]
pub fn of_csynth_summary(text: &str) -> Vec<Module> {
    let mut columns: Option<[usize; 3]> = None;
    let mut modules = Vec::new();
    for line in lines(text) {
        let Some(row) = row(line) else { continue };
        let Some([dsp, bram, uram]) = columns else {
            let find = |name: &str| row.column(&[name]);
            columns = find("Slack").and_then(|_| Some([find("DSP")?, find("BRAM")?, find("URAM")?]));
            continue;
        };
        // `+ module`, indented by its depth; `o loop` uses nothing of its own.
        let Some((indent, name)) = row.raw_first.split_once("+ ") else { continue };
        if !indent.trim().is_empty() {
            continue;
        }
        let amount = |column: usize| {
            let cell = row.cells.get(column).copied().unwrap_or_default();
            cell.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0)
        };
        modules.push(Module {
            depth: indent.len(),
            name: shorten(name),
            dsp: amount(dsp),
            bram_18k: amount(bram),
            uram: amount(uram),
        });
    }
    level(modules)
}

/// Instances and memories of the top function in Vitis HLS's `NAME_csynth.rpt`; none where it has none.
#[must_use]
pub fn of_csynth(text: &str) -> Vec<Module> {
    let mut modules = Vec::new();
    let mut columns: Option<[Option<usize>; 4]> = None;
    for row in rows(text) {
        match row.first() {
            "Instance" | "Memory" | "FIFO" | "Name" => {
                let find = |name: &str| row.column(&[name]);
                columns = Some([find("Module"), find("DSP"), find("BRAM_18K"), find("URAM")])
                    .filter(|[module, dsp, bram, _]| module.is_some() && (dsp.is_some() || bram.is_some()));
            }
            "" | "Total" => {}
            name => {
                let Some([module, dsp, bram, uram]) = columns else { continue };
                modules.push(inside(&row, name, module, [dsp, bram, uram]));
            }
        }
    }
    modules
}

fn inside(row: &Row<'_>, name: &str, module: Option<usize>, columns: [Option<usize>; 3]) -> Module {
    let cell =
        |column: Option<usize>| column.and_then(|column| row.cells.get(column)).copied().unwrap_or_default();
    let [dsp, bram_18k, uram] = columns.map(|column| cell(column).parse().unwrap_or(0));
    let module = Some(cell(module)).filter(|module| !module.is_empty()).unwrap_or(name);
    Module { depth: 0, name: shorten(module), dsp, bram_18k, uram }
}

/// The modules of Vivado's hierarchical utilization; none where that is another file or broken.
#[must_use]
pub fn of_hierarchy(text: &str) -> Vec<Module> {
    let mut columns = None;
    let mut modules = Vec::new();
    for line in lines(text) {
        let Some(row) = row(line) else { continue };
        if row.cells.first() == Some(&"Instance") {
            let find = |names: &[&str]| row.column(names);
            // Releases before 2020 call DSPs after those of the 7 series.
            columns = find(&["DSP Blocks", "DSP48 Blocks", "DSPs"]).and_then(|dsp| {
                Some((find(&["Module"])?, dsp, find(&["RAMB36"])?, find(&["RAMB18"])?, find(&["URAM"])))
            });
            continue;
        }
        let Some((module, dsp, ramb36, ramb18, uram)) = columns else { continue };
        let cell = |column: usize| row.cells.get(column).copied().unwrap_or_default();
        // `17(0.01%)` with -hierarchical_percentages.
        let count = |column: usize| -> u64 {
            cell(column).split('(').next().and_then(|word| word.trim().parse().ok()).unwrap_or(0)
        };
        let instance = cell(0).trim_matches(['(', ')']);
        let name = if cell(module) == "(top)" { instance } else { cell(module) };
        modules.push(Module {
            depth: row.raw_first.len() - row.raw_first.trim_start().len(),
            name: shorten(name),
            dsp: count(dsp),
            bram_18k: count(ramb36).saturating_mul(2).saturating_add(count(ramb18)),
            uram: uram.map_or(0, count),
        });
    }
    level(modules)
}

/// With the top at depth 0.
fn level(mut modules: Vec<Module>) -> Vec<Module> {
    let top = modules.iter().map(|module| module.depth).min().unwrap_or(0);
    for module in &mut modules {
        module.depth -= top;
    }
    modules
}

/// Names from a file are quoted in messages.
fn shorten(name: &str) -> String {
    name.trim().trim_end_matches('*').chars().take(120).collect()
}

/// A row whose first cell keeps its indent.
struct Indented<'a> {
    raw_first: &'a str,
    cells: Vec<&'a str>,
}

impl Indented<'_> {
    fn column(&self, headings: &[&str]) -> Option<usize> {
        self.cells.iter().position(|cell| headings.contains(cell))
    }
}

fn row(line: &str) -> Option<Indented<'_>> {
    let inside = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let cells: Vec<&str> = inside.split('|').collect();
    Some(Indented { raw_first: cells.first()?, cells: cells.iter().map(|cell| cell.trim()).collect() })
}
