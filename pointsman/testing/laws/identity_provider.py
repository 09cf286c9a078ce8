"""The laws of `IdentityProvider`. A law takes an opening of one, and what a person does who is sent there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

from returns.result import Failure

from pointsman.core.error import AuthenticationFailed
from pointsman.core.security.identity import SignInSecret
from pointsman.services.ports.identity_provider import IdentityProvider

SignIn: TypeAlias = Callable[[str, str], str]
"""A browser is sent to an address, where the person of a subject signs in: the code with which it comes back."""
Opened: TypeAlias = tuple[IdentityProvider, SignIn]
Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[Opened]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]

BACK = "https://models.example/api/v1/session/oidc/back"
MINE, YOURS = SignInSecret("mine"), SignInSecret("yours")


async def _begin(provider: IdentityProvider, sign_in: SignIn, subject: str = "ann") -> str:
    return sign_in((await provider.address(MINE, BACK)).unwrap(), subject)


async def _is_refused(provider: IdentityProvider, secret: SignInSecret, back: str, code: str) -> bool:
    found = await provider.identify(secret, back, code)
    return isinstance(found, Failure) and isinstance(found.failure(), AuthenticationFailed)


async def the_address_asks_for_this_sign_in_and_tells_no_secret(opening: Opening) -> None:
    """What must come back is in it; what shows later that it was this browser is there as a digest only."""
    async with opening() as (provider, _):
        address = (await provider.address(MINE, BACK)).unwrap()
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["redirect_uri"] == BACK
        assert (asked["state"], asked["nonce"]) == (MINE.state, MINE.nonce)
        assert (asked["code_challenge"], asked["code_challenge_method"]) == (MINE.challenge, "S256")
        assert MINE.verifier not in address
        assert MINE.word not in asked.values()


async def who_signs_in_is_known_by_issuer_and_subject(opening: Opening) -> None:
    """The same person is the same user each time, and another is another."""
    async with opening() as (provider, sign_in):
        ids = []
        for subject in ("ann", "ann", "bob"):
            identity = (await provider.identify(MINE, BACK, await _begin(provider, sign_in, subject))).unwrap()
            assert identity.subject == subject
            ids.append(identity.user_id)
        assert ids[0] == ids[1] != ids[2]


async def a_code_is_good_once(opening: Opening) -> None:
    """Who overhears it comes too late."""
    async with opening() as (provider, sign_in):
        code = await _begin(provider, sign_in)
        (await provider.identify(MINE, BACK, code)).unwrap()
        assert await _is_refused(provider, MINE, BACK, code)


async def a_code_is_good_for_who_asked_only(opening: Opening) -> None:
    """In that browser, by that address; a guess is good for nobody."""
    async with opening() as (provider, sign_in):
        assert await _is_refused(provider, YOURS, BACK, await _begin(provider, sign_in))
        assert await _is_refused(provider, MINE, "https://evil.example/back", await _begin(provider, sign_in))
        for guess in ("", "guess", "\N{SNOWMAN}\r\nx: y"):
            assert await _is_refused(provider, MINE, BACK, guess), guess


LAWS: tuple[Law, ...] = (
    the_address_asks_for_this_sign_in_and_tells_no_secret,
    who_signs_in_is_known_by_issuer_and_subject,
    a_code_is_good_once,
    a_code_is_good_for_who_asked_only,
)
