"""The laws of `Cipher`, which encrypts. A law takes an opening of two on the same keys, as two processes have them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from returns.result import Failure, Success

from pointsman.core.error import StorageError
from pointsman.services.ports.cipher import Cipher

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[tuple[Cipher, Cipher]]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]
TEXTS = (b"", b"x", b"sk-secret", "Schlüssel".encode(), bytes(range(256)), b"\x00" * 100_000)
FOREIGN = (b"", b"sk-secret", b"gAAAAABm", b"gAAAA", b"\xff" * 40, "ö".encode())


async def what_is_encrypted_opens_here_and_there(opening: Opening) -> None:
    async with opening() as (one, other):
        assert await one.prepare() == Success(None)
        tokens = [one.encrypt(text) for text in TEXTS]
        assert await other.prepare() == Success(None)
        for cipher in (one, other):
            assert [cipher.decrypt(token) for token in tokens] == [Success(text) for text in TEXTS]


async def a_token_is_text_that_may_stand_in_a_column(opening: Opening) -> None:
    async with opening() as (cipher, _):
        await cipher.prepare()
        for text in TEXTS:
            assert cipher.encrypt(text).decode("ascii").isprintable()


async def what_was_not_encrypted_here_is_a_failure(opening: Opening) -> None:
    async with opening() as (cipher, _):
        await cipher.prepare()
        for token in (*FOREIGN, cipher.encrypt(b"sk-secret")[:-5]):
            outcome = cipher.decrypt(token)
            assert isinstance(outcome, Failure), token
            assert isinstance(outcome.failure(), StorageError)
            assert "sk-secret" not in str(outcome.failure())


async def preparing_and_renewing_again_change_nothing(opening: Opening) -> None:
    async with opening() as (cipher, _):
        await cipher.prepare()
        token, turn = cipher.encrypt(b"text"), cipher.generation
        assert await cipher.prepare() == Success(None)
        assert await cipher.renew() == Success(None)
        assert cipher.decrypt(token) == Success(b"text")
        assert cipher.generation >= turn


LAWS: tuple[Law, ...] = (
    what_is_encrypted_opens_here_and_there,
    a_token_is_text_that_may_stand_in_a_column,
    what_was_not_encrypted_here_is_a_failure,
    preparing_and_renewing_again_change_nothing,
)
