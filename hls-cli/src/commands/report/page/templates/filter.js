// Which jobs are shown: words of the search field, and choices among the values of columns with few of them.

const FEW = 24;
const state = { search: "", chosen: new Map(), colour: "" };

// Columns whose values can be ticked: settings, and what else divides the jobs into a few groups.
function distinct(column) {
  const values = new Set();
  for (const job of jobs) {
    const value = job.cells[column.index];
    if (value !== null) values.add(value);
    if (values.size > FEW) return null;
  }
  return [...values].sort((a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true })));
}
const groupings = columns
  .filter((column) => column.from.key === "setting" || ["status", "tier", "run", "part", "failure_kind"].includes(column.name) || column.kind === "flag")
  .filter((column) => column.name !== "part" || !byName.has("setting.part"))
  .map((column) => ({ column, values: distinct(column) }))
  .filter(({ values }) => values !== null && values.length > 1);

const RELATIONS = {
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "=": (a, b) => a === b,
};

// A word of the search field as a predicate.
function condition(word) {
  const parts = word.match(/^(.+?)(<=|>=|<|>|=)(.+)$/);
  const column = parts && columns.find((column) => column.name.toLowerCase() === parts[1] || column.title.toLowerCase() === parts[1]);
  if (!column) return (job) => job.name.toLowerCase().includes(word) || setting(job).toLowerCase().includes(word);
  const [, , relation, text] = parts;
  const limit = Number(text.replaceAll(",", ""));
  const compare = RELATIONS[relation];
  return (job) => {
    const value = job.cells[column.index];
    if (value === null) return false;
    if (typeof value === "number" && !Number.isNaN(limit)) return compare(value, limit);
    return compare(shown(value, column).toLowerCase(), text) || (relation === "=" && String(value).toLowerCase() === text);
  };
}

function visibleJobs() {
  const conditions = state.search.toLowerCase().split(/\s+/).filter(Boolean).map(condition);
  for (const [column, values] of state.chosen) {
    if (values.size > 0) conditions.push((job) => values.has(job.cells[column.index]));
  }
  return jobs.filter((job) => conditions.every((holds) => holds(job)));
}

function buildFilters(changed) {
  const search = document.getElementById("search");
  let timer;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { state.search = search.value; changed(); }, 120);
  });
  const menus = groupings.map(({ column, values }) => {
    const chosen = new Set();
    state.chosen.set(column, chosen);
    const menu = el("details", { class: "choice" });
    const summary = el("summary", {}, nameOf(column));
    const boxes = values.map((value) => {
      const box = el("input", { type: "checkbox", onchange: () => {
        if (box.checked) chosen.add(value); else chosen.delete(value);
        mark();
        changed();
      } });
      return { box, label: el("label", {}, box, shown(value, column) || "(empty)") };
    });
    const mark = () => {
      menu.classList.toggle("active", chosen.size > 0);
      summary.textContent = chosen.size > 0 ? `${nameOf(column)}: ${chosen.size} of ${values.length}` : nameOf(column);
    };
    menu.append(summary, el("div", { role: "group", "aria-label": nameOf(column) }, boxes.map(({ label }) => label)));
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) { menu.open = false; summary.focus(); event.stopPropagation(); }
    });
    return { menu, clear: () => { chosen.clear(); for (const { box } of boxes) box.checked = false; mark(); } };
  });
  document.addEventListener("pointerdown", (event) => {
    for (const { menu } of menus) if (!menu.contains(event.target)) menu.open = false;
  });
  search.parentElement.after(...menus.map(({ menu }) => menu));

  const colour = document.getElementById("colour");
  const scales = numeric.filter((column) => !["sweep", "setting"].includes(column.from.key) && !groupings.some((g) => g.column === column));
  colour.append(
    el("option", { value: "" }, "nothing"),
    groupings.length ? el("optgroup", { label: "Groups" }, groupings.map(({ column }) => el("option", { value: column.name }, nameOf(column)))) : "",
    ...bySource(scales).map(([source, members]) => el("optgroup", { label: source.title }, members.map((column) => el("option", { value: column.name }, column.title)))),
  );
  colour.value = (groupings.find(({ column }) => column.from.key === "setting") ?? groupings.find(({ column }) => column.name === "tier"))?.column.name ?? "";
  state.colour = colour.value;
  colour.addEventListener("change", () => { state.colour = colour.value; changed(); });

  document.getElementById("clear").addEventListener("click", () => {
    search.value = "";
    state.search = "";
    for (const { clear } of menus) clear();
    changed();
  });
}

// Columns in groups of one source, in their order.
function bySource(list) {
  const groups = new Map();
  for (const column of list) {
    if (!groups.has(column.from)) groups.set(column.from, []);
    groups.get(column.from).push(column);
  }
  return [...groups];
}
