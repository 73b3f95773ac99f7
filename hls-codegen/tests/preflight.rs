//! What layers ask of Vitis HLS, and what is said where that is too much.

mod common;

use common::case;
use hls_codegen::demand::{Demand, Ports};
use hls_codegen::vitis::VitisOptions;
use hls_codegen::vitis::preflight::{Limits, demands, ports, warnings};

const TINY: Limits = Limits { partitioned_elements: 20, unrolled_products: 50, word_bits: 100 };

fn demand(case_name: &str, layer: &str) -> Demand {
    let (graph, _) = case(case_name);
    let all = demands(&graph);
    let names: Vec<String> = all.iter().map(|demand| demand.layer.clone()).collect();
    all.into_iter()
        .find(|demand| demand.layer == layer)
        .unwrap_or_else(|| panic!("{layer} is not one of {names:?}"))
}

#[test]
fn products_follow_from_shape_strategy_and_reuse_factor() {
    // Case, layer; products that are unrolled, multiplications in a cycle, registers, bits of a word.
    let cases = [
        ("zoo_dense_relu", "d0", [120, 120, 12, 0]),
        ("cfg_resource_rf_valid", "d0", [40, 40, 8, 640]),
        ("zoo_conv2d_same_resource", "c0", [12, 12, 144, 192]),
        // Between streams: one pixel at a time, and the whole vector is collected.
        ("cfg_conv_stream_resource", "c0", [8, 8, 18, 48]),
        ("cfg_conv_stream_resource", "d0", [18, 18, 24, 108]),
    ];
    for (name, layer, [unrolled_products, multiplications_per_cycle, partitioned_elements, word_bits]) in
        cases
    {
        let expected = Demand {
            layer: layer.to_owned(),
            unrolled_products,
            multiplications_per_cycle,
            partitioned_elements,
            word_bits,
        };
        assert_eq!(demand(name, layer), expected, "{name}");
    }
}

#[test]
fn ports_are_words_for_inputs_and_single_elements_for_outputs() {
    let (graph, _) = case("zoo_dense_relu");
    assert_eq!(ports(&graph), Ports { input_ports: 1, input_bits: 160, output_ports: 3, output_bits: 108 });
}

#[test]
fn a_stream_is_a_port_for_what_travels_at_once() {
    // 8×7 pixels of two channels with 16 bits; a vector of four with 80 bits.
    let (graph, _) = case("zoo_conv2d_stream");
    assert_eq!(ports(&graph), Ports { input_ports: 1, input_bits: 32, output_ports: 1, output_bits: 320 });
}

#[test]
fn what_is_too_much_is_said_with_what_to_do() {
    let (graph, options) = case("zoo_dense_relu");
    assert_eq!(
        warnings(&graph, Limits::of(&options.vitis)),
        [],
        "nothing is too large by the tool's own limits"
    );
    let said: Vec<String> = warnings(&graph, TINY).iter().map(ToString::to_string).collect();
    for part in [
        "layer \"d0\": 120 products are unrolled in parallel, and from 50 on Vivado HLS gives up",
        "use Strategy Resource with a ReuseFactor of 3 or more",
        "layer \"in0\": 160 bits are packed into one word, more than the 100",
    ] {
        assert!(said.iter().any(|sentence| sentence.contains(part)), "{part:?} is not in {said:#?}");
    }
    let (graph, _) = case("cfg_resource_rf_valid");
    let said: Vec<String> = warnings(&graph, TINY).iter().map(ToString::to_string).collect();
    assert!(
        said.iter().any(|sentence| sentence.contains("use a larger ReuseFactor or narrower weights")),
        "{said:#?}"
    );
}

#[test]
fn the_limit_is_reached_with_its_number_and_latency_fails_before() {
    // Layer d0 unrolls 120 products with Latency in the first case, 40 with Resource in the second.
    let cases = [
        ("zoo_dense_relu", 120, Some("Strategy Resource with a ReuseFactor of 2 or more")),
        ("zoo_dense_relu", 121, Some("with Strategy Latency that often fails")),
        ("zoo_dense_relu", 160, Some("with Strategy Latency that often fails")),
        ("zoo_dense_relu", 161, None),
        ("cfg_resource_rf_valid", 40, Some("use a ReuseFactor of 3 or more")),
        ("cfg_resource_rf_valid", 41, None),
    ];
    for (name, unrolled_products, expected) in cases {
        let (graph, options) = case(name);
        let limits = Limits { unrolled_products, ..Limits::of(&options.vitis) };
        let said = warnings(&graph, limits);
        let of_layer = said.iter().find(|warning| warning.layer.as_deref() == Some("d0"));
        match (of_layer, expected) {
            (Some(warning), Some(part)) => assert!(warning.message.contains(part), "{name}: {warning}"),
            (found, expected) => assert!(found.is_none() && expected.is_none(), "{name}: {found:?}"),
        }
    }
}

#[test]
fn the_limit_of_registers_is_the_projects() {
    let options = VitisOptions::default().with_maximum_size(7);
    let (graph, _) = case("zoo_dense_relu");
    let said = warnings(&graph, Limits::of(&options));
    let of = |layer: &str| said.iter().filter(|warning| warning.layer.as_deref() == Some(layer)).count();
    assert_eq!((of("d0"), of("in0")), (1, 0), "{said:#?}");
}
