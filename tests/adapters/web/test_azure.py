"""Azure, both ways: `AzureOpenAI` of the openai package asks the simulator and the gateway, and we ask Azure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from tests.adapters.media.test_sound_and_documents import tone
from tests.adapters.web.recording_upstream import Reply, Upstream, recording
from tests.adapters.web.test_passing_on import ANSWERS
from tests.patience import GUARD
from tests.served import Running, running

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning")
VERSION = "2024-10-21"
PROVIDERS = {
    "v1": ("azure", "", ""),
    "root": ("azure", "/openai", ""),
    "dated": ("azure", "", VERSION),
    "pinned": ("azure", "/openai/deployments/sim", VERSION),
    "preview": ("azure", "/openai/v1", "preview"),
    "entra": ("azure-entra", "", VERSION),
    "items": ("azure-responses", "", ""),
    "items-dated": ("azure-responses", "", "2025-03-01-preview"),
    "openai": ("openai", "/v1", ""),
}
SETTINGS = 'default_provider = "v1"\n[retries]\nmax_retries = 0\n[breaker]\nfailures = 1000\n' + "".join(
    f'[providers.{name}]\nkind = "{kind}"\nbase_url = "ADDRESS{path}"\napi_key = "sk-azure-1234567890"\nmodel = "sim"\n'
    + (f'api_version = "{version}"\n' if version else "")
    for name, (kind, path, version) in PROVIDERS.items()
)
MESSAGES: list[dict[str, str]] = [{"role": "user", "content": "Which way?"}]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A gateway with the simulator behind it."""
    with running(tmp_path_factory.mktemp("azure") / "home", SETTINGS) as served:
        yield served


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with recording() as found:
        yield found


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Running]:
    """A gateway with the recording upstream behind it."""
    settings = SETTINGS.replace("ADDRESS", upstream.address)
    with running(tmp_path_factory.mktemp("recorded") / "home", settings) as served:
        yield served


def azure(address: str, deployment: str | None = None) -> openai.AzureOpenAI:
    """Azure's client of the openai package."""
    if deployment is None:
        return openai.AzureOpenAI(api_key="anything", azure_endpoint=address, api_version=VERSION, max_retries=0)
    return openai.AzureOpenAI(
        api_key="anything", azure_endpoint=address, azure_deployment=deployment, api_version=VERSION, max_retries=0
    )


def said_in(chunk: Any) -> str:
    """The text of a chunk."""
    return "".join(choice.delta.content or "" for choice in chunk.choices)


def use_everything(client: openai.AzureOpenAI, model: str) -> None:
    """Chat, a stream, a completion, vectors, a transcription and a response."""
    whole = client.chat.completions.create(model=model, messages=MESSAGES)  # type: ignore[arg-type]
    assert "Which way?" in (whole.choices[0].message.content or "")
    streamed = client.chat.completions.create(model=model, messages=MESSAGES, stream=True)  # type: ignore[arg-type]
    assert "Which way?" in "".join(said_in(chunk) for chunk in streamed)
    assert client.completions.create(model=model, prompt="Once").choices[0].text
    assert len(client.embeddings.create(model=model, input=["a", "b"]).data) == 2
    assert client.audio.transcriptions.create(model=model, file=("a.wav", tone(), "audio/wav")).text


@pytest.mark.parametrize("deployment", [None, "sim"])
def test_azures_client_asks_the_simulator(server: Running, deployment: str | None) -> None:
    with azure(server.upstream.address, deployment) as client:
        use_everything(client, "sim")
    with azure(server.upstream.address) as client:
        assert "Which way?" in client.responses.create(model="sim", input="Which way?").output_text


@pytest.mark.parametrize("behind", ["v1", "root", "dated", "pinned", "preview", "entra", "openai"])
def test_azures_client_asks_the_gateway_and_any_kind_of_azure_answers(server: Running, behind: str) -> None:
    with azure(server.address) as client:
        use_everything(client, f"{behind}/sim")
        assert {model.id for model in client.models.list()} >= {f"{behind}/sim"}


@pytest.mark.parametrize("behind", ["items", "items-dated", "v1", "openai"])
def test_azures_client_asks_for_responses(server: Running, behind: str) -> None:
    with azure(server.address) as client:
        assert "Which way?" in client.responses.create(model=f"{behind}/sim", input="Which way?").output_text
        with client.responses.stream(model=f"{behind}/sim", input="Which way?") as events:
            assert "Which way?" in "".join(e.delta for e in events if e.type == "response.output_text.delta")


def test_the_deployment_of_a_client_is_the_model_whatever_its_body_says(server: Running) -> None:
    with azure(server.address, "dated/sim") as client:
        answer = client.chat.completions.with_raw_response.create(model="gpt-4o", messages=MESSAGES)  # type: ignore[arg-type]
    assert answer.headers["x-pointsman-model"] == "dated/sim"


def test_errors_are_those_of_the_package(server: Running) -> None:
    with azure(server.address) as client:
        with pytest.raises(openai.RateLimitError):
            client.chat.completions.create(model="dated/sim-429", messages=MESSAGES)  # type: ignore[arg-type]
        with pytest.raises(openai.NotFoundError):
            client.get("/nowhere", cast_to=object)


WHERE = {
    "v1": "/openai/v1/chat/completions",
    "root": "/openai/v1/chat/completions",
    "dated": f"/openai/deployments/m%2Fx/chat/completions?api-version={VERSION}",
    "pinned": f"/openai/deployments/sim/chat/completions?api-version={VERSION}",
    "preview": "/openai/v1/chat/completions?api-version=preview",
    "entra": f"/openai/deployments/m%2Fx/chat/completions?api-version={VERSION}",
    "openai": "/v1/chat/completions",
}


@pytest.mark.parametrize(("behind", "path"), WHERE.items())
def test_where_requests_go(recorded: Running, upstream: Upstream, behind: str, path: str) -> None:
    upstream.asked.clear()
    upstream.reply = Reply(pieces=[json.dumps(ANSWERS["openai"]).encode()])
    body = {"model": f"{behind}/m/x", "messages": MESSAGES}
    answer = httpx.post(f"{recorded.address}/v1/chat/completions", json=body, timeout=GUARD, trust_env=False)
    assert answer.status_code == 200
    (asked,) = upstream.asked
    assert asked.path == path
    assert asked.headers.get("authorization") == (
        "Bearer sk-azure-1234567890" if behind in ("entra", "openai") else None
    )
    assert asked.headers.get("api-key") == (None if behind in ("entra", "openai") else "sk-azure-1234567890")


@pytest.mark.parametrize("behind", ["items", "items-dated"])
def test_where_responses_go(recorded: Running, upstream: Upstream, behind: str) -> None:
    upstream.asked.clear()
    upstream.reply = Reply(pieces=[json.dumps(ANSWERS["openai-responses"]).encode()])
    body = {"model": f"{behind}/m", "input": "Which way?"}
    answer = httpx.post(f"{recorded.address}/v1/responses", json=body, timeout=GUARD, trust_env=False)
    assert answer.status_code == 200
    (asked,) = upstream.asked
    expected = {"items": "/openai/v1/responses", "items-dated": "/openai/responses?api-version=2025-03-01-preview"}
    assert asked.path == expected[behind]


@pytest.mark.parametrize("own", ["2023-05-15", "preview"])
@pytest.mark.parametrize("behind", ["v1", "dated", "openai"])
def test_a_clients_version_goes_on_to_azure_alone(recorded: Running, upstream: Upstream, behind: str, own: str) -> None:
    upstream.asked.clear()
    upstream.reply = Reply(pieces=[json.dumps(ANSWERS["openai"]).encode()])
    url = f"{recorded.address}/openai/deployments/{behind}%2Fm/chat/completions?api-version={own}"
    answer = httpx.post(url, json={"messages": MESSAGES}, timeout=GUARD, trust_env=False)
    assert answer.status_code == 200
    azures = "/openai/v1" if own == "preview" else "/openai/deployments/m"
    expected = "/v1/chat/completions" if behind == "openai" else f"{azures}/chat/completions?api-version={own}"
    assert upstream.asked[0].path == expected


def test_a_name_that_chooses_a_path_is_refused(recorded: Running, upstream: Upstream) -> None:
    upstream.asked.clear()
    body = {"model": "dated/../../secrets", "messages": MESSAGES}
    answer = httpx.post(f"{recorded.address}/v1/chat/completions", json=body, timeout=GUARD, trust_env=False)
    assert answer.status_code == 400
    assert upstream.asked == []


def test_the_settings_of_an_environment_are_azures_own(tmp_path: Path, server: Running) -> None:
    from pointsman.layers.settings.found import load_settings
    from pointsman.layers.settings.sources import Arguments

    environment = {
        "AZURE_OPENAI_ENDPOINT": server.upstream.address,
        "AZURE_OPENAI_AD_TOKEN": "entra-token",
        "OPENAI_API_VERSION": VERSION,
        "AZURE_OPENAI_DEPLOYMENT": "sim",
    }
    missing = str(tmp_path / "none.toml")
    Path(missing).write_text("")
    loaded = load_settings(Arguments(provider="azure-responses"), missing, environment).unwrap()
    row = loaded.providers["azure-responses"]
    assert (row.api_version, row.model, row.api_key) == (VERSION, "sim", None)
    assert row.headers["authorization"].reveal() == "Bearer entra-token"
