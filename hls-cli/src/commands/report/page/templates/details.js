// Everything about one job, in a panel.

let openJob = null;

function openDetails(job) {
  const dialog = document.getElementById("details");
  openJob = job;
  dialog.querySelector(".sheet").replaceChildren(...sheetOf(job));
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  document.getElementById("details-title").focus();
}

function step(by) {
  const next = shownJobs[shownJobs.indexOf(openJob) + by];
  if (next) openDetails(next);
}

function sheetOf(job) {
  const at = shownJobs.indexOf(job);
  const button = (text, by) => {
    const target = at < 0 ? undefined : shownJobs[at + by];
    const made = el("button", { type: "button", onclick: () => step(by) }, text);
    made.disabled = target === undefined;
    return made;
  };
  const heading = el("div", { class: "heading" },
    el("h2", { id: "details-title", tabindex: "-1" }, job.name),
    button("Previous job", -1), button("Next job", 1),
    el("button", { type: "button", onclick: () => document.getElementById("details").close() }, "Close"));
  const detail = job.detail;
  return [
    heading,
    of(job, "stand_in") === true ? el("p", { class: "banner" }, "NOT A SYNTHESIS RESULT: a stand-in for the vendor’s tools made these numbers up.") : null,
    detail.failure || detail.error ? failureOf(detail) : null,
    el("div", { class: "groups" }, bySource(columns).map(([source, members]) => group(job, source, members))),
    detail.layers ? layersOf(detail.layers) : null,
    detail.stages?.length ? stagesOf(detail.stages) : null,
    detail.commands?.length ? part("Commands", detail.commands.map((command) => [
      el("p", {}, command.outcome, command.seconds === null ? "" : `, ${time(command.seconds)}`, command.memory ? `, ${bytes(command.memory)}` : ""),
      el("pre", {}, command.line)])) : null,
    detail.warnings?.length ? part("Warnings", el("ul", {}, detail.warnings.map((text) => el("li", {}, text)))) : null,
    detail.earlier_errors?.length ? part("Earlier attempts", el("ul", {}, detail.earlier_errors.map((text) => el("li", {}, text)))) : null,
    part("Files", el("dl", { class: "files" }, [["Model", detail.file], ["Project", detail.folder], ["Same results as", detail.identical_to]]
      .filter(([, text]) => text).map(([name, text]) => [el("dt", {}, name), el("dd", { class: "mono" }, text)]))),
  ].filter(Boolean);
}

const part = (title, ...content) => el("section", {}, el("h3", {}, title), ...content);

function group(job, source, members) {
  const known = members.filter((column) => job.cells[column.index] !== null && column.name !== "error");
  if (!known.length) return null;
  return el("section", {}, el("h4", { title: source.meaning }, source.title),
    el("dl", {}, known.map((column) => [el("dt", {}, column.title), el("dd", { class: flagClass(job.cells[column.index], column) }, `${shown(job.cells[column.index], column)} ${column.unit}`)])));
}

function failureOf({ failure, error, traceback }) {
  const known = failure ?? {};
  const lines = (title, texts) => (texts?.length ? [el("h4", {}, title), el("pre", {}, texts.join("\n"))] : []);
  return el("section", { class: "banner" },
    el("strong", {}, `Failed${known.stage ? ` in ${known.stage}` : ""}: ${words(known.cause && known.cause !== "unknown" ? known.cause : known.kind ?? "unknown")}`),
    el("p", {}, error || known.message),
    known.explanation ? el("p", {}, known.explanation) : null,
    known.advice ? el("p", {}, el("strong", {}, "What to do: "), known.advice) : null,
    ...lines("Lines that tell the cause", known.evidence),
    ...lines("Traceback", traceback ? [traceback] : []),
    ...lines(known.log ? `End of ${known.log}` : "End of the log", known.log_tail));
}

const words = (key) => String(key).replaceAll("_", " ");
const time = (seconds) => (seconds === null || seconds === undefined ? "" : seconds < 120 ? `${digits.format(Math.round(seconds * 10) / 10)} s` : `${Math.floor(seconds / 3600)}:${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`);
const bytes = (count) => (count ? `${digits.format(Math.round(count / 1048576))} MiB` : "");

function grid(label, head, rows) {
  return el("table", { "aria-label": label },
    el("thead", {}, el("tr", {}, head.map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell, at) => el(at ? "td" : "th", at ? {} : { scope: "row" }, cell))))));
}

function stagesOf(stages) {
  return part("Stages", grid("Stages", ["Stage", "State", "Time", "Processor time", "Memory"],
    stages.map((stage) => [stage.stage, el("span", { class: stage.status === "failed" ? "failed" : undefined }, stage.status), time(stage.wall), time(stage.cpu), bytes(stage.memory)])));
}

function layersOf({ source, file, names, layers }) {
  const column = Math.max(0, names.indexOf("lut"));
  const largest = Math.max(1, ...layers.map((layer) => layer.numbers[column] ?? 0));
  const head = ["Layer", "What it does", ...names.map((name) => ({ lut: "LUT", ff: "FF", dsp: "DSP", bram_18k: "BRAM (18 kbit)", uram: "URAM", carry: "carry chains", latency_cycles: "ready after [cycles]" })[name] ?? words(name)), "Share of LUTs"];
  const rows = layers.map((layer) => {
    const bar = el("span", { class: "bar" });
    bar.style.width = `${(100 * (layer.numbers[column] ?? 0)) / largest}px`;
    return [layer.name, layer.class, ...layer.numbers.map((value) => shown(value)), bar];
  });
  return part(`Layers: ${source} (${file})`, grid("Layers", head, rows));
}
