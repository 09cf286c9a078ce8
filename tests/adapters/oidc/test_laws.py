"""The provider of identities keeps its laws: the fake, and ours over real HTTP with a provider that is strict."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from returns.result import Failure

from pointsman.adapters.oidc.provider import OidcProvider
from pointsman.adapters.system.clock import SystemClock
from pointsman.core.error import AuthenticationFailed
from pointsman.core.security.secret import Secret
from pointsman.core.settings import OidcSettings
from pointsman.testing import FakeIdentityProvider
from pointsman.testing.laws import identity_provider
from pointsman.testing.laws.identity_provider import BACK, MINE, Law, Opened, Opening
from tests.adapters.oidc.strict_provider import CLIENT, SECRET, StrictProvider, strict_provider


@pytest.fixture(scope="module")
def strict() -> Iterator[StrictProvider]:
    with strict_provider() as provider:
        yield provider


def ours(strict: StrictProvider) -> Opening:
    settings = OidcSettings(issuer=strict.issuer, client_id=CLIENT, client_secret=Secret(SECRET))

    def sign_in(address: str, subject: str) -> str:
        strict.subject = subject
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        return parse_qs(urlsplit(strict.authorize(query)).query)["code"][0]

    @asynccontextmanager
    async def opened() -> AsyncIterator[Opened]:
        yield OidcProvider(settings, SystemClock()), sign_in

    return opened


@asynccontextmanager
async def in_memory() -> AsyncIterator[Opened]:
    provider = FakeIdentityProvider()
    yield provider, provider.sign_in


@pytest.mark.parametrize("law", identity_provider.LAWS)
@pytest.mark.parametrize("kind", ["fake", "ours"])
async def test_identity_providers(law: Law, kind: str, strict: StrictProvider) -> None:
    await law(in_memory if kind == "fake" else ours(strict))


async def test_one_that_is_away_is_a_typed_failure_and_no_refusal() -> None:
    provider = FakeIdentityProvider(is_away=True)
    for answer in (await provider.address(MINE, BACK), await provider.identify(MINE, BACK, "code")):
        assert isinstance(answer, Failure)
        assert not isinstance(answer.failure(), AuthenticationFailed)
