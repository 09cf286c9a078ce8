// Reads markdown into blocks. Pure: text in, plain data out; markdown-view.js turns the data into nodes.

import { formulaBlock, formulaFinder, startsFormula } from "./formulas.js";

const FENCE = /^ {0,3}(`{3,}|~{3,})([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6})(?=\s|$)/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])( +|$)/;
const DELIMITER = /^\|?\s*:?-+:?(?:\s*\|\s*:?-+:?)*\s*\|?$/;
const NOTE = /^ {0,3}\[\^([^\]\s]{1,40})\]:[ \t]+/;
const MAX_DEPTH = 10;

const blank = (line) => /^\s*$/.test(line);
const indent = (line) => line.length - line.trimStart().length;

/** Where the bars of a row are that stand in no formula. */
function bars(row) {
  const find = formulaFinder(row);
  const found = [];
  for (let i = 0; i < row.length; i += 1) {
    const formula = row[i] === "$" || (row[i] === "\\" && "([".includes(row[i + 1])) ? find(i) : null;
    if (formula) i += formula.source.length - 1;
    else if (row[i] === "\\") i += 1;
    else if (row[i] === "|") found.push(i);
  }
  return found;
}

/** The cells of a row. Bars in formulas part no cells where there would not be `wanted` of them otherwise. */
function cells(line, wanted = 0) {
  const row = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  let found = row.split(/(?<!\\)\|/);
  if (wanted && found.length > wanted) {
    const ends = [...bars(row), row.length];
    if (ends.length <= wanted) found = ends.map((end, index) => row.slice(index ? ends[index - 1] + 1 : 0, end));
  }
  return found.map((cell) => cell.trim().replace(/\\\|/g, "|"));
}

const hasCells = (line, wanted) => cells(line, wanted).length === wanted;

const isTable = (lines, i) =>
  lines[i].includes("|") && i + 1 < lines.length && DELIMITER.test(lines[i + 1].trim()) && hasCells(lines[i], cells(lines[i + 1]).length);

function alignment(cell) {
  if (cell.endsWith(":")) return cell.startsWith(":") ? "center" : "right";
  return "left";
}

function startsBlock(lines, i) {
  const line = lines[i];
  if (FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || NOTE.test(line)) return true;
  if (startsFormula(line) && formulaBlock(lines, i)) return true;
  const item = ITEM.exec(line);
  if (item && item[3] && (item[2].length === 1 || /^1\D/.test(item[2]))) return true;
  return isTable(lines, i);
}

/** The fence that a line opens, or null: its `language`, which lines end it (`closes`), how a line stands in it (`inside`). */
export function fenceOf(line) {
  const open = FENCE.exec(line);
  if (!open) return null;
  const [, mark, info] = open;
  const closing = new RegExp(`^ {0,3}${mark[0]}{${mark.length},}\\s*$`);
  const inset = indent(line);
  return {
    language: info.trim().split(/\s/)[0].toLowerCase(),
    closes: (each) => closing.test(each),
    inside: (each) => each.slice(Math.min(inset, indent(each))),
  };
}

function fence(lines, start, { language, closes, inside }) {
  const body = [];
  let i = start + 1;
  while (i < lines.length && !closes(lines[i])) {
    body.push(inside(lines[i]));
    i += 1;
  }
  const closed = i < lines.length;
  return [{ type: "code", language, lines: body, closed }, closed ? i + 1 : i];
}

function quote(lines, start, depth) {
  const body = [];
  let i = start;
  while (i < lines.length && (QUOTE.test(lines[i]) || (!blank(lines[i]) && !startsBlock(lines, i)))) {
    body.push(lines[i].replace(QUOTE, ""));
    i += 1;
  }
  return [{ type: "quote", children: readLines(body, depth + 1) }, i];
}

function table(lines, start) {
  const align = cells(lines[start + 1]).map(alignment);
  const rows = [];
  let i = start + 2;
  while (i < lines.length && lines[i].includes("|") && !blank(lines[i])) {
    const row = cells(lines[i], align.length).slice(0, align.length);
    while (row.length < align.length) row.push("");
    rows.push(row);
    i += 1;
  }
  return [{ type: "table", align, head: cells(lines[start], align.length), rows }, i];
}

function itemLines(lines, start, inset) {
  const body = [lines[start].slice(inset)];
  let i = start + 1;
  while (i < lines.length) {
    const line = lines[i];
    if (blank(line)) {
      let next = i + 1;
      while (next < lines.length && blank(lines[next])) next += 1;
      if (next >= lines.length || indent(lines[next]) < inset) break;
      for (; i < next; i += 1) body.push("");
      continue;
    } else if (indent(line) >= inset) body.push(line.slice(inset));
    else if (blank(lines[i - 1]) || ITEM.test(line) || startsBlock(lines, i)) break;
    else body.push(line.trimStart());
    i += 1;
  }
  return [body, i];
}

function task(body) {
  const match = /^\[([ xX])\]\s+/.exec(body[0]);
  if (match) body[0] = body[0].slice(match[0].length);
  return match ? match[1] !== " " : null;
}

function list(lines, start, depth) {
  const first = ITEM.exec(lines[start]);
  const ordered = first[2].length > 1;
  const mark = first[2].at(-1);
  const block = { type: "list", ordered, start: ordered ? Number.parseInt(first[2], 10) : 1, items: [], loose: false };
  let i = start;
  while (i < lines.length) {
    const match = ITEM.exec(lines[i]);
    if (!match || match[2].at(-1) !== mark || RULE.test(lines[i])) break;
    const inset = match[1].length + match[2].length + (match[3].length > 4 || !match[3] ? 1 : match[3].length);
    const [body, end] = itemLines(lines, i, inset);
    const checked = task(body);
    block.items.push({ checked, children: readLines(body, depth + 1) });
    let next = end;
    while (next < lines.length && blank(lines[next])) next += 1;
    block.loose ||= body.includes("");
    i = end;
    if (next < lines.length && ITEM.test(lines[next]) && next > end) {
      const following = ITEM.exec(lines[next]);
      if (following[2].at(-1) !== mark) break;
      block.loose = true;
      i = next;
    }
  }
  return [block, i];
}

function paragraph(lines, start) {
  let i = start + 1;
  while (i < lines.length && !blank(lines[i]) && !startsBlock(lines, i)) i += 1;
  return [{ type: "paragraph", text: lines.slice(start, i).map((line) => line.trimStart()).join("\n").trimEnd() }, i];
}

function headingText(raw) {
  const text = raw.trim();
  let end = text.length;
  while (text[end - 1] === "#") end -= 1;
  return end === 0 || text[end - 1] === " " ? text.slice(0, end).trimEnd() : text;
}

/** A footnote: its text, and what is set in below it. */
function note(lines, start, [opening, label], depth) {
  const body = [lines[start].slice(opening.length)];
  let i = start + 1;
  while (i < lines.length && !blank(lines[i]) && (indent(lines[i]) > 1 || !startsBlock(lines, i))) {
    body.push(lines[i].trimStart());
    i += 1;
  }
  return [{ type: "note", label, children: readLines(body, depth + 1) }, i];
}

/** The block that begins at a line, and the line after it. */
function nextBlock(lines, i, depth) {
  const line = lines[i];
  const open = fenceOf(line);
  if (open) return fence(lines, i, open);
  const head = HEADING.exec(line);
  if (head) return [{ type: "heading", level: head[1].length, text: headingText(line.slice(head[0].length)) }, i + 1];
  if (RULE.test(line)) return [{ type: "rule" }, i + 1];
  if (depth < MAX_DEPTH && QUOTE.test(line)) return quote(lines, i, depth);
  if (depth < MAX_DEPTH && ITEM.test(line)) return list(lines, i, depth);
  if (isTable(lines, i)) return table(lines, i);
  const footnote = depth < MAX_DEPTH && NOTE.exec(line);
  if (footnote) return note(lines, i, footnote, depth);
  const math = startsFormula(line) && formulaBlock(lines, i);
  if (math) return math;
  return paragraph(lines, i);
}

function readLines(lines, depth = 0) {
  return blocksOf(lines, depth).map((each) => each.block);
}

/** The blocks of some lines, each with the index of its first line. */
export function blocksOf(lines, depth = 0) {
  const blocks = [];
  let i = 0;
  while (i < lines.length) {
    if (blank(lines[i])) i += 1;
    else {
      const [block, next] = nextBlock(lines, i, depth);
      blocks.push({ block, start: i });
      i = next;
    }
  }
  return blocks;
}

/** The lines of a text: LF, CR and CRLF end one, tabs are four spaces wide. */
export const linesOf = (text) => text.split(/\r\n|\n|\r/).map((line) => (line.includes("\t") ? line.replace(/\t/g, "    ") : line));
