"""Hides secrets in texts before they leave, and puts them back into what was made of those texts. Pure.

What is hidden is replaced by a numbered mark, so that a model can keep a line that holds a secret without seeing it.
Hiding too much costs a little sense and nothing else; in source text, code that only mentions a secret stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import attrs

from pointsman.core.security.secret import Secret

_LEAST = 6
"""Characters below which a known value is a word, not a secret."""
_MARK = re.compile(r"\*\*\*masked-\d+\*\*\*")

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?P<secret>.*?)(?=-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_TOKEN = re.compile(
    r"(?<![\w-])(?P<secret>sk-[\w-]{12,}|[sr]k_(?:live|test)_\w{10,}|gh[pousr]_\w{16,}|github_pat_\w{16,}"
    r"|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{16,}|hf_\w{16,}"
    r"|npm_\w{30,}|pypi-[\w-]{30,}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)"
)
_BEARER = re.compile(r"(?i)\b(?:bearer|authorization\W{1,4}(?:basic|token))\s+(?P<secret>[\w.~+/=-]{8,})")
_IN_ADDRESS = re.compile(r"://[^\s/:@\"']{0,200}:(?P<secret>[^\s/@\"']{1,200})@")
_NAME = r"[\w.-]{0,60}(?:api[_-]?key|secret|token|passw(?:or)?d|passphrase|credential|private[_-]?key|access[_-]?key)"
_QUOTED = re.compile(
    rf"(?i)(?<![\w.-]){_NAME}[\w.-]{{0,60}}[\"']?\s{{0,9}}(?:=>?|:)\s{{0,9}}[rbuf]{{0,2}}"
    r"(?:\"(?P<secret>[^\"\n]{4,})\"|'(?P<other>[^'\n]{4,})')"
)
_VARIABLE = re.compile(
    r"(?m)(?<![\w.-])[A-Z0-9_]{0,60}(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASS|PWD|CREDENTIALS?|DSN)[A-Z0-9_]{0,60}="
    r"(?:\"(?P<secret>[^\"\n]{4,})\"|'(?P<other>[^'\n]{4,})'|(?P<bare>[^\s\"'()\[\]{}]{4,}))"
)
_LOOSE = re.compile(
    rf"(?i)(?<![\w.-]){_NAME}[\w.-]{{0,60}}[\"']?\s{{0,9}}[=:]\s{{0,9}}(?P<secret>[^\s\"',;()\[\]{{}}]{{4,}})"
)
_FLAG = re.compile(rf"(?i)(?<![\w-])-{{1,2}}{_NAME}[\w-]{{0,60}}\s{{1,9}}(?P<secret>[^\s\"'-][^\s\"']{{3,}})")

_ANYWHERE = (_PRIVATE_KEY, _TOKEN, _BEARER, _IN_ADDRESS, _QUOTED, _VARIABLE)
_IN_OUTPUT = (*_ANYWHERE, _LOOSE, _FLAG)


@attrs.define
class SecretMask:
    """Hides `secrets`, and whatever looks like one, in all texts of one question: equal ones by equal marks."""

    secrets: tuple[Secret, ...] = ()
    _marks: dict[str, str] = attrs.field(factory=dict, init=False, repr=False)

    def hide_in_source(self, text: str) -> str:
        """`text` of a program: literals, known secrets, and what has the form of a key."""
        return self._hide(text, _ANYWHERE)

    def hide_in_output(self, text: str) -> str:
        """`text` that a program printed: also whatever stands behind the name of a secret."""
        return self._hide(text, _IN_OUTPUT)

    def restore(self, text: str, hidden: str) -> str:
        """`text`, made of `hidden`, with the secrets that stood in `hidden`; other marks stay marks."""
        known = {mark: secret for secret, mark in self._marks.items() if mark in hidden}
        return _MARK.sub(lambda found: known.get(found[0], found[0]), text)

    def _hide(self, text: str, patterns: Iterable[re.Pattern[str]]) -> str:
        for secret in self.secrets:
            value = secret.reveal()
            if len(value) >= _LEAST and value in text:
                text = text.replace(value, self._mark(value))
        for pattern in patterns:
            text = pattern.sub(self._replace, text)
        return text

    def _replace(self, found: re.Match[str]) -> str:
        name = next((name for name, value in found.groupdict().items() if value is not None), None)
        if name is None or _MARK.search(found[name]):
            return found[0]
        start, end = found.start(name) - found.start(), found.end(name) - found.start()
        return found[0][:start] + self._mark(found[name]) + found[0][end:]

    def _mark(self, secret: str) -> str:
        return self._marks.setdefault(secret, f"***masked-{len(self._marks) + 1}***")
