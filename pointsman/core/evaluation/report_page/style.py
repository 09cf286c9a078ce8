"""How a report's page looks: one sheet for both themes, phones and paper. The colours are those of pointsman's page."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --ground: light-dark(#eef3f4, #0b1114); --panel: light-dark(#fbfdfd, #141d22);
  --tint: light-dark(rgb(20 50 60 / 5%), rgb(220 240 245 / 6%)); --line: light-dark(#d3dee1, #2b373c);
  --rail: light-dark(#9fb0b6, #5b6b72);
  --ink: light-dark(#14232a, #e6eff1); --ink-2: light-dark(#3f5159, #b4c3c8); --ink-3: light-dark(#526269, #98a8ae);
  --accent: light-dark(#085a62, #74d2cd); --heat: light-dark(#0d7f86, #3fa8a4);
  --ok: light-dark(#146341, #7bd6a4); --warn: light-dark(#7a4c00, #eabf6b); --bad: light-dark(#a12a23, #f5a39b);
  --ok-soft: light-dark(#dff1e7, #1c3a2c); --bad-soft: light-dark(#f9e4e1, #432724);
  --font: -apple-system, "Segoe UI Variable Text", "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
  --mono: "SF Mono", SFMono-Regular, "Cascadia Code", Menlo, Consolas, "Liberation Mono", monospace;
}
[data-theme="light"] { color-scheme: light; }
[data-theme="dark"] { color-scheme: dark; }
*, *::before, *::after { box-sizing: border-box; }
html { font: 15px/1.55 var(--font); color: var(--ink); background: var(--ground); -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 1120px; padding: 28px 20px 60px; font-variant-numeric: tabular-nums; }
h1 { margin: 0; font-size: 1.55rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.017em; }
h2 { margin: 0 0 12px; font-size: 1.1rem; font-weight: 620; }
h4 { margin: 14px 0 4px; font-size: 0.8rem; font-weight: 600; color: var(--ink-3); }
p { margin: 6px 0; }
code, pre { font-family: var(--mono); font-size: 0.86em; }
.quiet, .note { color: var(--ink-3); }
.note { font-size: 0.9rem; }
.bad { color: var(--bad); }
.warning { padding: 10px 14px; border-radius: 12px; background: var(--bad-soft); color: var(--bad); }
header.top { margin-bottom: 18px; }
section, footer {
  margin: 0 0 16px; padding: 18px; border: 1px solid var(--line); border-radius: 18px;
  background: var(--panel);
}
.verdict-line { font-size: 1.06rem; }
.facts { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 6px 0 0; color: var(--ink-2); }
ul.plain { margin: 10px 0 0; padding: 0; list-style: none; }
ul.plain li { padding: 3px 0; }
.scroll { max-width: 100%; overflow-x: auto; border-radius: 8px; }
.scroll + .scroll, .note + .scroll { margin-top: 14px; }
.scroll:focus-visible, summary:focus-visible, pre:focus-visible, label:focus-within {
  outline: 2px solid var(--accent); outline-offset: 2px;
}
table { border-collapse: collapse; min-width: 100%; font-size: 0.89rem; }
caption { padding: 0 8px 6px 0; color: var(--ink-3); font-size: 0.82rem; text-align: left; }
th, td { padding: 6px 14px 6px 0; border-top: 1px solid var(--line); text-align: left; white-space: nowrap; }
thead th { border: 0; color: var(--ink-3); font-size: 0.82rem; font-weight: 500; }
tbody th { font-weight: 560; }
svg { display: block; flex: none; max-width: none; }
svg.fluid { width: 100%; max-width: 580px; height: auto; }
svg text { fill: var(--ink-2); font-size: 12px; font-family: var(--font); }
svg .head, svg .name { fill: var(--ink); font-size: 12.5px; }
svg .value { fill: var(--ink); font-size: 13px; font-weight: 600; }
svg .label { fill: var(--ink); font-size: 13px; font-weight: 640; }
svg .tick { fill: var(--ink-3); font-size: 11.5px; }
svg .cell { fill: var(--heat); }
svg .cell-none { fill: var(--tint); }
svg .hatch-line { stroke: var(--ink-3); stroke-width: 1; stroke-opacity: 0.5; fill: none; }
svg .rail { stroke: var(--rail); stroke-width: 1; }
svg .range { stroke: var(--ink); stroke-width: 2.5; stroke-linecap: round; }
svg .mean { fill: var(--ink); stroke: var(--panel); stroke-width: 1; }
svg .grid { stroke: var(--line); }
svg .zero, svg .border { stroke: var(--rail); }
svg .border { stroke-dasharray: 3 4; }
svg .disc { fill: var(--panel); stroke: var(--accent); stroke-width: 2; }
svg .front { fill: var(--heat); fill-opacity: 0.6; }
svg .clear .range { stroke: var(--accent); }
svg .clear .mean { fill: var(--accent); }
svg .unclear .range { stroke: var(--rail); }
svg .unclear .mean { fill: var(--panel); stroke: var(--ink-3); stroke-width: 2; }
meter { width: 96px; height: 12px; vertical-align: middle; }
.bar { display: block; }
svg .bar-track { fill: var(--tint); }
svg .bar-fill { fill: var(--heat); }
.filters { display: flex; flex-wrap: wrap; gap: 8px; margin-bottom: 10px; }
.filters label {
  display: inline-flex; align-items: center; gap: 6px; padding: 5px 12px; border: 1px solid var(--line);
  border-radius: 14px; font-size: 0.87rem; cursor: pointer;
}
.filters input { margin: 0; accent-color: var(--accent); }
details { border-top: 1px solid var(--line); }
details details { border-radius: 10px; }
summary {
  display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 12px; padding: 9px 4px; cursor: pointer;
  list-style: none; overflow-wrap: anywhere;
}
summary::-webkit-details-marker { display: none; }
summary::before { content: "▸"; flex: none; color: var(--ink-3); }
[open] > summary::before { content: "▾"; }
summary:hover { background: var(--tint); }
.kind > .case { margin-left: 14px; }
.body { padding: 0 4px 14px 20px; min-width: 0; }
.grow { flex: 1 1 160px; color: var(--ink-2); }
.marks { display: inline-flex; flex-wrap: wrap; gap: 3px; }
.mark {
  display: inline-grid; place-items: center; width: 20px; height: 20px; border-radius: 6px;
  background: var(--tint); font-size: 0.78rem;
}
.mark.healed { background: var(--ok-soft); color: var(--ok); }
.mark.unhealed, .mark.unreadable { background: var(--bad-soft); color: var(--bad); }
.verdict.healed { color: var(--ok); }
.verdict.unhealed, .verdict.unreadable { color: var(--bad); }
pre {
  max-width: 100%; max-height: 460px; margin: 0; padding: 10px 12px; overflow: auto; border-radius: 10px;
  background: var(--tint); line-height: 1.45; white-space: pre;
}
.difference .added { background: var(--ok-soft); color: var(--ok); }
.difference .removed { background: var(--bad-soft); color: var(--bad); }
.difference .hunk { color: var(--ink-3); }
.difference span { display: block; }
footer pre { white-space: pre-wrap; overflow-wrap: anywhere; }
body:has(#show-none:checked) :is(.case:not(.none), .kind:not(.has-none)),
body:has(#show-some:checked) :is(.case:not(.some), .kind:not(.has-some)),
body:has(#show-all:checked) :is(.case:not(.all), .kind:not(.has-all)) { display: none; }
@media (max-width: 600px) {
  body { padding: 16px 10px 40px; }
  section, footer { padding: 14px 12px; border-radius: 14px; }
  .kind > .case { margin-left: 4px; }
  .body { padding-left: 8px; }
  tbody th { min-width: 104px; max-width: 170px; white-space: normal; overflow-wrap: anywhere; }
  th, td { padding-right: 10px; }
  td { min-width: 88px; white-space: normal; }
  svg.shrinks { max-width: 100%; height: auto; }
  svg.shrinks text { font-size: 15px; }
}
@media print {
  body { max-width: none; }
  section { break-inside: avoid-page; }
}
"""
