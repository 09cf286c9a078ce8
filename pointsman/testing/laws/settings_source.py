"""The laws of `SettingsSource`. A law takes one whose settings are in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from returns.result import Success

from pointsman.layers.settings.rules import check_settings
from pointsman.services.ports.settings_store import SettingsSource

Law: TypeAlias = Callable[[SettingsSource], None]


def they_are_in_order(source: SettingsSource) -> None:
    assert isinstance(check_settings(source().unwrap()), Success)


def reading_again_says_the_same(source: SettingsSource) -> None:
    assert source() == source()


def providers_stand_under_their_names(source: SettingsSource) -> None:
    settings = source().unwrap()
    assert {name: one.name for name, one in settings.providers.items()} == {name: name for name in settings.providers}
    assert settings.default_provider is None or settings.default_provider in settings.providers


LAWS: tuple[Law, ...] = (they_are_in_order, reading_again_says_the_same, providers_stand_under_their_names)
