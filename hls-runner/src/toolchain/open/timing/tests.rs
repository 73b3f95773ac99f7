//! Paths of tiny netlists, computed by hand from the delays in `delays.rs`.

use serde_json::{Value, json};

use super::*;
use crate::toolchain::open::netlist;

/// A cell: its type and its ports, of which those that are named here are outputs; 0 is a constant.
fn cell(type_name: &str, connections: &[(&str, &[u32])]) -> Value {
    let outputs = ["O", "O5", "O6", "CO", "Q"];
    let directions: serde_json::Map<String, Value> = connections
        .iter()
        .map(|(port, _)| ((*port).to_owned(), if outputs.contains(port) { "output" } else { "input" }.into()))
        .collect();
    let connections: serde_json::Map<String, Value> =
        connections.iter().map(|(port, bits)| ((*port).to_owned(), bits.iter().map(bit).collect())).collect();
    json!({"type": type_name, "port_directions": directions, "connections": connections})
}

fn bit(net: &u32) -> Value {
    if *net == 0 { json!("0") } else { json!(net) }
}

fn module(ports: &[(&str, &str, &[u32])], cells: &[(&str, Value)]) -> String {
    let ports: serde_json::Map<String, Value> = ports
        .iter()
        .map(|(name, direction, bits)| ((*name).to_owned(), json!({"direction": direction, "bits": bits})))
        .collect();
    let cells: serde_json::Map<String, Value> =
        cells.iter().map(|(name, cell)| ((*name).to_owned(), cell.clone())).collect();
    json!({"creator": "Yosys", "modules": {"t": {"ports": ports, "cells": cells, "netnames": {}}}})
        .to_string()
}

fn longest(text: &str) -> Result<LongestPath, TimingError> {
    longest_path(&netlist::parse(text, "t").unwrap())
}

fn delay(text: &str) -> f64 {
    longest(text).unwrap().delay_ns
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
}

#[test]
fn from_flip_flop_through_a_look_up_table_to_flip_flop() {
    let text = module(
        &[("clk", "input", &[2])],
        &[
            ("from", cell("FDRE", &[("C", &[2]), ("D", &[5]), ("Q", &[3])])),
            ("through", cell("LUT2", &[("I0", &[3]), ("I1", &[3]), ("O", &[4])])),
            ("to", cell("FDRE", &[("C", &[2]), ("D", &[4]), ("Q", &[5])])),
        ],
    );
    // Clock to output; a net of two pins; the table; into the flip-flop of its slice; setup.
    let by_hand = 0.456 + (0.6 + 0.08) + 0.124 + 0.05 + 0.06;
    let path = longest(&text).unwrap();
    close(path.delay_ns, by_hand);
    assert_eq!((path.start.as_str(), path.end.as_str()), ("from (FDRE.Q[0])", "to (FDRE.D)"));
    assert_eq!(path.levels(|_| true), 1);
    // The other way is a bare net: 0.456 + 0.6 + 0.06.
    let estimate = estimate(&path);
    // The clock buffer is slower than this.
    assert_eq!((estimate.period_ns, estimate.fmax_mhz), (2.155, 464.0));
    let report = describe("t", &path, &estimate, 2.0);
    for part in ["clock period:  2.155 ns (464.0 MHz)", "missed by 0.155 ns", "1 cells (0 CARRY4)", "through"]
    {
        assert!(report.contains(part), "{part} is missing in\n{report}");
    }
}

#[test]
fn along_two_carry_chains() {
    let table = |input: u32, output: u32| cell("LUT1", &[("I0", &[input]), ("O", &[output])]);
    let text = module(
        &[("x", "input", &[2]), ("y", "output", &[20])],
        &[
            ("select", table(2, 3)),
            (
                "low",
                cell("CARRY4", &[("S", &[3, 0, 0, 0]), ("CO", &[10, 11, 12, 13]), ("O", &[14, 15, 16, 17])]),
            ),
            (
                "high",
                cell(
                    "CARRY4",
                    &[
                        ("CI", &[13]),
                        ("S", &[0, 0, 0, 0]),
                        ("CO", &[21, 22, 23, 24]),
                        ("O", &[25, 20, 26, 27]),
                    ],
                ),
            ),
        ],
    );
    // Net of one pin and table; select 0 to the last carry; carry to the second sum of the next.
    close(delay(&text), (0.6 + 0.124) + (0.411 + 0.04 * 3.0) + 0.334);
    let path = longest(&text).unwrap();
    assert_eq!((path.start.as_str(), path.end.as_str()), ("input port x[0]", "output port y[0]"));
    assert_eq!(path.levels(|name| name == "CARRY4"), 2);
}

#[test]
fn data_of_a_chain_comes_from_the_table_beside_or_through_the_routing() {
    let double = cell("LUT6_2", &[("I0", &[2]), ("I5", &[4]), ("O5", &[5]), ("O6", &[6])]);
    let late = cell("LUT1", &[("I0", &[3]), ("O", &[4])]);
    let chain = |data: u32| {
        cell("CARRY4", &[("S", &[6, 0, 0, 0]), ("DI", &[data, 0, 0, 0]), ("CO", &[10, 11, 12, 13])])
    };
    let ports: [(&str, &str, &[u32]); 2] = [("x", "input", &[2, 3]), ("y", "output", &[10])];
    let with =
        |data| module(&ports, &[("late", late.clone()), ("double", double.clone()), ("chain", chain(data))]);
    // The upper output sees the late input: a net, a table, a net, a table, and select to carry; the lower one does not.
    close(delay(&with(5)), (0.6 + 0.124) * 2.0 + 0.411);
    // The late signal itself as data, now with two pins: by the routing.
    close(delay(&with(4)), (0.6 + 0.124) + f64::max(0.68 + 0.124 + 0.411, 0.68 + 0.379));
    // A select that comes from no table passes through one.
    let bare = module(
        &[("x", "input", &[2]), ("y", "output", &[10])],
        &[("chain", cell("CARRY4", &[("S", &[2, 0, 0, 0]), ("CO", &[10, 11, 12, 13])]))],
    );
    close(delay(&bare), 0.6 + 0.124 + 0.411);
}

#[test]
fn nets_of_many_pins_are_slower_up_to_a_limit() {
    let fan = |pins: u32| {
        let cells: Vec<(String, Value)> = (0..pins)
            .map(|pin| (format!("l{pin}"), cell("LUT1", &[("I0", &[2]), ("O", &[10 + pin])])))
            .collect();
        let cells: Vec<(&str, Value)> =
            cells.iter().map(|(name, cell)| (name.as_str(), cell.clone())).collect();
        delay(&module(&[("x", "input", &[2]), ("y", "output", &[10])], &cells))
    };
    close(fan(1), 0.6 + 0.124);
    close(fan(10), 0.6 + 0.08 * 3.0 + 0.124);
    close(fan(400), 1.6 + 0.124);
}

#[test]
fn circles_are_refused_and_nothing_at_all_is_no_path() {
    let table = |input: u32, output: u32| cell("LUT1", &[("I0", &[input]), ("O", &[output])]);
    let circle = module(&[], &[("one", table(2, 3)), ("two", table(3, 2))]);
    assert!(matches!(longest(&circle), Err(TimingError::Loop(cell)) if cell == "one" || cell == "two"));
    // Through a flip-flop it is a counter.
    let counter = module(&[], &[("one", table(2, 3)), ("two", cell("FDRE", &[("D", &[3]), ("Q", &[2])]))]);
    close(delay(&counter), 0.456 + 0.6 + 0.124 + 0.05 + 0.06);
    let wire = module(&[("x", "input", &[2]), ("y", "output", &[2])], &[]);
    let path = longest(&wire).unwrap();
    close(path.delay_ns, 0.0);
    assert!(describe("t", &path, &estimate(&path), 5.0).contains("input port x[0]"));
    assert_eq!(longest(&module(&[], &[])).unwrap(), LongestPath::default());
}

/// Deep enough to overflow the stack of whoever computes it by recursion, and as large as the largest circuits.
#[test]
fn a_long_chain_is_no_trouble() {
    let length = 60_000;
    let cells: Vec<(String, Value)> = (0..length)
        .map(|at| (format!("c{at}"), cell("LUT1", &[("I0", &[2 + at]), ("O", &[3 + at])])))
        .collect();
    let cells: Vec<(&str, Value)> = cells.iter().map(|(name, cell)| (name.as_str(), cell.clone())).collect();
    let text = module(&[("x", "input", &[2]), ("y", "output", &[2 + length])], &cells);
    let found = delay(&text);
    assert!((found - f64::from(length) * 0.724).abs() < 1e-3, "{found}");
}

#[test]
fn what_is_no_netlist_is_refused() {
    for (text, words) in [
        ("", "not what Yosys writes"),
        ("{\"modules\": {}}", "no module t"),
        (
            "{\"modules\": {\"t\": {\"cells\": {\"a\": {\"type\": \"LUT1\", \"connections\": {\"O\": [9999999]}}}}}}",
            "no net 9999999",
        ),
    ] {
        let error = netlist::parse(text, "t").unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}
