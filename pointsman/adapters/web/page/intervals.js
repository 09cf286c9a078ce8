// Results with their intervals: a dot for the mean, a bar for where it lies with confidence.

import { s, uid } from "./dom.js";
import { t } from "./texts.js";

const WIDTH = 340;
const ROW = 32;
const LEFT = 78;
const RIGHT = 76;

/**
 * An SVG of `rows`: `{name, tone, mean, low, high}`. `format` says a value; `from` begins the axis.
 */
export function intervalChart({ title, desc, rows, format, low: floor = null }) {
  const id = uid("intervals");
  const known = rows.filter((row) => row.mean !== null && row.mean !== undefined);
  const lowest = floor ?? Math.min(...known.map((row) => row.low));
  const highest = Math.max(...known.map((row) => row.high));
  const room = (highest - lowest || highest || 1) * 0.08;
  const [from, to] = [Math.max(0, lowest - room), highest + room];
  const x = (value) => LEFT + ((value - from) / (to - from || 1)) * (WIDTH - LEFT - RIGHT);
  const height = rows.length * ROW + 22;

  const line = (row, index) => {
    const y = index * ROW + ROW / 2 + 2;
    const label = s("text", { class: "name", x: 0, y: y + 4 }, row.name);
    const axis = s("line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y });
    if (row.mean === null || row.mean === undefined) return [label, axis, s("text", { class: "value", x: WIDTH - RIGHT + 12, y: y + 4 }, t("common.unknown"))];
    return [
      label,
      axis,
      s("g", { class: `tone-${row.tone}` }, s("line", { class: "range", x1: x(row.low), x2: x(row.high), y1: y, y2: y }), s("circle", { class: "mean", cx: x(row.mean), cy: y, r: 6 })),
      s("text", { class: "value", x: WIDTH - RIGHT + 12, y: y + 4 }, format(row.mean)),
    ];
  };

  return s(
    "svg",
    { class: "interval-chart", viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-labelledby": `${id} ${id}-desc` },
    s("title", { id }, title),
    s("desc", { id: `${id}-desc` }, desc),
    rows.map(line),
    known.length ? [s("text", { x: LEFT, y: height - 4 }, format(from)), s("text", { x: WIDTH - RIGHT, y: height - 4, "text-anchor": "end" }, format(to))] : null,
  );
}
