// The cost over time: drawn from what looks have measured, and told by a table.
"use strict";

const ORDINARY = { estimate: 0, low: 1, high: 2 };

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function column(found, part) {
  return found.map((each) => (each ? each[ORDINARY[part]] : null));
}

function pale(shade) {
  return `color-mix(in srgb, ${shade} 22%, transparent)`;
}

function draw(place, found) {
  const data = [found.at];
  const series = [{ label: "At" }];
  const bands = [];
  for (const [name, label, shade] of [["realised", "by labels", colour("--accent")], ["expected", "estimated", colour("--warn")]]) {
    const first = data.length;
    const value = (_, number) => (number === null || number === undefined ? "\u2013" : number.toFixed(2));
    data.push(column(found[name], "estimate"), column(found[name], "high"), column(found[name], "low"));
    series.push({ label, stroke: shade, width: 2, value, points: { show: true, size: 6 } });
    for (const limit of ["upper", "lower"]) {
      series.push({ label: `${label}, ${limit} limit`, stroke: pale(shade), width: 1, value, points: { show: false } });
    }
    bands.push({ series: [first + 1, first + 2], fill: pale(shade) });
  }
  const utc = (at) => new Date(at * 1000).toISOString().slice(0, 16).replace("T", " ");
  // Looks within one minute would have it written below each mark.
  const minute = (at, place, marks) => (place > 0 && utc(at) === utc(marks[place - 1]) ? "" : utc(at).slice(5));
  series[0].value = (_, at) => (at ? utc(at) : "\u2013");
  const axis = { stroke: colour("--text"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
  const options = {
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
    width: place.clientWidth, height: 260, series, bands, axes: [{ ...axis, space: 110, values: (_, marks) => marks.map(minute) }, axis], legend: { live: true },
    padding: [null, 40, null, null],
    scales: { y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.1 : 1] } },
  };
  place.replaceChildren();
  const plot = new uPlot(options, data, place);
  new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: 260 })).observe(place);
}

function cell(row, kind, text) {
  const made = document.createElement(kind);
  made.textContent = text;
  if (kind === "th") made.scope = row.dataset.head ? "col" : "row";
  row.append(made);
}

function tell(table, found) {
  const told = (each) => (each ? `${each[0].toFixed(2)} (${each[1].toFixed(2)} to ${each[2].toFixed(2)})` : "not known");
  const head = table.createTHead().insertRow();
  head.dataset.head = "yes";
  for (const name of ["Look (UTC)", "Version", "By labels", "Estimated"]) cell(head, "th", name);
  const body = table.createTBody();
  for (let place = found.at.length - 1; place >= 0; place -= 1) {
    const row = body.insertRow();
    cell(row, "th", new Date(found.at[place] * 1000).toISOString().slice(0, 16).replace("T", " "));
    for (const text of [found.version[place], told(found.realised[place]), told(found.expected[place])]) cell(row, "td", text);
  }
}

async function showCosts() {
  const place = document.getElementById("costs");
  if (!place) return;
  const answer = await fetch(place.dataset.source);
  if (!answer.ok) {
    place.textContent = "What was measured can't be read now.";
    return;
  }
  const found = await answer.json();
  tell(document.getElementById("costs-table"), found);
  const known = [...found.realised, ...found.expected].some((each) => each);
  place.hidden = !known;
  document.getElementById("costs-none").hidden = known;
  if (known) draw(place, found);
}

showCosts();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => location.reload());
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "known") showCosts();
});
