"""Servers of models, over real sockets: the simulator as each vendor answers, and what only old or odd ones say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import pytest
from anyio.abc import ByteStream

from pointsman import ConfigurationError, InvalidResponse, ModelNotFound, NetworkError, ProviderSettings, Settings
from pointsman import UnsupportedFeature as Unsupported
from pointsman.adapters.model_servers.llamacpp import LlamaCppServer
from pointsman.adapters.model_servers.lmstudio import LmStudioServer
from pointsman.adapters.model_servers.ollama import OllamaServer
from pointsman.adapters.simulator.listener import serve
from pointsman.core.error import AuthenticationFailed, ModelUnavailable
from pointsman.core.json import JsonObject, dumps, loads
from pointsman.core.models.served_model import DownloadProgress
from pointsman.core.security.secret import Secret
from pointsman.layers.model_servers import open_model_server
from pointsman.layers.simulation import simulator
from pointsman.services.ports.model_server import ModelServer
from tests.adapters.http1.peer import Peer, listening

KINDS = ("ollama", "lmstudio", "llamacpp")


@asynccontextmanager
async def opened(kind: str, address: str, key: str | None = None) -> AsyncIterator[ModelServer]:
    provider = ProviderSettings(name=kind, base_url=address, api_key=Secret(key) if key else None)
    async with open_model_server(kind, Settings(providers={kind: provider}, default_provider=kind)) as server:
        yield quick(server.unwrap())


def quick(server: ModelServer) -> ModelServer:
    """The same, which looks often."""
    assert isinstance(server, (OllamaServer, LmStudioServer, LlamaCppServer))
    return attrs.evolve(server, questions=attrs.evolve(server.questions, poll=0.001))


@asynccontextmanager
async def simulated(kind: str, key: str | None = None) -> AsyncIterator[ModelServer]:
    made = simulator(strict=True, api_key=Secret("right") if key else None)
    async with serve(made) as running, opened(kind, running.address, key) as server:
        yield server


async def state_of(server: ModelServer, name: str) -> str | None:
    found = (await server.models()).unwrap()
    return next((model.state for model in found if model.id.removesuffix(":latest") == name), None)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_model_is_unloaded_and_loaded_and_its_state_is_told(kind: str) -> None:
    async with simulated(kind) as server:
        assert (await server.unload("sim")).unwrap() is True
        assert await state_of(server, "sim") == "not-loaded"
        assert (await server.unload("sim")).unwrap() is False
        assert (await server.load("sim")).unwrap() is True
        assert await state_of(server, "sim") == "loaded"
        assert (await server.load("sim")).unwrap() is False


@pytest.mark.parametrize("kind", KINDS)
async def test_a_model_is_got_with_progress_and_then_it_is_there(kind: str) -> None:
    told: list[DownloadProgress] = []
    async with simulated(kind) as server:
        assert (await server.get("new-model", told.append)).unwrap() is True
        assert await state_of(server, "new-model") == "not-loaded"
        if kind != "ollama":  # which asks the library again
            assert (await server.get("new-model", told.append)).unwrap() is False
    known = [(one.completed, one.total) for one in told if one.completed is not None and one.total]
    assert known
    assert known == sorted(known)
    assert known[-1][0] <= known[-1][1]


@pytest.mark.parametrize("kind", ["ollama", "llamacpp"])
async def test_a_model_is_removed_and_then_there_is_none_to_remove(kind: str) -> None:
    async with simulated(kind) as server:
        assert (await server.remove("sim-fast")).unwrap() is True
        assert await state_of(server, "sim-fast") is None
        assert (await server.remove("sim-fast")).unwrap() is False


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_not_there_is_a_model_not_found_that_names_it(kind: str) -> None:
    async with simulated(kind) as server:
        described = (await server.describe("nobody")).failure()
        for error in ((await server.load("nobody")).failure(), (await server.unload("nobody")).failure(), described):
            assert isinstance(error, ModelNotFound)
            assert (error.provider, error.model) == (kind, "nobody")


async def test_what_a_server_has_no_way_for_is_said() -> None:
    async with simulated("lmstudio") as server:
        assert isinstance((await server.remove("sim")).failure(), Unsupported)
        assert isinstance((await server.copy("sim", "mine")).failure(), Unsupported)
    async with simulated("llamacpp") as server:
        assert isinstance((await server.copy("sim", "mine")).failure(), Unsupported)
    async with simulated("ollama") as server:
        assert (await server.copy("sim", "mine")).unwrap() is True
        assert await state_of(server, "mine") == "not-loaded"
        assert isinstance((await server.copy("nobody", "mine")).failure(), ModelNotFound)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_wrong_key_is_told_as_such(kind: str) -> None:
    async with simulated(kind, key="wrong") as server:
        assert isinstance((await server.models()).failure(), AuthenticationFailed)
        assert isinstance((await server.load("sim")).failure(), AuthenticationFailed)


async def test_a_download_that_fails_or_is_cut_is_a_failure_that_says_so() -> None:
    async with simulated("ollama") as server:
        missing = (await server.get("missing", lambda told: None)).failure()
        assert isinstance(missing, ModelNotFound)
        assert "file does not exist" in missing.detail
        assert isinstance((await server.get("broken", lambda told: None)).failure(), NetworkError)
    async with simulated("lmstudio") as server:
        assert isinstance((await server.get("missing", lambda told: None)).failure(), ModelNotFound)
        assert isinstance((await server.get("bad", lambda told: None)).failure(), ModelUnavailable)


async def test_a_model_that_does_not_load_says_how_it_ended() -> None:
    async with simulated("llamacpp") as server:
        assert (await server.get("bad", lambda told: None)).unwrap() is True
        error = (await server.load("bad")).failure()
        assert isinstance(error, ModelUnavailable)
        assert "ended with the code 1" in error.detail


# What only old servers say, and odd ones


@asynccontextmanager
async def answering(kind: str, answers: dict[str, JsonObject]) -> AsyncIterator[tuple[ModelServer, Peer]]:
    """A server that gives to each path the same answer each time, always with status 200."""

    async def answer(stream: ByteStream, request: bytes) -> bool:
        method, path = request.split(b" ")[:2]
        error: JsonObject = {"error": f"Unexpected endpoint or method. ({method.decode()} {path.decode()})"}
        body = dumps(answers.get(f"{method.decode()} {path.decode()}", error))
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
        await stream.send(head + body)
        return True

    async with listening(answer) as peer, opened(kind, f"http://127.0.0.1:{peer.port}") as server:
        yield server, peer


V0: JsonObject = {"data": [{"id": "old", "type": "llm", "state": "loaded", "max_context_length": 4096}]}


async def test_an_lm_studio_without_its_v1_is_listed_by_v0() -> None:
    async with answering("lmstudio", {"GET /api/v0/models": V0}) as (server, _):
        (model,) = (await server.models()).unwrap()
        assert (model.id, model.state, model.context_length) == ("old", "loaded", 4096)
        error = (await server.unload("old")).failure()
        assert isinstance(error, ModelNotFound)
        assert "Unexpected endpoint" in error.detail


async def test_both_shapes_of_an_instance_are_read() -> None:
    rows: JsonObject = {
        "models": [
            {"key": "a", "loaded_instances": [{"model_instance_id": "a:1", "config": {}}, {"id": "a:2"}]},
            {"key": "b", "loaded_instances": []},
        ]
    }
    loaded: JsonObject = {"model_instance_id": "b", "status": "loaded", "config": {"context_length": 4096}}
    done: JsonObject = {"instance_id": "x"}
    answers = {"GET /api/v1/models": rows, "POST /api/v1/models/load": loaded, "POST /api/v1/models/unload": done}
    async with answering("lmstudio", answers) as (server, peer):
        assert (await server.load("b")).unwrap() is True
        assert (await server.unload("a")).unwrap() is True
        bodies = [loads(one.partition(b"\r\n\r\n")[2]).unwrap() for one in peer.requests if b"/unload" in one]
        assert bodies == [{"instance_id": "a:1"}, {"instance_id": "a:2"}]


async def test_a_job_cannot_choose_where_it_is_looked_for() -> None:
    job: JsonObject = {"job_id": "../../../v1/models/unload", "status": "downloading"}
    async with answering("lmstudio", {"POST /api/v1/models/download": job}) as (server, peer):
        assert isinstance((await server.get("m", lambda told: None)).failure(), ModelNotFound)
        assert peer.requests[-1].startswith(b"GET /api/v1/models/download/status/..%2F..%2F..%2Fv1%2Fmodels%2Funload ")


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_that_is_none_is_invalid(kind: str) -> None:
    nothing: JsonObject = {"hello": 1}
    paths = ("GET /api/tags", "GET /api/ps", "GET /api/v1/models", "GET /models")
    async with answering(kind, dict.fromkeys(paths, nothing)) as (server, _):
        assert isinstance((await server.models()).failure(), InvalidResponse)


async def test_a_server_is_known_by_what_it_answers_where_only_an_address_is_given() -> None:
    kinds = {"ollama": "GET /api/version", "lmstudio": "GET /api/v0/models", "llamacpp": "GET /models"}
    answers: dict[str, JsonObject] = {"ollama": {"version": "0.12.0"}, "lmstudio": V0, "llamacpp": {"data": []}}
    for kind, path in kinds.items():
        async with (
            answering(kind, {path: answers[kind]}) as (_, peer),
            open_model_server(f"127.0.0.1:{peer.port}", Settings()) as server,
        ):
            assert type(server.unwrap()).__name__.lower() == f"{kind}server"


async def test_who_is_no_server_of_models_is_refused_by_name() -> None:
    for named, reason in (("olama", "did you mean ollama?"), ("openai", "is no server of models")):
        async with open_model_server(named, Settings()) as server:
            error = server.failure()
            assert isinstance(error, ConfigurationError)
            assert reason in error.detail


async def test_a_server_elsewhere_is_not_asked_where_all_shall_stay_here() -> None:
    async with open_model_server("http://192.0.2.1:11434", Settings(remote=False)) as server:
        assert "remote = false" in server.failure().detail
