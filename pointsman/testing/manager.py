"""A manager over one client: no providers, no settings, no App; for tests of what is written on a `Manager`."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from pointsman.layers.app import Clients
from pointsman.layers.parts import Parts
from pointsman.layers.stack import build_manager
from pointsman.services.manager import Manager
from pointsman.services.ports.client import Client


def manager_over(client: Client) -> Callable[[Clients, Parts], Manager]:
    """The recipe of a manager that asks `client` whatever it is asked: nothing is routed, cached or recorded.

    Its conversations, memories and reports are the real ones: `fake().but(manager=manager_over(mine))`.
    """

    def put_together(clients: Clients, parts: Parts) -> Manager:
        whole = build_manager(clients, parts)
        talks = whole.conversations.through(client)
        return attrs.evolve(whole, client=client, conversations=talks)

    return put_together
