//! The arrays of HGQ2's layers: which belong to the layer, which to one of its quantizers.
//!
//! An H5 file names a quantizer's variables after the objects around them: `d0/d0_kq/fixed_point_quantizer_kbi_3/b`, or
//! `add/multiple_quantizers/quantizer_5/…` for the quantizers of several inputs, whose numbers only tell their order. What is read of an archive is named
//! in the same way. Their roles are place and name: `kq/b`, `iq/1/f`, `exp_table/oq/k`. HGQ2's cost figure is `ebops`, in tables `exp_table/ebops`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::quantizer::{HgqKind, HgqWidths};
use crate::source::error::Problem;
use crate::source::keras::config::{Hgq, HgqLayer, Placed, TableLayer};
use crate::source::keras::{KerasLayer, NamedArray};

/// How much the cost figure counts in training, and the figure.
const EBOPS: [&str; 2] = ["beta", "ebops"];

/// The layer's own variables in the order in which Keras saves them: those that are trained, then the others.
pub(in crate::source) fn variables(layer: &Hgq) -> Vec<&'static str> {
    let cost = if layer.has_ebops { &EBOPS[..] } else { &[] };
    let moving = &["moving_mean", "moving_variance"][..];
    let with = |has: bool, name: &'static str| has.then_some(name);
    let mut names: Vec<&str> = match &layer.layer {
        HgqLayer::Dense(dense) => arrays(dense.use_bias),
        HgqLayer::Conv1D(conv) => arrays(conv.common.use_bias),
        HgqLayer::Conv2D(conv) => arrays(conv.common.use_bias),
        HgqLayer::EinsumDense(dense) => arrays(dense.has_bias()),
        HgqLayer::BatchNormDense(dense, norm) => {
            let own = arrays(dense.use_bias).into_iter().chain(with(norm.scale, "bn_gamma"));
            return own.chain(cost.iter().chain(moving).copied()).collect();
        }
        HgqLayer::EinsumDenseBatchNorm(dense, norm, _) => {
            let own = arrays(dense.has_bias()).into_iter().chain(with(norm.scale, "gamma"));
            return own.chain(cost.iter().chain(moving).copied()).collect();
        }
        HgqLayer::BatchNormalization(norm) => {
            let own = with(norm.scale, "bn_gamma").into_iter().chain(with(norm.center, "bn_beta"));
            own.chain(moving.iter().copied()).collect()
        }
        HgqLayer::Einsum(_)
        | HgqLayer::Merge(_)
        | HgqLayer::AveragePow2
        | HgqLayer::Dot(_)
        | HgqLayer::Pooling1D(..)
        | HgqLayer::Pooling2D(..)
        | HgqLayer::GlobalPooling1D(..)
        | HgqLayer::GlobalPooling2D(..)
        | HgqLayer::Softmax(_)
        | HgqLayer::UnaryFunction(_)
        | HgqLayer::Tables(_)
        | HgqLayer::Sum(_)
        | HgqLayer::Quantizer => Vec::new(),
    };
    names.extend(cost);
    names
}

fn arrays(has_bias: bool) -> Vec<&'static str> {
    if has_bias { vec!["kernel", "bias"] } else { vec!["kernel"] }
}

/// A child of a layer with variables.
pub(in crate::source) struct Child {
    /// Its group in an archive, below the layer's.
    pub group: String,
    /// The names of the objects to it in an H5 file, below the layer's.
    pub objects: String,
    /// Its variables, as [`variables`].
    pub variables: &'static [&'static str],
}

/// The children of a layer.
pub(in crate::source) fn children(name: &str, layer: &Hgq) -> Vec<Child> {
    let quantizers = layer.quantizers().into_iter().map(|Placed { place, quantizer }| {
        let objects = match place.strip_prefix("iq/") {
            _ if matches!(layer.layer, HgqLayer::Quantizer) => "quantizer".to_owned(),
            Some(number) => format!("multiple_quantizers/quantizer_{number}"),
            None => format!("{name}_{}", place.replace('/', "_")),
        };
        Child { group: group(layer, &place), objects, variables: quantizer.variables() }
    });
    let mut all: Vec<Child> = quantizers.collect();
    if let HgqLayer::Tables(tables) = &layer.layer {
        all.extend(networks(tables));
    }
    if let HgqLayer::Softmax(softmax) = &layer.layer
        && layer.has_ebops
    {
        let tables = if softmax.stable { &["exp_table", "inv_table"][..] } else { &["inv_table"] };
        all.extend(tables.iter().map(|&table| Child {
            group: table.to_owned(),
            objects: format!("{name}_{table}"),
            variables: &EBOPS,
        }));
    }
    all
}

/// The arrays of a small network's layer.
const NETWORK: [&str; 2] = ["kernel", "bias"];
/// Those of a batch normalization, in the order in which Keras saves them.
const NORMALIZATION: [&str; 4] = ["gamma", "beta", "moving_mean", "moving_variance"];

/// The small networks of a layer of tables, and their normalization.
fn networks(tables: &TableLayer) -> impl Iterator<Item = Child> {
    let layers = (0..=tables.hidden_layers).map(|number| Child {
        group: match number {
            0 => "module/layers/einsum_dense".to_owned(),
            _ => format!("module/layers/einsum_dense_{number}"),
        },
        objects: format!("sequential/einsum_dense_{number}"),
        variables: if tables.use_bias { &NETWORK } else { &NETWORK[..1] },
    });
    let normalization = tables.normalization.as_ref().map(|norm| Child {
        group: "bn_module".to_owned(),
        objects: "batch_normalization".to_owned(),
        variables: match (norm.scale, norm.center) {
            (true, true) => &NORMALIZATION,
            (true, false) => &["gamma", "moving_mean", "moving_variance"],
            (false, true) => &NORMALIZATION[1..],
            (false, false) => &NORMALIZATION[2..],
        },
    });
    layers.chain(normalization)
}

/// Where an archive has a quantizer's variables, below its layer.
fn group(layer: &Hgq, place: &str) -> String {
    match (&layer.layer, place.strip_prefix("iq/")) {
        (HgqLayer::Quantizer, _) => "quantizer".to_owned(),
        (_, Some("0")) => "iq/quantizers/quantizer/quantizer".to_owned(),
        (_, Some(number)) => format!("iq/quantizers/quantizer_{number}/quantizer"),
        (_, None) => format!("{place}/quantizer"),
    }
}

/// Gives arrays their roles, and leaves out what inference does not need.
pub(super) fn named_by_role(keras: &KerasLayer, layer: &Hgq, arrays: Vec<NamedArray>) -> Vec<NamedArray> {
    let places: Vec<String> = layer.quantizers().into_iter().map(|placed| placed.place).collect();
    let of_inputs = quantizers_of_inputs(&arrays);
    let networks = network_layers(keras, layer, &arrays);
    let mut named = Vec::with_capacity(arrays.len());
    for mut array in arrays {
        if let Some(place) = networks.get(&array.name) {
            array.role = format!("{place}/{}", array.role);
            named.push(array);
            continue;
        }
        if matches!(array.role.as_str(), "beta" | "i_decay_speed") {
            continue;
        }
        let role = match place(keras, layer, &places, &of_inputs, &array.name) {
            Some(place) => format!("{place}/{}", array.role),
            None => match array.role.as_str() {
                "bn_gamma" => "gamma".to_owned(),
                "bn_beta" => "beta".to_owned(),
                other => other.to_owned(),
            },
        };
        array.role = role;
        named.push(array);
    }
    named
}

/// The objects between a layer and one of its arrays.
fn objects_below<'a>(keras: &KerasLayer, array: &'a str) -> Vec<&'a str> {
    let objects: Vec<&str> = array.split('/').collect();
    let own = objects.iter().position(|object| *object == keras.saved_as).map_or(0, |own| own + 1);
    objects.get(own..objects.len().saturating_sub(1)).unwrap_or_default().to_vec()
}

/// The number at the end of a name that Keras gave.
fn number(name: &str) -> u64 {
    name.rsplit('_').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The places of arrays of small networks, of their normalization and of the quantizer of tables, none of which is named after its layer.
fn network_layers(keras: &KerasLayer, layer: &Hgq, arrays: &[NamedArray]) -> HashMap<String, String> {
    let mut places = HashMap::new();
    if !matches!(layer.layer, HgqLayer::Tables(_)) {
        return places;
    }
    let is = |object: &str, kind: &str| {
        object.strip_prefix(kind).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    let mut layers: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
    for array in arrays {
        match objects_below(keras, &array.name)[..] {
            [sequential, dense, ..] if is(sequential, "sequential") => {
                layers.entry(number(dense)).or_default().push(&array.name);
            }
            [quantizer, ..] if is(quantizer, "quantizer") => {
                places.insert(array.name.clone(), "toq".to_owned());
            }
            [norm, ..] if is(norm, "batch_normalization") => {
                places.insert(array.name.clone(), "bn".to_owned());
            }
            _ => {}
        }
    }
    for (at, names) in layers.into_values().enumerate() {
        places.extend(names.into_iter().map(|name| (name.to_owned(), format!("module/{at}"))));
    }
    places
}

/// The quantizer of one of several inputs that an array belongs to.
fn quantizer_of_input(array: &str) -> Option<&str> {
    let mut objects = array.split('/').skip_while(|object| !object.starts_with("multiple_quantizers"));
    objects.nth(1)
}

/// The names of the quantizers of several inputs in their order, which is that of the numbers that Keras gave them.
fn quantizers_of_inputs(arrays: &[NamedArray]) -> Vec<String> {
    let names = arrays.iter().filter_map(|array| quantizer_of_input(&array.name));
    let numbered: BTreeSet<(u64, &str)> = names.map(|name| (number(name), name)).collect();
    numbered.into_iter().map(|(_, name)| name.to_owned()).collect()
}

/// The place of the quantizer or table that an array belongs to; `of_inputs` are the quantizers of several inputs.
fn place(
    keras: &KerasLayer,
    layer: &Hgq,
    places: &[String],
    of_inputs: &[String],
    array: &str,
) -> Option<String> {
    let objects: Vec<&str> = array.split('/').collect();
    let (_, objects) = objects.split_last()?;
    let has = |place: &str| {
        let object = format!("{}_{}", keras.saved_as, place.replace('/', "_"));
        objects.contains(&object.as_str())
    };
    if matches!(layer.layer, HgqLayer::Quantizer) {
        return Some("iq".to_owned());
    }
    if let Some(quantizer) = quantizer_of_input(array) {
        return of_inputs.iter().position(|known| known == quantizer).map(|number| format!("iq/{number}"));
    }
    let tables =
        ["exp_table", "inv_table"].into_iter().filter(|_| matches!(layer.layer, HgqLayer::Softmax(_)));
    places.iter().map(String::as_str).chain(tables).find(|place| has(place)).map(str::to_owned)
}

/// Checks the variables of a layer's quantizers, and that no two arrays have one role.
pub(super) fn check(keras: &KerasLayer, layer: &Hgq, arrays: &[NamedArray]) -> Result<(), Problem> {
    let mut seen = HashSet::new();
    if let Some(twice) = arrays.iter().find(|array| !seen.insert(&array.role)) {
        return Err(Problem::weights(&keras.name, format!("it has two weights `{}`", twice.role)));
    }
    for Placed { place, quantizer } in layer.quantizers() {
        let HgqKind::Fixed(fixed) = &quantizer.kind else { continue };
        let variable = |name: &str| {
            let role = format!("{place}/{name}");
            arrays.iter().find(|array| array.role == role).map(|array| &array.data)
        };
        HgqWidths::of(fixed, variable).map_err(|reason| {
            Problem::weights(&keras.name, format!("its quantizer `{place}` is broken: {reason}"))
        })?;
    }
    Ok(())
}
