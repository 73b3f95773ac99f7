// The data island, and what everything else asks of it. Text from it goes into the page as text nodes only.

const data = JSON.parse(document.getElementById("data").textContent);
const columns = data.columns.map((column, index) => ({ ...column, index, from: data.sources[column.source] }));
const byName = new Map(columns.map((column) => [column.name, column]));
const jobs = data.rows.map((cells, index) => ({ index, cells, name: String(cells[byName.get("model").index]), detail: data.details[index] }));
const settings = columns.filter((column) => column.from.key === "setting");
const numeric = columns.filter((column) => column.kind === "number");

const of = (job, name) => {
  const column = byName.get(name);
  return column === undefined ? null : job.cells[column.index];
};
const status = (job) => of(job, "status");
const setting = (job) => settings.map((column) => `${column.title}=${shown(job.cells[column.index], column)}`).filter((text) => !text.endsWith("=")).join(" ");

const whole = new Intl.NumberFormat("en");
const digits = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });

// A cell as a person reads it.
function shown(value, column) {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return value;
  if (column && column.name === "seconds") return whole.format(Math.round(value * 10) / 10);
  return Number.isInteger(value) ? whole.format(value) : digits.format(value);
}

// Title, unit and origin: what an axis says.
function axisTitle(column) {
  const unit = column.unit ? ` [${column.unit}]` : "";
  return `${column.title}${unit} (${column.from.title})`;
}

// The same without the unit, where it is clear that it is a job's own number or a setting.
const nameOf = (column) => (column.from.key === "sweep" || column.from.key === "setting" ? column.title : `${column.title} (${column.from.title})`);

// An element with attributes, listeners (onclick) and children; strings become text.
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false || value === null) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

// Columns that follow each other and have one source.
function runsOf(list) {
  const runs = [];
  for (const column of list) {
    if (runs.at(-1)?.[0] !== column.from) runs.push([column.from, []]);
    runs.at(-1)[1].push(column);
  }
  return runs;
}

// The members of the first Pareto front of points {x, y}: nothing is better in one and not worse in the other. Equal points are all members.
function firstFront(points, moreX, moreY) {
  const turned = points.map((point) => ({ point, x: moreX ? -point.x : point.x, y: moreY ? -point.y : point.y }));
  turned.sort((a, b) => a.x - b.x || a.y - b.y);
  const front = [];
  let best = { x: NaN, y: Infinity };
  for (const candidate of turned) {
    if (candidate.y < best.y) best = candidate;
    else if (candidate.x !== best.x || candidate.y !== best.y) continue;
    front.push(candidate.point);
  }
  return front;
}
