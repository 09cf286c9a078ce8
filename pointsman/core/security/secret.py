"""A value that may be used but never shown. It may not know where it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs

from pointsman.core.json import dumps_text


@attrs.frozen(repr=False, eq=True)
class Secret:
    """An API key or token: `repr`, `str` and formatting show stars, only `reveal` shows the text."""

    _text: str

    def reveal(self) -> str:
        """The secret itself; call it only where it is put on the wire."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)


def redact(text: str, secrets: tuple[Secret, ...]) -> str:
    """`text` with every one of `secrets` replaced by stars."""
    for secret in secrets:
        if len(secret.reveal()) >= 4:
            text = text.replace(secret.reveal(), "***")
    return text


def redact_json(text: bytes, secrets: tuple[Secret, ...]) -> bytes:
    """As `redact`, for JSON, in which a secret may stand in other letters."""
    for secret in secrets:
        if len(secret.reveal()) >= 4:
            written = dumps_text(secret.reveal())[1:-1]
            text = text.replace(written.encode(), b"***").replace(secret.reveal().encode(), b"***")
    return text


MIN_IN_ANSWERS = 12
"""Characters a secret must have to be looked for in answers: stand-ins for keys, such as `lm-studio`, are words."""


def redact_bytes(data: bytes, secrets: tuple[Secret, ...]) -> bytes:
    """`data`, the very same object unless one of `secrets` stands in it, which is then replaced by stars."""
    for secret in secrets:
        text = secret.reveal().encode()
        if len(text) >= MIN_IN_ANSWERS and text in data:
            data = data.replace(text, b"***")
    return data


_NAME = re.compile(r"(?i)key|token|secret|passw|credential|(?:^|_)pwd|(?:^|_)dsn")


_WITH_PASSWORD = re.compile(r"://[^/\s@]*:[^/\s@]+@")


def without_secrets(variables: Mapping[str, str]) -> dict[str, str]:
    """Those variables that a child process may see: no keys, and no addresses with a password, but for proxies."""
    return {
        name: value
        for name, value in variables.items()
        if not may_name_secret(name) and (name.lower().endswith("_proxy") or not _WITH_PASSWORD.search(value))
    }


def may_name_secret(name: str) -> bool:
    """Whether a variable of the environment with this name is likely to hold a secret."""
    return _NAME.search(name) is not None
