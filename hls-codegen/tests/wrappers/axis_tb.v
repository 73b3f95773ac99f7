// Drives a wrapper with streams: samples and readiness with random pauses, a reset while samples are under way. Every beat must be the
// expected one, once, in order, and must not change while nobody takes it.
`timescale 1ns / 1ps
module tb;
  localparam SAMPLES = @SAMPLES@;
  localparam IN = @IN@;
  localparam OUT = @OUT@;
  localparam LATENCY = @LATENCY@;
  reg [IN-1:0] samples [0:SAMPLES-1];
  reg [OUT-1:0] expected [0:SAMPLES-1];
  reg aclk = 1'b0, aresetn = 1'b0;
  reg s_tvalid = 1'b0, m_tready = 1'b0;
  wire s_tready, m_tvalid, m_tlast;
  wire [OUT-1:0] m_tdata;
  integer sent = 0, received = 0, pass = 0, cycles = 0, limit = 0, valid_of_8 = 0, ready_of_8 = 0;
  reg was_held = 1'b0, held_last = 1'b0;
  reg [OUT-1:0] held = 0;
  integer seed = 1;

  // Not the same in every pass. It is wired up, so it must depend on nothing but its arguments.
  function last(input integer sample, input integer in_pass);
    last = (sample * 7 + in_pass) % 3 == 0;
  endfunction

  function chance(input integer of_8);
    chance = $unsigned($random(seed)) % 8 < of_8;
  endfunction

  @NAME@_axis dut (
      .aclk(aclk), .aresetn(aresetn),
      .s_axis_tdata(samples[sent % SAMPLES]), .s_axis_tlast(last(sent, pass)), .s_axis_tvalid(s_tvalid), .s_axis_tready(s_tready),
      .m_axis_tdata(m_tdata), .m_axis_tlast(m_tlast), .m_axis_tvalid(m_tvalid), .m_axis_tready(m_tready)
  );

  always #5 aclk = ~aclk;

  reg accepted = 1'b0;
  always @(posedge aclk) if (aresetn) begin
    cycles = cycles + 1;
    accepted = s_tvalid && s_tready;
    if (was_held && !(m_tvalid && m_tdata === held && m_tlast === held_last)) fail("a beat changed before it was taken");
    was_held = m_tvalid && !m_tready;
    held = m_tdata;
    held_last = m_tlast;
    if (m_tvalid && m_tready) begin
      if (received >= sent) fail("a beat without a sample");
      if (m_tdata !== expected[received % SAMPLES]) fail("wrong data");
      if (m_tlast !== last(received, pass)) fail("wrong tlast");
      received = received + 1;
    end
  end

  always @(negedge aclk) begin
    // A sample that was offered stays until it is taken.
    if (!s_tvalid || accepted) begin
      if (accepted) sent = sent + 1;
      s_tvalid = aresetn && sent < limit && chance(valid_of_8);
    end
    accepted = 1'b0;
    m_tready = chance(ready_of_8);
  end

  task fail(input [40*8-1:0] what);
    begin
      $display("FAILED pass %0d, beat %0d: %0s", pass, received, what);
      $finish;
    end
  endtask

  // As many samples as there are, then some more whose results nobody takes, and a reset.
  task run(input integer of_valid, input integer of_ready, input integer most_cycles);
    begin
      pass = pass + 1;
      valid_of_8 = of_valid;
      ready_of_8 = of_ready;
      cycles = 0;
      limit = SAMPLES;
      while (received < SAMPLES) begin
        @(posedge aclk);
        if (cycles > most_cycles) fail("too slow, or a sample was lost");
      end
      ready_of_8 = 0;
      valid_of_8 = 8;
      limit = SAMPLES + 1000000;
      repeat (LATENCY / 2 + 3 * pass) @(posedge aclk);
      #1 aresetn = 1'b0;
      @(posedge aclk);
      #1 aresetn = 1'b1;
      s_tvalid = 1'b0;
      limit = 0;
      sent = 0;
      received = 0;
      was_held = 1'b0;
    end
  endtask

  initial begin
    $readmemh("samples.hex", samples);
    $readmemh("expected.hex", expected);
    repeat (3) @(posedge aclk);
    #1 aresetn = 1'b1;
    run(8, 8, SAMPLES + 2 * LATENCY + 8);
    run(8, 8, SAMPLES + 2 * LATENCY + 8);
    run(4, 4, 20 * (SAMPLES + LATENCY));
    run(8, 1, 20 * (SAMPLES + LATENCY));
    run(1, 8, 20 * (SAMPLES + LATENCY));
    run(2, 5, 20 * (SAMPLES + LATENCY));
    run(7, 6, 20 * (SAMPLES + LATENCY));
    $display("PASSED");
    $finish;
  end
endmodule
