"""The page's files as they are sent: under a name that changes with what is in them, packed, and kept for ever.

All of them stand in one folder, whose name is a digest of everything in it (`static/v.3f…/app.js`). So a page of one
version asks for files of that version alone, and one that is gone is not found rather than answered by its successor.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import attrs

from pointsman.adapters.web.page_bundle import bundles

PAGE = Path(__file__).parent / "page"
_ROOTS = ("app.js", "docs.js")
_STYLE = re.compile(r'<link rel="stylesheet" href="static/([\w.-]+)">\n')
_PACKED = (".js", ".css", ".svg", ".html", ".webmanifest")
_FOR_EVER = "public, max-age=31536000, immutable"
_AT_ONCE = ("app.js", "app.css", "theme.js", "icons.svg", "mark.svg", "chat.js")
"""What the page needs to open without a network."""


@attrs.frozen
class Asset:
    """A file as it is sent."""

    content: bytes
    media_type: str
    packed: bytes | None = None
    """By gzip, where that makes it smaller."""
    cache_control: str = _FOR_EVER

    @classmethod
    def of(cls, name: str, content: bytes, cache_control: str = _FOR_EVER) -> Asset:
        """The file `name`, packed once."""
        media_type = _media_type(name)
        packed = gzip.compress(content, 9, mtime=0) if name.endswith(_PACKED) else None
        return cls(content, media_type, packed, cache_control)

    def answer(self, accept_encoding: str) -> tuple[bytes, dict[str, str]]:
        """The body for a client that takes these encodings, and its headers."""
        headers = {"cache-control": self.cache_control, "content-type": self.media_type, "vary": "accept-encoding"}
        if self.packed is None or not _takes_gzip(accept_encoding):
            return self.content, headers
        return self.packed, {**headers, "content-encoding": "gzip"}


@attrs.frozen
class PageAssets:
    """Everything that the page is made of."""

    build: str
    """The folder: `v.` and a digest of all that is in it."""
    files: Mapping[str, Asset]
    index: Asset
    docs: Asset
    worker: Asset

    def find(self, path: str) -> Asset | None:
        """The file at `path` below `static/`, if it is of this build."""
        build, _, name = path.partition("/")
        return self.files.get(name) if build == self.build else None


@cache
def page_assets() -> PageAssets:
    """Read, put together and packed, once a process; takes some tenths of a second."""
    return assets_of(PAGE)


def assets_of(folder: Path) -> PageAssets:
    """The assets of the page in `folder`."""
    found = {one.relative_to(folder).as_posix(): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}
    html, docs = (found.pop(name).decode() for name in ("index.html", "docs.html"))
    worker = found.pop("worker.js").decode()
    own = {name: text.decode() for name, text in found.items() if name.endswith(".js") and "vendor/" not in name}
    found |= {name: text.encode() for name, text in bundles(own, _ROOTS).items()}
    styles = _STYLE.findall(html)
    found["app.css"] = b"".join(found[name] for name in styles)
    digest = hashlib.sha256()
    for name, content in [*sorted(found.items()), ("index.html", html.encode()), ("worker.js", worker.encode())]:
        digest.update(f"{name} {len(content)}\n".encode() + content)
    build = f"v.{digest.hexdigest()[:20]}"
    one_sheet = _STYLE.sub("", html).replace(
        '<script src="static/theme.js">',
        '<link rel="stylesheet" href="static/app.css">\n'
        '<link rel="modulepreload" href="static/chat.js">\n<script src="static/theme.js">',
    )
    shell = ", ".join(f'"static/{build}/{name}"' for name in _AT_ONCE)
    return PageAssets(
        build=build,
        files={name: Asset.of(name, content) for name, content in found.items()},
        index=Asset.of("index.html", _in_build(one_sheet, build), "no-cache"),
        docs=Asset.of("docs.html", _in_build(docs, build), "no-cache"),
        worker=Asset.of("worker.js", worker.replace("BUILD", build).replace("/* SHELL */", shell).encode(), "no-cache"),
    )


def _in_build(html: str, build: str) -> bytes:
    return re.sub(r'((?:href|src)=")static/', rf"\1static/{build}/", html).encode()


def _takes_gzip(accept_encoding: str) -> bool:
    """Whether `gzip` is named, and not refused: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3."""
    named = [one.partition(";") for one in accept_encoding.lower().replace(" ", "").split(",")]
    return any(name == "gzip" and not re.fullmatch(r"q=0(\.0*)?", rest) for name, _, rest in named)


def _media_type(name: str) -> str:
    known = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2"}
    suffix = Path(name).suffix
    media_type = known.get(suffix) or mimetypes.types_map.get(suffix, "text/plain")
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
