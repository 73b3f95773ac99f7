//! Products that share parts, added up one by one in the accumulator's type: for sums in which an accumulator rounds or saturates on
//! the way, so that their order can be seen.

use std::collections::{BTreeMap, BTreeSet};

use hls_model::arith::{Link, MatrixProduct, Row, Summation, Tap, Term};

use super::{Leaf, Named, Variable, at_point, bits, constant, expression, input, wrapped};
use crate::adder_graph::{Effort, share};
use crate::range::Range;

/// An input, and how many of its bits are dropped before it is multiplied.
type Source = (usize, u32);

/// Which multiples there are: their expressions and ranges, by their source and the factor's magnitude.
type Multiples = BTreeMap<(Source, i128), Variable>;

/// The statements that compute all results, or why there are none.
pub(super) fn statements(product: &MatrixProduct, numbers: &Term) -> Result<Vec<String>, &'static str> {
    let casts = casts(product)?;
    let mut statements = vec!["typedef typename CONFIG_T::accum_t accum_t;".to_owned()];
    let factors = factors(product, numbers)?;
    if factors.is_empty() {
        statements.push("(void)data;".to_owned());
    }
    let positions: BTreeSet<usize> = factors.keys().map(|(position, _)| *position).collect();
    statements.extend(positions.into_iter().map(|position| input(position, numbers.ty)));
    let (definitions, multiples, additions) = multiples(&factors, numbers);
    statements.extend(definitions);
    for (i, row) in product.rows.iter().enumerate() {
        statements.extend(sum(product, numbers, &casts, &multiples, (i, row)));
    }
    let products: usize =
        product.rows.iter().map(|row| row.taps.iter().filter(|tap| counts(tap)).count()).sum();
    statements.insert(
        0,
        format!(
            "// {additions} additions for {} multiples, and {products} in the accumulator's type.",
            multiples.len()
        ),
    );
    Ok(statements.iter().map(|statement| wrapped(statement)).collect())
}

/// The types that a product is cast to, from the first one on.
fn casts(product: &MatrixProduct) -> Result<Vec<String>, &'static str> {
    let Summation::Stepwise { product: chain, .. } = &product.summation else {
        return Ok(vec!["accum_t".to_owned()]);
    };
    let (_, before) = chain.links().split_last().ok_or("its products are not cast")?;
    let before = before.iter().map(|link| match link {
        Link::Cast(cast) => Ok(cast.to().cpp()),
        Link::Affine { .. } => Err("its products are no multiples of its inputs"),
    });
    before.chain([Ok("accum_t".to_owned())]).collect()
}

fn counts(tap: &Tap) -> bool {
    tap.line.factor != 0
}

fn source(tap: &Tap, numbers: &Term) -> Source {
    // Further than this no number changes.
    (tap.position, tap.line.down.min(bits((numbers.low, numbers.high)).saturating_sub(1)))
}

/// The magnitudes of the factors that each source is multiplied with.
fn factors(
    product: &MatrixProduct,
    numbers: &Term,
) -> Result<BTreeMap<Source, BTreeSet<i128>>, &'static str> {
    let mut factors: BTreeMap<Source, BTreeSet<i128>> = BTreeMap::new();
    for tap in product.rows.iter().flat_map(|row| &row.taps) {
        if tap.line.addend != 0 || tap.ends_group {
            return Err("its products are not multiples of its inputs that are added one by one");
        }
        if counts(tap) {
            factors.entry(source(tap, numbers)).or_default().insert(tap.line.factor.abs());
        }
    }
    Ok(factors)
}

/// The definitions of all multiples, the multiples, and the additions in them.
fn multiples(factors: &BTreeMap<Source, BTreeSet<i128>>, numbers: &Term) -> (Vec<String>, Multiples, usize) {
    let (mut definitions, mut multiples, mut additions, mut n_shared) = (Vec::new(), Multiples::new(), 0, 0);
    for (&source, magnitudes) in factors {
        let inputs = [variable(source, numbers)];
        if source.1 > 0 {
            let (width, name) = (bits((numbers.low, numbers.high)), &inputs[0].name);
            definitions.push(format!(
                "const ap_int<{width}> {name} = ap_int<{width}>(x{}) >> {};",
                source.0, source.1
            ));
        }
        let rows: Vec<Vec<(usize, i128)>> = magnitudes.iter().map(|&factor| vec![(0, factor)]).collect();
        let graph = share(&rows, &[inputs[0].range], Effort::default());
        let named = Named::new(&graph, &inputs, n_shared);
        n_shared += graph.shared.len();
        additions += named.additions();
        definitions.extend(named.definitions());
        for (&factor, row) in magnitudes.iter().zip(&graph.rows) {
            let value = expression(row.iter().map(|addend| named.term(addend)).collect());
            let range = named.range_of(row, 0);
            let name = match row.len() {
                0 | 1 => value,
                _ => {
                    let name = format!("m{}", multiples.len());
                    definitions.push(format!("const ap_int<{}> {name} = {value};", bits(range)));
                    name
                }
            };
            multiples.insert((source, factor), Variable { name, range });
        }
    }
    (definitions, multiples, additions)
}

fn variable((position, down): Source, numbers: &Term) -> Variable {
    let name = if down == 0 { format!("x{position}") } else { format!("x{position}_{down}") };
    Variable { name, range: (numbers.low >> down, numbers.high >> down) }
}

/// The statements of one result.
fn sum(
    product: &MatrixProduct,
    numbers: &Term,
    casts: &[String],
    multiples: &Multiples,
    (i, row): (usize, &Row),
) -> Vec<String> {
    let bias = expression(vec![constant(row.bias)]);
    let bias = at_point(&bias, (row.bias.min(0), row.bias.max(0)), product.accum.frac());
    let mut statements = vec![format!("accum_t sum{i} = {bias};")];
    for tap in row.taps.iter().filter(|tap| counts(tap)) {
        let Some(multiple) = multiples.get(&(source(tap, numbers), tap.line.factor.abs())) else { continue };
        let negative = tap.line.factor < 0;
        let value = expression(vec![Leaf { text: multiple.name.clone(), negative }]);
        let value = at_point(&value, signed(multiple.range, negative), product.product.frac());
        let cast = casts.iter().fold(value, |value, ty| format!("{ty}({value})"));
        statements.push(format!("sum{i} += {cast};"));
    }
    statements.push(format!("res[{i}] = sum{i};"));
    statements
}

fn signed((low, high): Range, negative: bool) -> Range {
    if negative { (-high, -low) } else { (low, high) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiples_of_an_input_share_parts() {
        let numbers = Term::variable("fixed<4,4>".parse().expect("a precision")).expect("a small number");
        let factors = BTreeMap::from([((0, 0), BTreeSet::from([4, 5, 10])), ((1, 2), BTreeSet::from([1]))]);
        let (definitions, multiples, additions) = multiples(&factors, &numbers);
        let named: Vec<_> = multiples.values().map(|it| (it.name.as_str(), it.range)).collect();
        assert_eq!(additions, 1, "{definitions:?}");
        assert_eq!(
            named,
            [("shl<2>(x0)", (-32, 28)), ("s0", (-40, 35)), ("shl<1>(s0)", (-80, 70)), ("x1_2", (-2, 1))]
        );
    }
}
