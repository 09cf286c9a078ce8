"""An upstream on loopback whose streams go on until a test lets them end: what is under way is known, not guessed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from tests.loopback import QuietHandler, serve_on_loopback
from tests.patience import GUARD

_ANSWER = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
_USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}


@attrs.define(eq=False)
class SlowUpstream:
    """It has `begun` some answers, and none of them ends before `let_end`."""

    address: str = ""
    begun: int = 0
    let_end: threading.Event = attrs.field(factory=threading.Event)
    _changed: threading.Condition = attrs.field(factory=threading.Condition)

    def note_begun(self) -> None:
        with self._changed:
            self.begun += 1
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        """Until so many answers have begun."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.begun >= count, GUARD)

    def write_settings(self, home: Path, more: str = "") -> Path:
        """A settings file in `home` by which it is the only provider."""
        file = home / "pointsman.toml"
        file.write_text(
            f'default_provider = "openai"\n[retries]\nmax_retries = 0\n[providers.openai]\nkind = "openai"\n'
            f'base_url = "{self.address}/v1"\napi_key = "sk-1"\nmodel = "m"\n'
            f'[models."openai/m"]\ninput = 1\noutput = 2\n{more}'
        )
        return file


@contextmanager
def slow_upstream() -> Iterator[SlowUpstream]:
    """A running one."""
    upstream = SlowUpstream()

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            self.write_json(200, {"object": "list", "data": []})

        def do_POST(self) -> None:
            body = self.read_json()
            if not body.get("stream"):
                upstream.note_begun()
                upstream.let_end.wait(GUARD)
                choice = {
                    "index": 0,
                    "message": {"role": "assistant", "content": "to the end"},
                    "finish_reason": "stop",
                }
                self.write_json(200, {**_ANSWER, "choices": [choice], "usage": _USAGE})
                return
            self.begin_stream()
            self._piece({"delta": {"role": "assistant", "content": "from the start "}, "finish_reason": None})
            upstream.note_begun()
            upstream.let_end.wait(GUARD)
            self._piece({"delta": {"content": "to the end"}, "finish_reason": None})
            self._piece({"delta": {}, "finish_reason": "stop"}, _USAGE)
            self.wfile.write(b"data: [DONE]\n\n")

        def _piece(self, choice: dict[str, object], usage: dict[str, int] | None = None) -> None:
            choices = [{"index": 0, **choice}]
            self.write_event({**_ANSWER, "object": "chat.completion.chunk", "choices": choices, "usage": usage})

    with serve_on_loopback(Handler, upstream.let_end) as upstream.address:
        yield upstream
