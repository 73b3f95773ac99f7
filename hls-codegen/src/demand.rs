//! What a project asks of the tools, counted before they run.

use serde::Serialize;

/// What a project asks of the tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Demands {
    /// The top function's ports.
    pub ports: Ports,
    /// What each layer asks for, in the order of the graph.
    pub layers: Vec<Demand>,
}

/// What a layer asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Demand {
    /// The layer.
    pub layer: String,
    /// Products in the unrolled loops, all computed in parallel.
    pub unrolled_products: usize,
    /// Multiplications that start in the same clock cycle, by the reuse factor.
    pub multiplications_per_cycle: usize,
    /// Elements of the largest array that becomes registers, the layer's result included.
    pub partitioned_elements: usize,
    /// Bits of the widest word that array elements are packed into.
    pub word_bits: usize,
}

/// The signals of the top function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ports {
    /// Data ports of all inputs together; an input is one wide word, one port for each element, or a stream.
    pub input_ports: usize,
    /// Their bits; of a stream those of the elements that travel together.
    pub input_bits: usize,
    /// Data ports of all outputs together.
    pub output_ports: usize,
    /// Their bits.
    pub output_bits: usize,
}
