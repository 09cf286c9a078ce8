// Finds formulas in markdown: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`; prices are none. Pure, and linear in the text's length.

const LONGEST = 4000;
const OPEN = /^ {0,3}(\$\$|\\\[)/;
const CLOSING = { "$$": "$$", "\\[": "\\]", "\\(": "\\)" };
const PRICE = /^[\d.,]+(?:\s*[–-]\s*)?[,;:.]?\s+\p{L}{2,}/u;
const FORMAL = /[\\^_={}+*/<>|-]/;
const blank = (line) => /^\s*$/.test(line);

/** Whether a formula of its own begins in a line. */
export const startsFormula = (line) => OPEN.test(line);

/** The formula that begins at a line, as a block, and the line after it; null when the text goes on without its end. */
export function formulaBlock(lines, start) {
  const [whole, mark] = OPEN.exec(lines[start]);
  const closing = CLOSING[mark];
  const body = [];
  for (let i = start; i < lines.length; i += 1) {
    if (blank(lines[i])) return null;
    const line = i === start ? lines[i].slice(whole.length) : lines[i];
    const end = line.indexOf(closing);
    if (end >= 0) {
      if (!blank(line.slice(end + closing.length).replace(/^[.,;:]/, ""))) return null;
      body.push(line.slice(0, end));
      const tex = body.join("\n").trim();
      const after = line.slice(end + closing.length).trim();
      return tex ? [{ type: "math", tex: tex + after, source: lines.slice(start, i + 1).join("\n").trim(), closed: true }, i + 1] : null;
    }
    body.push(line);
  }
  return [{ type: "math", source: lines.slice(start).join("\n").trim(), closed: false }, lines.length];
}

/** The places of `mark` in a text, asked for from left to right: each place is looked for once. */
function places(text, mark) {
  let at = -2;
  return (after) => {
    if (at !== -1 && at < after) at = text.indexOf(mark, after);
    return at;
  };
}

function dollars(text) {
  const list = [...text.matchAll(/\\[\s\S]|\$/g)].filter(([found]) => found === "$").map((found) => found.index);
  let next = 0;
  return (after) => {
    while (next < list.length && list[next] < after) next += 1;
    return list[next] ?? -1;
  };
}

const inside = (text, from, to) => (to < 0 || to - from > LONGEST || to <= from ? null : text.slice(from, to));

/** Finds formulas inside of a line's text: a function of an index, which gives `{tex, source, display}` or null. */
export function formulaFinder(text) {
  const dollar = text.includes("$") ? dollars(text) : null;
  const double = places(text, "$$");
  const ends = { "(": places(text, "\\)"), "[": places(text, "\\]") };

  function priced(index) {
    const end = dollar(index + 1);
    const tex = inside(text, index + 1, end);
    const loose = tex === null || /^\s|\s$|`|\n\s*\n/.test(tex) || /\d/.test(text[end + 1] ?? "") || /[\p{L}\d]/u.test(text[index - 1] ?? "");
    return loose || PRICE.test(tex) ? null : { tex, source: text.slice(index, end + 1), display: false };
  }

  function doubled(index) {
    const end = double(index + 2);
    const tex = inside(text, index + 2, end);
    return tex === null || !tex.trim() || tex.includes("`") ? null : { tex: tex.trim(), source: text.slice(index, end + 2), display: true };
  }

  function escaped(index) {
    const mark = text[index + 1];
    const end = ends[mark](index + 2);
    const tex = inside(text, index + 2, end);
    if (tex === null || !tex.trim() || (mark === "[" && !FORMAL.test(tex))) return null;
    return { tex: tex.trim(), source: text.slice(index, end + 2), display: mark === "[" };
  }

  return (index) => {
    if (text[index] === "\\") return escaped(index);
    return text[index + 1] === "$" ? doubled(index) : priced(index);
  };
}
