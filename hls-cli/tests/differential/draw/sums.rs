//! Sums of tables and of elements.

use hls_model::fixed::FixedType;
use hls_model::graph::op::*;
use hls_model::precision::Precision;

use super::Sketch;

impl Sketch<'_> {
    pub fn function_sum(&mut self) {
        let (input, n_in) = self.some_layer();
        let n_out = self.random.usize(1..=4);
        let mut tables = Vec::new();
        let sums: Vec<Sum> = (0..n_out).map(|_| self.sum(n_in, &mut tables)).collect();
        let op = FunctionSum {
            original: "QDenseT",
            input_shape: vec![n_in],
            sums: sums.into(),
            tables: tables.into(),
        };
        self.add("DACombinational", Op::FunctionSum(op), vec![input], vec![n_out], Vec::new());
        self.maybe("result", 2..=16);
    }

    /// A sum of some terms, or of none.
    fn sum(&mut self, n_in: usize, tables: &mut Vec<Table>) -> Sum {
        let terms = (0..self.random.usize(0..=4)).map(|_| self.term(n_in, tables)).collect();
        let constant = Grid { raw: self.random.i64(-40..=40), fraction: self.random.i32(-2..=6) };
        let quantizer = match self.random.u32(..6) {
            0 => SumQuantizer::Zero,
            1 => SumQuantizer::To(self.fixed(2..=8)),
            _ => SumQuantizer::None,
        };
        let relu = self.random.u32(..3) == 0;
        Sum { terms, constant, finish: SumFinish { relu, quantizer } }
    }

    fn term(&mut self, n_in: usize, tables: &mut Vec<Table>) -> SumTerm {
        let element = self.random.usize(..n_in);
        if self.random.u32(..3) == 0 {
            let argument = if self.random.bool() { Some(self.fixed(2..=9)) } else { None };
            return SumTerm { element, argument, function: SumFunction::Scaled(self.random.i32(-3..=3)) };
        }
        let argument = self.fixed(2..=6);
        // Some are read by two terms, perhaps by their bits in a type of the other sign.
        let fits = |table: &Table| table.entries.len() == 1 << argument.width;
        let table = match tables.iter().position(fits).filter(|_| self.random.bool()) {
            Some(known) => known,
            None => {
                let largest = self.random.i64(1..=300);
                let entries = (0..1 << argument.width).map(|_| self.random.i64(-largest..=largest));
                let table = Table { entries: entries.collect(), fraction: self.random.i32(-1..=8) };
                tables.push(table);
                tables.len() - 1
            }
        };
        SumTerm { element, argument: Some(argument), function: SumFunction::Table(table) }
    }

    fn fixed(&mut self, widths: std::ops::RangeInclusive<u32>) -> FixedType {
        let width = self.random.u32(widths.clone());
        match self.precision(widths).parse() {
            Ok(Precision::Fixed(ty)) => ty,
            _ => FixedType::signed(width, 2),
        }
    }
}
