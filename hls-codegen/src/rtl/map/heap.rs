//! Sums of many numbers: which bits go through which carry chain.
//!
//! The bits of all numbers stand in columns, one for each power of two. A chain runs over some columns, takes several bits of each, and
//! puts out one of each, so columns become lower until one last chain takes what is left. Which bits a chain takes is a shortest path over its
//! columns; how picky the chains are is decided by a [`Policy`], and the cheapest of several policies is taken.

use super::position::{Intake, Pending, TRANSITIONS};
use crate::adder_graph::Effort;
use crate::rtl::options::{Goal, RtlOptions};

/// A bit in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HeapBit {
    /// Where it comes from.
    pub source: Source,
    /// Whether it is the opposite of its net, which costs a LUT's input, and cannot go past the LUT.
    pub inverted: bool,
    /// When it is there, in picoseconds.
    pub arrival: u32,
}

/// Where a bit comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A bit of the sum's operands.
    Given(usize),
    /// What a chain puts out: the output of a position, or beyond the last the carry.
    Chain {
        /// Which chain.
        chain: usize,
        /// Which position.
        position: usize,
    },
}

/// The bits of a sum.
#[derive(Debug, Clone, Default)]
pub(super) struct Heap {
    /// For each power of two its bits.
    pub columns: Vec<Vec<HeapBit>>,
    /// What is added to them.
    pub constant: Vec<bool>,
}

/// A position of a planned chain.
#[derive(Debug, Clone, Default)]
pub(super) struct Position {
    /// Bits whose parity is added.
    pub parity: Vec<HeapBit>,
    /// A bit that is added as it is.
    pub direct: Option<HeapBit>,
    /// Whether a constant one is among the bits of the parity.
    pub one: bool,
}

/// A planned chain.
#[derive(Debug, Clone, Default)]
pub(super) struct PlannedChain {
    /// Its lowest column.
    pub column: usize,
    /// A bit of its lowest column that goes in as the first carry.
    pub carry_in: Option<HeapBit>,
    /// Its positions.
    pub positions: Vec<Position>,
}

/// How a heap is added up.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// The chains, each after those whose outputs it takes.
    pub chains: Vec<PlannedChain>,
    /// The bits of the sum; `None` where it is the constant.
    pub result: Vec<Option<HeapBit>>,
    /// Lookup tables that it takes.
    pub luts: usize,
}

/// How picky chains are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Policy {
    /// Bits that a LUT must remove to be worth it: first this many, then less and less.
    pub prices: [f64; 4],
    /// How much later than the first bits those may be that a chain takes with them, in picoseconds.
    pub patience: u32,
}

/// How eager chains are for bits that come later, in picoseconds.
const PATIENCE: [u32; 4] = [1000, 2500, 5000, u32::MAX];

/// What LUTs have to remove, in the order in which it is tried.
const PRICES: [[f64; 4]; 6] = [
    [1.9, 1.4, 0.9, 0.4],
    [1.6, 1.2, 0.8, 0.3],
    [1.45, 1.1, 0.9, 0.4],
    [1.0, 0.9, 0.6, 0.2],
    [1.95, 1.7, 1.3, 0.6],
    [1.4, 1.4, 0.9, 0.4],
];

/// Bits of a sum on its way, which a further cycle has to keep in registers.
const REGISTERS_OF_A_SUM: f64 = 34.0;

/// What a register is worth, in LUTs: devices have two for each.
const LUTS_PER_REGISTER: f64 = 0.5;

/// What a nanosecond is worth at most.
const LUTS_PER_NS_AT_MOST: f64 = 5.0;

/// Which plans are made for a sum, and which of them is best.
#[derive(Debug, Clone)]
pub(super) struct Planning {
    policies: Vec<Policy>,
    /// LUTs that a nanosecond is worth.
    luts_per_ns: f64,
}

impl Planning {
    /// For circuits that work in cycles of this length, in picoseconds.
    pub fn new(options: RtlOptions, cycle: u32) -> Self {
        let prices = match options.effort {
            Effort::Low => &PRICES[..3],
            Effort::High => &PRICES[..],
        };
        let policies = PATIENCE
            .iter()
            .flat_map(|&patience| prices.iter().map(move |&prices| Policy { prices, patience }));
        let cycle_ns = f64::from(cycle.max(1)) / 1000.0;
        let luts_per_ns = match options.goal {
            Goal::Area => 0.0,
            Goal::Balance => (REGISTERS_OF_A_SUM * LUTS_PER_REGISTER / cycle_ns).min(LUTS_PER_NS_AT_MOST),
            Goal::Latency => LUTS_PER_NS_AT_MOST,
        };
        Self { policies: policies.collect(), luts_per_ns }
    }

    /// The best plan of all policies.
    pub fn plan(&self, heap: &Heap) -> Plan {
        // What one chain can take needs no comparison.
        let policies = match (self.policies.first(), Planner::is_one_chain(heap)) {
            (Some(any), true) => std::slice::from_ref(any),
            _ => &self.policies[..],
        };
        let plans = policies.iter().map(|&policy| Planner::new(heap.clone(), policy).run());
        plans.min_by(|a, b| self.cost(a).total_cmp(&self.cost(b))).unwrap_or_default()
    }

    fn cost(&self, plan: &Plan) -> f64 {
        let end = plan.result.iter().flatten().map(|bit| bit.arrival).max().unwrap_or(0);
        plan.luts as f64 + self.luts_per_ns * f64::from(end) / 1000.0
    }
}

struct Planner {
    heap: Heap,
    policy: Policy,
    plan: Plan,
}

/// A path through the columns: what the best chain that ends here took.
#[derive(Debug, Clone, Copy)]
struct Step {
    score: f64,
    intake: Intake,
    /// The state before, or the beginning of a chain, with a first carry or without.
    from: From,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Start { carry_in: bool },
    State(usize),
}

/// A chain as a path.
struct Path {
    column: usize,
    carry_in: bool,
    intakes: Vec<Intake>,
}

impl Planner {
    fn new(heap: Heap, policy: Policy) -> Self {
        Self { heap, policy, plan: Plan::default() }
    }

    fn is_one_chain(heap: &Heap) -> bool {
        let any = Policy { prices: PRICES[0], patience: u32::MAX };
        Self::new(heap.clone(), any).last_chain().is_some()
    }

    fn run(mut self) -> Plan {
        let mut time = self.next_time(None).unwrap_or(0);
        loop {
            if let Some(path) = self.last_chain() {
                self.finish(path);
                return self.plan;
            }
            let available = time.saturating_add(self.policy.patience);
            if let Some(path) = self.best_chain(available) {
                self.take(&path, available, false);
            } else if let Some(later) = self.next_time(Some(available)) {
                time = later;
            } else {
                // Nothing is worth its LUTs, and still one chain cannot take it all: the best of what there is.
                match self.chain_at_price(u32::MAX, 0.0) {
                    Some(path) => self.take(&path, u32::MAX, false),
                    None => return Plan { luts: usize::MAX, ..self.plan },
                }
            }
        }
    }

    /// The first arrival after a time.
    fn next_time(&self, after: Option<u32>) -> Option<u32> {
        let bits = self.heap.columns.iter().flatten().map(|bit| bit.arrival);
        bits.filter(|&arrival| after.is_none_or(|after| arrival > after)).min()
    }

    fn best_chain(&self, available: u32) -> Option<Path> {
        self.policy.prices.iter().find_map(|&price| self.chain_at_price(available, price))
    }

    /// The chain that removes most bits beyond `price` for each LUT.
    fn chain_at_price(&self, available: u32, price: f64) -> Option<Path> {
        let width = self.heap.columns.len();
        let counts: Vec<(usize, usize)> =
            self.heap.columns.iter().map(|column| usable(column, available)).collect();
        let mut table: Vec<[Option<Step>; Pending::ALL.len()]> = vec![Default::default(); width];
        let mut best: Option<(f64, usize, usize)> = None;
        let transitions = &TRANSITIONS[0];
        for column in 0..width {
            let (bits, plain) = counts[column];
            for (state, pending) in Pending::ALL.into_iter().enumerate() {
                let before = match column {
                    0 => None,
                    _ => table[column - 1][state].map(|step| (step.score, From::State(state))),
                };
                let start = (state == 0).then_some((0.0, From::Start { carry_in: false }));
                let with_carry = (state == 0 && plain > 0).then_some((1.0, From::Start { carry_in: true }));
                for (score, from) in [before, start, with_carry].into_iter().flatten() {
                    let carries = usize::from(from == From::Start { carry_in: true });
                    let starts = matches!(from, From::Start { .. });
                    for step in &transitions[state] {
                        let taken = step.intake.bits();
                        let bypassed = step.bypasses && (plain == 0 || carries > 0);
                        if taken + carries > bits || bypassed || starts && taken == 0 {
                            continue;
                        }
                        let used = usize::from(taken > 0 || pending.most > 0);
                        let score = score + taken as f64 - 1.0 - price * used as f64;
                        let slot = &mut table[column][step.after];
                        if slot.is_none_or(|old| score > old.score + 1e-9) {
                            *slot = Some(Step { score, intake: step.intake, from });
                        }
                    }
                }
            }
            // A chain may end where nothing is pending, or at the top; below it, its carry is one more bit.
            let at_top = column + 1 == width;
            for (state, step) in table[column].iter().enumerate() {
                let Some(step) = step else { continue };
                if state != 0 && !at_top {
                    continue;
                }
                let score = step.score - if at_top { 0.0 } else { 1.0 };
                if score > 1e-9 && best.is_none_or(|(most, ..)| score > most + 1e-9) {
                    best = Some((score, column, state));
                }
            }
        }
        let (_, column, state) = best?;
        Some(path_to(&table, column, state))
    }

    /// The one chain that takes everything, if it can.
    fn last_chain(&self) -> Option<Path> {
        let width = self.heap.columns.len();
        let height = |column: usize| self.heap.columns[column].len();
        if (0..width).any(|column| height(column) > 7) {
            return None;
        }
        let busy = |column: &usize| height(*column) + usize::from(self.heap.constant[*column]) > 1;
        let Some(first) = (0..width).find(busy) else {
            return Some(Path { column: width, carry_in: false, intakes: Vec::new() });
        };
        let mut table: Vec<[Option<Step>; Pending::ALL.len()]> = vec![Default::default(); width];
        for column in first..width {
            let (bits, plain) = usable(&self.heap.columns[column], u32::MAX);
            let one = self.heap.constant[column];
            for (state, pending) in Pending::ALL.into_iter().enumerate() {
                let starts = [From::Start { carry_in: false }, From::Start { carry_in: true }];
                let begins =
                    starts.into_iter().filter(|_| column == first && state == 0).map(|from| (0.0, from));
                let goes_on = (column > first)
                    .then(|| table[column - 1][state])
                    .flatten()
                    .map(|step| (step.score, From::State(state)));
                for (score, from) in begins.chain(goes_on) {
                    let carries = usize::from(from == From::Start { carry_in: true });
                    if carries > plain {
                        continue;
                    }
                    for step in &TRANSITIONS[usize::from(one)][state] {
                        let taken = step.intake.bits();
                        if taken + carries != bits || step.bypasses && (plain == 0 || carries > 0) {
                            continue;
                        }
                        let used = usize::from(taken > 0 || pending.inputs > 0);
                        let score = score - used as f64 - 0.01 * carries as f64;
                        let slot = &mut table[column][step.after];
                        if slot.is_none_or(|old| score > old.score + 1e-9) {
                            *slot = Some(Step { score, intake: step.intake, from });
                        }
                    }
                }
            }
        }
        let ends = table[width - 1].iter().enumerate().filter_map(|(state, step)| Some((state, (*step)?)));
        let (state, _) = ends.max_by(|a, b| a.1.score.total_cmp(&b.1.score))?;
        Some(path_to(&table, width - 1, state))
    }

    /// Takes the bits of a path out of the heap, and puts its outputs in.
    fn take(&mut self, path: &Path, available: u32, is_last: bool) {
        let chain = self.plan.chains.len();
        let mut planned = PlannedChain { column: path.column, ..PlannedChain::default() };
        if path.carry_in {
            planned.carry_in = pick(&mut self.heap.columns[path.column], available, true);
        }
        for (i, intake) in path.intakes.iter().enumerate() {
            let column = &mut self.heap.columns[path.column + i];
            // What goes past the LUT cannot be inverted.
            let past_lut = intake.bits() > 5;
            let direct = if intake.direct { pick(column, available, past_lut) } else { None };
            let parity: Vec<HeapBit> =
                (0..intake.parity).filter_map(|_| pick(column, available, false)).collect();
            let one = is_last && self.heap.constant[path.column + i];
            planned.positions.push(Position { parity, direct, one });
        }
        let mut pending = 0;
        for position in &planned.positions {
            let inputs = position.parity.len() + usize::from(position.direct.is_some());
            self.plan.luts += usize::from(inputs + pending > 0);
            pending = match Pending::after(position.parity.len(), position.one) {
                Some(after) => after.inputs,
                None => 0,
            };
        }
        let bits =
            planned.positions.iter().flat_map(|position| position.parity.iter().chain(&position.direct));
        let begin = bits.chain(&planned.carry_in).map(|bit| bit.arrival).max().unwrap_or(0);
        let arrival = begin + chain_delay(planned.positions.len());
        let last = path.intakes.len();
        for position in 0..=last {
            let column = path.column + position;
            if column < self.heap.columns.len() {
                let source = Source::Chain { chain, position };
                self.heap.columns[column].push(HeapBit { source, inverted: false, arrival });
            }
        }
        self.plan.chains.push(planned);
    }

    fn finish(&mut self, path: Path) {
        if !path.intakes.is_empty() {
            self.take(&path, u32::MAX, true);
        }
        self.plan.result = self.heap.columns.iter().map(|column| column.first().copied()).collect();
    }
}

/// How long a chain with the LUTs before it takes.
fn chain_delay(positions: usize) -> u32 {
    use crate::rtl::netlist::delay;
    delay::NET + delay::LUT + delay::CHAIN + delay::CARRY * positions as u32
}

/// How many bits of a column are there at a time, and how many of them are not inverted.
fn usable(column: &[HeapBit], available: u32) -> (usize, usize) {
    let there = column.iter().filter(|bit| bit.arrival <= available);
    there.fold((0, 0), |(bits, plain), bit| (bits + 1, plain + usize::from(!bit.inverted)))
}

/// Takes the earliest bit of a column. Where any will do, inverted ones go first, as they are of less use elsewhere.
fn pick(column: &mut Vec<HeapBit>, available: u32, plain: bool) -> Option<HeapBit> {
    let candidates =
        column.iter().enumerate().filter(|(_, bit)| bit.arrival <= available && !(plain && bit.inverted));
    let (at, _) = candidates.min_by_key(|(i, bit)| (bit.arrival, !bit.inverted, *i))?;
    Some(column.remove(at))
}

fn path_to(table: &[[Option<Step>; Pending::ALL.len()]], column: usize, state: usize) -> Path {
    let (mut column, mut state) = (column, state);
    let mut intakes = Vec::new();
    loop {
        let Some(step) = table[column][state] else {
            return Path { column, carry_in: false, intakes: Vec::new() };
        };
        intakes.push(step.intake);
        match step.from {
            From::Start { carry_in } => {
                intakes.reverse();
                return Path { column, carry_in, intakes };
            }
            From::State(before) => {
                state = before;
                column -= 1;
            }
        }
    }
}
