"""An App that answers from recordings in a folder, and one that makes them: real answers, asked for once.

The folder has a folder for each provider, and `recorded.json` with what a replay must know of the settings: the default
provider and the models that are asked where none is named. What asks a model is recorded: chats and completions, whole
and streamed, embeddings, transcriptions.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
from returns.result import Failure, Result

from pointsman.adapters.recordings.directory import RecordingDirectory
from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.core.json import Json, JsonObject, as_object, as_text, dumps, loads
from pointsman.core.settings import ProviderSettings, Settings
from pointsman.layers.app import open_app
from pointsman.layers.live import live
from pointsman.layers.parts import ProviderDescription
from pointsman.layers.recipes import Opened, as_result
from pointsman.layers.settings.found import load_settings
from pointsman.services.app import App
from pointsman.services.middleware.record import Recording
from pointsman.services.middleware.replay import Replaying
from pointsman.services.ports.clock import Clock
from pointsman.testing.clock import VirtualClock
from pointsman.testing.fake_layers import fake

_INDEX = "recorded.json"


@asynccontextmanager
async def open_recorder(folder: Path) -> AsyncIterator[Result[App, ConfigurationError]]:
    """The real App, by the environment and the settings file; every answer of a model is kept in `folder`."""
    loaded = load_settings()
    if isinstance(loaded, Failure):
        yield Failure(loaded.failure())
        return

    @asynccontextmanager
    async def open_clients(settings: Settings, clock: Clock) -> AsyncIterator[Opened]:
        secrets = tuple(one.api_key for one in settings.providers.values() if one.api_key is not None)
        models = {name: _models_of(facts) for name, facts in live.facts(settings).items()}
        _write_index(folder, settings.default_provider or "", models)
        async with live.clients(settings, clock) as ready:
            yield as_result(ready).map(
                lambda clients: {
                    name: Recording(client, RecordingDirectory(folder / name, secrets))
                    for name, client in clients.items()
                }
            )

    async with open_app(attrs.evolve(live, clients=open_clients), loaded.unwrap()) as opened:
        yield opened


@asynccontextmanager
async def open_replay(folder: Path, clock: VirtualClock) -> AsyncIterator[Result[App, ConfigurationError]]:
    """An App that answers from the recordings in `folder`, and asks nobody."""
    index = _read_index(folder)
    if index is None:
        detail = f"there is no recording in {folder}; run this test once with `pytest --llm-record`"
        yield Failure(configuration_error(detail))
        return
    models = {name: _facts(model) for name, model in as_object(index.get("models")).items()}
    clients = {name: Replaying(RecordingDirectory(folder / name)) for name in models}
    layers = attrs.evolve(
        fake(clients, clock),
        facts=lambda settings: models,
    )
    settings = Settings(
        providers={name: ProviderSettings(name=name, kind="custom") for name in models},
        default_provider=as_text(index.get("default")),
    )
    async with open_app(layers, settings) as opened:
        yield opened


def _read_index(folder: Path) -> JsonObject | None:
    try:
        return as_object(loads((folder / _INDEX).read_bytes()).value_or(None))
    except OSError:
        return None


def _write_index(folder: Path, default: str, models: Mapping[str, Json]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _INDEX).write_bytes(dumps({"default": default, "models": dict(models)}) + b"\n")


_DEFAULTS = ("model", "embedding_model", "transcription_model")


def _models_of(facts: ProviderDescription) -> Json:
    """The models of a provider that are asked where none is named; only that for chats where it has no others."""
    known: dict[str, Json] = {name: getattr(facts, name) for name in _DEFAULTS if getattr(facts, name)}
    return known if known.keys() - {"model"} else facts.model


def _facts(models: Json) -> ProviderDescription:
    known = as_object(models) if isinstance(models, dict) else {"model": models}
    model, embedding, transcription = (as_text(known.get(name)) for name in _DEFAULTS)
    return ProviderDescription(kind="custom", model=model, embedding_model=embedding, transcription_model=transcription)
