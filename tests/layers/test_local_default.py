"""Where nothing is configured and no server answers: a model that was got answers, and none is got unasked."""

from __future__ import annotations

from pathlib import Path

import anyio
import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman import Settings, settle
from pointsman.adapters.local_models.shelf import FileShelf
from pointsman.core.error import ConfigurationError
from pointsman.core.settings import EngineSettings
from pointsman.layers import http_clients
from pointsman.layers.http_clients import find_local
from pointsman.layers.provider_facts import price_book, provider_facts
from tests.adapters.local_models.files import write
from tests.core.test_gguf import PAIRS, TENSORS, made, pair, tensor, text


@pytest.fixture(autouse=True)
def no_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for."""
    monkeypatch.setattr(http_clients, "DISCOVERY_SECONDS", 0.0)


def found_for(settings: Settings) -> Settings | ConfigurationError:
    async def find() -> Settings | ConfigurationError:
        return unwrap_or_failure(await settle(find_local(settings)))

    return anyio.run(find)


def settings_with(tmp_path: Path, **models: bytes) -> Settings:
    shelf = FileShelf(tmp_path / "models", {}, tmp_path)
    for name, content in models.items():
        anyio.run(shelf.add, str(write(tmp_path / f"{name}.gguf", content))).unwrap()
    return Settings(engine=EngineSettings(folder=str(shelf.folder)))


def labelled(size: int) -> bytes:
    return made(PAIRS, (tensor("a", (32, size)),), data=32 * size * 4)


def test_without_any_the_small_model_is_offered_by_one_command_and_nothing_is_got(tmp_path: Path) -> None:
    error = found_for(settings_with(tmp_path))
    assert isinstance(error, ConfigurationError), error
    assert "`pointsman local get smollm2`" in error.detail
    assert not (tmp_path / "models").exists()


def test_the_largest_that_writes_text_is_taken(tmp_path: Path) -> None:
    vectors = made((pair("general.architecture", 8, text("bert")), *PAIRS[1:]), TENSORS)
    settings = settings_with(tmp_path, small=labelled(4), large=labelled(400), vectors=vectors)
    found = found_for(settings)
    assert isinstance(found, Settings), found
    assert (found.default_provider, found.providers["local"].model) == ("local", "large")


def test_what_is_configured_comes_first(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, small=labelled(4))
    chosen = Settings.of("ollama", "llama3.2", base_url="http://127.0.0.1:9")
    given = attrs.evolve(chosen, engine=settings.engine)
    assert found_for(given) == given


@pytest.mark.parametrize(("context", "window", "unknown"), [(None, 2048, 4096), (512, 512, 512), (9000, 2048, 4096)])
def test_the_window_of_a_model_here_is_known_before_it_is_loaded(
    tmp_path: Path, context: int | None, window: int, unknown: int
) -> None:
    folder = settings_with(tmp_path, small=labelled(4)).engine.folder
    engine = EngineSettings(folder=folder, context=context)
    settings = attrs.evolve(Settings.of("local", "small"), engine=engine)
    book = price_book(settings, provider_facts(settings))
    assert book.facts("local", "").context_length == book.facts("local", "small@sea").context_length == window
    assert book.facts("local", "got-later").context_length == unknown
