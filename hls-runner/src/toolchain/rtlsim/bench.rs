//! The test bench: Verilog that gives the design one sample after another and keeps what it computes.
//!
//! It is Verilog, not C++ for one simulator, so that Verilator and Icarus Verilog run the same bench. In each cycle it sets the inputs
//! after the falling edge of the clock, and looks at the outputs just before the rising edge. A sample stays on the inputs until
//! `ap_ready`; each output port is read whenever its `ap_vld` is 1, or with `ap_done` if it has none, so that samples may overlap in a
//! pipeline. Streams are given, and relieved of, a beat in each cycle in which the design is ready for that.

use std::fmt::{self, Display, Formatter};
use std::ops::Range;

use super::bits::Bits;
use super::interface::{DataPort, Interface, Reset, Side, Transfer};
use crate::toolchain::project::PortValues;

/// The module's name.
pub(super) const BENCH: &str = "rtlsim_bench";
/// The samples: a line for each, hexadecimal, all inputs together.
pub(super) const INPUTS: &str = "inputs.hex";
/// What the design computes of them, in the same form.
pub(super) const OUTPUTS: &str = "outputs.hex";
/// How the simulation went: lines of a word and a number.
pub(super) const OUTCOME: &str = "outcome.txt";

/// A test bench, which is written with `Display`.
pub(super) struct Bench<'a> {
    pub(super) top: &'a str,
    pub(super) interface: &'a Interface,
    pub(super) samples: usize,
    /// After so many cycles in which nothing happens, the design is stuck.
    pub(super) patience: u64,
}

impl Display for Bench<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.declarations(f)?;
        self.design(f)?;
        self.drive(f)?;
        self.look(f)?;
        self.process(f)
    }
}

impl Bench<'_> {
    /// The outputs with their numbers, by which the bench names their signals.
    fn outputs(&self) -> impl Iterator<Item = (usize, &DataPort)> {
        self.interface.outputs.ports.iter().enumerate()
    }

    /// The inputs that are streams, likewise.
    fn streams(&self) -> impl Iterator<Item = (usize, Stream)> {
        let inputs = self.interface.inputs.ports.iter().enumerate();
        inputs.filter_map(|(k, input)| Some((k, Stream::of(input)?)))
    }

    fn declarations(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { top, interface, samples, patience } = self;
        let [inputs, outputs] = [&interface.inputs, &interface.outputs].map(|side| side.bits.max(1) - 1);
        write!(
            f,
            "`timescale 1 ns / 1 ps

// Gives {top} the samples of {INPUTS}, and writes what it computes to {OUTPUTS}.
module {BENCH};
    localparam SAMPLES = {samples};
    // Cycles in which nothing happens until the design counts as stuck.
    localparam PATIENCE = {patience};

    reg clock = 0, reset = 1, start = 0;
    wire done, ready;
    reg [{inputs}:0] inputs [0:SAMPLES-1];
    reg [{inputs}:0] sample;
    reg [{outputs}:0] outputs [0:SAMPLES-1];

    // Numbers of samples that were put on the inputs, accepted, and finished; the cycles in which each was put there.
    integer begun = 0, accepted = 0, finished = 0;
    integer begin_of [0:SAMPLES-1];
    integer cycle = 0, quiet = 0, latency = 0, interval = 0, complete = 0;
    integer file, i;

    // For each input that is a stream: how many samples have been sent, and beats of the next.
"
        )?;
        for (k, Stream { bits, .. }) in self.streams() {
            writeln!(
                f,
                "    reg [{}:0] beat_{k}; reg sends_{k} = 0; wire takes_{k}; integer sent_{k} = 0, beats_{k} = 0;",
                bits - 1
            )?;
        }
        f.write_str("    // For each output: how many samples were taken from it, and beats of the next.\n")?;
        self.outputs().try_for_each(|(k, DataPort { bits, .. })| {
            let high = bits - 1;
            writeln!(f, "    wire [{high}:0] data_{k}; wire valid_{k}; integer taken_{k} = 0, parts_{k} = 0;")
        })
    }

    fn design(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { top, interface, .. } = self;
        write!(
            f,
            "\n    {top} dut (\n        .ap_clk(clock), .ap_start(start), .ap_done(done), .ap_ready(ready)"
        )?;
        match interface.reset {
            None => {}
            Some(Reset::ActiveHigh) => f.write_str(", .ap_rst(reset)")?,
            Some(Reset::ActiveLow) => f.write_str(", .ap_rst_n(!reset)")?,
        }
        for port in &interface.held_high {
            write!(f, ",\n        .{port}(1'b1)")?;
        }
        for (k, DataPort { port, at, bits, transfer }) in interface.inputs.ports.iter().enumerate() {
            match transfer {
                Transfer::AtOnce { .. } => write!(f, ",\n        .{port}(sample[{}:{at}])", at + bits - 1)?,
                Transfer::Stream { valid, ready, .. } => {
                    write!(f, ",\n        .{port}(beat_{k}), .{valid}(sends_{k}), .{ready}(takes_{k})")?;
                }
            }
        }
        for (k, DataPort { port, transfer, .. }) in self.outputs() {
            write!(f, ",\n        .{port}(data_{k})")?;
            match transfer {
                Transfer::AtOnce { valid: None } => {}
                Transfer::AtOnce { valid: Some(valid) } => write!(f, ", .{valid}(valid_{k})")?,
                Transfer::Stream { valid, ready, .. } => write!(f, ", .{valid}(valid_{k}), .{ready}(1'b1)")?,
            }
        }
        f.write_str("\n    );\n")?;
        let with_done = |transfer: &Transfer| *transfer == Transfer::AtOnce { valid: None };
        let mut without = self.outputs().filter(|(_, output)| with_done(&output.transfer));
        without.try_for_each(|(k, _)| writeln!(f, "    assign valid_{k} = done;"))
    }

    /// What is done after each falling edge.
    fn drive(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(
            "
    task drive;
        begin
            start = accepted < SAMPLES;
            if (start && begun == accepted) begin
                sample = inputs[begun];
                begin_of[begun] = cycle;
                if (begun > 0 && cycle - begin_of[begun - 1] > interval)
                    interval = cycle - begin_of[begun - 1];
                begun = begun + 1;
            end
",
        )?;
        for (k, Stream { at, bits, .. }) in self.streams() {
            writeln!(f, "            sends_{k} = sent_{k} < SAMPLES;")?;
            writeln!(
                f,
                "            if (sends_{k}) beat_{k} = inputs[sent_{k}][{at} + beats_{k} * {bits} +: {bits}];"
            )?;
        }
        f.write_str("        end\n    endtask\n")
    }

    /// What is done just before each rising edge.
    fn look(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(
            "
    task look;
        begin
            quiet = quiet + 1;
            if (start && ready === 1'b1) begin
                accepted = accepted + 1;
                quiet = 0;
            end
            if (done === 1'b1) begin
                if (finished < begun && cycle - begin_of[finished] > latency)
                    latency = cycle - begin_of[finished];
                if (finished < SAMPLES) quiet = 0;
                finished = finished + 1;
            end
",
        )?;
        for (k, Stream { beats, .. }) in self.streams() {
            write!(
                f,
                "            if (sends_{k} && takes_{k} === 1'b1) begin
                beats_{k} = beats_{k} + 1;
                if (beats_{k} == {beats}) begin
                    beats_{k} = 0;
                    sent_{k} = sent_{k} + 1;
                end
                quiet = 0;
            end
"
            )?;
        }
        for (k, output) in self.outputs() {
            let (at, bits) = (output.at, output.bits);
            let beats = Stream::of(output).map_or(1, |stream| stream.beats);
            write!(
                f,
                "            if (valid_{k} === 1'b1) begin
                if (taken_{k} < SAMPLES) begin
                    outputs[taken_{k}][{at} + parts_{k} * {bits} +: {bits}] = data_{k};
                    quiet = 0;
                end
                parts_{k} = parts_{k} + 1;
                if (parts_{k} == {beats}) begin
                    parts_{k} = 0;
                    taken_{k} = taken_{k} + 1;
                end
            end
"
            )?;
        }
        f.write_str("            complete = accepted >= SAMPLES && finished >= SAMPLES")?;
        self.outputs().try_for_each(|(k, _)| write!(f, "\n                && taken_{k} >= SAMPLES"))?;
        f.write_str(";\n        end\n    endtask\n")
    }

    fn process(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "
    initial begin
        $readmemh(\"{INPUTS}\", inputs);
        sample = inputs[0];
        for (i = 0; i < 16; i = i + 1) begin
            #5 clock = 1;
            #5 clock = 0;
        end
        reset = 0;
        while (!complete && quiet < PATIENCE) begin
            drive;
            #4 look;
            #1 clock = 1;
            #5 clock = 0;
            cycle = cycle + 1;
        end
        file = $fopen(\"{OUTCOME}\", \"w\");
        $fdisplay(file, \"complete %0d\", complete);
        $fdisplay(file, \"accepted %0d\", accepted);
        $fdisplay(file, \"finished %0d\", finished);
        $fdisplay(file, \"latency %0d\", latency);
        $fdisplay(file, \"interval %0d\", interval);
"
        )?;
        self.outputs()
            .try_for_each(|(k, _)| writeln!(f, "        $fdisplay(file, \"taken %0d\", taken_{k});"))?;
        write!(
            f,
            "        $fclose(file);
        file = $fopen(\"{OUTPUTS}\", \"w\");
        for (i = 0; i < SAMPLES; i = i + 1) begin
"
        )?;
        slices(self.interface.outputs.bits).try_for_each(|slice| {
            let (high, low) = (slice.end - 1, slice.start);
            writeln!(f, "            $fwrite(file, \"%h\", outputs[i][{high}:{low}]);")
        })?;
        f.write_str(
            "            $fwrite(file, \"\\n\");
        end
        $fclose(file);
        $finish;
    end
endmodule
",
        )
    }
}

/// So many bits in slices of whole digits, the highest first: Verilator prints at most 8192 bits at a time.
fn slices(bits: usize) -> impl Iterator<Item = Range<usize>> {
    const MOST: usize = 4096;
    (0..bits.max(1)).step_by(MOST).rev().map(move |low| low..(low + MOST).min(bits.max(1)))
}

/// A port that is a stream.
#[derive(Clone, Copy)]
struct Stream {
    at: usize,
    bits: usize,
    beats: usize,
}

impl Stream {
    fn of(port: &DataPort) -> Option<Self> {
        match port.transfer {
            Transfer::Stream { beats, .. } => Some(Self { at: port.at, bits: port.bits, beats }),
            Transfer::AtOnce { .. } => None,
        }
    }
}

/// The lines of [`INPUTS`].
pub(super) fn input_lines(values: &[PortValues], samples: usize, side: &Side) -> String {
    let mut text = String::new();
    for sample in 0..samples {
        let (mut line, mut at) = (Bits::zeros(side.bits), 0);
        for (value, stride) in values.iter().zip(&side.strides) {
            for raw in value.raws.iter().skip(sample * value.elements).take(value.elements) {
                // The padding has the number's sign.
                line.put(at, *stride, *raw);
                at += stride;
            }
        }
        text.push_str(&format!("{line}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_whole_digits_and_come_highest_first() {
        let all = |bits| slices(bits).collect::<Vec<_>>();
        assert_eq!(all(4096), vec![0..4096]);
        assert_eq!(all(8193), vec![8192..8193, 4096..8192, 0..4096]);
        assert_eq!(all(7), vec![0..7]);
    }

    #[test]
    fn a_line_holds_all_inputs_of_a_sample_the_first_lowest() {
        let value = |elements, bits, raws: &[i128]| PortValues {
            name: "x".into(),
            layer: "x".into(),
            elements,
            bits,
            signed: true,
            fraction: 0,
            raws: raws.to_vec(),
        };
        let values = [value(2, 4, &[1, -1, 2, -2]), value(1, 6, &[-32, 31])];
        let side = |strides: [usize; 2], bits| Side { strides: strides.to_vec(), bits, ..Side::default() };
        assert_eq!(input_lines(&values, 2, &side([4, 6], 14)), "20f1\n1fe2\n");
        assert_eq!(input_lines(&values, 2, &side([8, 8], 24)), "e0ff01\n1ffe02\n", "padded with the sign");
    }
}
