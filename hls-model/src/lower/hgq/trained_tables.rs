//! HGQ2's layers of trained tables: each pair of an input and an output has a small network of its own, from one number to one number. What it computes of
//! each number that its quantizer leaves becomes a table, and an output is the sum of its tables.
//!
//! The small networks are evaluated in double precision, as da4ml 0.5.2 does for hls4ml. HGQ2 has single precision: a value that comes as near to the middle between
//! two steps of the tables' quantizer as that tells the two apart.

use std::collections::HashMap;
use std::sync::Arc;

use super::networks::Networks;
use super::sums::{Constant, is_always_zero};
use super::{Lowering, Source};
use crate::error::ConvertError;
use crate::fixed::{FixedType, Overflow};
use crate::graph::op::{
    Conv, ConvFlavour, FunctionSum, Grid, Op, Sum, SumFinish, SumFunction, SumTerm, Table,
};
use crate::source::keras::config::{
    ActivationFunction, Hgq, InputQuantizers, Placed, TableLayer, TablePatches,
};

/// Bits of the widest argument of a table.
const MAX_ARGUMENT_BITS: u32 = 19;

/// Entries that the tables of a layer have at most, each counted once.
const MAX_ENTRIES: usize = 1 << 22;

/// Multiplications that the evaluation of a layer's small networks takes at most.
const MAX_PRODUCTS: usize = 1 << 32;

/// Functions that are added up in a layer at most.
const MAX_TERMS: usize = 1 << 22;

impl Lowering {
    /// Sums of trained tables.
    pub(super) fn trained_tables(
        &mut self,
        source: &Source<'_>,
        config: &Hgq,
        layer: &TableLayer,
    ) -> Result<(), ConvertError> {
        let places = source.table_inputs(layer)?;
        let original = match &layer.patches {
            None => "QDenseT",
            Some(TablePatches::One(_)) => "QConvT1D",
            Some(TablePatches::Two(_)) => "QConvT2D",
        };
        let relu = source.sum_activation(layer.activation)?;
        for difference in differences(layer) {
            self.warn(&source.keras.name, difference);
        }
        let shape = source.sized(places.output_shape(layer.outputs))?;
        let finish = source.sum_finish(config, &shape, relu)?;
        let (sums, tables) = Builder::new(source, config, layer, &places)?.sums(&finish)?;
        let input_shape = source.keras_shape()?.to_vec();
        let op = FunctionSum { original, input_shape, sums: sums.into(), tables: tables.into() };
        let spec = self.spec(source, "DACombinational", Op::FunctionSum(op), shape);
        self.add(spec, &source.keras.name);
        Ok(())
    }
}

/// Where da4ml 0.5.2, and with it hls4ml, has other tables than HGQ2 computes with.
fn differences(layer: &TableLayer) -> Vec<&'static str> {
    let mut all = Vec::new();
    if layer.hidden_layers > 0 && layer.hidden_activation == ActivationFunction::Gelu {
        all.push(
            "hls4ml's tables of this layer come from an approximation of gelu; these come from the function that HGQ2 computes, and may differ in the last bits",
        );
    }
    if layer.normalization.as_ref().is_some_and(|norm| !norm.center) {
        all.push(
            "hls4ml adds 1 to what this layer's tables hold, because its batch normalization has no beta; HGQ2 adds nothing, and neither does this conversion",
        );
    }
    all
}

/// Which elements are the inputs of tables.
enum Places {
    /// Each vector along the last axis.
    Vectors { leading: Vec<usize>, inputs: usize },
    /// Each patch of an image.
    Patches(Conv),
}

impl Places {
    /// The axes of the vectors.
    fn leading(&self) -> Vec<usize> {
        match self {
            Self::Vectors { leading, .. } => leading.clone(),
            Self::Patches(conv) => conv.axes().map(|axis| axis.output).collect(),
        }
    }

    /// Elements of a vector.
    fn inputs(&self) -> usize {
        match self {
            Self::Vectors { inputs, .. } => *inputs,
            Self::Patches(conv) => conv.kernel_size() * conv.n_chan,
        }
    }

    fn output_shape(&self, outputs: usize) -> Vec<usize> {
        self.leading().into_iter().chain([outputs]).collect()
    }

    /// The elements of a vector; `None` in the padding.
    fn vector(&self, at: usize) -> Vec<Option<usize>> {
        match self {
            Self::Vectors { inputs, .. } => (at * inputs..(at + 1) * inputs).map(Some).collect(),
            Self::Patches(conv) => {
                let channels = |pixel: Option<usize>| {
                    (0..conv.n_chan).map(move |channel| Some(pixel? * conv.n_chan + channel))
                };
                conv.window(at).flat_map(channels).collect()
            }
        }
    }
}

impl Source<'_> {
    fn table_inputs(&self, layer: &TableLayer) -> Result<Places, ConvertError> {
        let windows = match &layer.patches {
            None => {
                let (&inputs, leading) = self
                    .keras_shape()?
                    .split_last()
                    .ok_or_else(|| self.unsupported("its input has no axes".into()))?;
                return Ok(Places::Vectors { leading: leading.to_vec(), inputs });
            }
            Some(TablePatches::One(fields)) => self.keras_windows(fields)?,
            Some(TablePatches::Two(fields)) => self.keras_windows(fields)?,
        };
        self.conv_op(&windows, ConvFlavour::Full, layer.outputs).map(Places::Patches)
    }
}

/// What decides a table: its network, the type of its arguments and the type of its entries.
type Key = ((usize, usize), FixedType, FixedType);

/// Makes sums of tables, and each table once.
struct Builder<'a> {
    source: &'a Source<'a>,
    places: &'a Places,
    networks: Networks,
    /// For each vector, input and output: the type of the argument, and the type of the entry; `None` for no bits.
    arguments: Vec<Option<FixedType>>,
    entries: Vec<Option<FixedType>>,
    known: HashMap<Key, SumFunctionOrConstant>,
    numbers: HashMap<Arc<Table>, usize>,
    tables: Vec<Arc<Table>>,
    /// Entries and products so far.
    spent: [usize; 2],
}

#[derive(Clone, Copy)]
enum SumFunctionOrConstant {
    Table(usize),
    Constant(Grid),
}

impl<'a> Builder<'a> {
    fn new(
        source: &'a Source<'a>,
        config: &Hgq,
        layer: &TableLayer,
        places: &'a Places,
    ) -> Result<Self, ConvertError> {
        let InputQuantizers::One(input) = &config.inputs else {
            return Err(source.unsupported(
                "a table needs a quantizer of its argument; build the layer with enable_iq=True".into(),
            ));
        };
        let shape = [places.leading(), vec![places.inputs(), layer.outputs]].concat();
        let terms = shape.iter().try_fold(1_usize, |product, &extent| product.checked_mul(extent));
        if terms.is_none_or(|terms| terms > MAX_TERMS) {
            return Err(source.unsupported(format!(
                "it adds up a table for each of {shape:?} pairs of inputs and outputs, and {MAX_TERMS} are possible; use smaller layers"
            )));
        }
        let types = |place: &str, quantizer| -> Result<Vec<Option<FixedType>>, ConvertError> {
            let quantizer =
                source.quantizer(&Placed { place: place.to_owned(), quantizer }, &shape.clone().into())?;
            let types = quantizer.types(&shape).unwrap_or_default();
            Ok(types.into_iter().map(|ty| ty.filter(|ty| !is_always_zero(*ty))).collect())
        };
        let (arguments, entries) = (types("iq", input)?, types("toq", &layer.table)?);
        let widest = arguments.iter().flatten().map(|ty| ty.width).max().unwrap_or(0);
        if widest > MAX_ARGUMENT_BITS {
            return Err(source.unsupported(format!(
                "one of its tables would have 2^{widest} entries, and 2^{MAX_ARGUMENT_BITS} are possible; train its input's quantizer with fewer bits"
            )));
        }
        Ok(Self {
            source,
            places,
            networks: Networks::new(source, layer, places.inputs())?,
            arguments,
            entries,
            known: HashMap::new(),
            numbers: HashMap::new(),
            tables: Vec::new(),
            spent: [0; 2],
        })
    }

    /// The sums, and the tables that they read.
    fn sums(mut self, finish: &[SumFinish]) -> Result<(Vec<Sum>, Vec<Table>), ConvertError> {
        let (inputs, outputs) = (self.places.inputs(), self.networks.outputs);
        let mut sums = Vec::with_capacity(finish.len());
        for (at, &finish) in finish.iter().enumerate() {
            let (vector, output) = (at / outputs, at % outputs);
            let mut terms = Vec::with_capacity(inputs);
            let mut constant = Constant::default();
            for (input, element) in self.places.vector(vector).into_iter().enumerate() {
                let place = (vector * inputs + input) * outputs + output;
                let pair = (input, output);
                let Some(entry) = self.entries[place] else { continue };
                // Without bits, as in the padding, the argument is always zero.
                let (Some(argument), Some(element)) = (self.arguments[place], element) else {
                    constant.add(self.at_zero(pair, entry)?);
                    continue;
                };
                match self.function((pair, argument, entry))? {
                    SumFunctionOrConstant::Constant(number) => constant.add(number),
                    SumFunctionOrConstant::Table(table) => terms.push(SumTerm {
                        element,
                        argument: Some(argument),
                        function: SumFunction::Table(table),
                    }),
                }
            }
            let constant = constant.grid().ok_or_else(|| {
                self.source.unsupported(
                    "the constants that it adds up need more than 62 bits; train its tables with fewer"
                        .into(),
                )
            })?;
            sums.push(Sum { terms, constant, finish });
        }
        drop(self.numbers);
        let owned = |table: Arc<Table>| Arc::try_unwrap(table).unwrap_or_else(|shared| (*shared).clone());
        Ok((sums, self.tables.into_iter().map(owned).collect()))
    }

    /// What a network makes of zero: of an argument without bits, or in the padding.
    fn at_zero(&mut self, pair: (usize, usize), entry: FixedType) -> Result<Grid, ConvertError> {
        let raw = self.entry(pair, 0.0, entry)?;
        Ok(Grid { raw, fraction: entry.frac() })
    }

    fn entry(&self, pair: (usize, usize), x: f64, ty: FixedType) -> Result<i64, ConvertError> {
        let value = self.networks.value(pair, x);
        let raw = value.is_finite().then(|| ty.from_f64(value)).and_then(|raw| i64::try_from(raw).ok());
        raw.filter(|raw| raw.unsigned_abs() < 1 << 62).ok_or_else(|| {
            self.source.unsupported(format!(
                "a table of it would have an entry for {x} of {value}, as {}; train its quantizers with fewer bits",
                crate::precision::Precision::from(ty)
            ))
        })
    }

    /// The table of a network for arguments and entries of these types, or the constant that it is.
    fn function(&mut self, key: Key) -> Result<SumFunctionOrConstant, ConvertError> {
        if let Some(&known) = self.known.get(&key) {
            return Ok(known);
        }
        let (pair, argument, entry) = key;
        let numbers = 1_usize << argument.width;
        self.spend(numbers)?;
        let least = if argument.signed { -(numbers as i64 / 2) } else { 0 };
        let step = f64::from(-argument.frac()).exp2();
        let entries = (0..numbers as i64).map(|at| self.entry(pair, (least + at) as f64 * step, entry));
        let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
        // The number that symmetric saturation leaves out is never looked up.
        if argument.overflow == Overflow::SatSym
            && argument.signed
            && let [first, second, ..] = &mut entries[..]
        {
            *first = *second;
        }
        let table = Table { entries, fraction: entry.frac() };
        let function = match table.constant() {
            Some(raw) => SumFunctionOrConstant::Constant(Grid { raw, fraction: entry.frac() }),
            None => {
                let table = Arc::new(table);
                let number = self.tables.len();
                let number = *self.numbers.entry(Arc::clone(&table)).or_insert(number);
                if number == self.tables.len() {
                    self.tables.push(table);
                }
                SumFunctionOrConstant::Table(number)
            }
        };
        self.known.insert(key, function);
        Ok(function)
    }

    /// Counts a table with so many entries that is about to be made.
    fn spend(&mut self, entries: usize) -> Result<(), ConvertError> {
        self.spent[0] = self.spent[0].saturating_add(entries);
        self.spent[1] = self.spent[1].saturating_add(entries.saturating_mul(self.networks.products()));
        if self.spent[0] > MAX_ENTRIES || self.spent[1] > MAX_PRODUCTS {
            return Err(self.source.unsupported(format!(
                "its tables would have more than {MAX_ENTRIES} entries together, or take more than {MAX_PRODUCTS} products to compute; train its \
                 input's quantizer with fewer bits, or use smaller layers"
            )));
        }
        Ok(())
    }
}
