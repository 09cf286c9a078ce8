"""The gateway on a machine where something is set wrongly: a typed answer with the cure, and the others go on."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.served import SETTINGS, running

pytestmark = pytest.mark.llm_live  # one of the providers is said to be elsewhere, and is not reached
WRONG = """
[providers.far]
kind = "openai"
base_url = "https://127.0.0.1:1/v1"
api_key = "sk-upstream-secret-0123456789"
model = "m"
[providers.away]
kind = "openai"
base_url = "http://api.example/v1"
api_key = "sk-upstream-secret-0123456789"
model = "m"
"""


@pytest.mark.parametrize(("model", "said"), [("far/m", "SSL_CERT_FILE"), ("away/m", "ALL_PROXY")])
def test_what_is_set_wrongly_is_said_to_who_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, model: str, said: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    monkeypatch.setenv("ALL_PROXY", "socks4://127.0.0.1:1")
    for name in ("HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}]}
    with (
        running(tmp_path / "home", SETTINGS + WRONG) as server,
        httpx.Client(base_url=server.address, trust_env=False, verify=False, timeout=20) as client,
    ):
        for stream in (False, True):
            refused = client.post("/v1/chat/completions", json={**body, "stream": stream})
            assert said in refused.json()["error"]["message"]
            assert "made a mistake" not in refused.text
        fine = client.post("/v1/chat/completions", json={**body, "model": "openai/sim"})
        assert fine.status_code == 200
    assert "Traceback" not in caplog.text
