"""The laws of `SettingsStore` and `KeyStore`. A law takes an opening of new, empty stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import TypeAlias

import anyio
import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Success

from pointsman.core.effect import settle
from pointsman.core.json import JsonObject
from pointsman.core.security.audit import AuditEntry, FieldChange
from pointsman.core.security.secret import Secret
from pointsman.core.security.virtual_key import VirtualKey, digest_of
from pointsman.core.settings import ProviderSettings
from pointsman.services.ports.key_store import KeyStore
from pointsman.services.ports.settings_store import SettingsStore, StoredSettings
from pointsman.testing.laws.examples import examples

Opened: TypeAlias = tuple[SettingsStore, KeyStore]
Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[Opened]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]
Property: TypeAlias = Callable[[Opening], None]

_texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
_secrets = st.none() | _texts.map(Secret)
_numbers = st.none() | st.floats(0, 1e6)
_providers = st.builds(
    ProviderSettings,
    name=st.sampled_from(["a", "b", "work-1"]),
    kind=st.sampled_from(["openai", "ollama"]),
    base_url=st.none() | _texts,
    api_version=st.none() | _texts,
    api_key=_secrets,
    model=st.none() | _texts,
    temperature=_numbers,
    max_tokens=st.none() | st.integers(1, 10**6),
    timeout=_numbers,
    verify_tls=st.booleans(),
    proxy=st.none() | _texts,
    headers=st.dictionaries(_texts, _texts.map(Secret), max_size=2),
    keep_alive=_numbers,
    enabled=st.booleans(),
    priority=st.integers(-9, 9),
    tags=st.lists(_texts, max_size=2).map(tuple),
)
_plain = st.none() | st.floats(allow_nan=False, allow_infinity=False) | _texts


def _make_values(model: str, ttl: int, secret: Secret | None) -> JsonObject:
    """Settings as the page saves them, with a secret in a table in a table."""
    server: JsonObject = {"url": "http://localhost/mcp"}
    if secret is not None:
        server["headers"] = {"authorization": secret.reveal()}
    return {"fallback": [model], "cache": {"ttl": ttl}, "mcp": {"tools": server}}


_settings = st.builds(
    StoredSettings,
    providers=st.lists(_providers, max_size=3).map(lambda found: {one.name: one for one in found}),
    active=st.none() | st.sampled_from(["a", "b"]),
    password=st.none() | _texts,
    values=st.builds(_make_values, _texts, st.integers(0, 9), _secrets),
    overrides=st.dictionaries(_texts, st.dictionaries(_texts, _plain, min_size=1, max_size=2), max_size=2),
)


def entry(what: str, time: float = 1.0) -> AuditEntry:
    """A trace of `what`."""
    return AuditEntry(time=time, who="ann", what=what, target="t", changes=(FieldChange("f", None, "new"),))


def what_is_written_is_read(opening: Opening) -> None:
    """Every field comes back, secrets too."""

    @settings(max_examples=examples(40))
    @given(_settings)
    def check(kept: StoredSettings) -> None:
        async def run() -> None:
            async with opening() as (store, _):
                assert (await settle(store.write(kept, entry("a")))).unwrap()
                assert (await settle(store.read())).unwrap() == attrs.evolve(kept, version=1)

        anyio.run(run)

    check()


async def a_change_on_what_has_changed_is_not_kept(opening: Opening) -> None:
    """Of two who read the same, the second to write is told so, and leaves no trace."""
    async with opening() as (store, _):
        assert (await settle(store.read())).unwrap() == StoredSettings()
        first = StoredSettings(active="a")
        assert (await settle(store.write(first, entry("first")))).unwrap() is True
        assert (await settle(store.write(attrs.evolve(first, active="b"), entry("late")))).unwrap() is False
        assert (await settle(store.read())).unwrap() == StoredSettings(active="a", version=1)
        assert [one.what for one in (await settle(store.audit())).unwrap()] == ["first"]


async def the_trail_is_read_backwards_page_by_page(opening: Opening) -> None:
    """Entries keep their order and their fields; `before` goes on where a page ended."""
    async with opening() as (store, _):
        for number in range(5):
            await settle(store.record(entry(f"e{number}", float(number))))
        page = (await settle(store.audit(2))).unwrap()
        assert [(one.what, one.time, one.changes) for one in page] == [
            ("e4", 4.0, (FieldChange("f", None, "new"),)),
            ("e3", 3.0, (FieldChange("f", None, "new"),)),
        ]
        rest = (await settle(store.audit(9, page[-1].id))).unwrap()
        assert [one.what for one in rest] == ["e2", "e1", "e0"]
        assert await settle(store.forget_audit(3.0)) == Success(3)
        assert [one.what for one in (await settle(store.audit())).unwrap()] == ["e4", "e3"]
        await settle(store.record(entry("e5", 5.0)))
        after = (await settle(store.audit())).unwrap()
        assert len({one.id for one in after}) == 3
        assert after[0].what == "e5"


async def secrets_can_be_given_up(opening: Opening) -> None:
    """Everything else stays."""
    provider = ProviderSettings(name="a", kind="openai", api_key=Secret("k"), headers={"h": Secret("v")}, model="m")
    hook: JsonObject = {"url": "https://example.org/h", "events": ["error"]}
    values: JsonObject = {"webhooks": {"h": {**hook, "secret": "s" * 16}}}
    async with opening() as (store, _):
        await settle(store.write(StoredSettings(providers={"a": provider}, values=values), entry("a")))
        (await settle(store.forget_secrets(entry("forgotten")))).unwrap()
        read = (await settle(store.read())).unwrap()
        assert read.providers["a"] == ProviderSettings(name="a", kind="openai", model="m")
        assert read.values == {"webhooks": {"h": hook}}
        assert read.version == 2
        assert [one.what for one in (await settle(store.audit())).unwrap()] == ["forgotten", "a"]


def a_key(id: str = "1", **fields: object) -> VirtualKey:
    """A key that is made of its id."""
    made = VirtualKey(id=id, name=f"key {id}", prefix="pm-", digest=digest_of(id), created=float(id))
    return attrs.evolve(made, **fields)  # type: ignore[arg-type]


async def keys_are_found_by_their_digest(opening: Opening) -> None:
    """And by nothing else; each change leaves a trace."""
    whole = a_key(
        "2",
        scopes=("read", "admin"),
        models=("openai/*",),
        usd=Decimal("5.01"),
        requests_per_minute=3,
        expires=9.5,
        enabled=False,
    )
    async with opening() as (store, keys):
        for key in (whole, a_key("1")):
            (await settle(keys.put(key, entry(f"put {key.id}")))).unwrap()
        assert (await settle(keys.find(digest_of("2")))).unwrap() == whole
        assert (await settle(keys.find(digest_of("3")))).unwrap() is None
        assert [key.id for key in (await settle(keys.all())).unwrap()] == ["1", "2"]
        (await settle(keys.put(attrs.evolve(whole, enabled=True), entry("again")))).unwrap()
        (await settle(keys.used("2", 77.0))).unwrap()
        (await settle(keys.used("nobody", 77.0))).unwrap()
        found = (await settle(keys.find(digest_of("2")))).unwrap()
        assert found == attrs.evolve(whole, enabled=True, last_used=77.0)
        assert (await settle(keys.remove("2", entry("gone")))).unwrap() is True
        assert (await settle(keys.remove("2", entry("gone twice")))).unwrap() is False
        assert (await settle(keys.find(digest_of("2")))).unwrap() is None
        trail = [one.what for one in (await settle(store.audit())).unwrap()]
        assert trail == ["gone", "again", "put 1", "put 2"]


async def a_key_is_replaced_as_it_was_read_or_not_at_all(opening: Opening) -> None:
    """Of two who read the same, the second is told so; when it was used last is no change, and stays."""
    async with opening() as (store, keys):
        old = a_key("1")
        (await settle(keys.put(old, entry("made")))).unwrap()
        (await settle(keys.used("1", 5.0))).unwrap()
        mine, yours = attrs.evolve(old, models=("a/*",)), attrs.evolve(old, name="yours")
        assert (await settle(keys.replace(old, mine, entry("mine")))).unwrap() is True
        assert (await settle(keys.replace(old, yours, entry("yours")))).unwrap() is False
        assert (await settle(keys.find(digest_of("1")))).unwrap() == attrs.evolve(mine, last_used=5.0)
        read = (await settle(keys.find(digest_of("1")))).unwrap()
        assert read is not None
        assert (await settle(keys.replace(read, attrs.evolve(read, enabled=False), entry("off")))).unwrap() is True
        (await settle(keys.remove("1", entry("gone")))).unwrap()
        assert (await settle(keys.replace(read, mine, entry("late")))).unwrap() is False
        trail = [one.what for one in (await settle(store.audit())).unwrap()]
        assert trail == ["gone", "off", "mine", "made"]


LAWS: tuple[Law, ...] = (
    a_change_on_what_has_changed_is_not_kept,
    the_trail_is_read_backwards_page_by_page,
    secrets_can_be_given_up,
    keys_are_found_by_their_digest,
    a_key_is_replaced_as_it_was_read_or_not_at_all,
)
PROPERTIES: tuple[Property, ...] = (what_is_written_is_read,)
