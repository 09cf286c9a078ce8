"""Names keep the rules: `tools/check_names.py` finds what breaks them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.check_names import ROOT, complaints, is_participle, main

PORT = "from typing import Protocol\nclass Store(Protocol): ..."


def package(root: Path, files: dict[str, str]) -> Path:
    """A package of these files."""
    for name, text in files.items():
        file = root / "pointsman" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return root


def test_the_package_has_no_name_that_breaks_a_rule() -> None:
    assert complaints(ROOT) == []


@pytest.mark.parametrize("name", ["told", "_kept", "asked", "__sealed", "found_", "written", "refused"])
def test_a_bare_participle_is_one(name: str) -> None:
    assert is_participle(name)


@pytest.mark.parametrize(
    "name",
    ["embed", "_feed", "seed", "need", "exceed", "red", "read", "set", "write_sealed", "is_kept", "open", "thought"],
)
def test_a_verb_a_noun_and_a_phrase_are_none(name: str) -> None:
    assert not is_participle(name)


def test_functions_methods_and_inner_functions_are_looked_at(tmp_path: Path) -> None:
    text = "def told(): ...\nclass Desk:\n  async def _kept(self):\n    def asked(): ...\nif 1:\n  def found(): ..."
    root = package(tmp_path, {"core/a.py": text, "core/__init__.py": "def made(): ..."})
    assert [line.split()[0] for line in complaints(root)] == [
        "pointsman.core.a:Desk._kept",
        "pointsman.core.a:Desk._kept.asked",
        "pointsman.core.a:found",
        "pointsman.core.a:told",
        "pointsman.core:made",
    ]
    assert "bare past participle" in complaints(root)[0]


def test_a_class_has_its_name_alone_but_for_the_files_that_each_dialect_has(tmp_path: Path) -> None:
    files = {
        "core/a.py": "class Call: ...\nclass Call: ...",
        "web/b.py": "class Call: ...",
        "core/c.py": "class Alone: ...",
        "adapters/dialects/gemini/request.py": "class _Writer: ...",
        "adapters/dialects/ollama/request.py": "class _Writer: ...",
        "adapters/dialects/ollama/errors.py": "class Error: ...",
        "adapters/dialects/gemini/request_errors.py": "class Error: ...",
    }
    assert [line.split()[0] for line in complaints(package(tmp_path, files))] == [
        "pointsman.adapters.dialects.gemini.request_errors:Error",
        "pointsman.adapters.dialects.ollama.errors:Error",
        "pointsman.core.a:Call",
        "pointsman.web.b:Call",
    ]


def test_a_stem_is_one_module_of_its_part_or_an_adapter_of_the_port_of_that_name(tmp_path: Path) -> None:
    files = {
        "services/store.py": PORT,
        "adapters/sqlite/store.py": "",
        "adapters/fakes/store.py": "",
        "services/talk.py": "class Talk: ...",
        "services/chats/talk.py": "",
        "core/talk.py": "",
        "adapters/fakes/talk.py": "",
        "adapters/cli/store.py": "",
        "adapters/web/store.py": "",
        "services/ports/clock.py": PORT.replace("Store", "Clock"),
        "adapters/cli/clock.py": "",
        "core/chat/request.py": "",
        "adapters/dialects/gemini/request.py": "",
        "core/_private.py": "",
        "layers/_private.py": "",
        "core/store/__init__.py": "",
    }
    assert [line.split()[0] for line in complaints(package(tmp_path, files))] == [
        "pointsman.adapters.cli:store",
        "pointsman.adapters.web:store",
        "pointsman.services.chats:talk",
        "pointsman.services:talk",
    ]


def test_a_folder_by_dialect_names_its_modules_as_the_dialects_are_named(tmp_path: Path) -> None:
    files = {
        "adapters/dialects/gemini/__init__.py": "",
        "adapters/dialects/ollama/__init__.py": "",
        "adapters/dialects/errors.py": "",
        "adapters/writers/gemini.py": "",
        "adapters/writers/ollama.py": "",
        "adapters/writers/errors.py": "",
        "adapters/rules/gemini.py": "",
        "adapters/rules/ollama.py": "",
        "adapters/web/ollama.py": "",
        "adapters/cli/ollama.py": "",
    }
    assert [line.split()[0] for line in complaints(package(tmp_path, files))] == [
        "pointsman.adapters.cli:ollama",
        "pointsman.adapters.dialects:errors",
        "pointsman.adapters.web:ollama",
        "pointsman.adapters.writers:errors",
    ]


def test_it_is_said_in_a_sentence_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = package(tmp_path, {"core/a.py": "def told(): ..."})
    assert main(root) == 1
    assert capsys.readouterr().out.startswith("pointsman.core.a:told is a bare past participle")
    (root / "pointsman/core/a.py").write_text("def tell(): ...", "utf-8")
    assert (main(root), capsys.readouterr().out) == (0, "")
