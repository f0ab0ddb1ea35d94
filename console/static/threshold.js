// The slider of the threshold: it moves along the points of the record, and says what each does on the test rows.
"use strict";

(() => {
  const source = document.getElementById("curve");
  if (!source) return;
  const curve = JSON.parse(source.textContent);
  const points = curve.points;
  const slider = document.getElementById("cut");
  const missedCost = document.getElementById("missed-cost");
  const alarmCost = document.getElementById("alarm-cost");
  const note = document.getElementById("costs-note");
  const ofRun = note.textContent;
  const chart = costChart(document.getElementById("cost-chart"), points.map((each) => each.alarms));
  let prices = { missed: curve.cost_missed, alarm: curve.cost_alarm };
  let costs = [];
  let withoutModel = 0;
  let cheapest = curve.cheapest;

  const whole = (value) => (Math.round(value) || 0).toLocaleString("en-US");
  const share = (value) => `${(100 * value).toFixed(1)}%`;
  const short = (value) => String(Number(value.toPrecision(4)));

  function say(id, text) {
    document.getElementById(id).textContent = text;
  }

  // What missed frauds cost at a point: their number times the price, or what the record says where each has its own.
  function lost(point) {
    return curve.cost_column ? point.cost - point.alarms * curve.cost_alarm : point.missed * prices.missed;
  }

  function reprice() {
    costs = points.map((each) => lost(each) + each.alarms * prices.alarm);
    withoutModel = Math.min(lost(points[0]), (curve.rows - curve.frauds) * prices.alarm);
    cheapest = costs.indexOf(Math.min(...costs));
    document.getElementById("cheapest").dataset.cut = cheapest;
    say("without", whole(withoutModel));
  }

  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

  // The command whose run chooses a threshold: the ratio of the two costs does. Empty where no costs lead there.
  function command(threshold) {
    const missed = prices.missed;
    if (!(missed > 0 && threshold > 0 && threshold < 1)) return "";
    const alarm = `--cost-false-alarm ${short((missed * threshold) / (1 - threshold))}`;
    return curve.cost_column
      ? `FRAUDFLOW_COST_MISSED_FRAUD_COLUMN=${quoted(curve.cost_column)} fraudflow run FILE --threshold cost ${alarm}`
      : `fraudflow run FILE --threshold cost --cost-missed-fraud ${short(missed)} ${alarm}`;
  }

  function marks(at) {
    const named = [{ name: "this version's own", at: curve.chosen, colour: "good" }];
    if (curve.at_f1 !== null && curve.at_f1 !== curve.chosen) named.push({ name: "chosen for F1", at: curve.at_f1, colour: "warn" });
    named.push({ name: "here", at, colour: "text", isHere: true });
    return named;
  }

  function show() {
    const at = Number(slider.value);
    const point = points[at];
    const flagged = point.caught + point.alarms;
    say("at-threshold", short(point.threshold) + (at === curve.chosen ? ", this version's own" : at === curve.at_f1 ? ", chosen for F1" : ""));
    say("at-caught", `${whole(point.caught)} of ${whole(curve.frauds)}`);
    say("at-missed", whole(point.missed));
    say("at-alarms", whole(point.alarms));
    say("at-precision", flagged ? share(point.caught / flagged) : "nothing is flagged");
    say("at-recall", curve.frauds ? share(point.caught / curve.frauds) : "there is no fraud");
    say("at-cost", whole(costs[at]));
    say("at-saved", whole(withoutModel - costs[at]));
    const kept = command(point.threshold);
    say("keep", kept);
    document.getElementById("keep-told").hidden = !kept;
    slider.setAttribute(
      "aria-valuetext",
      `${short(point.threshold)}: ${whole(point.caught)} of ${whole(curve.frauds)} frauds caught, ${whole(point.missed)} missed, ` +
        `${whole(point.alarms)} false alarms, cost ${whole(costs[at])}, saved ${whole(withoutModel - costs[at])}`,
    );
    chart.show(costs, marks(at));
  }

  function takePrices() {
    const given = [curve.cost_column ? curve.cost_missed : missedCost.valueAsNumber, alarmCost.valueAsNumber];
    if (given.some((each) => !(each >= 0 && each < Infinity))) {
      note.textContent = "A cost is a number, zero or more.";
      return;
    }
    note.textContent = ofRun;
    prices = { missed: given[0], alarm: given[1] };
    reprice();
    show();
  }

  slider.addEventListener("input", show);
  document.getElementById("marks").addEventListener("click", (event) => {
    const cut = event.target.dataset.cut;
    if (cut === undefined) return;
    slider.value = cut;
    show();
    slider.focus();
  });
  const form = document.getElementById("costs");
  form.addEventListener("input", takePrices);
  form.addEventListener("submit", (event) => event.preventDefault());
  // The fields are as they were only after this event.
  form.addEventListener("reset", () => setTimeout(takePrices));
  reprice();
  show();
})();
