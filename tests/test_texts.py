"""What the page says stands in one file a language: `tools/check_texts.py` finds what stands elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pointsman.adapters.providers.table import PROVIDERS
from pointsman.adapters.web.api_settings import describe_settings
from pointsman.adapters.web.record_forms import form_fields
from pointsman.core.json import JsonObject, as_list, as_object
from pointsman.core.records.read import fields_of
from pointsman.core.settings.provider import ProviderSettings
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


def german() -> dict[str, tuple[str, ...]]:
    """What settings are called in German, and what they mean: label, hint."""
    entries = re.findall(r'^  "([^"]+)": \["([^"]*)"(?:, "([^"]*)")?\],$', (PAGE / "words" / "de.js").read_text(), re.M)
    return {key: (label, hint) for key, label, hint in entries}


def every_field(field: JsonObject, path: str) -> Iterator[tuple[str, JsonObject]]:
    """A setting and all fields in it, with their paths."""
    yield path, field
    inner = field.get("fields")
    for one in inner if isinstance(inner, list) else ():
        assert isinstance(one, dict)
        yield from every_field(one, f"{path}.{one['name']}")


def test_every_sentence_of_a_setting_has_one_in_german() -> None:
    words = german()
    fields = [pair for one in describe_settings() for pair in every_field(one, str(one["name"]))]
    assert len(fields) > 150
    for path, field in fields:
        said = words.get(path) or words.get(f"*.{field['name']}")
        assert said, f"{path} has no word"
        assert said[1] or not field["doc"], f"{path} has no sentence"
        for told in (field["file_only"], field["unit"]):
            assert told is None or str(told) in words, told


def test_every_field_of_a_provider_has_its_words_in_german() -> None:
    words = german()
    for field in map(as_object, form_fields()):
        said = words[f"provider.{field['name']}"]
        assert bool(said[1]) == bool(field["hint"]), field
        assert str(field["section"]) in words
        assert not field["unit"] or str(field["unit"]) in words
    hidden = {field.name for field in fields_of(ProviderSettings)} - {"name"}
    assert {f"provider.{name}" for name in hidden} - words.keys() == set(), "the audit names these"


def choices_in(field: JsonObject) -> set[str]:
    """What a field, and what is in it, can be."""
    found = set(map(str, as_list(field.get("choices"))))
    for inner in (field.get("item"), *as_list(field.get("fields"))):
        found |= choices_in(inner) if isinstance(inner, dict) else set()
    return found


def test_whatever_can_be_chosen_has_a_word_in_german() -> None:
    offered = set[str]().union(*(choices_in(as_object(one)) for one in (*describe_settings(), *form_fields())))
    assert {"local_first", "summarize", "vision", "goes_on"} <= offered
    assert {f"choice {one}" for one in (*offered, "explicit")} - german().keys() == set()


def test_a_kind_of_provider_that_is_told_in_english_words_has_words_in_german() -> None:
    said = {row.title for row in PROVIDERS.values() if not BRAND.fullmatch(row.title)}
    assert "Models on this machine, run by pointsman" in said
    assert said - german().keys() == set()


BRAND = re.compile(
    r"(?:OpenAI|Azure OpenAI|Anthropic|Google Gemini|Ollama|LM Studio|MLX|vLLM|Groq|Mistral AI|DeepSeek|OpenRouter|"
    r"Together AI|xAI|Fireworks AI|Cerebras|Hugging Face (?:transformers serve|Inference Providers))"
    r"(?: \((?:Responses API|mlx_lm\.server)\))?"
)
"""A title that is a name, and the same in every language."""


def test_every_deed_in_the_trail_of_changes_has_words() -> None:
    kinds = "provider|key|password|settings|user|alias|vote"
    sources = [file.read_text("utf-8") for part in ("core", "services", "adapters") for file in sources_of(part)]
    deeds = {deed for source in sources for deed in re.findall(rf'"((?:{kinds})\.[a-z_]+)"', source)}
    known = set(re.findall(r'^  "([a-z_.]+)": t\(', (PAGE / "audit.js").read_text("utf-8"), re.MULTILINE))
    assert len(deeds) > 15
    assert deeds - known == set()


def sources_of(part: str) -> Iterator[Path]:
    """The Python files of a layer."""
    return (PAGE.parent.parent.parent / part).rglob("*.py")
