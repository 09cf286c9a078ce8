"""Two users sign in by a real provider of identities (`oidc-provider` from npm), by its own pages."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.adapters.web.test_sign_in import HERE as SIGN_IN
from tests.adapters.web.test_users import data
from tests.patience import GUARD
from tests.peers.packages import HERE, REAL_CLIENTS
from tests.served import SETTINGS, running

pytestmark = REAL_CLIENTS


@contextmanager
def provider(node_modules: Path, folder: Path, back: str) -> Iterator[str]:
    """Its address, as long as it runs; it sends browsers `back`."""
    script = folder / "identity_provider.mjs"
    shutil.copyfile(HERE / "clients" / script.name, script)
    (folder / "node_modules").symlink_to(node_modules, target_is_directory=True)
    with subprocess.Popen(
        ["node", script.name, back], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as node:
        try:
            assert node.stdout is not None
            yield node.stdout.readline().strip()
        finally:
            node.terminate()


def log_in(address: str, name: str, home: str) -> str:
    """All pages of the provider, filled in as `name`; the address by which it sends the browser home."""
    with httpx.Client(timeout=GUARD, trust_env=False) as client:
        for _ in range(12):
            if address.startswith(home):
                return address
            answer = client.get(address)
            if answer.status_code == 200:
                action, prompt = (
                    found[1]
                    for pattern in ('action="([^"]+)"', 'name="prompt" value="([^"]+)"')
                    if (found := re.search(pattern, answer.text))
                )
                form = {"prompt": prompt, "login": name, "password": "any"}
                answer = client.post(answer.url.join(action), data=form)
            address = str(answer.url.join(answer.headers["location"]))
    raise AssertionError(f"it never came home from {address}")


def test_two_users_of_a_real_provider_sign_in_and_neither_sees_what_is_the_others(
    node_modules: Path, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    back = f"http://127.0.0.1:{port}{SIGN_IN}/callback"
    with provider(node_modules, tmp_path, back) as issuer:
        oidc = (
            f'[oidc]\nissuer = "{issuer}"\nclient_id = "pointsman"\nclient_secret = "secret of the client"\n'
            'scope = "openid profile groups"\n[oidc.roles]\nstaff = "member"\n'
        )
        with (
            running(tmp_path / "home", SETTINGS + oidc, port=port) as server,
            httpx.Client(base_url=server.address, timeout=GUARD, trust_env=False) as ann,
            httpx.Client(base_url=server.address, timeout=GUARD, trust_env=False) as bob,
        ):
            for client, name in ((ann, "ann"), (bob, "bob")):
                came = log_in(client.get(SIGN_IN).headers["location"], name, server.address)
                assert client.get(came).status_code == 303
                session = data(client.get("/api/v1/session"))
                assert (session["user"], session["role"]) == (f"Name of {name}", "member")
                client.headers["x-pointsman-csrf"] = session["csrf"]
            talk = data(ann.post("/api/v1/conversations", json={"title": "plums"}))["id"]
            assert ann.get(f"/api/v1/conversations/{talk}").status_code == 200
            assert bob.get(f"/api/v1/conversations/{talk}").status_code == 404
            first = log_in(ann.get(SIGN_IN).headers["location"], "ann", server.address)
            state = parse_qs(urlsplit(bob.get(SIGN_IN).headers["location"]).query)["state"][0]
            code = parse_qs(urlsplit(first).query)["code"][0]
            stolen = bob.get(f"{SIGN_IN}/callback", params={"code": code, "state": state})
            assert (stolen.status_code, "invalid_grant" in stolen.text) == (401, True), "by another verifier"
