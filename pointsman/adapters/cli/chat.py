"""`pointsman chat`: talk, turn by turn."""

from __future__ import annotations

import argparse

import anyio
import anyio.to_thread
import attrs

from pointsman.adapters.cli.choosing import chosen
from pointsman.adapters.cli.exit_codes import OK
from pointsman.adapters.cli.show import show_end, show_stream
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.event import Done
from pointsman.core.message import Message, system, user
from pointsman.core.request import ChatRequest
from pointsman.services.app import App

HELP = """/help     this
/model M  go on with another model (`model` or `provider/model`)
/system T set the instructions
/clear    forget the conversation
/history  show the conversation
/exit     leave (so does Ctrl-D)
A line that ends in a backslash goes on in the next; \"\"\" begins and ends a text of many lines."""


@attrs.define
class _Talk:
    """One conversation in memory."""

    model: str = ""
    instructions: str | None = None
    messages: tuple[Message, ...] = ()

    def request(self) -> ChatRequest:
        standing = (system(self.instructions),) if self.instructions else ()
        return ChatRequest(self.model, standing + self.messages)


async def chat(app: App, options: argparse.Namespace, terminal: Terminal) -> int:
    """Talk until the input ends; the exit code is that of the last turn."""
    talk = _Talk(instructions=options.system or app.settings.system)
    code = OK
    if not terminal.piped_in:
        terminal.note("Talk away. /help lists the commands, Ctrl-D leaves.")
        _line_editing()
    while (text := await anyio.to_thread.run_sync(read_turn, terminal, abandon_on_cancel=True)) is not None:
        if not text.strip():
            continue
        if text.startswith("/"):
            if not _command(text, talk, terminal):
                return OK
            continue
        code = await _turn(app, talk, text, options, terminal)
    return code


async def _turn(app: App, talk: _Talk, text: str, options: argparse.Namespace, terminal: Terminal) -> int:
    before = talk.messages
    talk.messages = (*before, user(text))
    request = talk.request()
    asked = chosen(request, options, app)
    if request.model:  # chosen in mid-conversation
        asked = attrs.evolve(asked, model=request.model)
    async with app.client.stream(asked) as events:
        end = await show_stream(events, terminal, options.verbose)
    if isinstance(end, Done):
        talk.messages = (*talk.messages, end.response.message)
    else:
        talk.messages = before
    return show_end(end, terminal, options.verbose)


def _command(text: str, talk: _Talk, terminal: Terminal) -> bool:
    """Do what a slash command says; False ends the talk."""
    name, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    match name:
        case "/exit" | "/quit":
            return False
        case "/help":
            terminal.note(HELP)
        case "/clear":
            talk.messages = ()
            terminal.note("The conversation is forgotten.")
        case "/model" if rest:
            talk.model = rest
            terminal.note(f"Going on with {rest}.")
        case "/system":
            talk.instructions = rest or None
            terminal.note("The instructions are set." if rest else "There are no instructions now.")
        case "/history":
            for message in talk.messages:
                terminal.note(f"{message.role}: {message.text}")
        case _:
            terminal.note(f"There is no command {name}; /help lists them.")
    return True


def read_turn(terminal: Terminal) -> str | None:
    """What the person types next, several lines if they want; None at the end of the input."""
    line = _line("> ", terminal)
    if line is None:
        return None
    if line.strip().startswith('"""'):
        return _until_fence(line.strip()[3:], terminal)
    lines = [line]
    while lines[-1].endswith("\\"):
        lines[-1] = lines[-1][:-1]
        more = _line("… ", terminal)
        if more is None:
            break
        lines.append(more)
    return "\n".join(lines)


def _until_fence(first: str, terminal: Terminal) -> str:
    lines = [first] if first else []
    while (line := _line("… ", terminal)) is not None:
        if line.rstrip().endswith('"""'):
            lines.append(line.rstrip()[:-3])
            break
        lines.append(line)
    return "\n".join(lines).rstrip("\n")


def _line(prompt: str, terminal: Terminal) -> str | None:
    if terminal.piped_in:
        line = terminal.source.readline()
        return line.rstrip("\n") if line else None
    try:
        return input(prompt)
    except EOFError:
        terminal.say()
        return None


def _line_editing() -> None:
    """Arrow keys and history, where Python has readline."""
    import importlib.util

    if importlib.util.find_spec("readline"):
        import readline  # noqa: F401  # importing it changes `input`
