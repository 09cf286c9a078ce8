"""The pages in `docs/` cannot go stale: what they name is in the source, and the check of the built site can fail."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tools.check_site import complaints

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
PATH = re.compile(r"`((?:pointsman|tests|tools|docs|examples|benchmarks)/[\w/.]*)`")
WALK = re.compile(r"^\| \d+ \| `([^`]+)` \| (.+?) \|", re.MULTILINE)
TERM = re.compile(r"^\| ([a-z][\w -]+) \| `(\w+)` \|", re.MULTILINE)


@cache
def source() -> str:
    """All of the package's Python."""
    return "\n".join(file.read_text("utf-8") for file in sorted((ROOT / "pointsman").rglob("*.py")))


@cache
def all_tests() -> frozenset[str]:
    """The names of all test functions."""
    files = (file.read_text("utf-8") for room in ("tests", "examples") for file in (ROOT / room).rglob("test_*.py"))
    return frozenset(name for text in files for name in re.findall(r"^(?:async )?def (test_\w+)", text, re.MULTILINE))


def named_pages(entry: object) -> list[str]:
    """The pages in a part of the navigation."""
    match entry:
        case str():
            return [entry]
        case list():
            return [page for one in entry for page in named_pages(one)]
        case dict():
            return [page for one in entry.values() for page in named_pages(one)]
        case _:
            return []


def test_every_page_stands_in_the_navigation_once() -> None:
    settings = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))
    assert sorted(named_pages(settings["project"]["nav"])) == [str(page.relative_to(DOCS)) for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_the_files_that_a_page_names_are_there(page: Path) -> None:
    missing = [path for path in PATH.findall(page.read_text("utf-8")) if not (ROOT / path).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_the_tests_that_a_page_names_are_there(page: Path) -> None:
    named = set(re.findall(r"`(test_\w+)`", page.read_text("utf-8")))
    assert named - all_tests() == set()


def test_the_walk_of_a_chat_goes_through_what_is_there() -> None:
    steps = WALK.findall((DOCS / "architecture.md").read_text("utf-8"))
    assert len(steps) > 15
    for path, names in steps:
        text = (ROOT / path).read_text("utf-8")
        for name in re.findall(r"`([\w.]+)`", names):
            owner, _, method = name.rpartition(".")
            assert re.search(rf"^(?:class|(?:async )?def) {owner or method}\b", text, re.MULTILINE), (path, name)
            assert re.search(rf"def {method}\b", text) or not owner, (path, name)


def test_every_room_of_services_and_adapters_is_on_the_page() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8")
    rooms = [
        f"pointsman/{layer}/{folder.name}/"
        for layer in ("services", "adapters")
        for folder in sorted((ROOT / "pointsman" / layer).iterdir())
        if folder.is_dir() and folder.name != "__pycache__"
    ]
    assert [room for room in rooms if f"`{room}`" not in text] == []


def test_the_glossary_has_the_terms_of_the_code_in_order() -> None:
    terms = TERM.findall((DOCS / "glossary.md").read_text("utf-8"))
    assert len(terms) >= 30
    assert [term for term, _ in terms] == sorted(term for term, _ in terms)
    missing = [name for _, name in terms if not re.search(rf"\b{name}\b\s*(?:[(:=\[]|$)", source(), re.MULTILINE)]
    assert missing == []


def test_every_decision_says_why_what_and_what_follows() -> None:
    records = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    index = (DOCS / "decisions" / "index.md").read_text("utf-8")
    assert len(records) >= 10
    for record in records:
        text = record.read_text("utf-8")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], record.name
        assert f"[{text.splitlines()[0].removeprefix('# ')}]({record.name})" in index


WHOLE = '<html><head><link rel="stylesheet" href="a.css"></head><body id="top"><a href="#top">up</a></body></html>'


@pytest.mark.parametrize(
    ("page", "complaint"),
    [
        ('<script src="https://cdn.example/x.js"></script>', "loads https://cdn.example/x.js, which is not ours"),
        ('<link rel="preconnect" href="//fonts.example">', "loads //fonts.example, which is not ours"),
        ('<img srcset="http://a.example/p.png 2x">', "loads http://a.example/p.png, which is not ours"),
        ('<img src="gone.png">', "loads gone.png, which is not there"),
        ('<a href="gone.html">x</a>', "links to gone.html, which is not there"),
        ('<a href="whole.html#nowhere">x</a>', "links to whole.html#nowhere, which is not there"),
        ('<pre class="mermaid">graph</pre>', "has an element of the class 'mermaid'"),
    ],
)
def test_a_page_that_needs_the_net_or_leads_nowhere_is_found(tmp_path: Path, page: str, complaint: str) -> None:
    (tmp_path / "whole.html").write_text(WHOLE, "utf-8")
    (tmp_path / "a.css").write_text("a { background: url(p.svg) }", "utf-8")
    assert complaints(tmp_path) == []
    (tmp_path / "page.html").write_text(page + '<a href="https://example.org">a link may lead out</a>', "utf-8")
    found = complaints(tmp_path)
    assert len(found) == 1
    assert found[0].startswith(f"page.html: {complaint}")


def test_a_style_sheet_that_needs_the_net_is_found_and_so_is_an_empty_site(tmp_path: Path) -> None:
    assert complaints(tmp_path) == [f"{tmp_path}: there is no page"]
    (tmp_path / "whole.html").write_text(WHOLE, "utf-8")
    (tmp_path / "a.css").write_text("@import 'https://fonts.example/a.css'; b { src: url(//f.example/b) }", "utf-8")
    assert complaints(tmp_path) == [
        "a.css: loads https://fonts.example/a.css, which is not ours",
        "a.css: loads //f.example/b, which is not ours",
    ]
