"""The page's style sheet: light, dark and print; text has a contrast of at least 4.5 to 1."""

# Marks of charts, on the page and in standalone files.
MARKS = """.grid { stroke: var(--grid); stroke-width: 1; }
.axis { stroke: var(--muted); stroke-width: 1; }
.line { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
.line.reference { stroke: var(--muted); stroke-width: 1.25; stroke-dasharray: 4 4; }
.line.whisker { stroke-width: 1.5; }
.whisker.plain { stroke: var(--ink); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.line.whisker.first, .line.whisker.faint { stroke: var(--first); }
.line.whisker.faint { opacity: 0.4; }
.marker { stroke: var(--paper); stroke-width: 1.5; }
.first { fill: var(--first); }
.second { fill: var(--second); }
.hollow { fill: var(--paper); stroke: var(--first); stroke-width: 1.5; }
.dashed { fill: none; stroke: var(--muted); stroke-width: 1.5; stroke-dasharray: 3 2; }
.old { fill: var(--old); }
.new { fill: var(--accent); }
.line.first { fill: none; }
"""

CSS = (
    """
:root {
  color-scheme: light dark;
  --paper: #faf9f5; --ink: #1c2328; --muted: #566069; --rule: #dfdcd3; --grid: #e7e4dc;
  --accent: #0b5c8e; --first: #c04a12; --second: #7a5ea8; --good: #1d6a48; --bad: #a8371a; --amber: #8a5a00;
  --shade: #1c232830; --chosen: #eef4f8; --old: #b3b8b5;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14181b; --ink: #e7e5df; --muted: #a5adb3; --rule: #343d43; --grid: #2a3237;
    --accent: #7dbfe9; --first: #f0915f; --second: #bda6e6; --good: #7ed0a6; --bad: #f39a7d; --amber: #e6b65c;
    --shade: #000000a0; --chosen: #20303b; --old: #6d767b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0 auto; max-width: 72rem; padding: 2.5rem 1.25rem 5rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  overflow-wrap: anywhere;
}
h1, h2, h3 { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, "Liberation Serif", serif; }
h1 { font-size: clamp(2rem, 6vw, 3.4rem); line-height: 1.08; letter-spacing: -0.015em; margin: 0.5rem 0 1rem;
  font-weight: 600; text-wrap: balance; max-width: 22ch; }
h2 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 0.75rem; font-weight: 600; }
h3 { font-size: 1.15rem; line-height: 1.3; margin: 2rem 0 0.5rem; font-weight: 600; }
p { margin: 0 0 1rem; max-width: 68ch; }
code, .exact dd { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
  font-size: 0.88em; }
a { color: var(--accent); text-underline-offset: 0.2em; text-decoration-thickness: 1px; }
.eyebrow { color: var(--muted); font-size: 0.9rem; margin: 0; max-width: none; }
.lede { font-size: clamp(1.08rem, 2.4vw, 1.3rem); line-height: 1.5; max-width: 56ch; }
.note, figcaption { color: var(--muted); font-size: 0.9rem; line-height: 1.5; }
.verdict { border-left: 3px solid var(--amber); padding: 0.1rem 0 0.1rem 1rem; margin: 1.5rem 0; }
.verdict p { margin: 0; }
.verdict strong { color: var(--amber); font-size: 1.1rem; }
.verdict.neutral { border-color: var(--rule); }
.verdict.neutral strong { color: var(--ink); }
.verdict.promoted { border-color: var(--good); }
.verdict.promoted strong { color: var(--good); }
.verdict.alarming { border-color: var(--bad); }
.verdict.alarming strong { color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0 1.5rem; margin: 2rem 0 0;
  border-top: 1px solid var(--ink); }
.tiles div { padding: 0.9rem 0 1rem; border-bottom: 1px solid var(--rule); }
.tiles dt { font-size: 0.9rem; color: var(--muted); }
.tiles dd { margin: 0; font-size: 0.9rem; color: var(--muted); }
.tiles dt + dd { font: 600 2.3rem/1.2 "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, "Liberation Serif",
  serif; color: var(--ink); font-variant-numeric: lining-nums; }
.tiles dd.good, .figure.good { color: var(--good); }
.tiles dd.bad, .figure.bad { color: var(--bad); }
nav { margin: 1.5rem 0 0; font-size: 0.92rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.35rem 1.25rem; list-style: none; margin: 0; padding: 0; }
nav a { display: inline-block; padding: 0.2rem 0; }
section { margin-top: 3.5rem; padding-top: 1.5rem; border-top: 1px solid var(--rule); scroll-margin-top: 0.5rem; }
.scroll { overflow-x: auto; margin: 1rem 0; position: relative;
  background: linear-gradient(to right, transparent, var(--paper) 60%) right / 2.5rem 100% no-repeat local,
    linear-gradient(to left, var(--shade), transparent) right / 0.8rem 100% no-repeat scroll; }
.scroll:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; }
table { border-collapse: collapse; width: 100%; font-size: 0.93rem; font-variant-numeric: tabular-nums lining-nums; }
caption { text-align: left; color: var(--muted); font-size: 0.9rem; padding-bottom: 0.5rem; }
caption span { display: inline-block; position: sticky; left: 0; max-width: min(100%, calc(100vw - 2rem)); }
th, td { padding: 0.45rem 0 0.45rem 1.1rem; text-align: right; border-bottom: 1px solid var(--rule);
  vertical-align: baseline; }
td { white-space: nowrap; }
thead th { font-weight: 500; color: var(--muted); font-size: 0.86rem; line-height: 1.3; vertical-align: bottom;
  border-bottom: 1px solid var(--ink); overflow-wrap: normal; }
th.text, td.text, th.bars, th.prose, td.prose { text-align: left; }
th:first-child { text-align: left; padding-left: 0; }
tbody th { font-weight: 500; min-width: 7.5rem; max-width: 18rem; position: sticky; left: 0; background: var(--paper); }
td.prose { white-space: normal; }
td.bars { width: 55%; min-width: 6rem; vertical-align: middle; }
.estimate, td .remark { display: block; }
.remark { color: var(--muted); font-size: 0.84rem; font-weight: 400; }
tr.chosen th, tr.chosen td { background: var(--chosen); font-weight: 600; }
tr.chosen th { padding-left: 0.5rem; }
tr.chosen td:last-child { padding-right: 0.5rem; }
.mark { display: inline-block; font-size: 0.78rem; font-weight: 600; color: var(--good); border: 1px solid currentColor;
  border-radius: 1rem; padding: 0 0.5rem; line-height: 1.4; }
.mark.failed { color: var(--bad); }
.matrix { max-width: 44rem; }
.matrix td { width: 36%; white-space: normal; }
.matrix .figure { display: block; font: 600 1.9rem/1.25 "Iowan Old Style", "Palatino Linotype", Palatino, Georgia,
  "Liberation Serif", serif; }
.facts { margin: 0 0 1rem; }
.facts div { display: grid; grid-template-columns: minmax(8rem, 15rem) 1fr; gap: 0 1.25rem; padding: 0.4rem 0;
  border-bottom: 1px solid var(--rule); }
.facts dt { color: var(--muted); font-size: 0.93rem; }
.facts dd { margin: 0; min-width: 0; }
.remarks { padding-left: 1.1rem; max-width: 68ch; }
details { margin: 2rem 0; }
summary { cursor: pointer; color: var(--accent); padding: 0.4rem 0; }
summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; }
.charts, .pair { display: grid; gap: 1.5rem 2rem; align-items: start;
  grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); }
.pair { grid-template-columns: repeat(auto-fit, minmax(min(27rem, 100%), 1fr)); }
.charts > *, .pair > * { min-width: 0; }
figure { margin: 0; max-width: 30rem; }
figure h3 { margin: 0.5rem 0 0.6rem; }
.chart { display: block; width: 100%; height: auto; overflow: visible; }
.chart text { font: 11.5px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  fill: var(--muted); font-variant-numeric: tabular-nums; }
.chart text.label { fill: var(--ink); }
.chart text.end { text-anchor: end; }
.chart text.middle { text-anchor: middle; }
"""
    + MARKS
    + """.cell-chart { display: block; width: 100%; height: 1rem; }
.legend { list-style: none; margin: 0.4rem 0 0; padding: 0; font-size: 0.9rem; color: var(--ink); }
.legend li { display: flex; gap: 0.5rem; align-items: baseline; }
.swatch { width: 0.75rem; height: 0.75rem; flex: none; overflow: visible; }
@media (min-width: 60rem) {
  header { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 0 3rem; align-items: start; }
  .eyebrow, h1, .tiles, header .note { grid-column: 1 / -1; }
  .lede { margin: 0; }
  header .verdict { margin: 0; }
  header .alarming { grid-column: 1 / -1; margin: 0 0 1.5rem; }
  header .note { margin: 1.5rem 0 0; }
}
@media (max-width: 34rem) {
  body { padding: 1.5rem 1rem 3rem; }
  .facts div { grid-template-columns: 1fr; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 0 1.25rem; }
  table { font-size: 0.86rem; }
  thead th { font-size: 0.8rem; }
  th, td { padding-left: 0.7rem; }
  tbody th { min-width: 5.5rem; max-width: 9rem; }
}
@media print {
  :root { color-scheme: light; --paper: #ffffff; }
  html { font-size: 10pt; }
  body { max-width: none; padding: 0; }
  nav { display: none; }
  .scroll { overflow: visible; }
  tr, figure, .verdict, .tiles div { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  section { margin-top: 1.5rem; }
}
"""
)
