"""What the stub server's model says: scripts of stream events, chosen by words in the message."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

POINTS = """Points let a train leave its track without stopping. **Three things** have to hold before the signal clears:

1. The blades lie *fully* against the stock rail.
2. The lock is in, and `detection` agrees with the lever.
3. Nothing stands on the next section.

| Part | Moves | Fails as |
|:-----|:-----:|---------:|
| Switch blade | yes | gap at the tip |
| Frog | no | wear |
| Stretcher bar | yes | fracture |

The rule in code:

```python
from dataclasses import dataclass


@dataclass(frozen=True)
class Points:
    \"\"\"A set of points; `locked` is what the detector reports.\"\"\"

    position: str
    locked: bool = False

    def clear(self, wanted: str) -> bool:  # the interlocking asks this
        return self.locked and self.position == wanted
```

> A lever that moves freely is not a lever that is locked.

More in [the rule book](https://example.com/rules) or at https://example.com/points.
"""

HOSTILE = """# <img src=x onerror="window.pwned=1">

<script>window.pwned = 1</script>

[click me](javascript:window.pwned=1) and [data](data:text/html,<script>window.pwned=1</script>)
[tabbed](java\tscript:window.pwned=1) [fine](https://example.com/?q=<script>)

![pixel](https://evil.example/track.gif) <svg onload="window.pwned=1"></svg>

| <b>a</b> | " onmouseover="window.pwned=1 |
|---|---|
| <iframe src="javascript:window.pwned=1"> | `</code><script>window.pwned=1</script>` |

```html"><script>window.pwned=1</script>
</code></pre><script>window.pwned=1</script><img src=x onerror=window.pwned=1>
```

- [ ] <a href="javascript:window.pwned=1" style="position:fixed">x</a>
- **bold <style>body{display:none}</style>**

<https://example.com/"onclick="window.pwned=1>
""" + "".join(f"{'>' * depth} nested\n\n" for depth in (1, 12, 400))

THINKING = "The user asks about points. I should name the conditions first, then show them as code, and keep it short."


def text_of(message: str) -> str:
    """The answer to a message."""
    if "hostile" in message:
        return HOSTILE
    if "long" in message:
        return "".join(f"## Section {number}\n\n{POINTS}\n" for number in range(1, 110))
    if "short" in message:
        return "Towards the tower."
    return POINTS


def pieces(text: str, size: int = 24) -> Iterator[str]:
    """The text in pieces, as a provider sends it."""
    for start in range(0, len(text), size):
        yield text[start : start + size]


def usage(text: str, prompt: str) -> Json:
    """Counted tokens; a message about `unknown` has none."""
    if "unknown" in prompt:
        return {
            "input": None,
            "output": None,
            "cached": None,
            "cache_write": None,
            "reasoning": None,
            "estimated": False,
        }
    written = len(text) // 4
    return {"input": 212, "output": written, "cached": 128, "cache_write": 0, "reasoning": 27, "estimated": False}


def cost(tokens: Json) -> Json:
    """Money of a usage, unknown when the usage is."""
    if tokens["output"] is None:
        return {"amount": "0", "complete": False}
    return {"amount": f"{tokens['input'] * 2.5e-6 + tokens['output'] * 1e-5:.6f}", "complete": True}


def sse(name: str, data: Json) -> bytes:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


CALL: Json = {"_type": "ToolCall", "id": "call_1", "name": "calculator", "arguments": '{"expression": "17 * 23"}'}
RESULT: Json = {
    "_type": "ToolResult",
    "call_id": "call_1",
    "name": "calculator",
    "content": [{"_type": "Text", "text": "391"}],
    "is_error": False,
}


def tool_events() -> Iterator[tuple[str, Json]]:
    """A round in which the model uses the calculator."""
    yield "ToolCallStarted", {"index": 0, "id": "call_1", "name": "calculator"}
    for piece in pieces(CALL["arguments"], 9):
        yield "ToolCallDelta", {"index": 0, "arguments": piece}
    yield "PartDone", {"index": 0, "part": CALL}
    yield "ToolRan", {"call": CALL, "result": RESULT, "milliseconds": 1.7}


def events(message: str) -> Iterator[tuple[str, Json]]:
    """The events of an answer before its end."""
    index = 0
    if "restart" in message:
        yield "TextDelta", {"index": 0, "text": "This will be dropped, because the model fell over."}
        yield "Restarted", {"model": "anthropic/claude-haiku-4-5"}
    if "think" in message or "points" in message:
        for piece in pieces(THINKING):
            yield "ReasoningDelta", {"index": 0, "text": piece}
        yield "PartDone", {"index": 0, "part": {"_type": "Reasoning", "text": THINKING}}
        index = 1
    if "tool" in message:
        yield from tool_events()
        index = 0
    text = text_of(message)
    for piece in pieces(text, 400 if "long" in message else 24):
        yield "TextDelta", {"index": index, "text": piece}
    yield "PartDone", {"index": index, "part": {"_type": "Text", "text": text}}
