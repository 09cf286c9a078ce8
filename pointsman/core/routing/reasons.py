"""Why a model has its place, or is passed over: each sentence by a code, so that others can say it in their words.

From one table they are written (`say`), and read again (`read_reason`), also out of what was kept of a call. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs

REASONS: Mapping[str, str] = {
    "not_opened": "the key does not open it",
    "lacks": "it cannot do {abilities}",
    "window": "about {tokens} tokens do not fit its window of {window}",
    "output": "it writes at most {most} tokens, and max_tokens is {wanted}",
    "unpriced": "its price is not known to the budget {budget}",
    "too_dear": "it could cost {cost} and {tokens} tokens, more than is left of the budget {budget}",
    "cooling": "it failed lately and is left alone for {seconds} s more",
    "named": "it was named",
    "default": "the default provider",
    "ordered": "the first of the order that was given",
    "fallback": "fallback",
    "loyal": "the conversation carries its reasoning state",
    "choice": "choice {place} for this task ({entry})",
    "no_choice": "not named for this task",
    "votes": "preferred in {won} of {compared} comparisons ({mean} %, {low} to {high}, the older the less)",
    "run": "run {runs}: healed {healed} of {tried} {kinds} ({mean} %, {low} to {high})",
    "run_pooled": "run {runs}: healed {healed} of {tried} of all kinds ({mean} %, {low} to {high})",
    "run_others": "run {runs}: healed {healed} of {tried} of other kinds, for none of '{kinds}' were tried"
    " ({mean} %, {low} to {high})",
    "in_use": "{healed} of {tried} in use, the older the less",
    "hardly": "hardly any evidence",
    "expected": "{share} % expected",
    "no_evidence": "no evidence, so 50 % expected",
    "healed": "a healed fault",
    "rival": "it may be better, which one call in {calls} finds out",
    "costs": "about ${dollars}",
    "free": "costs nothing",
    "no_price": "price not known",
    "price_missing": "its price is not known",
    "seconds": "{seconds} s",
    "lasts": "about {seconds} s for {tokens} tokens",
    "no_speed": "speed not known",
    "failed": "{share} failed",
    "more": "score {score}, more is better",
    "less": "score {score}, less is better",
    "fresh": "not measured lately, so it is tried",
    "local": "runs locally",
    "turn": "its turn",
    "next": "next in turn",
    "weight": "weight {weight} of {total}",
    "busy": "{calls} call(s) under way",
}
"""What stands in braces is told of this model."""
NAMES = frozenset({"abilities", "budget", "entry", "runs", "kinds", "cost"})
"""Fields that are words; the others are numbers."""


def say(code: str, **fields: object) -> str:
    """The sentence of `code`."""
    return REASONS[code].format(**fields)


@attrs.frozen
class ReasonSaid:
    """One thing that is said of a model: its code, and what stands in its sentence."""

    code: str
    fields: Mapping[str, str] = attrs.field(factory=dict)


def read_reason(text: str) -> tuple[ReasonSaid, ...]:
    """What `text` says, in order; nothing where some of it is of no code: then it must be shown as it stands."""
    said, place = list[ReasonSaid](), 0
    while place < len(text):
        found = next(filter(None, (_match(code, text, place) for code in _BY_LENGTH)), None)
        if found is None:
            return ()
        reason, place = found
        said.append(reason)
    return tuple(said)


def _match(code: str, text: str, place: int) -> tuple[ReasonSaid, int] | None:
    found = _PATTERNS[code].match(text, place)
    return None if found is None else (ReasonSaid(code, found.groupdict()), found.end())


_BETWEEN = r"(?:; |, |: | \(|\)?$)"
"""What stands between two, and at the end."""
_BY_LENGTH = sorted(REASONS, key=lambda code: -len(REASONS[code]))


def _pattern(sentence: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", sentence)
    kinds = (
        re.escape(piece) if index % 2 == 0 else f"(?P<{piece}>{'.+?' if piece in NAMES else r'[-+.,e0-9]*[0-9]%?'})"
        for index, piece in enumerate(pieces)
    )
    return re.compile("".join(kinds) + _BETWEEN, re.DOTALL)


_PATTERNS = {code: _pattern(sentence) for code, sentence in REASONS.items()}
