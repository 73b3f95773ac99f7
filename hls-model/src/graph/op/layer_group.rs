//! A model used as a layer.

use crate::graph::spec::LayerSpec;

/// A nested model; the pass `expand_layer_group` puts its layers in its place.
#[derive(Debug, Clone)]
pub struct LayerGroup {
    /// The layers of the nested model, each after those that it reads.
    pub layers: Vec<LayerSpec>,
    /// Names of its input layers, in the order of the group's inputs.
    pub inputs: Vec<String>,
    /// Name of the layer whose result is the group's.
    pub output: String,
}

/// Two groups are the same if they have the same layers, by name.
impl PartialEq for LayerGroup {
    fn eq(&self, other: &Self) -> bool {
        let names = |group: &Self| group.layers.iter().map(|l| l.name.clone()).collect::<Vec<_>>();
        names(self) == names(other)
    }
}
