"""What `pointsman serve` says when it runs."""

from __future__ import annotations

from pointsman.adapters.cli.terminal import Terminal

_BASES = (("OpenAI", "/v1"), ("Anthropic", ""), ("Gemini", ""), ("Ollama", ""))


def announce(address: str, link: str | None, active: str, demo: bool, terminal: Terminal) -> None:
    """Where to open it, and which base URLs the vendors' SDKs take."""
    if demo:
        terminal.say("Nothing is set up and no local server answers: models are simulated until you save a provider.")
    else:
        terminal.say(f"Asking {active} where no model is named.")
    bases = " · ".join(f"{name} {address}{path}" for name, path in _BASES)
    terminal.say(f"Base URLs: {bases}")
    terminal.say(f"Open {address}/{'#link=' + link if link else ''}  (Ctrl-C stops)")
