"use strict";
// What is drawn is wide in units of time and high in pixels; a zoom is another viewBox, and new marks on the axis.
const WIDTH = 1e6;  // units of the whole time
const charts = document.getElementById("charts");
const seconds = Number(charts.dataset.span);
const plots = [...document.querySelectorAll(".plot")];
const thin = [...document.querySelectorAll("[data-w]")];  // bars that would be lost
const figures = [...document.querySelectorAll("[data-points]")].map((element) => ({
  output: element.querySelector(".figure span"),
  summary: element.querySelector(".figure span").textContent,
  points: JSON.parse(element.dataset.points),
  unit: element.dataset.unit,
}));
const [ticks, cursor, range, tip] = ["ticks", "cursor", "range", "tip"].map((id) => document.getElementById(id));
const hint = document.querySelector(".hint");
const usage = hint.textContent;
let view = [0, WIDTH];

const trimmed = (number) => String(Number(number.toPrecision(3)));

// The time of a mark, when marks are so many seconds apart and the last is at `end`.
function clock(time, step, end) {
  if (end >= 100) {
    const digits = step < 1 ? Math.ceil(-Math.log10(step) - 1e-9) : 0;
    const [hours, minutes] = [Math.floor(time / 3600), Math.floor(time / 60)];
    const rest = (time - 60 * minutes).toFixed(digits).padStart(digits ? 3 + digits : 2, "0");
    return hours ? `${hours}:${String(minutes % 60).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
  }
  const [factor, unit] = step >= 0.1 ? [1, "s"] : step >= 1e-4 ? [1e3, "ms"] : [1e6, "us"];
  return `${Number((time * factor).toFixed(Math.max(0, Math.ceil(-Math.log10(step * factor) - 1e-9))))} ${unit}`;
}

function quantity(value, unit) {
  if (unit === "percent") return `${Math.round(value)} %`;
  if (unit !== "bytes") return trimmed(value);
  const power = value < 1 ? 0 : Math.min(4, Math.floor(Math.log2(value) / 10));
  return `${power ? (value / 1024 ** power).toFixed(1) : value} ${["B", "KiB", "MiB", "GiB", "TiB"][power]}`;
}

function show(start, end) {
  const width = Math.min(WIDTH, Math.max(end - start, WIDTH / 1e5));
  const left = Math.min(Math.max(start, 0), WIDTH - width);
  view = [left, left + width];
  for (const plot of plots) {
    plot.setAttribute("viewBox", `${left} 0 ${width} ${plot.dataset.height}`);
    plot.classList.toggle("dense", plot.dataset.bars * width / WIDTH > 300);
  }
  const least = 1.5 * width / ticks.clientWidth;
  for (const bar of thin) bar.setAttribute("width", Math.max(bar.dataset.w, least));
  mark();
}

function mark() {
  const [from, to] = view.map((x) => x / WIDTH * seconds);
  const least = (to - from) / Math.max(2, ticks.clientWidth / 110);
  const power = 10 ** Math.floor(Math.log10(least));
  let step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= least);
  if (step > 10) step = [15, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600].find((each) => each >= least) || step;
  ticks.replaceChildren();
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to; i++) {
    const label = document.createElement("span");
    label.style.left = `${(i * step - from) / (to - from) * 100}%`;
    label.textContent = clock(i * step, step, to);
    ticks.append(label);
  }
}

const place = (event) => {
  const box = ticks.getBoundingClientRect();
  return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
};
const unitAt = (share) => view[0] + share * (view[1] - view[0]);

function read(share) {
  const [from, to] = view.map((x) => x / WIDTH * seconds);
  const time = from + share * (to - from);
  hint.textContent = clock(time, (to - from) / 1000, to);
  for (const { output, points, unit } of figures) {
    let low = 0, high = points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (points[middle][0] <= time) low = middle + 1; else high = middle;
    }
    const value = low ? points[low - 1][1] : null;
    output.textContent = value === null ? "" : quantity(value, unit);
  }
}

let grabbed = null;
charts.addEventListener("pointerdown", (event) => {
  if (event.button || event.clientX < ticks.getBoundingClientRect().left) return;
  grabbed = place(event);
  charts.setPointerCapture(event.pointerId);
});
charts.addEventListener("pointermove", (event) => {
  const share = place(event);
  cursor.hidden = false;
  cursor.style.left = `${share * 100}%`;
  read(share);
  if (grabbed !== null) {
    range.hidden = false;
    range.style.left = `${Math.min(grabbed, share) * 100}%`;
    range.style.width = `${Math.abs(share - grabbed) * 100}%`;
  }
  const under = document.elementFromPoint(event.clientX, event.clientY);
  point(under && under.dataset.t ? under : null, event);
});
charts.addEventListener("pointerup", (event) => {
  if (grabbed === null) return;
  const [low, high] = [grabbed, place(event)].sort((a, b) => a - b);
  grabbed = null;
  range.hidden = true;
  if ((high - low) * ticks.clientWidth > 4) show(unitAt(low), unitAt(high));
});
charts.addEventListener("pointerleave", () => {
  cursor.hidden = true;
  point(null);
  hint.textContent = usage;
  for (const { output, summary } of figures) output.textContent = summary;
});
charts.addEventListener("dblclick", () => show(0, WIDTH));
charts.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;  // else the page scrolls
  event.preventDefault();
  zoom(Math.exp(event.deltaY / 300), place(event));
}, { passive: false });

function zoom(factor, share = 0.5) {
  const at = unitAt(share), width = (view[1] - view[0]) * factor;
  show(at - share * width, at + (1 - share) * width);
}

const actions = { in: () => zoom(0.5), out: () => zoom(2), all: () => show(0, WIDTH) };
for (const button of document.querySelectorAll("button")) button.addEventListener("click", actions[button.dataset.do]);
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const pan = (view[1] - view[0]) / 5;
  const action = {
    "+": actions.in, "=": actions.in, "-": actions.out, "0": actions.all, Escape: actions.all,
    ArrowLeft: () => show(view[0] - pan, view[1] - pan), ArrowRight: () => show(view[0] + pan, view[1] + pan),
  }[event.key];
  if (action) { action(); event.preventDefault(); }
});

function point(bar, event) {
  tip.hidden = !bar;
  if (!bar) return;
  const stage = bar.parentElement.dataset.stage;
  tip.textContent = "pile" in bar.dataset ? bar.dataset.t : `${stage}\n${bar.dataset.t}`;
  const right = event.clientX + 14 + tip.offsetWidth > innerWidth;
  tip.style.left = `${right ? event.clientX - 14 - tip.offsetWidth : event.clientX + 14}px`;
  tip.style.top = `${Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8)}px`;
}

for (const row of document.querySelectorAll("tr[data-stage]")) {
  row.addEventListener("pointerenter", () => {
    document.body.classList.add("dim");
    for (const group of document.querySelectorAll(".bars g")) {
      group.classList.toggle("lit", group.dataset.stage === row.dataset.stage);
    }
  });
  row.addEventListener("pointerleave", () => document.body.classList.remove("dim"));
}
addEventListener("resize", () => show(...view));
show(0, WIDTH);
