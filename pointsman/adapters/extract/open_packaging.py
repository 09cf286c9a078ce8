"""What Word, Excel and PowerPoint files share (ECMA-376, part 2): which part belongs to which, and the title."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

import attrs
from returns.result import Result, Success

from pointsman.adapters.extract.packed import Archive, parse_xml
from pointsman.core.documents.document_error import DocumentError

_CORE = "docProps/core.xml"
_CHART = re.compile(r"\w+/charts/chart\w*\.xml|Object \d+/content\.xml")
"""Of Office; and of OpenDocument, where nearly every such object is one."""


@attrs.frozen
class Relation:
    """A part of the archive that another names: the last word of its kind (`slide`, `worksheet`), and its path."""

    kind: str
    path: str


def read_relations(archive: Archive, path: str) -> Result[Mapping[str, Relation], DocumentError]:
    """The parts that the part at `path` names, by their ids; none where it names none."""
    folder, name = posixpath.split(path)
    place = f"{folder}/_rels/{name}.rels"
    found: dict[str, Relation] = {}

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/" + folder, attributes.get("Target", ""))).lstrip("/")
            found[attributes.get("Id", "")] = Relation(attributes.get("Type", "").rpartition("/")[2], target)

    if place not in archive.names():
        return Success(found)
    return (
        archive.read(place)
        .bind(lambda data: parse_xml(archive.name, data, start, _ignore, _ignore))
        .map(lambda _: found)
    )


def read_title(archive: Archive, path: str = _CORE) -> str:
    """As the document calls itself in the part at `path`; empty where it does not, or where that part is damaged."""
    inside, title = [False], [""]

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        inside[0] = tag == "title"

    def text(said: str) -> None:
        title[0] += said if inside[0] else ""

    if path not in archive.names():
        return ""
    parsed = archive.read(path).bind(
        lambda data: parse_xml(archive.name, data, start, lambda tag: inside.__setitem__(0, False), text)
    )
    return " ".join(title[0].split())[:500] if isinstance(parsed, Success) else ""


def warn_of_pictures(archive: Archive, folder: str) -> tuple[str, ...]:
    """The warnings that the pictures in `folder`, and charts wherever they are, are not read, if there are any."""
    pictures = sum(name.startswith(folder) for name in archive.names())
    charts = sum(_CHART.fullmatch(name) is not None for name in archive.names())
    counts = (("picture", pictures), ("chart", charts))
    return tuple(f"its {count} {what}{'s are' if count > 1 else ' is'} left out" for what, count in counts if count)


def _ignore(*told: object) -> None:
    """What the parser tells and nobody needs."""
