//! Trained widths as whole numbers.

use ndarray::{ArrayD, IxDyn, Zip};

use super::config::{FixedQuantizer, Parametrization};

/// Widths of fixed-point numbers, none of which counts the sign bit. The arrays have one shape, which broadcasts against what is quantized.
///
/// An element with `k + i + f ≤ 0` is always zero.
#[derive(Debug, Clone, PartialEq)]
pub struct HgqWidths {
    /// Whether there are negative numbers (HGQ2's `k`, "keep negative").
    pub signed: ArrayD<bool>,
    /// Integer bits (`i`).
    pub integer: ArrayD<i32>,
    /// Fractional bits (`f`).
    pub fractional: ArrayD<i32>,
}

/// Beyond these, steps and bounds are no ordinary float32 numbers any more.
const MAX_BITS: f64 = 120.0;

impl HgqWidths {
    /// The widths that a quantizer's variables hold. Trained ones are floats, which HGQ2 rounds to the nearest whole number, ties to even.
    /// `variable` finds a variable by its name (`k`, `i`, `f`, `b`).
    ///
    /// # Errors
    /// Says which variable is missing or holds something else, and what may help.
    pub fn of<'a>(
        quantizer: &FixedQuantizer,
        variable: impl Fn(&str) -> Option<&'a ArrayD<f64>>,
    ) -> Result<Self, String> {
        let get = |name: &str| variable(name).ok_or_else(|| format!("its variable `{name}` is missing"));
        let signed = signs(get("k")?)?;
        let integer = whole("i", get("i")?)?;
        let other = match quantizer.parametrization {
            Parametrization::Kif => "f",
            Parametrization::Kbi => "b",
        };
        let mut fractional = whole(other, get(other)?)?;
        for (name, shape) in [("i", integer.shape()), (other, fractional.shape())] {
            if shape != signed.shape() {
                return Err(format!(
                    "its variables `k` and `{name}` differ in shape: {:?} and {shape:?}",
                    signed.shape()
                ));
            }
        }
        if quantizer.parametrization == Parametrization::Kbi {
            Zip::from(&mut fractional).and(&integer).for_each(|f, &i| *f -= i);
        }
        Ok(Self { signed, integer, fractional })
    }

    /// Their shape.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        self.signed.shape()
    }

    /// Whether one type holds for all elements.
    #[must_use]
    pub fn is_one(&self) -> bool {
        self.signed.len() == 1
    }

    /// The widths of each element of an array of this shape; `None` where the shapes do not agree.
    #[must_use]
    pub fn repeated(&self, shape: &[usize]) -> Option<Self> {
        let shape = IxDyn(shape);
        Some(Self {
            signed: self.signed.broadcast(shape.clone())?.to_owned(),
            integer: self.integer.broadcast(shape.clone())?.to_owned(),
            fractional: self.fractional.broadcast(shape)?.to_owned(),
        })
    }

    /// Sign, integer and fractional bits of each element, in order.
    pub fn each(&self) -> impl Iterator<Item = (bool, i32, i32)> {
        let widths = self.integer.iter().zip(&self.fractional);
        self.signed.iter().zip(widths).map(|(&k, (&i, &f))| (k, i, f))
    }

    /// The largest of each width over the elements that are not always zero; `None` if all are.
    #[must_use]
    pub fn largest(&self) -> Option<(bool, i32, i32)> {
        let alive = self.each().filter(|&(k, i, f)| i32::from(k) + i + f > 0);
        alive.reduce(|(k, i, f), (l, j, g)| (k | l, i.max(j), f.max(g)))
    }
}

fn signs(array: &ArrayD<f64>) -> Result<ArrayD<bool>, String> {
    match array.iter().find(|&&k| k != 0.0 && k != 1.0) {
        Some(odd) => Err(format!("its variable `k` holds {odd}, where only 0 and 1 are possible")),
        None => Ok(array.mapv(|k| k == 1.0)),
    }
}

fn whole(name: &str, array: &ArrayD<f64>) -> Result<ArrayD<i32>, String> {
    let odd = array.iter().find(|width| width.is_nan() || width.abs() > MAX_BITS);
    if let Some(odd) = odd {
        return Err(format!(
            "its variable `{name}` holds {odd} bits, where -{MAX_BITS} to {MAX_BITS} are possible; if the model was never traced, call \
             hgq.utils.trace_minmax on it"
        ));
    }
    Ok(array.mapv(|width| (width as f32).round_ties_even() as i32))
}
