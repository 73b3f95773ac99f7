//! A draft whose precisions are all known becomes a graph.

use std::collections::HashMap;

use super::model::{Draft, Graph};
use super::node::Node;
use super::tensor::Tensor;
use super::types::NamedType;
use super::weight::Weight;
use crate::fixed::MAX_WIDTH;
use crate::identifier::is_identifier;
use crate::precision::{Precision, PrecisionSpec};
use crate::warning::Warning;

/// A precision is wider than the arithmetic allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "layer \"{layer}\": {what} would have {width} bits, more than the {limit} that are supported; set its precision in the \
     configuration"
)]
pub struct TooWide {
    /// The layer.
    pub layer: String,
    /// Which type.
    pub what: String,
    /// Its width in bits.
    pub width: u32,
    /// The widest supported.
    pub limit: u32,
}

impl Draft {
    /// The same graph with every precision known.
    ///
    /// # Errors
    /// A precision is still open (a mistake in the passes), or wider than [`MAX_WIDTH`].
    pub(crate) fn settle(self) -> Result<Graph, TooWide> {
        let nodes = self.nodes.into_iter().map(node).collect::<Result<Vec<_>, _>>()?;
        let tensors = self.tensors.into_iter().map(tensor).collect::<Result<Vec<_>, _>>()?;
        let mut graph = Graph {
            model_name: self.model_name,
            nodes,
            tensors,
            order: self.order,
            inputs: self.inputs,
            outputs: self.outputs,
            output_names: self.output_names,
            ebops: self.ebops,
            target: self.target,
            requests: self.requests,
            warnings: self.warnings,
            next_index: self.next_index,
            bit_exact: self.bit_exact,
        };
        graph.define_types_once();
        Ok(graph)
    }
}

impl Graph {
    /// A type is defined once, by the first layer that has its name: what else has the name is of that type, whatever
    /// was inferred for it.
    fn define_types_once(&mut self) {
        let mut defined: HashMap<String, Precision> = HashMap::new();
        for &id in &self.order {
            let node = &mut self.nodes[id.0];
            let mut define = |ty: &mut NamedType| {
                let first = *defined.entry(ty.name.clone()).or_insert(ty.precision);
                if first != ty.precision {
                    self.warnings.push(redefined(&node.name, ty, first));
                    ty.precision = first;
                }
            };
            node.outputs.iter().for_each(|id| define(&mut self.tensors[id.0].ty));
            node.types.iter_mut().for_each(|(_, ty)| define(ty));
            node.weights.iter_mut().for_each(|weight| define(&mut weight.ty));
        }
    }
}

fn redefined(layer: &str, ty: &NamedType, first: Precision) -> Warning {
    Warning {
        layer: Some(layer.to_owned()),
        message: format!(
            "an earlier layer defines {} as {first}, which applies here as well (as in hls4ml) instead of {}; give both the \
             same precision",
            ty.name, ty.precision
        ),
    }
}

fn named(owner: &str, what: &str, ty: NamedType<PrecisionSpec>) -> Result<NamedType, TooWide> {
    // Nodes that passes removed may keep open precisions; nothing reads them.
    let precision = ty.precision.known().unwrap_or(Precision::uint(1));
    let width = precision.width();
    if width > MAX_WIDTH {
        return Err(TooWide { layer: owner.into(), what: what.into(), width, limit: MAX_WIDTH });
    }
    Ok(NamedType { name: ty.name, precision })
}

fn tensor(t: Tensor<PrecisionSpec>) -> Result<Tensor, TooWide> {
    let ty = named(&t.name, "the result", t.ty)?;
    Ok(Tensor {
        name: t.name,
        variable: t.variable,
        shape: t.shape,
        ty,
        in_place_of: t.in_place_of,
        interface: t.interface,
    })
}

/// Names the types after the firmware's name of the node where its name in the configuration is not an identifier.
fn identify(mut n: Node<PrecisionSpec>) -> Node<PrecisionSpec> {
    let owner = n.config_name.to_lowercase();
    if is_identifier(&owner) {
        return n;
    }
    let types = n.types.iter_mut().map(|(_, ty)| ty);
    for ty in types.chain(n.weights.iter_mut().map(|weight| &mut weight.ty)) {
        if let Some(variable) = ty.name.strip_prefix(&owner).filter(|rest| rest.starts_with('_')) {
            ty.name = format!("{}{variable}", n.name);
        }
    }
    n
}

fn node(n: Node<PrecisionSpec>) -> Result<Node, TooWide> {
    let n = identify(n);
    let types = n.types.into_iter().map(|(role, ty)| Ok((role, named(&n.name, role.attribute(), ty)?)));
    let types = types.collect::<Result<Vec<_>, TooWide>>()?;
    let weights = n.weights.into_iter().map(|w| weight(&n.name, w)).collect::<Result<Vec<_>, _>>()?;
    Ok(Node {
        name: n.name,
        config_name: n.config_name,
        index: n.index,
        source_class: n.source_class,
        op: n.op,
        inputs: n.inputs,
        outputs: n.outputs,
        types,
        weights,
        trace: n.trace,
        reuse_factor: n.reuse_factor,
        requested_strategy: n.requested_strategy,
        target_cycles: n.target_cycles,
        activation_quantizer: n.activation_quantizer,
    })
}

fn weight(owner: &str, w: Weight<PrecisionSpec>) -> Result<Weight, TooWide> {
    let ty = named(owner, w.role.attribute(), w.ty)?;
    Ok(Weight {
        role: w.role,
        variable: w.variable,
        ty,
        presence: w.presence,
        values: w.values,
        unquantized: w.unquantized,
        census: w.census,
        quantizer: w.quantizer,
        seen_quantizer: w.seen_quantizer,
    })
}
