//! Single units in another cycle, where that saves registers.

use super::super::netlist::delay;
use super::units::Units;

/// How often all units are looked at.
const PASSES: usize = 6;

/// Moves units to neighbouring cycles while that saves registers and keeps the period.
pub(super) fn retime(units: &mut Units, latency: u32, period: u32) {
    let budget =
        period.saturating_sub(delay::REGISTER).max(units.longest_path().saturating_sub(delay::REGISTER));
    let order = units.in_order();
    let mut paths = Paths::of(units, &order);
    for pass in 0..PASSES {
        let mut moved = false;
        let forward = pass % 2 == 0;
        for i in 0..order.len() {
            // Later cycles are entered from the back, earlier ones from the front.
            let unit = if forward { order[order.len() - 1 - i] } else { order[i] };
            while paths.try_move(units, unit, forward, latency, budget) {
                moved = true;
            }
        }
        if !moved && pass > 0 {
            return;
        }
    }
}

/// Delays within each cycle.
struct Paths {
    /// From the beginning of the cycle to the output of each unit.
    heads: Vec<u32>,
    /// From the input of each unit to the end of the cycle.
    tails: Vec<u32>,
}

impl Paths {
    fn of(units: &Units, order: &[usize]) -> Self {
        let mut paths = Self { heads: vec![0; units.len()], tails: vec![0; units.len()] };
        for &unit in order {
            paths.heads[unit] = paths.head(units, unit);
        }
        for &unit in order.iter().rev() {
            paths.tails[unit] = paths.tail(units, unit);
        }
        paths
    }

    fn head(&self, units: &Units, unit: usize) -> u32 {
        let same = units.sources[unit].iter().filter(|&&source| units.stages[source] == units.stages[unit]);
        same.map(|&source| self.heads[source]).max().unwrap_or(0) + units.delays[unit]
    }

    fn tail(&self, units: &Units, unit: usize) -> u32 {
        let same = units.targets[unit].iter().filter(|&&target| units.stages[target] == units.stages[unit]);
        same.map(|&target| self.tails[target]).max().unwrap_or(0) + units.delays[unit]
    }

    /// Moves a unit by a cycle if that saves registers.
    fn try_move(&mut self, units: &mut Units, unit: usize, later: bool, latency: u32, budget: u32) -> bool {
        let stage = units.stages[unit];
        let Some(new) = (if later { Some(stage + 1) } else { stage.checked_sub(1) }) else { return false };
        let allowed = if later {
            new < latency && units.targets[unit].iter().all(|&target| units.stages[target] >= new)
        } else {
            units.sources[unit].iter().all(|&source| units.stages[source] <= new)
        };
        if !allowed {
            return false;
        }
        let before = registers_around(units, unit, latency);
        units.stages[unit] = new;
        let after = registers_around(units, unit, latency);
        let fits = self.head(units, unit) + self.tail(units, unit) - units.delays[unit] <= budget;
        if after >= before || !fits {
            units.stages[unit] = stage;
            return false;
        }
        self.update(units, unit);
        true
    }

    /// Corrects the delays of everything that a moved unit is connected with.
    fn update(&mut self, units: &Units, moved: usize) {
        let mut open = vec![moved];
        open.extend(&units.targets[moved]);
        while let Some(unit) = open.pop() {
            let head = self.head(units, unit);
            if head != self.heads[unit] {
                self.heads[unit] = head;
                open.extend(&units.targets[unit]);
            }
        }
        let mut open = vec![moved];
        open.extend(&units.sources[moved]);
        while let Some(unit) = open.pop() {
            let tail = self.tail(units, unit);
            if tail != self.tails[unit] {
                self.tails[unit] = tail;
                open.extend(&units.sources[unit]);
            }
        }
    }
}

/// Registers after the nets that a unit reads and drives.
fn registers_around(units: &Units, unit: usize, latency: u32) -> u32 {
    let around = units.reads[unit].iter().chain(&units.drives[unit]);
    around.map(|&flow| registers(units, flow, latency)).sum()
}

fn registers(units: &Units, flow: usize, latency: u32) -> u32 {
    let flow = &units.flows[flow];
    let from = flow.from.map_or(0, |unit| units.stages[unit]);
    let read = flow.to.iter().map(|&unit| units.stages[unit]).max().unwrap_or(0);
    let until = if flow.is_output { latency } else { read };
    until.saturating_sub(from)
}
