// The plots. Each axis shows one column, and a column has one origin, so that no axis mixes what different tools say.

const plots = [];
// Beyond this ratio of the largest to the smallest number, an axis is logarithmic.
const FAR = 30;
function areFarApart(numbers) {
  const [least, most] = numbers.reduce(([low, high], number) => [number > 0 && number < low ? number : low, Math.max(high, number)], [Infinity, 0]);
  return most / least > FAR;
}
const isFailed = (job) => status(job) === "failed";

function optionsFor(list) {
  return bySource(list).map(([source, members]) =>
    el("optgroup", { label: source.title }, members.map((column) => el("option", { value: column.name }, column.unit ? `${column.title} [${column.unit}]` : column.title))));
}

// One plot: a section with selectors, a drawing, and its front as a table.
class Plot {
  constructor({ id, title, wide, x, y, choices, budgets, without, frontTitle }) {
    this.id = id;
    this.budgets = budgets ? data.budgets : [];
    this.boxes = new Set(this.budgets.filter((budget) => budget.asked));
    this.series = new Map();
    this.area = choices.area;
    this.canvas = el("div", { class: "canvas", role: "img", id: `${id}-drawing` });
    this.empty = el("div", { class: "empty" }, without);
    this.front = el("div", { class: "front" });
    this.remark = el("p", { class: "help" });
    this.frontTitle = frontTitle;
    this.controls = el("div", { class: "controls" });
    this.section = el("section", { class: wide ? "plot wide" : "plot", id, "aria-labelledby": `${id}-title` },
      el("h2", { id: `${id}-title` }, title), this.controls, this.canvas, this.empty, this.remark, this.front);
    document.getElementById("plots").append(this.section);
    this.choose(x, y, choices);
    plots.push(this);
  }

  choose(x, y, choices) {
    const redraw = () => this.draw(shownJobs);
    const select = (label, list, value, none) => {
      const field = el("select", { onchange: () => { this.reset(); redraw(); } }, none ? el("option", { value: "" }, "choose a figure") : "", ...optionsFor(list));
      field.value = value ?? "";
      this.controls.append(el("span", {}, el("label", {}, `${label} `, field)));
      return field;
    };
    if (this.area) {
      this.origin = el("select", { onchange: () => { this.reset(); redraw(); } }, this.area.map(({ title }, at) => el("option", { value: at }, title)));
      this.origin.value = Math.max(0, this.area.findIndex((pair) => pair.x === x && pair.y === y));
      this.controls.append(el("label", {}, "Counted by ", this.origin));
    } else {
      this.x = select("Across", choices.x, x, false);
      this.y = select("Up", choices.y, y, true);
      const better = (field) => {
        const way = el("select", { onchange: redraw, "aria-label": "which is better" }, el("option", { value: "less" }, "less is better"), el("option", { value: "more" }, "more is better"));
        const follow = () => { way.value = byName.get(field.value)?.goal === "maximize" ? "more" : "less"; };
        field.addEventListener("change", follow, true);
        follow();
        field.parentElement.after(" ", way, " ");
        return way;
      };
      this.wayX = better(this.x);
      this.wayY = better(this.y);
    }
    // Logarithmic where the numbers are far apart, until somebody says otherwise.
    const scale = (place, text) => {
      const box = el("input", { type: "checkbox", onchange: () => { box.dataset.chosen = "yes"; redraw(); } });
      place.append(el("label", {}, box, ` ${text}`));
      return (columns, numbers) => {
        if (!box.dataset.chosen) box.checked = columns.every((column) => !column.from.files) && areFarApart(numbers);
        return box.checked;
      };
    };
    if (this.area) {
      this.logX = this.logY = scale(this.controls, "logarithmic");
    } else {
      this.logX = scale(this.wayX.parentElement, "logarithmic");
      this.logY = scale(this.wayY.parentElement, "logarithmic");
    }
    if (this.budgets.length) this.controls.append(this.chips(redraw));
    this.controls.append(el("button", { type: "button", onclick: () => { this.reset(); redraw(); } }, "Whole plot"));
  }

  // Tick boxes for the limits of chips.
  chips(redraw) {
    const menu = el("details", { class: "choice" });
    const summary = el("summary", {}, "Chips");
    const mark = () => { summary.textContent = this.boxes.size ? `Chips: ${[...this.boxes].map(({ name }) => name).join(", ").slice(0, 40)}` : "Chips"; };
    const boxes = this.budgets.map((budget) => {
      const field = el("input", { type: "checkbox", onchange: () => {
        if (field.checked) this.boxes.add(budget); else this.boxes.delete(budget);
        mark();
        redraw();
      } });
      field.checked = this.boxes.has(budget);
      return el("label", {}, field, `${budget.name}: ${whole.format(budget.lut)} LUT, ${whole.format(budget.ff)} FF`);
    });
    mark();
    menu.append(summary, el("div", { role: "group", "aria-label": "Chips whose limits are drawn" }, boxes));
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) { menu.open = false; summary.focus(); event.stopPropagation(); }
    });
    document.addEventListener("pointerdown", (event) => { if (!menu.contains(event.target)) menu.open = false; });
    return menu;
  }

  axes() {
    const pair = this.area ? this.area[Number(this.origin.value)] : { x: this.x.value, y: this.y.value };
    return [byName.get(pair.x), byName.get(pair.y)];
  }

  reset() {
    this.chart?.dispatchAction({ type: "dataZoom", batch: [{ dataZoomIndex: 0, start: 0, end: 100 }, { dataZoomIndex: 1, start: 0, end: 100 }] });
  }

  draw(visible, printing = false) {
    const [x, y] = this.axes();
    const usable = x && y;
    this.canvas.hidden = !usable;
    this.empty.hidden = Boolean(usable);
    this.front.replaceChildren();
    this.remark.textContent = "";
    if (!usable) return;
    const known = visible
      .map((job) => ({ job, x: job.cells[x.index], y: job.cells[y.index] }))
      .filter((point) => typeof point.x === "number" && typeof point.y === "number");
    const boxes = [...this.boxes];
    const log = this.area
      ? ((both) => ({ x: both, y: both }))(this.logX([x, y], [...known.flatMap((p) => [p.x, p.y]), ...boxes.flatMap((b) => [b.ff, b.lut])]))
      : { x: this.logX([x], known.map((p) => p.x)), y: this.logY([y], known.map((p) => p.y)) };
    const points = known.filter((point) => (!log.x || point.x > 0) && (!log.y || point.y > 0));
    const lost = known.length - points.length;
    this.remark.textContent = `${whole.format(points.length)} of ${whole.format(visible.length)} jobs have both numbers${lost ? `; ${whole.format(lost)} more have a zero, which a logarithmic axis cannot show` : ""}.`;
    const [moreX, moreY] = this.area ? [false, false] : [this.wayX.value === "more", this.wayY.value === "more"];
    const front = firstFront(points.filter(({ job }) => !isFailed(job)), moreX, moreY);
    this.points = points;
    this.members = new Set(front.map(({ job }) => job));
    this.chart ??= echarts.init(this.canvas, null, { renderer: "canvas", devicePixelRatio: Math.max(2, window.devicePixelRatio) });
    this.chart.off("click");
    this.chart.on("click", ({ data: point }) => { if (point?.job) openDetails(point.job); });
    this.chart.setOption(this.option(x, y, points, front, log, printing), { notMerge: true });
    this.describe(x, y, points, front);
    if (!this.area) this.list(x, y, front);
  }

  option(x, y, points, front, log, printing) {
    const [text, quiet, line] = printing ? ["#000", "#333", "#ccc"] : ["--text", "--quiet", "--line"].map(colourOf);
    const ink = printing ? "#000" : colourOf("--front");
    const groups = groupsOf(state.colour, printing);
    this.series.clear();
    const series = groups.map((group, at) => {
      const members = points.filter(({ job }) => group.has(job));
      members.forEach((point, index) => this.series.set(point.job, { seriesIndex: at, dataIndex: index }));
      return {
        type: "scatter", name: group.label, symbol: group.shape, symbolSize: points.length > 600 ? 6 : 9, itemStyle: { color: group.colour, opacity: 0.85 },
        emphasis: { scale: 2, itemStyle: { borderColor: ink, borderWidth: 2, opacity: 1 } },
        data: members.map((point) => ({
          value: [point.x, point.y], job: point.job,
          symbol: isFailed(point.job) ? "path://M-5 -3.5L-3.5 -5L0 -1.5L3.5 -5L5 -3.5L1.5 0L5 3.5L3.5 5L0 1.5L-3.5 5L-5 3.5L-1.5 0Z" : undefined,
          ...(this.members.has(point.job) && !this.area ? { itemStyle: { color: group.colour, borderColor: ink, borderWidth: 1.3, opacity: 1 }, symbolSize: 10 } : {}),
        })),
      };
    });
    if (!this.area && front.length) {
      const sorted = [...front].sort((a, b) => a.x - b.x || a.y - b.y);
      series.push({
        type: "line", name: "Pareto front", step: this.wayX.value === "more" ? "start" : "end", symbol: "none", silent: true, z: 1,
        lineStyle: { color: ink, width: 1.6, type: "dashed" }, itemStyle: { color: ink }, data: sorted.map((point) => [point.x, point.y]),
      });
    }
    // A logarithmic axis begins at a power of ten, and so do the boxes.
    const boxed = [...this.boxes];
    const begin = (place, numbers) => (log[place] && numbers.length ? 10 ** Math.floor(Math.log10(numbers.reduce((a, b) => Math.min(a, b)))) : undefined);
    const least = { x: begin("x", [...points.map((p) => p.x), ...boxed.map((b) => b.ff)]), y: begin("y", [...points.map((p) => p.y), ...boxed.map((b) => b.lut)]) };
    for (const budget of this.boxes) {
      series.push({
        type: "line", name: budget.name, symbol: "none", silent: true, z: 1, lineStyle: { color: colourOf("--bad"), width: 1.4 }, itemStyle: { color: colourOf("--bad") },
        data: [[least.x ?? 0, budget.lut], [budget.ff, budget.lut], [budget.ff, least.y ?? 0]],
        markPoint: { silent: true, symbol: "circle", symbolSize: 1, label: { formatter: () => budget.name, color: printing ? "#000" : colourOf("--bad"), position: [-6, -16], align: "right" }, data: [{ coord: [budget.ff, budget.lut] }] },
      });
    }
    const axis = (column, place) => ({
      type: log[place] ? "log" : "value", min: least[place], name: axisTitle(column), nameLocation: "middle", nameGap: place === "x" ? 30 : 52, scale: true,
      nameTextStyle: { color: text, fontSize: 13 }, axisLabel: { color: quiet, formatter: (value) => compact.format(value), hideOverlap: true },
      axisLine: { show: true, lineStyle: { color: quiet } }, splitLine: { lineStyle: { color: line, opacity: 0.7 } }, minorTick: { show: log[place] },
    });
    return {
      animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      title: data.stand_in ? { text: "NOT A SYNTHESIS RESULT", right: 10, top: 0, textStyle: { color: colourOf("--bad"), fontSize: 13 } } : undefined,
      grid: { left: 70, right: 24, top: 40, bottom: 52, containLabel: false },
      legend: { show: series.length > 1, itemWidth: 14, itemHeight: 11, formatter: (name) => (groups.length > 1 && groups.some(({ label }) => label === name) ? `${byName.get(state.colour).title} ${name}` : name), type: "scroll", top: 6, left: 0, right: data.stand_in ? 210 : 0, textStyle: { color: text }, pageTextStyle: { color: text }, pageIconColor: text, inactiveColor: line, data: series.map(({ name }) => name).filter((name, at, all) => all.indexOf(name) === at) },
      tooltip: {
        trigger: "item", confine: true, backgroundColor: colourOf("--ground"), borderColor: line, textStyle: { color: text },
        formatter: ({ data: point }) => (point?.job ? this.tip(point.job, x, y) : ""),
      },
      dataZoom: ["xAxisIndex", "yAxisIndex"].map((key) => ({ type: "inside", [key]: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseMove: true, preventDefaultMouseMove: false })),
      xAxis: axis(x, "x"), yAxis: axis(y, "y"), series,
    };
  }

  // What hovering shows. An element, not markup.
  tip(job, x, y) {
    const pairs = [x, y, ...settings, byName.get(state.colour)].filter((column, at, all) => column && all.indexOf(column) === at && job.cells[column.index] !== null);
    const remarks = [
      isFailed(job) ? "failed" : null,
      this.members.has(job) ? "on the Pareto front" : null,
      of(job, "stand_in") === true ? "NOT A SYNTHESIS RESULT" : null,
      ...columns.filter((column) => column.kind === "flag" && job.cells[column.index] === false && /meets|fits/.test(column.name)).map((column) => `${nameOf(column)}: no`),
    ].filter(Boolean);
    return el("div", { class: "tip" }, el("b", {}, job.name),
      el("dl", {}, pairs.map((column) => [el("dt", {}, nameOf(column)), el("dd", {}, `${shown(job.cells[column.index], column)} ${column.unit}`)])),
      ...remarks.map((remark) => el("div", { class: "made-up" }, remark)));
  }

  // The same in words, for whoever does not see the drawing.
  describe(x, y, points, front) {
    const inside = [...this.boxes].map((budget) => `${points.filter((point) => point.x <= budget.ff && point.y <= budget.lut).length} within ${budget.name}`);
    const parts = [`${axisTitle(y)} over ${axisTitle(x)}`, `${points.length} jobs`];
    if (!this.area) parts.push(`${front.length} of them on the Pareto front, which the table below lists`);
    this.canvas.setAttribute("aria-label", `${[...parts, ...inside].join("; ")}. All numbers are in the table of jobs.`);
  }

  list(x, y, front) {
    // The best first.
    const way = this.wayY.value === "more" ? -1 : 1;
    const sorted = [...front].sort((a, b) => way * (a.y - b.y) || a.x - b.x);
    const title = `${this.frontTitle}: ${front.length} of ${this.points.length} jobs`;
    const head = ["Job", ...(settings.length ? ["Settings"] : []), axisTitle(y), axisTitle(x)];
    this.front.replaceChildren(el("details", { open: this.section.classList.contains("wide") }, el("summary", {}, title),
      el("div", { class: "scroll" }, el("table", { "aria-label": title },
        el("thead", {}, el("tr", {}, head.map((text, at) => el("th", { scope: "col", class: at >= head.length - 2 ? "number" : undefined }, text)))),
        el("tbody", {}, sorted.slice(0, 200).map((point) => el("tr", {},
          el("th", { scope: "row" }, el("button", { type: "button", class: "link", onclick: () => openDetails(point.job) }, point.job.name)),
          settings.length ? el("td", {}, setting(point.job)) : null,
          el("td", { class: "number" }, shown(point.y, y)), el("td", { class: "number" }, shown(point.x, x)))))))));
  }

  highlight(job, on) {
    const place = this.series.get(job);
    if (place && this.chart) this.chart.dispatchAction({ type: on ? "highlight" : "downplay", ...place });
  }
}

function buildPlots() {
  const ofFiles = numeric.filter((column) => column.from.files);
  const costs = numeric.filter((column) => !column.from.files && column.from.key !== "setting" && column.from.key !== "sweep");
  const isLatency = (column) => /latency|interval|period|fmax/i.test(column.name);
  const start = data.plots;
  new Plot({
    id: "pareto", title: "Cost and metric", wide: true, x: start.pareto?.x ?? start.cost, y: start.pareto?.y, frontTitle: "Pareto front",
    choices: { x: [...costs, ...ofFiles], y: [...ofFiles, ...costs] }, budgets: false,
    without: [
      el("p", {}, el("strong", {}, "How good these models are is not known yet.")),
      el("p", {}, "Score them on labelled samples and make this page again: ", el("code", {}, "hls-cli score --input-dir MODELS --data SAMPLES")),
      el("p", {}, "Scores beside the models are found (", el("code", {}, "scores.json, trials_summary.json, trial_*/trial.json"), "); other files are named with ", el("code", {}, "--from FILE"), ". Or choose another figure above."),
    ],
  });
  const areas = data.areas.filter((pair) => byName.has(pair.x) && byName.has(pair.y));
  if (areas.length) {
    new Plot({ id: "area", title: "LUTs and flip-flops", x: start.area?.x, y: start.area?.y, choices: { area: areas }, budgets: true, without: [] });
  }
  const latencies = costs.filter(isLatency);
  const resources = costs.filter((column) => !isLatency(column));
  if (latencies.length && resources.length) {
    const preferred = latencies.find((column) => column.name === start.latency) ?? latencies[0];
    new Plot({
      id: "latency", title: "Latency and cost", x: start.cost ?? resources[0].name, y: preferred.name, frontTitle: "Fastest for their cost",
      choices: { x: resources, y: latencies }, budgets: false, without: [],
    });
  }
}
