"""Hides secrets in texts before they leave, and puts them back into what was made of those texts. Pure.

What is hidden is replaced by a numbered mark, so that a model can keep a line that holds a secret without seeing it.
Hiding too much costs a little sense and nothing else; in source text, code that only mentions a secret stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain, zip_longest

import attrs

from pointsman.core.security.secret import Secret

_LEAST = 6
"""Characters below which a known value is a word, not a secret."""
_LEAST_PIECE = 4
"""Characters beside a mark that may be part of a secret."""
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
_NAME = (
    r"[\w.-]{0,60}(?:api[_-]?key|secret|token|passw(?:or)?d|passphrase|pwd|credential|connection[_-]?string"
    r"|(?:private|access|account|auth|client|encryption|master|shared|signing|ssh)[_-]?key)"
)
_WIDE_NAME = rf"(?:{_NAME}|[\w.-]{{0,60}}(?:pass|dsn)(?![a-z]))"
"""Also words that stand before a colon for another reason where a program prints: `--- PASS: TestOne`."""
_LITERAL = (
    r"(?i:[rbuf]{0,2})(?:\"\"\"(?P<long>(?s:.){4,}?)\"\"\"|'''(?P<long_too>(?s:.){4,}?)'''"
    r"|\"(?P<secret>(?:\\.|[^\"\\\n]){4,})\"|'(?P<other>(?:\\.|[^'\\\n]){4,})'|`(?P<ticks>(?:\\.|[^`\\]){4,})`)"
)
_TYPE = r"[\w.|&' ]{1,40}(?:\[[\w.,|\[\] ]{0,60}\])?[\w.| ]{0,40}"
_WRAPPER = r"(?:[\w.]{0,40}(?:field|decode|fromhex|str|bytes|encode))?\((?:\s{0,9}default\s{0,9}=)?"
"""What is called on a literal; not what looks a secret up by its name."""
_QUOTED = re.compile(
    rf"(?i)(?<![\w.-]){_WIDE_NAME}[\w.-]{{0,60}}(?:[\"']?\]?|\[\w{{0,9}}\])"
    rf"(?:\s{{0,9}}:{_TYPE}=|[ \t]{{1,9}}[\w.]{{1,30}}[ \t]{{1,9}}=|\s{{0,9}}(?:=>?|:=?|\|\|=))"
    rf"[\s\\]{{0,9}}(?:{_WRAPPER}\s{{0,9}})?{_LITERAL}"
)
_OR_ELSE = re.compile(
    rf"(?i)(?<![\w.-]){_WIDE_NAME}[\w.-]{{0,60}}\s{{0,9}}=[^=\n][^\n]{{0,120}}?(?:\bor|\|\||\?\?)\s{{1,9}}{_LITERAL}"
)
_IN_CALL = re.compile(
    rf"(?i)\(\s{{0,9}}(?:[\"'][\w.-]{{1,60}}[\"'],\s{{0,9}})?[\"']{_WIDE_NAME}[\w.-]{{0,60}}[\"']\s{{0,9}},\s{{0,99}}"
    rf"(?:default\s{{0,9}}=\s{{0,9}})?{_LITERAL}"
)
_WRAPPED = re.compile(rf"\bSecret(?:Str|Bytes|String)?\(\s{{0,99}}{_LITERAL}")
_DEFINED = re.compile(rf"(?i)#\s{{0,9}}define\s{{1,9}}{_WIDE_NAME}\w{{0,60}}\s{{1,9}}{_LITERAL}")
_UNPACKED = re.compile(
    rf"(?im)^[ \t]*(?=[^=\n]{{0,200}},)(?=(?:[\w.]{{1,60}},[ \t]{{0,9}}){{0,9}}{_WIDE_NAME})"
    r"[\w., \t]{1,300}=[ \t]{0,9}(?P<secret>\(?[\"'][^\n]{4,})$"
)
_VARIABLE = re.compile(
    r"(?m)(?<![\w.-])[A-Z0-9_]{0,60}(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASS|PWD|CREDENTIALS?|DSN)[A-Z0-9_]{0,60}="
    rf"(?:{_LITERAL}|(?P<bare>[^\s\"'()\[\]{{}}]{{4,}}))"
)
_LOOSE = re.compile(
    rf"(?i)(?<![\w.-]){_NAME}[\w.-]{{0,60}}[\"']?\s{{0,9}}[=:]\s{{0,9}}(?P<secret>[^\s\"',;()\[\]{{}}][^\s\"']{{3,}})"
)
_FLAG = re.compile(rf"(?i)(?<![\w-])-{{1,2}}{_NAME}[\w-]{{0,60}}\s{{1,9}}(?P<secret>[^\s\"'-][^\s\"']{{3,}})")

_LINE_NAME = rf"([ \t]*)(?:-[ \t]{{1,9}}|export[ \t]{{1,9}}|set[ \t]{{1,9}})?[\"']?{_WIDE_NAME}[\w.-]{{0,60}}[\"']?"
_LINE = re.compile(
    rf"(?im)^{_LINE_NAME}[ \t]{{0,40}}[=:][ \t]{{0,40}}(?P<secret>[^\s\"'\[{{|>#][^\n]{{3,}}?)[ \t]*(?:[ \t]#[^\n]*)?$"
)
_BLOCK = re.compile(
    rf"(?im)^{_LINE_NAME}[ \t]{{0,40}}:[ \t]{{0,40}}[|>][-+\d]{{0,2}}[ \t]*\n"
    r"\1[ \t]{1,40}(?P<secret>[^\n]+(?:\n\1[ \t]+[^\n]+)*)"
)
_PAIR = re.compile(
    rf"(?i)\b(?:name|key)[\"']?\s{{0,9}}[:=]\s{{0,9}}[\"']?{_WIDE_NAME}[\w.-]{{0,60}}[\"']?\s{{0,9}},?\s{{0,99}}"
    rf"[\"']?value[\"']?\s{{0,9}}[:=]\s{{0,9}}(?:{_LITERAL}|(?P<bare>[^\s\"'{{}}\[\]][^\n]{{3,}}))"
)
_ELEMENT = re.compile(rf"(?i)<{_WIDE_NAME}[\w.:-]{{0,60}}[^<>]{{0,200}}>(?P<secret>[^<>]{{4,}})</")
_SPOKEN = re.compile(rf"(?i)\b(?:{_NAME}|identified[ \t]+by)[ \t]{{1,9}}{_LITERAL}")

_ANYWHERE = (
    *(_PRIVATE_KEY, _TOKEN, _BEARER, _IN_ADDRESS),
    *(_IN_CALL, _WRAPPED, _DEFINED, _UNPACKED, _QUOTED, _OR_ELSE, _VARIABLE),
)
_IN_OUTPUT = (*_ANYWHERE, _LOOSE, _FLAG)
_IN_SETTINGS = (*_ANYWHERE, _PAIR, _ELEMENT, _SPOKEN, _BLOCK, _LINE, _LOOSE, _FLAG)


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

    def hide_in_settings(self, text: str) -> str:
        """`text` of a file that is no program: also whole lines and blocks behind the name of a secret."""
        return self._hide(text, _IN_SETTINGS)

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
        if name is None:
            return found[0]
        start, end = found.start(name) - found.start(), found.end(name) - found.start()
        return found[0][:start] + self._mark_between(found[name]) + found[0][end:]

    def _mark_between(self, value: str) -> str:
        """A mark for `value`; where marks stand in it already, for what stands around those."""
        pieces = _MARK.split(value)
        if len(pieces) == 1:
            return self._mark(value)
        hidden = (self._mark(piece) if len(piece) >= _LEAST_PIECE else piece for piece in pieces)
        return "".join(chain.from_iterable(zip_longest(hidden, _MARK.findall(value), fillvalue="")))

    def _mark(self, secret: str) -> str:
        return self._marks.setdefault(secret, f"***masked-{len(self._marks) + 1}***")
