// Groups of jobs by colour. The palette is Okabe and Ito's, which people with any colour vision can tell apart; groups differ in shape as well.

const PALETTE = {
  light: ["#0072b2", "#d55e00", "#009e73", "#b8528f", "#a87400", "#3f8fc4", "#4d4d4d", "#7a5bd0"],
  dark: ["#56b4e9", "#ff9d5c", "#2cc99a", "#e39ac4", "#f0e442", "#9ecbff", "#cfcfcf", "#b9a5ff"],
};
// Viridis, without its ends that vanish on light or dark ground.
const SCALE = {
  light: ["#440154", "#3f4788", "#2f6c8e", "#21908c", "#35a869", "#7f9e12"],
  dark: ["#8d6bd6", "#6f8fe0", "#43b0c4", "#3fc79a", "#8fd744", "#fde725"],
};
const SHAPES = ["circle", "rect", "triangle", "diamond", "path://M-5 -2H-2V-5H2V-2H5V2H2V5H-2V2H-5Z", "roundRect", "pin", "arrow"];

// `color-scheme` as it applies now.
function isDark() {
  const asked = document.documentElement.dataset.theme;
  return asked ? asked === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

// What a custom property means in the theme that applies.
function colourOf(property) {
  const probe = document.getElementById("probe") ?? document.body.appendChild(el("span", { id: "probe", hidden: true }));
  probe.style.color = `var(${property})`;
  return getComputedStyle(probe).color;
}

// The groups of a column: a label, a colour, a shape and a predicate each; what no group has is left over.
function groupsOf(name, printing) {
  const theme = isDark() && !printing ? "dark" : "light";
  const column = byName.get(name);
  if (!column) return [{ label: "jobs", colour: PALETTE[theme][0], shape: "circle", has: () => true }];
  const value = (job) => job.cells[column.index];
  const values = distinct(column);
  const missing = { label: "not known", colour: colourOf("--quiet"), shape: "emptyCircle", has: (job) => value(job) === null };
  const withMissing = (groups) => (jobs.some(missing.has) ? [...groups, missing] : groups);
  if (values !== null && values.length <= PALETTE.light.length) {
    return withMissing(values.map((one, at) => ({ label: shown(one, column) || "(empty)", colour: PALETTE[theme][at], shape: SHAPES[at], has: (job) => value(job) === one })));
  }
  if (column.kind !== "number") {
    const counts = new Map();
    for (const job of jobs) if (value(job) !== null) counts.set(value(job), (counts.get(value(job)) ?? 0) + 1);
    const frequent = [...counts].sort((a, b) => b[1] - a[1]).slice(0, PALETTE.light.length - 1).map(([one]) => one);
    const groups = frequent.map((one, at) => ({ label: shown(one, column), colour: PALETTE[theme][at], shape: SHAPES[at], has: (job) => value(job) === one }));
    const rest = { label: "others", colour: PALETTE[theme].at(-1), shape: SHAPES.at(-1), has: (job) => value(job) !== null && !frequent.includes(value(job)) };
    return withMissing([...groups, rest]);
  }
  const sorted = jobs.map(value).filter((one) => one !== null).sort((a, b) => a - b);
  const bounds = [];
  for (let part = 1; part <= SCALE.light.length; part += 1) {
    const bound = sorted[Math.min(sorted.length - 1, Math.ceil((part * sorted.length) / SCALE.light.length) - 1)];
    if (bounds.at(-1) !== bound) bounds.push(bound);
  }
  const from = (at) => (at === 0 ? -Infinity : bounds[at - 1]);
  return withMissing(bounds.map((bound, at) => ({
    label: at === 0 ? `≤ ${compact.format(bound)}` : `${compact.format(from(at))} – ${compact.format(bound)}`,
    colour: SCALE[theme][at],
    shape: SHAPES[at],
    has: (job) => value(job) !== null && value(job) > from(at) && value(job) <= bound,
  })));
}
