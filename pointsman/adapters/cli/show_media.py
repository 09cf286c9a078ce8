"""Pictures and sound of an answer: drawn where the terminal can draw, else told of. They are never decoded here.

Two protocols are spoken: iTerm2's (https://iterm2.com/documentation-images.html), which takes any picture, and kitty's
(https://sw.kovidgoyal.net/kitty/graphics-protocol/), which takes PNG. Inside tmux and screen neither gets through.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterable, Mapping

from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.part import Audio, Bytes, Image, Part, Url
from pointsman.core.json import JsonObject

_CHUNK = 4096
"""Base64 characters that kitty takes at once."""
_WIDEST = 60
"""Columns that a picture takes at most."""


def show_media(parts: Iterable[Part], terminal: Terminal) -> None:
    """Draw the pictures among `parts`, or say that they are there; recordings are told of."""
    for part in parts:
        if isinstance(part, (Image, Audio)):
            drawn = _draw(part, terminal)
            if drawn:
                terminal.out.write(drawn + "\n")
                terminal.out.flush()
            else:
                terminal.note(_describe(part))


def draw_pictures(parts: Iterable[Part], terminal: Terminal) -> None:
    """Draw the pictures among `parts` where the terminal can, and say nothing where it cannot."""
    for part in parts:
        drawn = _draw(part, terminal) if isinstance(part, Image) else ""
        if drawn:
            terminal.out.write(drawn + "\n")
            terminal.out.flush()


def media_json(parts: Iterable[Part]) -> list[JsonObject]:
    """Pictures and recordings among `parts`: the type, and base64 or an address."""
    return [_entry(part) for part in parts if isinstance(part, (Image, Audio))]


def draw_picture(picture: Bytes, environment: Mapping[str, str]) -> str:
    """What makes the terminal of `environment` show `picture`; empty where it cannot."""
    if "TMUX" in environment or environment.get("TERM", "").startswith("screen"):
        return ""
    program = environment.get("TERM_PROGRAM", "") or environment.get("LC_TERMINAL", "")
    data = b64encode(picture.data).decode()
    if program in ("iTerm.app", "iTerm2", "WezTerm", "mintty", "vscode"):
        return f"\x1b]1337;File=inline=1;size={len(picture.data)};width={_WIDEST};preserveAspectRatio=1:{data}\x07"
    is_kitty = "KITTY_WINDOW_ID" in environment or program == "ghostty" or "kitty" in environment.get("TERM", "")
    if not is_kitty or picture.media_type != "image/png":
        return ""
    pieces = [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)]
    last = len(pieces) - 1
    heads = ["a=T,f=100,q=2,"] + [""] * last
    return "".join(f"\x1b_G{heads[at]}m={int(at < last)};{piece}\x1b\\" for at, piece in enumerate(pieces))


def _draw(part: Image | Audio, terminal: Terminal) -> str:
    if not terminal.rich or isinstance(part, Audio) or not isinstance(part.source, Bytes):
        return ""
    return draw_picture(part.source, os.environ)


def _describe(part: Image | Audio) -> str:
    what = "picture" if isinstance(part, Image) else "recording"
    match part.source:
        case Bytes(data=data, media_type=media_type):
            return f"The answer has a {what} ({media_type}, {len(data):,} bytes); --json gives it in base64."
        case Url(url=url):
            return f"The answer has a {what}: {url}"
        case _:
            return f"The answer has a {what}, which the provider keeps under the id {part.source.id}."


def _entry(part: Image | Audio) -> JsonObject:
    kind = "image" if isinstance(part, Image) else "audio"
    match part.source:
        case Bytes(data=data, media_type=media_type):
            return {"type": kind, "media_type": media_type, "base64": b64encode(data).decode()}
        case Url(url=url):
            return {"type": kind, "url": url}
        case _:
            return {"type": kind, "file_id": part.source.id}
