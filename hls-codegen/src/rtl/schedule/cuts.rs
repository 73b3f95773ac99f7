//! Cuts through time.

use super::super::netlist::delay;
use super::units::Units;

/// Cuts are tried at most this close to each other, in picoseconds.
const GRID: u32 = 100;

/// A moment at which registers may be.
#[derive(Debug, Clone, Copy)]
struct Moment {
    time: u32,
    /// Bits that are there then and are read later.
    bits: u32,
}

/// What is known of the best cuts up to a moment.
#[derive(Debug, Clone, Copy)]
struct Best {
    cuts: u32,
    bits: u32,
    before: usize,
}

/// The cycle of each unit: as few cycles as the period allows, and among these the fewest registers. `arrivals` says when each unit's outputs are
/// there, at the earliest, at the latest, or between.
///
/// A unit that takes longer than the period has a cycle of its own.
pub(super) fn stages(units: &Units, arrivals: &[u32], period: u32) -> Vec<u32> {
    let moments = moments(units, arrivals);
    let budget = period.saturating_sub(delay::REGISTER);
    let mut by_arrival: Vec<usize> = (0..units.len()).collect();
    by_arrival.sort_by_key(|&unit| arrivals[unit]);
    let mut best: Vec<Option<Best>> = vec![None; moments.len()];
    best[0] = Some(Best { cuts: 0, bits: 0, before: 0 });
    let mut local = vec![0; units.len()];
    for from in 0..moments.len() {
        let Some(so_far) = best[from] else { continue };
        let begin = moments[from].time;
        let mut rest = by_arrival.iter().copied().skip_while(|&unit| arrivals[unit] <= begin).peekable();
        let mut longest = 0;
        for (to, moment) in moments.iter().enumerate().skip(from + 1) {
            while let Some(unit) = rest.next_if(|&unit| arrivals[unit] <= moment.time) {
                let same = units.sources[unit].iter().filter(|&&source| arrivals[source] > begin);
                local[unit] = same.map(|&source| local[source]).max().unwrap_or(0) + units.delays[unit];
                longest = longest.max(local[unit]);
            }
            // The first moment after a cut is always allowed, so that there is a way.
            if longest > budget && to > from + 1 {
                break;
            }
            let next = Best { cuts: so_far.cuts + 1, bits: so_far.bits + moment.bits, before: from };
            if best[to].is_none_or(|old| (next.cuts, next.bits) < (old.cuts, old.bits)) {
                best[to] = Some(next);
            }
        }
    }
    let mut cuts = Vec::new();
    let mut at = moments.len() - 1;
    while at > 0 {
        cuts.push(moments[at].time);
        at = best[at].map_or(0, |best| best.before);
    }
    cuts.reverse();
    // The last cut is the registers of the outputs.
    arrivals.iter().map(|&arrival| cuts.partition_point(|&cut| cut < arrival) as u32).collect()
}

/// The beginning, then for each step of the grid the moment with the fewest bits, then the end.
fn moments(units: &Units, arrivals: &[u32]) -> Vec<Moment> {
    let end = arrivals.iter().copied().max().unwrap_or(0);
    let mut times: Vec<u32> = arrivals.to_vec();
    times.sort_unstable();
    times.dedup();
    // How many bits begin and end to be alive after each time.
    let mut change: Vec<i64> = vec![0; times.len() + 1];
    let place = |time: u32| times.partition_point(|&t| t < time);
    for flow in &units.flows {
        let from = flow.from.map_or(0, |unit| arrivals[unit]);
        let read = flow.to.iter().map(|&unit| arrivals[unit]).max().unwrap_or(0);
        let until = if flow.is_output { end + 1 } else { read };
        if from < until {
            change[place(from)] += 1;
            change[place(until).min(times.len())] -= 1;
        }
    }
    let mut moments = vec![Moment { time: 0, bits: 0 }];
    let mut alive = 0;
    for (i, &time) in times.iter().enumerate() {
        alive += change[i];
        let moment = Moment { time, bits: u32::try_from(alive).unwrap_or(0) };
        match moments.last_mut() {
            Some(last) if last.time > 0 && last.time / GRID == time / GRID && time < end => {
                if moment.bits <= last.bits {
                    *last = moment;
                }
            }
            _ => moments.push(moment),
        }
    }
    moments
}
