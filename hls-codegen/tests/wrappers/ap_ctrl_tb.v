// Drives a wrapper with ap_ctrl_hs: samples with random pauses, a reset while samples are under way. Results must come after the latency, once and in order.
`timescale 1ns / 1ps
module tb;
  localparam SAMPLES = @SAMPLES@;
  localparam IN = @IN@;
  localparam OUT = @OUT@;
  localparam LATENCY = @LATENCY@;
  reg [IN-1:0] samples [0:SAMPLES-1];
  reg [OUT-1:0] expected [0:SAMPLES-1];
  integer taken_at [0:SAMPLES-1];
  reg ap_clk = 1'b0, ap_rst = 1'b1, ap_start = 1'b0;
  wire ap_done, ap_idle, ap_ready;
  wire [@OUTPUTS@-1:0] vld;
  wire [OUT-1:0] out;
  integer sent = 0, received = 0, pass = 0, cycle = 0, start_of_8 = 0, seed = 1, begun = 0;
  reg taken = 1'b0, running = 1'b0;
  wire [IN-1:0] in = samples[sent % SAMPLES];

  function chance(input integer of_8);
    chance = $unsigned($random(seed)) % 8 < of_8;
  endfunction

  @NAME@_ap_ctrl dut (
      .ap_clk(ap_clk), .ap_rst(ap_rst), .ap_start(ap_start), .ap_done(ap_done), .ap_idle(ap_idle), .ap_ready(ap_ready)@PORTS@
  );

  always #5 ap_clk = ~ap_clk;

  always @(posedge ap_clk) begin
    cycle = cycle + 1;
    if (!ap_rst) begin
      taken = ap_start && ap_ready;
      if (taken) taken_at[sent % SAMPLES] = cycle;
      if (vld !== {@OUTPUTS@{ap_done}}) fail("ap_vld without ap_done, or the other way round");
      if (ap_done) begin
        if (received >= sent + taken) fail("a result without a sample");
        if (out !== expected[received % SAMPLES]) fail("wrong data");
        if (cycle - taken_at[received % SAMPLES] != LATENCY) fail("another latency");
        received = received + 1;
      end
      // With a latency of 0, a sample is done in the cycle in which it is taken.
      if (ap_idle !== (!ap_start && sent == received + (ap_done ? -1 : 0))) fail("wrong ap_idle");
    end
  end

  always @(negedge ap_clk) begin
    if (taken) sent = sent + 1;
    taken = 1'b0;
    ap_start = running && sent < SAMPLES && chance(start_of_8);
  end

  task fail(input [60*8-1:0] what);
    begin
      $display("FAILED pass %0d, result %0d: %0s", pass, received, what);
      $finish;
    end
  endtask

  task reset;
    begin
      #1 ap_rst = 1'b1;
      running = 1'b0;
      ap_start = 1'b0;
      @(posedge ap_clk);
      #1 ap_rst = 1'b0;
      sent = 0;
      received = 0;
    end
  endtask

  task run(input integer of_start, input integer stop_at);
    begin
      pass = pass + 1;
      start_of_8 = of_start;
      running = 1'b1;
      begun = cycle;
      while (received < stop_at) begin
        @(posedge ap_clk);
        if (cycle - begun > 20 * (SAMPLES + LATENCY)) fail("a sample was lost");
      end
      reset;
    end
  endtask

  initial begin
    $readmemh("samples.hex", samples);
    $readmemh("expected.hex", expected);
    repeat (3) @(posedge ap_clk);
    reset;
    run(8, SAMPLES);
    run(8, SAMPLES / 2);
    run(8, SAMPLES);
    run(4, SAMPLES / 3);
    run(1, SAMPLES);
    run(6, SAMPLES);
    $display("PASSED");
    $finish;
  end
endmodule
