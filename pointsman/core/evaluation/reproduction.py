"""The command line that asks the same again, written from a run's manifest. Pure, and safe to paste into a shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.evaluation.manifest import RunManifest
from pointsman.core.json import as_object, loads


def reproduction_line(manifest: RunManifest) -> str:
    """`pointsman eval run --models …`: the same cases, models, prompts and bounds.

    A file of faults or tasks is not named in a manifest; that it is the same one, its `corpus` says.
    """
    return shlex.join(["pointsman", "eval", "run", *_options(manifest)])


def _options(manifest: RunManifest) -> Iterator[str]:
    yield from ("--models", ",".join(manifest.models), "--seed", str(manifest.seed))
    if manifest.type == "task":
        yield from ("--tasks", "FILE")
    else:
        yield from ("--cases", str(manifest.items))
        if manifest.kinds and len(manifest.kinds) < len(FaultKind):
            yield from ("--kinds", ",".join(manifest.kinds))
        for prompt in manifest.prompts:
            yield from ("--prompt", prompt)
        yield from ("--format", "both" if len(manifest.formats) > 1 else "".join(manifest.formats))
    yield from ("--repeat", str(manifest.repeat)) if manifest.repeat > 1 else ()
    yield from ("--agent", str(manifest.agent)) if manifest.agent else ()
    for name, value in as_object(loads(manifest.parameters).value_or(None)).items():
        if name in ("temperature", "max_tokens"):
            yield from (f"--{name.replace('_', '-')}", str(value))
    yield from ("--budget", f"{manifest.budget:f}") if manifest.budget is not None else ()
    yield from ("--stop-early",) if manifest.stops_early else ()
    yield from ("--sandbox", manifest.sandbox) if manifest.sandbox else ()
