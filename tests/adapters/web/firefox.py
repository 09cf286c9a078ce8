"""Firefox, driven by WebDriver BiDi over its own socket: Playwright drives a build of its own alone, which no package
repository has. It knows nothing of the page under test. https://w3c.github.io/webdriver-bidi/
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
from websockets.sync.client import ClientConnection, connect

from tests.patience import GUARD, attempts

FIREFOX = Path("/usr/bin/firefox-esr")
KEYS = {"Enter": "\ue007", "Tab": "\ue004", "Escape": "\ue00c", "ArrowDown": "\ue015", "Shift": "\ue008"}
"""https://www.w3.org/TR/webdriver/#keyboard-actions"""
_LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
_CENTRE = """(() => {
  const seen = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getBoundingClientRect().width > 0;
  const named = (node) => (node.getAttribute("aria-label") ?? node.textContent).trim();
  const text = %s;
  const node = [...document.querySelectorAll(%s)].find((each) => seen(each) && (text === null || named(each) === text));
  if (!node) return null;
  node.scrollIntoView({ block: "nearest", behavior: "instant" });
  const box = node.getBoundingClientRect();
  return [Math.round(box.left + box.width / 2), Math.round(box.top + box.height / 2)];
})()"""


@attrs.define
class Firefox:
    """One window of it, and what its console complained of."""

    socket: ClientConnection
    context: str = ""
    problems: list[str] = attrs.field(factory=list)
    _number: int = 0

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Runs a command, and gives its result; what the console says meanwhile is kept."""
        self._number += 1
        self.socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            came = json.loads(self.socket.recv(GUARD))
            if came.get("method") == "log.entryAdded" and came["params"]["level"] in ("error", "warn"):
                self.problems.append(str(came["params"]["text"]))
            if came.get("id") == self._number:
                assert came["type"] == "success", f"{method}: {came}"
                result: dict[str, Any] = came["result"]
                return result

    def begin(self, width: int, height: int) -> None:
        """Opens the session, and sizes its window."""
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded"])
        self.context = self.send("browsingContext.getTree")["contexts"][0]["context"]
        self.resize(width, height)

    def resize(self, width: int, height: int) -> None:
        """Makes the page so large."""
        self.send("browsingContext.setViewport", context=self.context, viewport={"width": width, "height": height})

    def goto(self, address: str) -> None:
        """Goes to an address; one that differs in its fragment alone loads nothing."""
        self.send("browsingContext.navigate", context=self.context, url=address, wait="interactive")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page; of a promise what it comes to."""
        target = {"context": self.context}
        asked = f"(async () => JSON.stringify(await ({expression})) ?? 'null')()"
        came = self.send("script.evaluate", expression=asked, target=target, awaitPromise=True)
        assert came["type"] == "success", came["exceptionDetails"]["text"]
        return json.loads(came["result"]["value"])

    def until(self, condition: str) -> None:
        """Waits until an expression is true in the page."""
        for _ in attempts():
            if self.evaluate(f"Boolean({condition})"):
                return
            time.sleep(0.02)
        raise AssertionError(f"it never came to: {condition}")

    def click(self, selector: str, name: str | None = None) -> None:
        """Clicks what is seen of a selector, and is called so where a name is given, as soon as it is there."""
        asked = _CENTRE % (json.dumps(name), json.dumps(selector))
        self.until(f"{asked} !== null")
        x, y = self.evaluate(asked)
        steps = [
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._act({"type": "pointer", "id": "mouse", "actions": steps})

    def type(self, text: str) -> None:
        """Types into what has the focus."""
        steps = [{"type": kind, "value": each} for each in text for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keys", "actions": steps})

    def press(self, key: str) -> None:
        """Presses one key by its name."""
        self.type(KEYS[key])

    def screenshot(self) -> str:
        """What is seen, as a PNG in base64."""
        return str(self.send("browsingContext.captureScreenshot", context=self.context)["data"])

    def _act(self, source: dict[str, Any]) -> None:
        self.send("input.performActions", context=self.context, actions=[source])


@contextmanager
def started_firefox(folder: Path, width: int = 1440, height: int = 900) -> Iterator[Firefox]:
    """Firefox without a window, with a profile of its own in `folder`; it is gone at the end."""
    (folder / "profile").mkdir(parents=True)
    command = [FIREFOX, "--headless", "--no-remote", "--profile", folder / "profile", "--remote-debugging-port", "0"]
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    log = folder / "log"
    with (
        log.open("wb") as said,
        subprocess.Popen([*map(str, command), "about:blank"], stdout=said, stderr=said, env=environment) as process,
    ):
        try:
            with connect(f"{_address(log)}/session", max_size=None, open_timeout=GUARD) as socket:
                firefox = Firefox(socket)
                firefox.begin(width, height)
                yield firefox
        finally:
            process.terminate()


def _address(log: Path) -> str:
    for _ in attempts():
        found = _LISTENS.search(log.read_text())
        if found:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"Firefox does not listen: {log.read_text()}")
