"""Secrets are hidden in what leaves, and come back in what was made of it."""

from __future__ import annotations

import pytest

from pointsman.core.security.masking import SecretMask
from pointsman.core.security.secret import Secret

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nqqqq\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("OPENAI_API_KEY=hunter22 python a.py", "hunter22"),
        ("export TOKEN='abcd efgh'", "abcd efgh"),
        ("Authorization: Bearer abc.def-123456", "abc.def-123456"),
        ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        (f"before\n{PEM}\nafter", "MIIEpAIBAAKCAQEA"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA", "MIIEpAIBAAKCAQEA"),
        ("postgres://ann:hunter22@db/shop", "hunter22"),
        ("key sk-proj-abcdefghijkl1234", "sk-proj-abcdefghijkl1234"),
        ("ghp_abcdefghijklmnop1234", "ghp_abcdefghijklmnop1234"),
        ("AKIAABCDEFGHIJKLMNOP", "AKIAABCDEFGHIJKLMNOP"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSM", "eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSM"),
        ("{'password': 'hunter22'}", "hunter22"),
        ('client_secret = "hunter22"', "hunter22"),
        ("password: hunter22", "hunter22"),
        ("mysql --password hunter22 -h db", "hunter22"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_in_output(text: str, secret: str) -> None:
    mask = SecretMask()
    hidden = mask.hide_in_output(text)
    assert secret not in hidden
    assert "***masked-1***" in hidden
    assert mask.restore(hidden, hidden) == text


@pytest.mark.parametrize(
    "code",
    [
        "token = next_token(stream)",
        "def login(password: str) -> None:",
        "password = form.password",
        "key = lambda item: item[1]",
        "if token == '(':",
        "tokens: list[str] = []",
        "the bearer of bad news",
    ],
)
def test_code_that_only_speaks_of_secrets_stays(code: str) -> None:
    assert SecretMask().hide_in_source(code) == code


def test_literals_in_source_are_hidden_and_known_secrets_everywhere() -> None:
    mask = SecretMask((Secret("my-own-key-0001"), Secret("x")))
    hidden = mask.hide_in_source('API_TOKEN = "abc12345"\nurl = "x/my-own-key-0001"\n')
    assert hidden == 'API_TOKEN = "***masked-2***"\nurl = "x/***masked-1***"\n'


def test_equal_secrets_have_equal_marks_in_all_texts() -> None:
    mask = SecretMask()
    assert mask.hide_in_output("TOKEN=abc12345") == "TOKEN=***masked-1***"
    assert mask.hide_in_source("PASSWORD='other678'; TOKEN='abc12345'") == (
        "PASSWORD='***masked-2***'; TOKEN='***masked-1***'"
    )


def test_a_mark_becomes_a_secret_only_in_the_text_that_held_it() -> None:
    mask = SecretMask()
    one, other = mask.hide_in_source("TOKEN='abc12345'"), mask.hide_in_source("PASSWORD='other678'")
    stolen = f"print('{mask.hide_in_source('PASSWORD=other678')}')\n{one}"
    assert mask.restore(stolen, one) == "print('PASSWORD=***masked-2***')\nTOKEN='abc12345'"
    assert mask.restore(other, other) == "PASSWORD='other678'"
    assert mask.restore("***masked-99***", one) == "***masked-99***"


def test_hiding_takes_linear_time() -> None:
    for text in ("a" * 300_000, "token" * 60_000, "KEY_" * 75_000, "password=" * 33_000, "://" * 100_000):
        assert SecretMask().hide_in_output(text)
