"""What a run is to ask, by the command line: begun anew and written into its file, or read from one. Asks nobody."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TypeAlias

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.context import AppContext
from pointsman.adapters.cli.named_runs import NamedRun, open_named_run, open_user_runs, run_in_file, run_in_folder
from pointsman.adapters.cli.options import Options
from pointsman.adapters.home import expand_home
from pointsman.core.effect import settle
from pointsman.core.error import (
    ConfigurationError,
    InvalidRequest,
    LLMError,
    ModelNotFound,
    StorageError,
    invalid_request,
)
from pointsman.core.evaluation.case_lines import read_cases, write_cases
from pointsman.core.evaluation.fault import Case
from pointsman.core.evaluation.healing import AnswerFormat
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.evaluation.prompts import find_prompt
from pointsman.core.evaluation.task import EvaluationTask, read_task_items, read_tasks
from pointsman.core.faults.sampling import FaultRequest
from pointsman.core.json import compact, dumps_text
from pointsman.core.settings import Settings
from pointsman.services.app import App
from pointsman.services.evaluation.challenge import Challenge, FaultChallenge
from pointsman.services.evaluation.judge import judge_files
from pointsman.services.evaluation.progress import FaultProgress
from pointsman.services.evaluation.task_challenge import TaskChallenge
from pointsman.services.ports.run_store import RunStore
from pointsman.services.ports.sandbox import SandboxError

Trouble: TypeAlias = LLMError | SandboxError
_FORMATS: dict[str, tuple[AnswerFormat, ...]] = {"file": ("file",), "blocks": ("blocks",), "both": ("file", "blocks")}


@attrs.frozen
class BegunRun:
    """A run that is ready to be asked."""

    manifest: RunManifest
    items: tuple[RunItem, ...]
    challenge: Challenge


@asynccontextmanager
async def choose_run(context: AppContext) -> AsyncIterator[Result[NamedRun, Trouble]]:
    """The run that is to be resumed, that in the file which is named, or a new one among the user's runs."""
    options, wiring = context.options, context.wiring

    def settings() -> Result[Settings, ConfigurationError]:
        return Success(context.app.settings)

    if options.resume:
        async with open_named_run(wiring, settings, options.resume) as found:
            yield found.alt(lambda problem: problem)
    elif not options.models:
        yield Failure(_wrong("no model is named: say which are compared by --models a,b"))
    elif options.out:
        yield Success(run_in_file(wiring, str(expand_home(options.out))))
    else:
        async with open_user_runs(wiring, settings) as opened:
            yield opened.map(lambda folder: run_in_folder(folder, _new_id(options))).alt(lambda problem: problem)


def _wrong(problem: str) -> InvalidRequest:
    return invalid_request(problem)


def _new_id(options: Options) -> str:
    now = datetime.now(UTC)
    mark = hashlib.sha256(f"{now.timestamp()}|{options.models}|{os.getpid()}".encode()).hexdigest()[:4]
    return f"{now:%Y%m%d-%H%M%S}-{mark}"


async def begin_run(
    context: AppContext, store: RunStore, run: NamedRun, manifest: RunManifest | None, sandbox: str
) -> Result[BegunRun, Trouble]:
    """Begin a run in `store`, which judges in `sandbox`; or go on with the one that `manifest` is of."""
    if context.options.resume:
        if manifest is None:
            return Failure(StorageError(detail=f"{run.place.place} holds no run"))
        return await _resume(context, store, manifest)
    if manifest is not None:
        return Failure(
            _wrong(f"there is a run in {run.place.place} already: go on with it by --resume {run.place.name}")
        )
    return await _start(context, store, run.id, sandbox)


async def _resume(context: AppContext, store: RunStore, manifest: RunManifest) -> Result[BegunRun, Trouble]:
    read = await settle(store.items())
    if isinstance(read, Failure):
        return Failure(read.failure())
    items = read.unwrap()
    moved = [model for model in manifest.models if _endpoint(context.app, model) != manifest.endpoints.get(model)]
    if moved:
        now, then = _endpoint(context.app, moved[0]), manifest.endpoints.get(moved[0])
        return Failure(_wrong(f"{moved[0]} was asked at {then} and is now at {now}: begin a new run"))
    if context.options.budget is not None:
        manifest = attrs.evolve(manifest, budget=context.options.budget)
    return (await _challenge_of(manifest, items)).map(lambda challenge: BegunRun(manifest, items, challenge))


async def _start(context: AppContext, store: RunStore, id: str, sandbox: str) -> Result[BegunRun, Trouble]:
    options, app = context.options, context.app
    models = await _resolve_models(app, options.models)
    if isinstance(models, Failure):
        return Failure(models.failure())
    prompts = _prompts(options)
    if isinstance(prompts, Failure):
        return Failure(prompts.failure())
    made = await _make_items(context)
    if isinstance(made, Failure):
        return Failure(made.failure())
    items = made.unwrap()
    if not items:
        return Failure(_wrong("there is nothing to ask: no case fits"))
    manifest = _manifest(context, id, models.unwrap(), prompts.unwrap(), items, sandbox)
    challenge = await _challenge_of(manifest, items)
    if isinstance(challenge, Failure):
        return Failure(challenge.failure())
    manifest = attrs.evolve(manifest, own_tests=challenge.unwrap().has_own_tests)
    begun = await settle(store.begin(manifest, items))
    return begun.map(lambda held: BegunRun(held, items, challenge.unwrap()))


def _manifest(
    context: AppContext,
    id: str,
    models: tuple[str, ...],
    prompts: tuple[str, ...],
    items: tuple[RunItem, ...],
    sandbox: str,
) -> RunManifest:
    options = context.options
    is_fault = not options.tasks
    return RunManifest(
        id=id,
        seed=options.seed,
        models=models,
        endpoints={model: _endpoint(context.app, model) for model in models},
        items=len(items),
        type="fault" if is_fault else "task",
        kinds=tuple(sorted({item.kind for item in items})),
        corpus=hashlib.sha256("\n".join(item.body for item in items).encode()).hexdigest()[:12],
        prompts=prompts if is_fault else ("task@1",),
        formats=_FORMATS[options.answer_format] if is_fault else ("text",),
        parameters=_parameters(options),
        repeat=options.repeat,
        agent=options.agent if is_fault else 0,
        budget=options.budget,
        sandbox=sandbox,
        stops_early=options.stop_early,
        version=context.wiring.version(),
        began=time.time(),
    )


def _prompts(options: Options) -> Result[tuple[str, ...], InvalidRequest]:
    found = []
    for name in options.healing_prompt or ["plain"]:
        prompt = find_prompt(name)
        if isinstance(prompt, Failure):
            return Failure(prompt.failure())
        found.append(prompt.unwrap().reference)
    return Success(tuple(found))


def _parameters(options: Options) -> str:
    """What decides an answer beside the prompt, as canonical JSON."""
    agent = options.agent or None
    said = {"agent": agent, "max_tokens": options.max_tokens or _MOST_TOKENS, "temperature": options.temperature}
    return dumps_text(dict(sorted(compact(said).items())))


_MOST_TOKENS = 4096
"""Of an answer, where nothing is said: enough for each program of ours and some thought."""


async def _resolve_models(app: App, names: Sequence[str]) -> Result[tuple[str, ...], ModelNotFound]:
    """The models as `provider/model`."""
    found = []
    for name in names:
        ref = app.manager.planner.resolve(await app.manager.names.resolve(name))
        if isinstance(ref, ModelNotFound):
            return Failure(ref)
        found.append(str(ref))
    return Success(tuple(dict.fromkeys(found)))


def _endpoint(app: App, model: str) -> str:
    return app.manager.planner.routes.endpoints.get(model.partition("/")[0], "")


async def _make_items(context: AppContext) -> Result[tuple[RunItem, ...], Trouble]:
    options = context.options
    name = options.tasks or options.faults
    if name:
        text = await _read_file(name)
        if isinstance(text, Failure):
            return Failure(text.failure())
        if options.tasks:
            return _widen(read_tasks(name, text.unwrap()))
        cases = read_cases(text.unwrap()).map(lambda read: tuple(map(_item_of, read[: options.cases or None])))
        return _widen(cases.alt(lambda why: _wrong(f"{name}: {why}")))
    request = FaultRequest(seed=options.seed, kinds=options.kinds, count=options.cases or _MOST_CASES)
    made = await context.wiring.make_faults(request, None, False, options.sandbox, FaultProgress())
    return made.map(lambda faults: tuple(map(_item_of, faults.cases)))


_MOST_CASES = 216
"""Twelve of each of 18 kinds: enough to tell models apart whose difference is 20 points."""


def _widen(read: Result[tuple[RunItem, ...], InvalidRequest]) -> Result[tuple[RunItem, ...], Trouble]:
    return Failure(read.failure()) if isinstance(read, Failure) else Success(read.unwrap())


async def _read_file(name: str) -> Result[str, Trouble]:
    try:
        return Success(await anyio.Path(expand_home(name)).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        return Failure(StorageError(detail=f"{name} cannot be read: {getattr(problem, 'strerror', None) or problem}"))


def _item_of(case: Case) -> RunItem:
    body = write_cases([case])
    return RunItem(id=case.id, program=case.program, kind=case.kind.value, level=case.level, body=body)


async def _challenge_of(manifest: RunManifest, items: Sequence[RunItem]) -> Result[Challenge, Trouble]:
    """The items as they are asked and judged, read from their bodies."""
    if manifest.type == "task":
        return read_task_items(items).map(_task_challenge).alt(lambda why: StorageError(detail=f"a task: {why}"))
    read = read_cases("".join(item.body for item in items))
    return read.map(_fault_challenge).alt(lambda why: StorageError(detail=f"a case of the run: {why}"))


def _fault_challenge(cases: Sequence[Case]) -> Challenge:
    return FaultChallenge(cases={case.id: case for case in cases}, judge_files=judge_files)


def _task_challenge(tasks: Sequence[EvaluationTask]) -> Challenge:
    return TaskChallenge(tasks={task.id: task for task in tasks})
