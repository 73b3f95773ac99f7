//! The arrays in `model.weights.h5`.
//!
//! A layer's group there is not called like the layer: it is `layers/` and the class's name in snake case, with a number from the second
//! layer of the class on, in the order of the architecture. The arrays in its group `vars` are numbered. What they are follows from the class.
//!
//! | layer | where its arrays are |
//! |---|---|
//! | most | `vars/0`, `vars/1`, … |
//! | recurrent ones | `cell/vars` |
//! | QKeras's with a folded normalization | `vars`, the normalization's in `batchnorm/vars` |
//! | `Bidirectional` | `forward_layer/cell/vars`, `backward_layer/cell/vars` |
//! | `TimeDistributed` | `layer/vars` |
//! | HGQ2's | `vars`, and those of its quantizers in `kq/quantizer/vars`, `iq/quantizers/quantizer_1/quantizer/vars`, … |
//! | a model | `layers/<class>/vars`, counted anew |
//!
//! What is read is named as in an H5 file of layers, so that the same reader distributes it.

use std::collections::HashMap;

use ndarray::{ArrayD, IxDyn};

use super::architecture::snake_case;
use crate::source::error::Problem;
use crate::source::h5::{self, Group, H5Error};
use crate::source::keras::config::Hgq;
use crate::source::keras::{KerasLayer, KerasModel, LayerConfig, NamedArray};
use crate::source::keras2::archive::LayerWeights;
use crate::source::keras2::hgq;
use crate::source::keras2::weights::roles;

/// All arrays of a file together may take this many bytes as float64.
const MAX_WEIGHT_BYTES: usize = 2 << 30;
/// Groups that hold the layers of a model: in Keras 3, and in its predecessor's files of the same kind.
const CONTAINERS: [&str; 2] = ["layers", "_layer_checkpoint_dependencies"];

/// Reads the arrays of each layer of the model.
pub(in crate::source) fn read(
    model: &KerasModel,
    root: Result<impl Group, H5Error>,
) -> Result<Vec<LayerWeights>, Problem> {
    let mut reader = Reader { budget: MAX_WEIGHT_BYTES };
    reader.model(model, &at("its root", root)?, "")
}

fn at<T>(place: &str, result: Result<T, H5Error>) -> Result<T, Problem> {
    result.map_err(|error| Problem::Container { place: format!("`model.weights.h5`, {place}"), error })
}

struct Reader {
    budget: usize,
}

impl Reader {
    /// The layers of a model whose group is `group`.
    fn model<G: Group>(
        &mut self,
        model: &KerasModel,
        group: &G,
        path: &str,
    ) -> Result<Vec<LayerWeights>, Problem> {
        let mut container = None;
        for name in CONTAINERS {
            let found = at(path, group.group(name))?;
            container = container.or(found.map(|found| (format!("{path}{name}/"), found)));
        }
        let mut counts: HashMap<String, usize> = HashMap::new();
        let mut all = Vec::with_capacity(model.layers.len());
        for layer in &model.layers {
            let class = snake_case(layer.class_name.rsplit('>').next().unwrap_or_default());
            let count = counts.entry(class.clone()).or_default();
            let name = if *count == 0 { class } else { format!("{class}_{count}") };
            *count += 1;
            let arrays = match &container {
                Some((path, container)) => {
                    let path = format!("{path}{name}/");
                    match at(&path, container.group(&name))? {
                        Some(group) => self.layer(layer, &group, &path)?,
                        None => Vec::new(),
                    }
                }
                None => Vec::new(),
            };
            all.push(LayerWeights { layer: layer.saved_as.clone(), arrays });
        }
        Ok(all)
    }

    /// The arrays of a layer and of the layers in it, named from this layer on.
    fn layer<G: Group>(
        &mut self,
        layer: &KerasLayer,
        group: &G,
        path: &str,
    ) -> Result<Vec<NamedArray>, Problem> {
        match &layer.config {
            LayerConfig::Model(inner) => {
                let layers = self.model(inner, group, path)?;
                let named = layers.into_iter().flat_map(|LayerWeights { layer, arrays }| {
                    arrays.into_iter().map(move |array| below(&layer, array))
                });
                Ok(named.collect())
            }
            LayerConfig::TimeDistributed(inner) => match self.child(group, "layer", path)? {
                Some((child, path)) => self.layer(inner, &child, &path),
                None => Ok(Vec::new()),
            },
            LayerConfig::Bidirectional(both) => {
                let mut all = Vec::new();
                for (name, inner) in [("forward_layer", &both.forward), ("backward_layer", &both.backward)] {
                    if let Some((child, path)) = self.child(group, name, path)? {
                        let arrays = self.layer(inner, &child, &path)?;
                        all.extend(arrays.into_iter().map(|array| below(name, array)));
                    }
                }
                Ok(all)
            }
            LayerConfig::Rnn(_) => match self.child(group, "cell", path)? {
                Some((cell, path)) => self.variables(layer, &roles(&layer.config), &cell, &path),
                None => Ok(Vec::new()),
            },
            LayerConfig::DenseBatchNorm(_) | LayerConfig::Conv2DBatchNorm(_) => {
                let roles = roles(&layer.config);
                let mut all = self.variables(layer, &roles, group, path)?;
                if let Some((norm, path)) = self.child(group, "batchnorm", path)? {
                    let of_norm = roles.get(all.len()..).unwrap_or_default();
                    all.extend(self.variables(layer, of_norm, &norm, &path)?);
                }
                Ok(all)
            }
            LayerConfig::Hgq(config) => self.hgq(layer, config, group, path),
            _ => self.variables(layer, &roles(&layer.config), group, path),
        }
    }

    /// The arrays of a layer of HGQ2 and of its quantizers, named as in an H5 file.
    fn hgq<G: Group>(
        &mut self,
        layer: &KerasLayer,
        config: &Hgq,
        group: &G,
        path: &str,
    ) -> Result<Vec<NamedArray>, Problem> {
        let mut all = self.variables(layer, &hgq::variables(config), group, path)?;
        for child in hgq::children(&layer.saved_as, config) {
            let path = format!("{path}{}/", child.group);
            let (first, rest) = child.group.split_once('/').unwrap_or((&child.group, ""));
            let Some(outer) = at(&path, group.group(first))? else { continue };
            let Some(inner) = at(&path, outer.descend(rest))? else { continue };
            let arrays = self.variables(layer, child.variables, &inner, &path)?;
            all.extend(arrays.into_iter().map(|array| {
                let name = format!("{}/{}/{}", layer.saved_as, child.objects, array.role);
                NamedArray { name, ..array }
            }));
        }
        Ok(all)
    }

    fn child<G: Group>(&self, group: &G, name: &str, path: &str) -> Result<Option<(G, String)>, Problem> {
        let path = format!("{path}{name}/");
        Ok(at(&path, group.group(name))?.map(|child| (child, path)))
    }

    /// The numbered arrays of a group's `vars`, in these roles.
    fn variables(
        &mut self,
        layer: &KerasLayer,
        roles: &[&str],
        group: &impl Group,
        path: &str,
    ) -> Result<Vec<NamedArray>, Problem> {
        let Some((vars, path)) = self.child(group, "vars", path)? else { return Ok(Vec::new()) };
        let mut arrays = Vec::with_capacity(roles.len());
        for (number, role) in roles.iter().enumerate() {
            let place = format!("{path}{number}");
            let Some(dataset) = at(&place, vars.dataset(&number.to_string()))? else { break };
            self.spend(dataset.values.len())?;
            let h5::Dataset { shape, dtype, values } = dataset;
            let data = ArrayD::from_shape_vec(IxDyn(&shape), values).map_err(|error| {
                Problem::weights(
                    &layer.name,
                    format!("its weight {place} of shape {shape:?} is broken ({error})"),
                )
            })?;
            arrays.push(NamedArray {
                name: format!("{}/{role}", layer.name),
                role: (*role).to_owned(),
                data,
                dtype,
            });
        }
        Ok(arrays)
    }

    fn spend(&mut self, values: usize) -> Result<(), Problem> {
        let bytes = values.saturating_mul(size_of::<f64>());
        self.budget = self.budget.checked_sub(bytes).ok_or_else(|| {
            Problem::architecture("its weights take more bytes together than a model can have".to_owned())
        })?;
        Ok(())
    }
}

fn below(outer: &str, array: NamedArray) -> NamedArray {
    NamedArray { name: format!("{outer}/{}", array.name), ..array }
}
