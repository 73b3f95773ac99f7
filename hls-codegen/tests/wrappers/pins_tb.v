// Shifts samples into the circuit between few pins and results out of it.
`timescale 1ns / 1ps
module tb;
  localparam SAMPLES = @SAMPLES@;
  localparam IN = @IN@;
  localparam OUT = @OUT@;
  localparam LATENCY = @LATENCY@;
  reg [IN-1:0] samples [0:SAMPLES-1];
  reg [OUT-1:0] expected [0:SAMPLES-1];
  reg clk = 1'b0, shift_in = 1'b0, load = 1'b0;
  wire shift_out;
  reg [OUT:0] result;
  reg [IN:0] vector;
  integer sample, i;

  @NAME@_pins dut (.clk(clk), .shift_in(shift_in), .load(load), .shift_out(shift_out));

  always #5 clk = ~clk;

  initial begin
    $readmemh("samples.hex", samples);
    $readmemh("expected.hex", expected);
    // Until nothing undefined is left in the pipeline and in the registers behind it.
    repeat (LATENCY + OUT + 2) @(negedge clk);
    for (sample = 0; sample < SAMPLES; sample = sample + 1) begin
      // The valid bit goes first and is in front in the end.
      vector = {1'b1, samples[sample]};
      for (i = IN; i >= 0; i = i - 1) begin
        shift_in = vector[i];
        @(negedge clk);
      end
      shift_in = 1'b0;
      repeat (LATENCY) @(negedge clk);
      load = 1'b1;
      @(negedge clk);
      load = 1'b0;
      for (i = OUT; i >= 0; i = i - 1) begin
        result[i] = shift_out;
        @(negedge clk);
      end
      if (result !== {1'b1, expected[sample]}) begin
        $display("FAILED sample %0d: %h instead of 1%h", sample, result, expected[sample]);
        $finish;
      end
    end
    $display("PASSED");
    $finish;
  end
endmodule
