// Puts the page together, and keeps its parts in step.

let shownJobs = jobs;

function update() {
  shownJobs = sorted(visibleJobs());
  const all = shownJobs.length === jobs.length;
  document.getElementById("count").textContent = all ? `All ${whole.format(jobs.length)} jobs are shown` : `${whole.format(shownJobs.length)} of ${whole.format(jobs.length)} jobs are shown`;
  page = 0;
  drawTable();
  for (const plot of plots) plot.draw(shownJobs);
}

// On paper, colours are those for light ground, and drawings have the shape of paper, whatever the window is like.
let printing = false;
const PAPER = { width: 1050, height: 400 };

function redraw() {
  for (const plot of plots) plot.draw(shownJobs, printing);
}

function print(begins) {
  printing = begins;
  for (const plot of plots) plot.chart?.resize(begins ? PAPER : { width: "auto", height: "auto" });
  redraw();
}

function buildHead() {
  const { sweep } = data;
  const counts = [["successful", "succeeded"], ["failed", "failed"], ["running", "running"], ["pending", "pending"], ["unknown", "of unknown outcome"]]
    .filter(([key]) => sweep[key] > 0).map(([key, word]) => `${whole.format(sweep[key])} ${word}`);
  document.getElementById("summary").textContent = [
    `${whole.format(sweep.total)} jobs: ${counts.join(", ") || "none"}`,
    sweep.toolchain, sweep.started && `${sweep.started}${sweep.ended ? ` – ${sweep.ended}` : ", not over yet"}`,
  ].filter(Boolean).join(" · ");
  document.getElementById("stand-in").hidden = !data.stand_in;
  const notes = data.notes.map((text) => el("p", { class: "note" }, text));
  document.getElementById("notes").append(...notes);
}

function buildFailures() {
  const causes = new Map();
  for (const job of jobs.filter((one) => one.detail.failure || one.detail.error)) {
    const { failure, error } = job.detail;
    const cause = failure?.cause && failure.cause !== "unknown" ? failure.cause : failure?.kind ?? "unknown";
    if (!causes.has(cause)) causes.set(cause, []);
    causes.get(cause).push({ job, failure: failure ?? {}, error });
  }
  document.getElementById("failures").hidden = causes.size === 0;
  const sortedCauses = [...causes].sort((a, b) => b[1].length - a[1].length);
  const MANY = 20;
  document.getElementById("causes").append(...sortedCauses.map(([cause, members]) => {
    const { failure } = members[0];
    const lines = failure.evidence?.length ? failure.evidence : failure.log_tail?.slice(-8) ?? [];
    const more = members.length - MANY;
    return el("details", { class: "cause" },
      el("summary", {}, `${words(cause)}: ${whole.format(members.length)} ${members.length === 1 ? "job" : "jobs"}`),
      failure.explanation ? el("p", {}, failure.explanation) : null,
      failure.advice ? el("p", {}, el("strong", {}, "What to do: "), failure.advice) : null,
      lines.length ? [el("p", { class: "help" }, `From the log of ${members[0].job.name}:`), el("pre", {}, lines.join("\n"))] : null,
      el("ul", {}, members.slice(0, MANY).map(({ job, error, failure: { stage, message } }) => el("li", {},
        el("button", { type: "button", class: "link", onclick: () => openDetails(job) }, [job.name, setting(job)].filter(Boolean).join(" ")),
        ` ${stage ? `in ${stage}: ` : ""}${error || message || ""}`))),
      more > 0 ? el("p", { class: "help" }, `and ${whole.format(more)} more: search for status=failed`) : null);
  }));
}

buildHead();
buildFilters(update);
buildPlots();
buildTable(update);
buildFailures();
update();

document.getElementById("theme").addEventListener("change", ({ target }) => {
  if (target.value) document.documentElement.dataset.theme = target.value;
  else delete document.documentElement.dataset.theme;
  redraw();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
let resizing;
new ResizeObserver(() => {
  clearTimeout(resizing);
  resizing = setTimeout(() => { if (!printing) for (const plot of plots) plot.chart?.resize(); }, 60);
}).observe(document.getElementById("plots"));
window.addEventListener("beforeprint", () => print(true));
window.addEventListener("afterprint", () => print(false));
// How long it took until everything was drawn, for whoever measures it.
requestAnimationFrame(() => setTimeout(() => { document.documentElement.dataset.drawn = String(Math.round(performance.now())); }));
