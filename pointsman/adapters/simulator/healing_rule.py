"""A simulated model that heals faulty programs with a known probability. Pure; it runs none of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property

import attrs

from pointsman.adapters.simulator.scenario import FixedAnswer, RequestFacts
from pointsman.core.evaluation.answer_formats import shown_blocks, write_answer
from pointsman.core.evaluation.fault import Case, Files
from pointsman.core.evaluation.healing import AnswerFormat
from pointsman.core.evaluation.prompts import BLOCKS_MARK


@attrs.frozen(kw_only=True)
class HealingRule:
    """Answers questions that show a faulty program of `cases` with the correct one, with a known probability.

    `kinds` are the probabilities of single kinds of fault, `probability` that of all others. `breaks` is the
    probability that a correct program, shown as if it failed, is answered with one that does not work. Who heals is
    drawn by the seed, the model and the case (and the request's own seed, where it has one): the same every time.
    """

    cases: tuple[Case, ...] = attrs.field(default=(), repr=False)
    probability: float = 1.0
    kinds: Mapping[str, float] = attrs.field(factory=dict)
    breaks: float = 0.0
    unreadable: float = 0.0
    """The probability of an answer in no form at all, whatever else is drawn."""
    latency: float = 0.0

    @cached_property
    def _by_text(self) -> dict[str, Case]:
        index: dict[str, Case] = {}
        for case in self.cases:
            for text in (*case.original.values(), *case.files.values()):
                index.setdefault(text, case)
        return index

    def answer(self, request: RequestFacts, seed: int) -> FixedAnswer | None:
        """What to say; None where no program of the cases is shown."""
        shown = [text for text in shown_blocks(request.text) if text in self._by_text]
        faulty = [text for text in shown if text not in self._by_text[text].original.values()]
        if not shown:
            return None
        case = self._case_of(faulty or shown, set(shown))
        return FixedAnswer(text=self._text(case, bool(faulty), request, seed), latency=self.latency)

    def _case_of(self, texts: list[str], shown: set[str]) -> Case:
        """Of several cases with the same text, that whose files are all shown."""
        for case in self.cases:
            if texts[0] in case.files.values() and shown.issuperset(case.files.values()):
                return case
        return self._by_text[texts[0]]

    def _text(self, case: Case, is_faulty: bool, request: RequestFacts, seed: int) -> str:
        def draw(what: str) -> float:
            parts = f"{seed}|{request.model}|{case.id}|{what}|{request.seed}"
            return int.from_bytes(hashlib.sha256(parts.encode("utf-8", "replace")).digest()[:6]) / 2**48

        if draw("unreadable") < self.unreadable:
            return "The program is wrong somewhere in the middle."
        shown = case.files if is_faulty else case.original
        chance = self.kinds.get(case.kind.value, self.probability) if is_faulty else 1 - self.breaks
        after = case.original if draw("good" if not is_faulty else "heal") < chance else _break_program(shown)
        format: AnswerFormat = "blocks" if BLOCKS_MARK in request.text else "file"
        return f"This heals it.\n\n{write_answer(shown, after, format)}\n"


def _break_program(files: Files) -> Files:
    """The program with one more line that ends it."""
    name = sorted(files)[0]
    return {**files, name: f'{files[name]}\nraise RuntimeError("not healed (simulated)")\n'}
