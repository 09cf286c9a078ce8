"""The laws of `Vault`, which seals. A law takes an opening of two on the same keys, as two processes have them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from returns.result import Failure, Success

from pointsman.core.error import StorageError
from pointsman.services.ports.cipher import Vault

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[tuple[Vault, Vault]]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]
TEXTS = (b"", b"x", b"sk-secret", "Schlüssel".encode(), bytes(range(256)), b"\x00" * 100_000)
FOREIGN = (b"", b"sk-secret", b"gAAAAABm", b"gAAAA", b"\xff" * 40, "ö".encode())


async def what_is_sealed_opens_here_and_there(opening: Opening) -> None:
    async with opening() as (one, other):
        assert await one.prepare() == Success(None)
        tokens = [one.seal(text) for text in TEXTS]
        assert await other.prepare() == Success(None)
        for vault in (one, other):
            assert [vault.open(token) for token in tokens] == [Success(text) for text in TEXTS]


async def a_token_is_text_that_may_stand_in_a_column(opening: Opening) -> None:
    async with opening() as (vault, _):
        await vault.prepare()
        for text in TEXTS:
            assert vault.seal(text).decode("ascii").isprintable()


async def what_was_not_sealed_here_is_a_failure(opening: Opening) -> None:
    async with opening() as (vault, _):
        await vault.prepare()
        for token in (*FOREIGN, vault.seal(b"sk-secret")[:-5]):
            outcome = vault.open(token)
            assert isinstance(outcome, Failure), token
            assert isinstance(outcome.failure(), StorageError)
            assert "sk-secret" not in str(outcome.failure())


async def preparing_and_renewing_again_change_nothing(opening: Opening) -> None:
    async with opening() as (vault, _):
        await vault.prepare()
        token, turn = vault.seal(b"text"), vault.turn
        assert await vault.prepare() == Success(None)
        assert await vault.renew() == Success(None)
        assert vault.open(token) == Success(b"text")
        assert vault.turn >= turn


LAWS: tuple[Law, ...] = (
    what_is_sealed_opens_here_and_there,
    a_token_is_text_that_may_stand_in_a_column,
    what_was_not_sealed_here_is_a_failure,
    preparing_and_renewing_again_change_nothing,
)
