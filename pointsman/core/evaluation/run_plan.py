"""Which questions a run has, in which order. Pure: the same manifest and items give the same questions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import groupby, islice

from pointsman.core.evaluation.healing import CONTROL_MODEL, Control, HealingQuestion
from pointsman.core.evaluation.manifest import RunItem, RunManifest

MOST_GOOD_PROGRAMS = 40
"""That a model is shown as if they failed; never more than a fifth of the items."""
PROGRAMS_A_BLOCK = 20
"""After which a run that stops early looks who need not be asked further."""


def in_program_order(manifest: RunManifest, items: Sequence[RunItem]) -> list[RunItem]:
    """The items program by program, programs and items in an order that the seed decides."""

    def place(text: str) -> str:
        return hashlib.sha256(f"{manifest.seed}|{text}".encode("utf-8", "replace")).hexdigest()

    return sorted(items, key=lambda item: (place(item.program), place(item.id), item.id))


def blocks(manifest: RunManifest, items: Sequence[RunItem]) -> Iterator[list[RunItem]]:
    """The items as they came, all in one; where the run may stop early, in blocks of whole programs."""
    if not manifest.stops_early:
        yield list(items)
        return
    ordered = in_program_order(manifest, items)
    programs = (list(some) for _, some in groupby(ordered, key=lambda item: item.program))
    while block := list(islice(programs, PROGRAMS_A_BLOCK)):
        yield [item for program in block for item in program]


def good_items(manifest: RunManifest, items: Sequence[RunItem]) -> frozenset[str]:
    """The ids of those whose correct program is shown as if it failed: one a program."""
    firsts = [next(some) for _, some in groupby(in_program_order(manifest, items), key=lambda item: item.program)]
    return frozenset(item.id for item in firsts[: min(MOST_GOOD_PROGRAMS, max(1, len(items) // 5))])


def control_questions(item: RunItem, controls: Sequence[Control]) -> Iterator[HealingQuestion]:
    """Those that ask no model."""
    for control in controls:
        yield HealingQuestion(case=item.id, model=CONTROL_MODEL, prompt="", control=control)


def model_questions(manifest: RunManifest, item: RunItem, is_good_one: bool) -> Iterator[HealingQuestion]:
    """Everything that models are asked about `item`, model by model for each way of asking."""
    for repeat in range(manifest.repeat):
        yield from _each_way(manifest, item, repeat, "")
    if is_good_one:
        yield from _each_way(manifest, item, 0, "unbroken")


def _each_way(manifest: RunManifest, item: RunItem, repeat: int, control: Control) -> Iterator[HealingQuestion]:
    for prompt in manifest.prompts:
        for format in manifest.formats:
            for model in manifest.models:
                yield HealingQuestion(
                    case=item.id,
                    model=model,
                    prompt=prompt,
                    format=format,
                    parameters=manifest.parameters,
                    repeat=repeat,
                    control=control,
                    endpoint=manifest.endpoints.get(model, ""),
                )
