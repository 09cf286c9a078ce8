"""The files that an error names are found below a folder, and what is private is known by its name."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.healing.named_files import (
    guess_paths,
    imported_files,
    is_private,
    named_files,
    shorten_output,
    without_folder,
)
from pointsman.core.healing.trace_reader import read_traces

ROOT = "/home/ann/shop"


def first_guesses(text: str) -> list[str]:
    """The best guess of each file that `text` names."""
    return [paths[0] for paths in named_files(text, read_traces(text.splitlines()), ROOT)]


def test_frames_come_before_other_paths_the_innermost_first_and_libraries_not_at_all() -> None:
    text = (
        "see notes.md\n"
        "Traceback (most recent call last):\n"
        f'  File "{ROOT}/main.py", line 1, in <module>\n'
        f'  File "{ROOT}/cart/total.py", line 2, in total\n'
        '  File "/venv/lib/python3.11/site-packages/lib.py", line 2, in lib\n'
        "ValueError: in config.toml\n"
    )
    assert first_guesses(text) == ["cart/total.py", "main.py", "notes.md", "config.toml"]


@pytest.mark.parametrize(
    ("path", "guess"),
    [
        (f"{ROOT}/a/b.py", "a/b.py"),
        ("./a/b.py", "a/b.py"),
        ("a\\b.py", "a/b.py"),
        ("C:\\work\\a\\b.py", "work/a/b.py"),
        ("/app/a/b.py", "app/a/b.py"),
    ],
)
def test_a_path_is_guessed_from_any_machines_spelling(path: str, guess: str) -> None:
    assert guess_paths(path, ROOT)[0] == guess


def test_a_path_of_another_machine_is_tried_by_its_last_parts() -> None:
    assert guess_paths("/app/shop/cart.py", ROOT) == ("app/shop/cart.py", "shop/cart.py", "cart.py")


@given(st.text(alphabet="./\\ab~C:", max_size=30))
def test_no_path_is_guessed_outside_of_the_folder(path: str) -> None:
    for guess in guess_paths(f"{path}x.py", ROOT):
        assert not guess.startswith("/")
        assert ".." not in guess.split("/")


def flatten(guesses: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """All guesses in one row."""
    return tuple(dict.fromkeys(path for some in guesses for path in some))


def test_missing_modules_are_files_too() -> None:
    found = flatten(named_files("ModuleNotFoundError: No module named 'shop.cart'", (), ROOT))
    assert {"shop/cart.py", "shop/cart/__init__.py", "src/shop/cart.py"} <= set(found)


def test_what_a_file_imports_is_found_from_its_folder_and_from_the_root() -> None:
    text = "import os, calc as c\nfrom .near import x\nfrom ..far import y\nfrom pack import (one, two)\n"
    found = flatten(imported_files("pack/tests/test_a.py", text))
    assert {"calc.py", "pack/tests/calc.py", "pack/tests/near.py", "pack/far.py", "pack/one.py", "pack.py"} <= set(
        found
    )
    assert flatten(imported_files("lib/a.ts", "import x from './b'\nconst y = require('../c.js')")) >= ("lib/b",)
    assert "c.js" in flatten(imported_files("lib/a.ts", "const y = require('../c.js')"))
    assert imported_files("a.py", "from ...above import x") == ()


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.local",
        ".env.js",
        "prod.env",
        "deploy/server.key",
        "id_rsa",
        "id_ed25519.pub",
        ".ssh/config",
        ".git/config",
        "credentials.json",
        "secrets.yaml",
        "certs/a.PEM",
        "venv/lib/x.py",
        "node_modules/a/index.js",
        "secrets/prod.yaml",
        "deploy/secrets/run.sh",
        "secrets.prod.yaml",
        "prod-secrets.yml",
        "kubeconfig",
        "kubeconfig.yaml",
        "token.txt",
        "passwords.csv",
        ".SSH/config",
        "Node_Modules/a.js",
    ],
)
def test_secrets_and_what_is_not_own_are_private(path: str) -> None:
    assert is_private(path)


@pytest.mark.parametrize(
    "path",
    [
        "main.py",
        "environment.py",
        "keys.py",
        "secret_santa.py",
        "src/token.py",
        "a.json",
        "secrets/x.py",
        "tokenizer.json",
    ],
)
def test_source_is_not_private(path: str) -> None:
    assert not is_private(path)


def test_output_is_shortened_in_its_middle_and_loses_the_users_own_paths() -> None:
    short = shorten_output("a" * 1000 + "b" * 1000, 100)
    assert short.startswith("a" * 25 + "\n")
    assert short.endswith("\n" + "b" * 75)
    assert "1,900 characters left out" in short
    assert without_folder(f"{ROOT}/a.py in {ROOT}, /home/ann/x", ROOT, "/home/ann") == "a.py in ., ~/x"
