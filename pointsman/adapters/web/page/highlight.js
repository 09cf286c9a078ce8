// Colours source text, line by line, so that code that grows is coloured once. Pure: text in, tokens out.

const words = (text) => new Set(text.split(" "));
const C_LIKE = { line: ["//"], block: ["/*", "*/"], quotes: ['"', "'"] };

const JS = {
  ...C_LIKE,
  quotes: ['"', "'"],
  long: ["`"],
  keywords: words(
    "as async await break case catch class const continue debugger default delete do else enum export extends finally for from function get if implements import in instanceof interface let new of private public readonly return set static super switch this throw try type typeof var void while with yield",
  ),
  constants: words("true false null undefined NaN Infinity"),
};
const PYTHON = {
  line: ["#"],
  quotes: ['"', "'"],
  long: ['"""', "'''"],
  keywords: words(
    "and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try type while with yield",
  ),
  constants: words("True False None self cls"),
};
const RUST = {
  ...C_LIKE,
  quotes: ['"'],
  keywords: words(
    "as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait type unsafe use where while",
  ),
  constants: words("true false None Some Ok Err"),
};
const GO = {
  ...C_LIKE,
  long: ["`"],
  keywords: words(
    "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var",
  ),
  constants: words("true false nil iota"),
};
const JAVA = {
  ...C_LIKE,
  keywords: words(
    "abstract auto bool boolean break byte case catch char class const constexpr continue default delete do double else enum explicit extends extern final finally float for fun goto if implements import int interface internal long namespace native new operator override package private protected public record return sealed short signed sizeof static struct super switch synchronized template this throw throws try typedef typename union unsigned using val var virtual void volatile when while",
  ),
  constants: words("true false null nullptr"),
};
const SHELL = {
  line: ["#"],
  quotes: ['"', "'"],
  keywords: words("if then else elif fi for while until do done case esac in function return export local set unset source exit echo cd sudo"),
  constants: words("true false"),
  variables: /\$(?:\w+|\{[^}]{0,200}\}|[@#?*!$-])/y,
};
const SQL = {
  line: ["--"],
  block: ["/*", "*/"],
  quotes: ["'", '"'],
  anyCase: true,
  keywords: words(
    "add alter and as asc begin between by case commit create default delete desc distinct drop else end exists foreign from full group having if in index inner insert into is join key left like limit not offset on or order outer primary references returning right rollback select set table then transaction union unique update using values view when where with",
  ),
  constants: words("true false null"),
};
const CSS = { block: ["/*", "*/"], quotes: ['"', "'"], keywords: words("important"), constants: new Set(), property: true };
const JSON_LIKE = { quotes: ['"'], line: [], keywords: new Set(), constants: words("true false null"), property: true };
const CONFIG = { line: ["#"], quotes: ['"', "'"], keywords: new Set(), constants: words("true false null yes no on off"), property: true };
const MARKUP = { block: ["<!--", "-->"], quotes: ['"', "'"], keywords: new Set(), constants: new Set(), tags: true };

const BY_NAME = {
  js: JS, jsx: JS, mjs: JS, ts: JS, tsx: JS, javascript: JS, typescript: JS,
  py: PYTHON, python: PYTHON, python3: PYTHON,
  rs: RUST, rust: RUST, go: GO, golang: GO,
  java: JAVA, c: JAVA, h: JAVA, cpp: JAVA, "c++": JAVA, cs: JAVA, csharp: JAVA, kotlin: JAVA, swift: JAVA, php: JAVA,
  sh: SHELL, bash: SHELL, zsh: SHELL, shell: SHELL, console: SHELL, dockerfile: SHELL,
  sql: SQL, css: CSS, scss: CSS, json: JSON_LIKE, jsonc: JSON_LIKE, yaml: CONFIG, yml: CONFIG, toml: CONFIG, ini: CONFIG,
  html: MARKUP, xml: MARKUP, svg: MARKUP, vue: MARKUP,
};

const WORD = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const NUMBER = /0[xX][\da-fA-F_]+|\d[\d_]*(?:\.[\d_]+)?(?:[eE][+-]?\d+)?/y;
const TAG = /<\/?[A-Za-z][\w:-]*|\/?>/y;
const DECORATOR = /@[A-Za-z_][\w.]*/y;
const PLAIN = /[^\p{L}\p{N}_$"'`#/<>@\-*]+/uy;

function take(pattern, line, index) {
  pattern.lastIndex = index;
  return pattern.exec(line)?.[0] ?? "";
}

function quoted(line, index, quote) {
  let end = index + 1;
  while (end < line.length && line[end] !== quote) end += line[end] === "\\" ? 2 : 1;
  return line.slice(index, end + 1);
}

function wordKind(word, line, end, rules) {
  const key = rules.anyCase ? word.toLowerCase() : word;
  if (rules.keywords.has(key)) return "keyword";
  if (rules.constants.has(key)) return "constant";
  if (line[end] === "(") return "call";
  if (rules.property && /^\s*[:=]/.test(line.slice(end, end + 8))) return "property";
  return /^[A-Z]\w*[a-z]/.test(word) ? "name" : "";
}

/** The token at `index`: its kind, its text, and the text that ends it when it goes on over lines. */
function tokenAt(line, index, rules) {
  const from = (mark) => line.startsWith(mark, index);
  if (rules.line?.some(from)) return ["comment", line.slice(index)];
  const long = rules.block && from(rules.block[0]) ? rules.block : rules.long?.filter(from).map((mark) => [mark, mark])[0];
  if (long) return [long === rules.block ? "comment" : "string", long[0], long[1]];
  if (rules.quotes?.includes(line[index])) {
    const text = quoted(line, index, line[index]);
    const key = rules.property && /^\s*:/.test(line.slice(index + text.length, index + text.length + 8));
    return [key ? "property" : "string", text];
  }
  if (rules.tags && take(TAG, line, index)) return ["keyword", take(TAG, line, index)];
  if (rules.variables && take(rules.variables, line, index)) return ["constant", take(rules.variables, line, index)];
  if (line[index] === "@" && take(DECORATOR, line, index)) return ["call", take(DECORATOR, line, index)];
  const word = take(WORD, line, index);
  if (word) return [wordKind(word, line, index + word.length, rules), word];
  const number = take(NUMBER, line, index);
  if (number) return ["number", number];
  return ["", take(PLAIN, line, index) || line[index]];
}

function diffKind(line) {
  if (/^(@@|diff |index |\+\+\+|---)/.test(line)) return "comment";
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : "";
}

/** One line as `[kind, text]` pairs, and what is still open at its end (a comment, a long string). */
function colour(line, rules, open) {
  const tokens = [];
  let index = 0;
  let state = open;
  while (index < line.length) {
    if (state) {
      const end = line.indexOf(state.end, index);
      const stop = end < 0 ? line.length : end + state.end.length;
      tokens.push([state.kind, line.slice(index, stop)]);
      index = stop;
      if (end >= 0) state = null;
      continue;
    }
    const [kind, text, end] = tokenAt(line, index, rules);
    tokens.push([kind, text]);
    index += text.length;
    if (end) state = { kind, end };
  }
  return [tokens, state];
}

/** A colourer for a language: called with one line after the other; very long lines stay plain. */
export function highlighter(language) {
  const rules = BY_NAME[language];
  let open = null;
  return (line, peek = false) => {
    if (language === "diff" || language === "patch") return [[diffKind(line), line]];
    if (!rules || line.length > 2000) return [["", line]];
    const [tokens, state] = colour(line, rules, open);
    if (!peek) open = state;
    return tokens;
  };
}
