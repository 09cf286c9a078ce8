"""Check a built site: it works without a network, and what its pages load and link to is there.

    python tools/check_site.py site

`zensical build --strict` has looked at the links between the sources; this looks at what came of them. It knows HTML
and CSS, and nothing of what the pages say.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADING_RELATIONS = frozenset(
    ("stylesheet", "icon", "preload", "modulepreload", "preconnect", "dns-prefetch", "manifest", "prefetch")
)
_FETCHED_BY_SCRIPT = frozenset(("mermaid", "glightbox", "pyodide"))
"""Classes of elements for which the theme's script fetches a library from the network."""
_CSS_ADDRESS = re.compile(r"""(?:url\(|@import)\s*['"]?((?:https?:)?//[^'")\s]+)""")


class _Page(HTMLParser):
    """What one page loads, links to, and has ids for."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.classes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the addresses of one element."""
        values = {name: value or "" for name, value in attrs}
        self.ids.add(values.get("id", ""))
        self.classes.update(values.get("class", "").split())
        if tag == "a":
            self.links.append(values.get("href", ""))
        else:
            self.loads.extend(_loaded_addresses(tag, values))


def _loaded_addresses(tag: str, values: Mapping[str, str]) -> Iterator[str]:
    """What a browser fetches for an element."""
    if tag == "link" and not _LOADING_RELATIONS.isdisjoint(values.get("rel", "").split()):
        yield values.get("href", "")
    yield from (values[name] for name in ("src", "data", "poster") if name in values)
    yield from (one.split()[0] for one in values.get("srcset", "").split(",") if one.strip())


def complaints(site: Path) -> list[str]:
    """What is wrong with the site in the folder `site`, a line each."""
    pages = {file: _read(file) for file in sorted(site.rglob("*.html"))}
    if not pages:
        return [f"{site}: there is no page"]
    lines = [line for file, page in pages.items() for line in _page_complaints(site, file, page, pages)]
    for sheet in sorted(site.rglob("*.css")):
        addresses = _CSS_ADDRESS.findall(sheet.read_text("utf-8"))
        lines += [f"{sheet.relative_to(site)}: loads {address}, which is not ours" for address in addresses]
    return lines


def _read(file: Path) -> _Page:
    page = _Page()
    page.feed(file.read_text("utf-8"))
    return page


def _page_complaints(site: Path, file: Path, page: _Page, pages: Mapping[Path, _Page]) -> Iterator[str]:
    where = file.relative_to(site)
    for name in sorted(page.classes & _FETCHED_BY_SCRIPT):
        yield f"{where}: has an element of the class {name!r}, for which the theme fetches a script"
    for address in page.loads:
        if _is_elsewhere(address):
            yield f"{where}: loads {address}, which is not ours"
        elif not _has_target(site, file, address, pages):
            yield f"{where}: loads {address}, which is not there"
    for address in page.links:
        if not _is_elsewhere(address) and not _has_target(site, file, address, pages):
            yield f"{where}: links to {address}, which is not there"


def _is_elsewhere(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme not in ("", "data")


def _has_target(site: Path, file: Path, address: str, pages: Mapping[Path, _Page]) -> bool:
    """Whether the file that `address` names in `file` is there, with the place in it."""
    parts = urlsplit(address)
    if parts.scheme == "data":
        return True
    path = unquote(parts.path)
    target = file if not path else (site / path.lstrip("/") if path.startswith("/") else file.parent / path).resolve()
    if target.is_dir():
        target /= "index.html"
    if not target.exists():
        return False
    known = pages.get(target)
    return not parts.fragment or known is None or unquote(parts.fragment) in known.ids


def main(arguments: list[str]) -> int:
    """Print what is wrong; 1 if anything is."""
    lines = complaints(Path(arguments[0]).resolve())
    print("\n".join(lines) or "The site is whole, and works offline.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
