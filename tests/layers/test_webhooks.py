"""Webhooks that change while the server runs: nothing that happened is lost, and nothing is told to both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anyio
import attrs
import httpx
import pytest

from pointsman import App, fake, fake_settings, open_app
from pointsman.core.json import as_object, loads
from pointsman.core.notice import CacheHit, ConversationCreated, ModelStateChange
from pointsman.core.security.secret import Secret
from pointsman.core.webhook import Webhook
from pointsman.layers.webhooks import Couriers
from pointsman.services.event_bus import EventBus
from tests.adapters.webhooks.test_courier import Receiver, receiving, until
from tests.patience import GUARD, attempts
from tests.served import SETTINGS, Running, running
from tests.test_cli import run

HOOK = """
[webhooks.{name}]
url = "http://127.0.0.1:{port}/"
events = ["conversation_created"]
secret = "0123456789abcdef"
allow_private = true
"""


def hook(port: int, name: str = "a", **fields: Any) -> Webhook:
    return attrs.evolve(
        Webhook(
            name=name,
            url=f"http://127.0.0.1:{port}/",
            events=("conversation_created",),
            secret=Secret("0123456789abcdef"),
            allow_private=True,
        ),
        **fields,
    )


def having(app: App, *webhooks: Webhook) -> App:
    """`app`, with other webhooks."""
    return attrs.evolve(app, settings=attrs.evolve(app.settings, webhooks=webhooks))


def titles(receiver: Receiver) -> list[Any]:
    """Of the conversations that it was told of."""
    return [as_object(as_object(loads(body).unwrap())["data"]).get("title") for _, body in receiver.got]


def told(app: App, *names: str) -> None:
    for name in names:
        app.events.publish(ConversationCreated(id=name, title=name))


async def test_what_happened_before_is_still_brought_to_the_old_one_and_what_comes_to_the_new() -> None:
    async with (
        receiving(500, 500, 204) as old,
        receiving(204) as new,
        open_app(fake(), fake_settings()) as opened,
        anyio.create_task_group() as group,
    ):
        app = opened.unwrap()
        couriers = Couriers(group)
        couriers.follow(having(app, hook(old.port)))
        told(app, "a", "b")
        couriers.follow(having(app, hook(new.port)))
        told(app, "c")
        await until(lambda: len(old.got) == 4 and len(new.got) == 1)
        couriers.follow(app)
        told(app, "d")
        assert not app.events.wants(ConversationCreated)
    assert titles(old) == ["a", "a", "a", "b"]
    assert len({headers["webhook-id"] for headers, _ in old.got}) == 2
    assert titles(new) == ["c"]


async def test_one_that_stays_as_it_is_goes_on_and_is_told_everything_once() -> None:
    async with (
        receiving(204) as stays,
        receiving(204) as goes,
        open_app(fake(), fake_settings()) as opened,
        anyio.create_task_group() as group,
    ):
        app = opened.unwrap()
        couriers = Couriers(group)
        for number in range(4):
            couriers.follow(having(app, hook(stays.port), *([hook(goes.port, "b")] if number % 2 else [])))
            told(app, str(number))
        await until(lambda: len(stays.got) == 4 and len(goes.got) == 2)
        couriers.follow(app)
    assert titles(stays) == ["0", "1", "2", "3"]
    assert sorted(titles(goes)) == ["1", "3"]


async def test_other_events_and_another_secret_count_from_the_change_on() -> None:
    async with (
        receiving(204) as receiver,
        open_app(fake(), fake_settings()) as opened,
        anyio.create_task_group() as group,
    ):
        app = opened.unwrap()
        couriers = Couriers(group)
        couriers.follow(having(app, hook(receiver.port, events=("cache_hit",))))
        told(app, "a")
        assert app.events.wants(CacheHit)
        couriers.follow(having(app, hook(receiver.port)))
        told(app, "b")
        await until(lambda: len(receiver.got) == 1)
        couriers.follow(having(app, hook(receiver.port, secret=Secret("fedcba9876543210"))))
        told(app, "b")
        await until(lambda: len(receiver.got) == 2)
        couriers.follow(app)
    assert titles(receiver) == ["b", "b"]
    first, second = (headers["webhook-signature"] for headers, _ in receiver.got)
    assert first != second


async def test_a_model_that_comes_is_told_to_a_webhook() -> None:
    async with (
        receiving(204) as receiver,
        open_app(fake(), fake_settings()) as opened,
        anyio.create_task_group() as group,
    ):
        app = opened.unwrap()
        couriers = Couriers(group)
        couriers.follow(having(app, hook(receiver.port, events=("model_state_change",))))
        app.events.publish(ModelStateChange(model="local/tiny", state="loaded"))
        await until(lambda: len(receiver.got) == 1)
        couriers.follow(app)
    event = as_object(loads(receiver.got[0][1]).unwrap())
    assert (event["type"], as_object(event["data"])["model"]) == ("model_state_change", "local/tiny")


async def test_how_many_were_lost_is_told_also_where_nothing_comes_after_them() -> None:
    async with (
        receiving(204) as receiver,
        open_app(fake(), fake_settings()) as opened,
        anyio.create_task_group() as group,
    ):
        app = opened.unwrap()
        couriers = Couriers(group)
        couriers.follow(having(app, hook(receiver.port, waiting=2)))
        told(app, "a", "b", "c", "d", "e")
        couriers.follow(app)
    assert [as_object(loads(body).unwrap())["data"] for _, body in receiver.got][2:] == [{"count": 3}]


def test_a_subscription_that_has_ended_gives_what_waits_and_ends() -> None:
    bus = EventBus()
    subscription = bus.subscribe(ConversationCreated)
    bus.publish(ConversationCreated(id="a", title=""))
    subscription.end()
    subscription.end()
    bus.publish(ConversationCreated(id="b", title=""))
    assert not bus.wants(ConversationCreated)
    with subscription.notices as notices:
        assert notices.receive_nowait() == ConversationCreated(id="a", title="")
        with pytest.raises(anyio.EndOfStream):
            notices.receive_nowait()


def ports(server: Running, *found: int) -> None:
    """Name the webhooks at these ports in the settings file."""
    config = server.home / "pointsman.toml"
    plain = config.read_text().split("\n[webhooks.")[0]
    config.write_text(plain + "".join(HOOK.format(name=f"w{port}", port=port) for port in found))


def talk(admin: httpx.Client, title: str) -> None:
    assert admin.post("/api/v1/conversations", json={"title": title}).status_code == 200


def test_a_server_takes_up_what_the_file_says_when_settings_are_saved_by_the_api(tmp_path: Path) -> None:
    with running(tmp_path / "home", SETTINGS) as server, server.signed_in() as admin:
        with (
            server.portal.wrap_async_context_manager(receiving(204)) as one,
            server.portal.wrap_async_context_manager(receiving(204)) as two,
        ):
            for number, receivers in enumerate(([one], [two], [])):
                ports(server, *(receiver.port for receiver in receivers))
                saved = admin.post("/api/v1/llm-providers", json={"name": f"p{number}", "kind": "ollama"})
                assert saved.status_code == 200, saved.text
                talk(admin, str(number))
                for receiver in receivers:
                    server.portal.call(until, lambda receiver=receiver: len(receiver.got) == 1)
        assert (titles(one), titles(two)) == (["0"], ["1"])


def test_a_server_goes_on_with_the_webhooks_before_where_the_new_ones_are_wrong(tmp_path: Path) -> None:
    with (
        running(tmp_path / "home", SETTINGS) as server,
        server.signed_in() as admin,
        server.portal.wrap_async_context_manager(receiving(204)) as one,
    ):
        ports(server, one.port)
        assert admin.post("/api/v1/llm-providers", json={"name": "p", "kind": "ollama"}).status_code == 200
        config = server.home / "pointsman.toml"
        config.write_text(config.read_text().replace("conversation_created", "nothing_at_all"))
        refused = admin.post("/api/v1/llm-providers", json={"name": "q", "kind": "ollama"})
        assert "nothing_at_all" in json.dumps(refused.json())
        talk(admin, "still")
        server.portal.call(until, lambda: len(one.got) == 1)
        assert titles(one) == ["still"]


def test_a_server_takes_them_up_when_another_process_saves_settings(tmp_path: Path) -> None:
    with (
        running(tmp_path / "home", SETTINGS) as server,
        server.signed_in() as admin,
        server.portal.wrap_async_context_manager(receiving(204)) as one,
    ):
        ports(server, one.port)
        more = {"POINTSMAN_DATABASE": str(server.home / "pointsman.db")}
        assert run(server.home, "settings", "set", "p", "kind=ollama", more=more)[0] == 0
        for _ in attempts():  # until the server has looked
            talk(admin, "again")
            if one.got:
                break
        assert set(titles(one)) == {"again"}


async def test_what_waits_when_the_server_ends_is_brought_and_one_that_hangs_holds_nobody_up() -> None:
    async with (
        receiving(204) as receiver,
        open_app(fake(), fake_settings()) as opened,
        anyio.create_task_group() as group,
    ):
        app = opened.unwrap()
        couriers = Couriers(group)
        couriers.follow(having(app, hook(receiver.port)))
        told(app, "a", "b", "c")
        await couriers.finish(GUARD)
        assert titles(receiver) == ["a", "b", "c"]
        couriers.follow(having(app, hook(1, retries=1000, waiting=5)))  # nobody takes it
        told(app, "lost")
        await couriers.finish(0.05)
        group.cancel_scope.cancel()
