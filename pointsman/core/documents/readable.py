"""HTML as text that a model can read. Pure, total, and in time that grows with the length of the page and no faster.

The standard library's `html.parser` takes hours for a megabyte made for it, so this is a scanner of its own: each
construct is found by one search, and a search that fails ends the page.
"""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/>]*+)((?:[^>=]++|=\s*"[^"]*"|=\s*'[^']*'|=)*+)>""")
_HREF = re.compile(r"""(?<![\w-])href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_HUGE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")
_SPACES = re.compile(r"[^\S\n]+")
_EMPTY = re.compile(r"[\s\0|]*|#{1,6}|-")
_UNSEEN = frozenset({"object", "svg", "math", "select", "template"})
_RAW = frozenset({"script", "style", "iframe", "textarea"})
_BLOCK = re.compile(
    "address|article|aside|blockquote|body|br|caption|center|d[dlt]|details|dialog|div|fieldset|figcaption|figure|footer"
    "|form|h[1-6r]|head|header|html|legend|li|main|nav|[ou]l|option|p|pre|passage|summary|table|tbody|tfoot|thead|title|tr"
)
_MARKS = {**{f"h{level}": "#" * level + " " for level in range(1, 7)}, "li": "- "}
_LONGEST_LINK = 500


def readable(page: str) -> str:
    """The text of a page: a line for each block, `#` before headings, `-` before items, links like `[text](url)`."""
    page, reader, at = page.replace("\0", ""), _TextCollector(), 0
    while (opened := page.find("<", at)) >= 0:
        reader.text(page[at:opened])
        at = _construct(reader, page, opened)
    reader.text(page[at:])
    return reader.result()


def _construct(reader: _TextCollector, page: str, at: int) -> int:
    """Read what begins with the `<` at `at`; where it ends. What has no end takes the rest of the page."""
    if page.startswith("<!--", at):
        return _after(page, "-->", at + 4)
    following = page[at + 1 : at + 3].lstrip("/")[:1]
    if following in ("!", "?"):
        return _after(page, ">", at)
    if not (following.isascii() and following.isalpha()):
        reader.text("<")
        return at + 1
    tag = _TAG.match(page, at)
    if tag is None:
        return len(page)
    name = tag[2].lower()
    if tag[1]:
        reader.end(name)
    elif name in _RAW:
        return _after_raw(page, name, tag.end())
    else:
        reader.start(name, tag[3])
    return tag.end()


def _after(page: str, mark: str, at: int) -> int:
    found = page.find(mark, at)
    return len(page) if found < 0 else found + len(mark)


def _after_raw(page: str, name: str, at: int) -> int:
    """Past the end tag of an element whose content is not HTML."""
    ended = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(page, at)
    return len(page) if ended is None else _after(page, ">", ended.end())


class _TextCollector:
    """The text so far. Within an element that is not seen nothing is added; within `pre` a space is held as a NUL."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._hidden, self._depth, self._pre = "", 0, 0
        self._link, self._link_at = "", 0

    def text(self, text: str) -> None:
        if not text or self._hidden:
            return
        text = _unescape(text).replace("\0", "")
        if self._pre:
            self._pieces.append(text.replace("\r", "").replace("\t", "\0" * 4).replace(" ", "\0"))
        else:
            self._pieces.append(" ".join(_SPACES.split(text.replace("\n", " "))))

    def start(self, name: str, attributes: str) -> None:
        if self._hidden:
            self._depth += name == self._hidden
        elif name in _UNSEEN:
            if not attributes.endswith("/"):
                self._hidden, self._depth = name, 1
        elif name == "a":
            self._close_link()
            self._open_link(attributes)
        elif _BLOCK.fullmatch(name):
            self._pieces.append("\n" + _MARKS.get(name, ""))
            self._pre += name == "pre"
        elif name in ("td", "th"):
            self._pieces.append(" | ")

    def end(self, name: str) -> None:
        if self._hidden:
            self._depth -= name == self._hidden
            self._hidden = self._hidden if self._depth else ""
        elif name == "a":
            self._close_link()
        elif _BLOCK.fullmatch(name):
            self._pieces.append("\n")
            self._pre = max(0, self._pre - (name == "pre"))

    def result(self) -> str:
        self._close_link()
        lines = (_SPACES.sub(" ", line).strip(" ") for line in "".join(self._pieces).split("\n"))
        return "\n".join(line for line in lines if not _EMPTY.fullmatch(line)).replace("\0", " ")

    def _open_link(self, attributes: str) -> None:
        found = _HREF.search(attributes)
        link = "".join(_unescape(found[1] or found[2] or found[3] or "").split()) if found else ""
        if link and not link.lower().startswith(("#", "javascript:", "data:")):
            self._link, self._link_at = link, len(self._pieces)

    def _close_link(self) -> None:
        """What was read since the link began becomes its text, on one line."""
        if not self._link:
            return
        text = "".join(self._pieces[self._link_at :])
        if len(text) <= _LONGEST_LINK and (said := text.strip(" \n\0#-|")):
            broken = "\n" if "\n" in text else ""
            self._pieces[self._link_at :] = [f"{broken}[{' '.join(said.split())}]({self._link}){broken}"]
        self._link = ""


def _unescape(text: str) -> str:
    """Character references as characters; one whose number is beyond all characters is the replacement character."""
    return html.unescape(_HUGE.sub("\N{REPLACEMENT CHARACTER}", text)) if "&" in text else text
