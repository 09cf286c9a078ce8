"""HTML and SVG as values: text is escaped when it becomes markup, so nobody can forget to. Knows nothing of reports."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TypeAlias

import attrs

from pointsman.core.one_line import visible


@attrs.frozen
class Markup:
    """Text that is HTML already."""

    text: str


Child: TypeAlias = "Markup | str | Iterable[Child] | None"
"""What may stand in an element: markup as it is, text escaped, nothing, or several of these."""
Value: TypeAlias = str | float | bool | None
"""Of an attribute: True is one without a value; False and None leave it out."""

_VOID = frozenset({"meta", "br", "input"})


def escape(text: str) -> str:
    """`text` for a place between tags or in quotes."""
    return html.escape(visible(text.replace("\r\n", "\n")), quote=True)


def element(tag: str, *children: Child, **attributes: Value) -> Markup:
    """`<tag …>children</tag>`. A name like `class_` or `stroke_width` is `class` or `stroke-width`."""
    head = "".join(_attribute(name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items())
    return Markup(f"<{tag}{head}>" if tag in _VOID else f"<{tag}{head}>{render(children)}</{tag}>")


def _attribute(name: str, value: Value) -> str:
    if value is None or value is False:
        return ""
    return (
        f" {name}"
        if value is True
        else f' {name}="{escape(number(value) if isinstance(value, float) else str(value))}"'
    )


def number(value: float) -> str:
    """A coordinate: two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def render(child: Child) -> str:
    """`child` as HTML."""
    if isinstance(child, Markup):
        return child.text
    if isinstance(child, str):
        return escape(child)
    return "" if child is None else "".join(map(render, child))


def table(heads: Iterable[str], rows: Iterable[tuple[Child, ...]], caption: str) -> Markup:
    """A table that scrolls by itself where it is too wide; the first cell of a row is its head."""
    head = element("tr", [element("th", one, scope="col") for one in heads])
    body = [
        element("tr", element("th", row[0], scope="row"), [element("td", cell) for cell in row[1:]]) for row in rows
    ]
    whole = element("table", element("caption", caption), element("thead", head), element("tbody", body))
    return scrolling(whole, caption)


def scrolling(inside: Markup, label: str) -> Markup:
    """`inside`, that may be wider than the page."""
    return element("div", inside, class_="scroll", tabindex="0", role="group", aria_label=label)


def drawing(
    title: str,
    words: str,
    width: float,
    height: float,
    *children: Child,
    is_fluid: bool = False,
    shrinks: bool = False,
) -> Markup:
    """An SVG of that size in pixels, with what it shows in words; a fluid one is as wide as there is room.

    One that `shrinks` fits on a phone, with larger letters.
    """
    return scrolling(
        element(
            "svg",
            element("title", title),
            element("desc", words),
            children,
            viewBox=f"0 0 {number(width)} {number(height)}",
            width=None if is_fluid else width,
            height=None if is_fluid else height,
            class_="fluid" if is_fluid else "shrinks" if shrinks else None,
            role="img",
            aria_label=f"{title}. {words}",
        ),
        title,
    )
