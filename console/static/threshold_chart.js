// The cost of each threshold as a curve over its false alarms, with the points that have a name.
"use strict";

const COST_CHART = { height: 300, padding: 14 };

// Draw the chart into an element, and return what shows a point and the costs of all of them.
function costChart(element, alarms) {
  let shown = { costs: alarms.map(() => 0), marks: [] };
  let plot = null;

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  }

  // 0, 1, 10, 100 ...: few alarms matter most.
  function decades() {
    const found = [0];
    for (let each = 1; each <= Math.max(1, alarms[alarms.length - 1]); each *= 10) found.push(each);
    return found;
  }

  // uPlot leaves labels out, as null, where there is no room.
  function written(_, values) {
    return values.map((each) => (each === null ? "" : each.toLocaleString("en-US")));
  }

  function drawMarks(chart) {
    const { ctx, bbox } = chart;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.font = `${12 * ratio}px system-ui, sans-serif`;
    ctx.textBaseline = "middle";
    shown.marks.forEach((mark, row) => {
      const x = chart.valToPos(alarms[mark.at], "x", true);
      const y = chart.valToPos(shown.costs[mark.at], "y", true);
      ctx.strokeStyle = ctx.fillStyle = colour(mark.colour);
      ctx.lineWidth = (mark.isHere ? 2 : 1) * ratio;
      ctx.setLineDash(mark.isHere ? [] : [4 * ratio, 4 * ratio]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.beginPath();
      ctx.arc(x, y, (mark.isHere ? 5 : 3.5) * ratio, 0, 2 * Math.PI);
      ctx.fill();
      const isRight = x > bbox.left + bbox.width / 2;
      ctx.textAlign = isRight ? "right" : "left";
      ctx.fillText(mark.name, x + (isRight ? -6 : 6) * ratio, bbox.top + (10 + 16 * row) * ratio);
    });
    ctx.restore();
  }

  function draw() {
    if (plot) plot.destroy();
    const axis = {
      stroke: colour("dim"),
      grid: { stroke: colour("line"), width: 1 },
      ticks: { stroke: colour("line"), width: 1 },
      font: "12px system-ui, sans-serif",
      labelFont: "12px system-ui, sans-serif",
      labelSize: 20,
    };
    plot = new uPlot(
      {
        width: element.clientWidth,
        height: COST_CHART.height,
        padding: [COST_CHART.padding, COST_CHART.padding, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false, distr: 4, asinh: 1 }, y: { range: (_, __, most) => [0, most * 1.05 || 1] } },
        axes: [
          { ...axis, label: "False alarms", splits: decades, values: written },
          { ...axis, label: "Cost", size: 62, values: written },
        ],
        series: [{}, { stroke: colour("accent"), width: 2, points: { show: false } }],
        hooks: { draw: [drawMarks] },
      },
      [alarms, shown.costs],
      element,
    );
    plot.root.setAttribute("aria-hidden", "true");
  }

  new ResizeObserver(() => {
    if (plot && element.clientWidth) plot.setSize({ width: element.clientWidth, height: COST_CHART.height });
  }).observe(element);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

  return {
    show(costs, marks) {
      const isFirst = plot === null;
      const isRepriced = costs !== shown.costs;
      shown = { costs, marks };
      if (isFirst) draw();
      else if (isRepriced) plot.setData([alarms, costs]);
      else plot.redraw(false);
    },
  };
}
