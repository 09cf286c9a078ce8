"""What the page says stands in one file a language: `tools/check_texts.py` finds what stands elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.check_texts import PAGE, Literal, complaints, is_text, literals


def page(folder: Path, script: str, texts: str = '"view.hello": "Hello",', html: str = "", css: str = "") -> Path:
    """A page of one script `view.js`, with these texts."""
    (folder / "texts").mkdir(parents=True)
    entries = "\n".join(f"  {line}" for line in texts.splitlines())
    (folder / "texts" / "en.js").write_text(f"export default {{\n{entries}\n}};\n", "utf-8")
    (folder / "view.js").write_text(script, "utf-8")
    (folder / "index.html").write_text(html, "utf-8")
    (folder / "page.css").write_text(css, "utf-8")
    return folder


def test_the_page_says_nothing_that_is_not_in_its_texts() -> None:
    assert complaints(PAGE) == []
    assert len((PAGE / "texts" / "en.js").read_text("utf-8").splitlines()) > 400


@pytest.mark.parametrize(
    "script",
    [
        'button("Cancel", {})',
        'const words = ok ? t("view.hello") : "Not allowed";',
        "heading(`${count} calls in all`)",
        'h("p", {}, "works")',
        'h("span", { class: "quiet" }, ok && "so be it")',
        'input({ "aria-label": "message" })',
        "`row ${open ? `is ${\"Open\"}` : ''}`",
        'badge("active", "accent")',
    ],
)
def test_a_text_in_a_script_is_found(tmp_path: Path, script: str) -> None:
    found = complaints(page(tmp_path / "page", f't("view.hello");\n{script}'))
    assert len(found) == 1
    assert found[0].startswith("view.js:2: the text ")


@pytest.mark.parametrize(
    "script",
    [
        'import { h } from "./dom.js";',
        'h("div", { class: "panel section", role: "group" })',
        'const found = /[A-Z][a-z]+ "quoted" `x`/.test(name);',
        '// "A comment"\n/* `Another` one */',
        'document.querySelector(".nav-link [role=menuitem]")',
        'if (event.key === "Escape") node.classList.add("card-off");',
        'node.className = `menu-item ${wide ? "menu-wide" : ""}`;',
        "const half = (a + b) / 2, rest = c / 3;",
    ],
)
def test_code_is_no_text(tmp_path: Path, script: str) -> None:
    assert complaints(page(tmp_path / "page", f't("view.hello");\n{script}')) == []


def test_keys_and_values_are_those_of_the_texts(tmp_path: Path) -> None:
    script = """
t("view.hello", { name });
t("view.gone");
t(open ? "view.open" : "other.closed");
countOf("view.calls", 3);
"""
    texts = '"view.hello": "Hello, {name}, {who}",\n"view.open": "Open",\n"view.rest": "Rest",\n"other.closed": "C",'
    texts += '\n"view.calls": { one: "{count} call", other: "{count} calls" },'
    assert complaints(page(tmp_path / "page", script, texts)) == [
        "view.js: other.closed belongs to another file; what several say begins with `common`",
        "view.js: view.hello has places for ['name', 'who'] and is given ['name']",
        "texts/en.js: view.gone is missing",
        "texts/en.js: view.rest is not used",
    ]


def test_html_and_style_sheets_say_nothing_themselves(tmp_path: Path) -> None:
    html = '<title>pointsman</title><noscript>Allow scripts.</noscript><a data-text="view.hello"></a><p>Text</p>'
    assert complaints(
        page(tmp_path / "page", "", html=html, css='a::after { content: "Drop it" } b { content: "" }')
    ) == [
        "the HTML says 'Text'",
        "page.css: says 'Drop it'",
    ]


def test_a_language_that_lacks_a_text_is_found(tmp_path: Path) -> None:
    folder = page(tmp_path / "page", 't("view.hello")')
    (folder / "texts" / "de.js").write_text("export default {\n};\n", "utf-8")
    assert complaints(folder) == ["texts/de.js: view.hello is missing"]


def test_templates_are_read_with_what_is_in_their_holes() -> None:
    found = list(literals('x = `a ${f({ b: "c" })} d ${`e ${"g"}`}`; y = "h"'))
    assert [literal.text for literal in found] == ["a ${} d ${}", "c", "e ${}", "g", "h"]
    assert not is_text(Literal("h", 1, "y = "))
