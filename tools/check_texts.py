"""Check the page's texts: what it says stands in `page/texts/`, one file a language, and nowhere else.

    python tools/check_texts.py

It reads JavaScript by its literals alone. A literal counts as a text by its form (a capital word, several words, a
sentence) or, a single small word, by its place (the label of an element, the words of a badge). What looks so and is
none (classes, names of events and of HTTP) is told by its place, too, or stands in `_NOT_TEXTS`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parent.parent / "pointsman" / "adapters" / "web" / "page"
_NOT_TEXTS = frozenset(
    (
        "Accept",
        "Content-Type",
        "X-Pointsman-CSRF",
        "Authorization: Bearer …",
        "Bearer",
        "authorization: ${}",
        "pointsman serve",
        "pip install 'pointsman[local]'",
        "ArrowUp",
        "PageUp",
        "Home",
    )
)
"""Names of HTTP and of keys, and what is typed as it stands."""
_SHARED = ("common", "locale", "page")
_WITHOUT_TEXTS = frozenset(("entities.js", "highlight.js"))
"""Their words are those of HTML and of programming languages."""
_TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`|/(?![/*])|[{}]|[\w$]+|\S", re.S)
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/\w*")
_BEFORE_REGEX = re.compile(r"(?:^|[(,=:\[!&|?{};+>]|\breturn)\s*$")
_TEXT = re.compile(r"^[A-Z“][a-z]|^[AI] [a-z]|[a-z’',] [a-z]|[a-z]…$")
_CODE_BEFORE = re.compile(
    r"(?:\b(?:class|className|accept|rel|viewBox|autocomplete|role|behavior|block|kind|tag|_?type)|\"aria-live\"): *$"
    r"|(?:[!=]==|\bin|\bfrom|\bimport\(|className =|tag \|\||view\(index,) *$"
    r"|\b(?:querySelector(?:All)?|matches|matchMedia|closest|addEventListener|removeEventListener|includes|startsWith|"
    r"endsWith|\w+Attribute|h|s|t|parts|plural|countOf|icon|Event|CustomEvent)\( *$"
)
_LABEL_BEFORE = re.compile(
    r"(?:\"aria-label\"|\bplaceholder|\blabel|\bhint|\btitle|\btext|\bunit|\balt): *$"
    r"|\b(?:badge|toast|announce|button|heading)\( *$"
    r"|\bh\(\"\w+\", \{[^{}]*\}, *$|textContent = *$"
)
_CALL = re.compile(r"\b(?:t|parts|plural|countOf)\(\s*((?:[^,()\"]*\"[a-z]\w*\.\w+\")+)(, \{)?")
_KEY = re.compile(r"\"([a-z]\w*\.\w+)\"")
_ENTRY = re.compile(r"^  \"([\w.]+)\": (.*),$", re.MULTILINE)
_HTML_TEXT = re.compile(r">([^<>]*[A-Za-z][^<>]*)<")
_HTML_SAID = re.compile(r"<(title|noscript|script|style)>.*?</\1>", re.S)
_CSS_TEXT = re.compile(r"content: \"([^\"]*[A-Za-z][^\"]*)\"")


@dataclass(frozen=True)
class Literal:
    """One literal of a script: its text (holes as `${}`), its line, and the code before it."""

    text: str
    line: int
    before: str


def literals(script: str) -> Iterator[Literal]:
    """All string and template literals of `script`, those inside of templates, too."""
    yield from _scan(script, 0, len(script))


def _scan(script: str, at: int, end: int) -> Iterator[Literal]:
    while at < end:
        token = _TOKEN.search(script, at, end)
        if token is None:
            return
        at = token.end()
        first, before = token[0][0], script[max(0, token.start() - 80) : token.start()]
        line = script.count("\n", 0, token.start()) + 1
        if token[0] == "/" and _BEFORE_REGEX.search(before):
            regex = _REGEX.match(script, token.start())
            at = regex.end() if regex else at
        elif first in "\"'":
            yield Literal(token[0][1:-1], line, before)
        elif first == "`":
            text, holes, at = _template(script, at)
            yield Literal(text, line, before)
            for start, stop in holes:
                yield from _scan(script, start, stop)


def _template(script: str, at: int) -> tuple[str, list[tuple[int, int]], int]:
    """The text of the template that begins before `at`, where its holes are, and where it ends."""
    text, holes = "", []
    while script[at] != "`":
        if script.startswith("${", at):
            stop = _hole_end(script, at + 2)
            holes.append((at + 2, stop))
            text, at = text + "${}", stop + 1
        else:
            step = 2 if script[at] == "\\" else 1
            text, at = text + script[at : at + step], at + step
    return text, holes, at + 1


def _hole_end(script: str, at: int) -> int:
    """Where the brace is that closes the hole, or the object, that begins at `at`."""
    depth = 1
    while True:
        token = _TOKEN.search(script, at)
        assert token is not None, "a brace is never closed"
        at = token.end()
        if token[0] == "`":
            at = _template(script, at)[2]
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0:
            return token.start()


def is_text(literal: Literal) -> bool:
    """Whether somebody would read it."""
    text = re.sub(r"\$\{\}", "", literal.text).strip()
    if not re.search(r"[A-Za-z]{2}", text) or text in _NOT_TEXTS or _CODE_BEFORE.search(literal.before):
        return False
    return bool(_TEXT.search(text)) or bool(_LABEL_BEFORE.search(literal.before) and re.search(r"^[a-z ,]+$", text))


def complaints(page: Path) -> list[str]:
    """What is wrong with the texts of the page in the folder `page`, a line each."""
    languages = {file.name: dict(_ENTRY.findall(file.read_text("utf-8"))) for file in sorted(page.glob("texts/*.js"))}
    scripts = {file.name: file.read_text("utf-8") for file in sorted(page.glob("*.js"))}
    lines = [
        f"{name}:{literal.line}: the text {literal.text!r} stands outside of texts/"
        for name, script in scripts.items()
        if name not in _WITHOUT_TEXTS
        for literal in literals(script)
        if is_text(literal)
    ]
    lines += [
        f"{name}: {key} belongs to another file; what several say begins with `common`"
        for name, script in scripts.items()
        for key in _used_keys(script)
        if key.split(".")[0] not in (*_SHARED, re.sub(r"-(\w)", lambda match: match[1].upper(), name[:-3]))
    ]
    lines += [f"{name}: {problem}" for name, script in scripts.items() for problem in _wrong_values(script, languages)]
    html = "\n".join(file.read_text("utf-8") for file in sorted(page.glob("*.html")))
    used = set(re.findall(r"data-(?:text|label)=\"([\w.]+)\"", html))
    used.update(key for script in scripts.values() for key in _used_keys(script))
    for name, texts in languages.items():
        lines += [f"texts/{name}: {key} is missing" for key in sorted(used - texts.keys())]
        lines += [f"texts/{name}: {key} is not used" for key in sorted(texts.keys() - used)]
    lines += [f"the HTML says {text.strip()!r}" for text in _HTML_TEXT.findall(_HTML_SAID.sub("", html))]
    for sheet in sorted(page.glob("*.css")):
        lines += [f"{sheet.name}: says {text!r}" for text in _CSS_TEXT.findall(sheet.read_text("utf-8"))]
    return lines


def _used_keys(script: str) -> list[str]:
    return [key for call in _CALL.finditer(script) for key in _KEY.findall(call[1])]


def _wrong_values(script: str, languages: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Values that a call gives and the text has no place for, and the other way round."""
    for call in _CALL.finditer(script):
        given = _names(script[call.end() : _hole_end(script, call.end())]) if call[2] else set()
        for key in _KEY.findall(call[1]):
            for texts in languages.values():
                wanted = set(re.findall(r"\{(\w+)\}", texts.get(key, "")))
                if not texts.get(key, "").startswith("{ ") and wanted != given:
                    yield f"{key} has places for {sorted(wanted)} and is given {sorted(given)}"


def _names(fields: str) -> set[str]:
    """The names of the fields of an object, of which `fields` is the inside."""
    names, depth, start, at = set(), 0, True, 0
    while token := _TOKEN.search(fields, at):
        at = token.end()
        if token[0] == "`":
            at = _template(fields, at)[2]
        elif start and depth == 0 and re.fullmatch(r"[\w$]+", token[0]):
            names.add(token[0])
        depth += {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}.get(token[0], 0)
        start = token[0] == "," and depth == 0
    return names


def main() -> int:
    """Print what is wrong; 1 if anything is."""
    lines = complaints(PAGE)
    print("\n".join(lines) or "All texts of the page stand in texts/.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
