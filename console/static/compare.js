// The curves of two runs in one chart each. Their numbers are in the page, and in a table beside it.
"use strict";

(() => {
  const told = document.getElementById("curves");
  if (!told) return;
  const curves = JSON.parse(told.textContent);
  const colour = (name) => () => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const looks = { A: { stroke: colour("--accent"), width: 2 }, B: { stroke: colour("--warn"), width: 2, dash: [6, 4] } };
  const axis = (label) => ({ label, stroke: colour("--dim"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } });

  function chart(id, x, y, options) {
    const place = document.getElementById(id);
    const known = curves.filter((each) => each[x].length > 1);
    if (!known.length) {
      place.replaceWith("There is no such curve: the test rows lack one of the classes.");
      return;
    }
    const size = () => ({ width: place.clientWidth, height: 288 });
    const drawn = new uPlot({
      ...size(),
      scales: { x: { time: false, ...options.x }, y: options.y },
      axes: [axis(options.labels[0]), { ...axis(options.labels[1]), size: 64 }],
      legend: { live: false },
      cursor: { drag: { x: false, y: false } },
      series: [{}, ...known.map((each) => ({ label: each.side, spanGaps: true, points: { show: false }, ...looks[each.side] }))],
    }, uPlot.join(known.map((each) => [each[x], each[y]])), place);
    new ResizeObserver(() => drawn.setSize(size())).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.redraw());
  }

  chart("precision-recall", "recall", "precision", {
    labels: ["Recall", "Precision"], x: { range: [0, 1] }, y: { range: [0, 1.02] },
  });
  chart("cost", "flagged", "cost", {
    labels: ["Share of rows flagged", "Cost"], x: { distr: 3 }, y: {},
  });
})();
