"""One event, one line, whatever is in it; no secret stands in any."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from pointsman.adapters.system.log_lines import set_up_log
from pointsman.core.settings import LogFormat

SECRET = "sk-proj-0123456789abcdefghij"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("pointsman")
    handlers, levels = list(root.handlers), (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def lines(form: LogFormat, *, verbose: bool = False) -> list[str]:
    out = io.StringIO()
    set_up_log(form, verbose=verbose, stream=out)
    log = logging.getLogger("pointsman.requests")
    log.info("said", extra={"fields": {"event": "request", "path": f"/x\n{SECRET}", "ms": 1.5, "key": ""}})
    log.warning("a line\nbreak and %s \ud800", SECRET)
    try:
        raise ValueError(f"Authorization: Bearer {SECRET}")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("it broke")
    logging.getLogger("another").info("of no interest")
    return out.getvalue().splitlines()


def test_as_json_each_event_is_an_object_on_a_line_of_its_own() -> None:
    written = lines("json")
    request, warning, broken = (json.loads(line) for line in written)
    assert (request["event"], request["level"], request["ms"]) == ("request", "info", 1.5)
    assert "key" not in request, "what is empty is left out"
    assert request["time"].endswith("+00:00")
    assert warning["event"].startswith("a line\nbreak and ")
    assert (broken["logger"], broken["event"]) == ("uvicorn.error", "it broke")
    assert "ValueError" in broken["exception"]
    assert SECRET not in "".join(written)


def test_as_text_only_warnings_unless_more_is_asked_for() -> None:
    written = lines("text")
    assert "said" not in "".join(written)
    assert any(line.endswith("it broke") for line in written)
    assert SECRET not in "".join(written)
    assert any(line.endswith(" said") for line in lines("text", verbose=True))
