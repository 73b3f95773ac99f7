// All jobs and columns, a page at a time.

const order = { column: null, descending: false };
let page = 0;

const heads = runsOf(columns);
const listed = heads.flatMap(([, members]) => members);
const starts = new Set(heads.map(([, members]) => members[0]));

function flagClass(value, column) {
  if (column.name === "status") return value === "failed" ? "failed" : undefined;
  if (column.kind !== "flag" || typeof value !== "boolean") return undefined;
  if (column.name === "stand_in") return value ? "no" : undefined;
  return value ? "yes" : "no";
}
// The columns by which one chooses; others are on the screen only.
const paper = new Set(["model", "run", "status", data.plots.pareto?.x, data.plots.pareto?.y, data.plots.cost, data.plots.area?.x, data.plots.area?.y, data.plots.latency]);
const isOnPaper = (column) => paper.has(column.name) || column.from.key === "setting";
const cellClass = (value, column) => [column.kind === "number" ? "number" : "", isOnPaper(column) ? "" : "screen", starts.has(column) ? "starts" : "", flagClass(value, column) ?? ""].join(" ").trim() || undefined;

function buildTable(changed) {
  const sort = (column) => {
    order.descending = order.column === column ? !order.descending : column.goal === "maximize" && column.kind === "number";
    order.column = column;
    page = 0;
    changed();
  };
  const head = document.querySelector("#table thead");
  head.append(
    el("tr", {}, heads.map(([source, members]) => el("th", { scope: "colgroup", colspan: members.length, title: source.meaning, class: "starts" }, source.title))),
    el("tr", {}, listed.map((column) => el("th", { scope: "col", "aria-sort": "none", "data-column": column.name, "data-origin": ["sweep", "setting"].includes(column.from.key) ? undefined : column.from.title, class: cellClass(null, column) },
      el("button", { type: "button", title: `${column.name}: ${column.from.meaning}`, onclick: () => sort(column) }, column.title, column.unit ? el("span", { class: "unit" }, ` [${column.unit}]`) : "")))));
  const body = document.querySelector("#table tbody");
  const rowOf = (event) => event.target.closest("tr");
  body.addEventListener("click", (event) => { if (rowOf(event)) openDetails(jobs[rowOf(event).dataset.job]); });
  body.addEventListener("keydown", (event) => {
    const row = rowOf(event);
    if (!row) return;
    const rows = [...body.children];
    const at = rows.indexOf(row);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1, PageDown: Math.min(rows.length - 1, at + 20), PageUp: Math.max(0, at - 20) }[event.key];
    if (event.key === "Enter" || event.key === " ") openDetails(jobs[row.dataset.job]);
    else if (to !== undefined && rows[to]) { row.tabIndex = -1; rows[to].tabIndex = 0; rows[to].focus(); }
    else return;
    event.preventDefault();
  });
  const mark = (on) => (event) => { const row = rowOf(event); if (row) for (const plot of plots) plot.highlight(jobs[row.dataset.job], on); };
  for (const [event, on] of [["focusin", true], ["focusout", false], ["mouseover", true], ["mouseout", false]]) body.addEventListener(event, mark(on));
  const turn = (by) => { page += by; drawTable(); };
  document.getElementById("previous").addEventListener("click", () => turn(-1));
  document.getElementById("next").addEventListener("click", () => turn(1));
  document.getElementById("size").addEventListener("change", () => { page = 0; drawTable(); });
  document.getElementById("download").addEventListener("click", download);
}

// Unknown values are last in either direction.
function sorted(list) {
  const { column, descending } = order;
  if (column === null) return list;
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true }));
  const value = (job) => job.cells[column.index];
  return [...list].sort((a, b) => {
    if (value(a) === null || value(b) === null) return (value(a) === null) - (value(b) === null);
    return descending ? compare(value(b), value(a)) : compare(value(a), value(b));
  });
}

function drawTable() {
  const size = Number(document.getElementById("size").value);
  const last = Math.max(0, Math.ceil(shownJobs.length / size) - 1);
  page = Math.min(Math.max(0, page), last);
  for (const head of document.querySelectorAll("#table th[data-column]")) {
    const sortedBy = order.column?.name === head.dataset.column;
    head.setAttribute("aria-sort", sortedBy ? (order.descending ? "descending" : "ascending") : "none");
    head.querySelector("button").dataset.arrow = sortedBy ? (order.descending ? "▼" : "▲") : "";
  }
  const rows = shownJobs.slice(page * size, (page + 1) * size).map((job, at) =>
    el("tr", { tabindex: at === 0 ? "0" : "-1", "data-job": job.index }, listed.map((column, place) => {
      const value = job.cells[column.index];
      const text = shown(value, column);
      return el(place ? "td" : "th", { class: cellClass(value, column), scope: place ? undefined : "row", title: text.length > 40 ? text : undefined }, text);
    })));
  document.querySelector("#table tbody").replaceChildren(...rows);
  document.getElementById("page").textContent = `Page ${page + 1} of ${last + 1}`;
  document.getElementById("previous").disabled = page === 0;
  document.getElementById("next").disabled = page === last;
}

// What is shown, with all columns, under the names that `report --csv` uses.
function csv(list) {
  const field = (value) => {
    const text = value === null ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const line = (cells) => `${cells.map(field).join(",")}\n`;
  return line(listed.map((column) => column.name)) + list.map((job) => line(listed.map((column) => job.cells[column.index]))).join("");
}

function download() {
  const address = URL.createObjectURL(new Blob([csv(shownJobs)], { type: "text/csv" }));
  el("a", { href: address, download: "jobs.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
