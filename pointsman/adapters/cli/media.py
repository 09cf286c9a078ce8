"""What a person names on the command line as content: pictures and sound, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from returns.result import Result

from pointsman.core.chat.part import Audio, Image
from pointsman.core.error import InvalidRequest

ReadImage: TypeAlias = Callable[[str], Awaitable[Result[Image, InvalidRequest]]]
"""Reads the picture at a path or a web address, made to fit the provider that is asked."""
ReadAudio: TypeAlias = Callable[[str], Awaitable[Result[Audio, InvalidRequest]]]
"""Reads the sound at a path."""
