"""`pointsman chat`: talk, turn by turn. The conversation is kept, and can be gone on with another day."""

from __future__ import annotations

import signal

import anyio
import anyio.to_thread
import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure

from pointsman.adapters.cli.approval import approval
from pointsman.adapters.cli.call_options import choose_options
from pointsman.adapters.cli.context import AppCommand, AppContext
from pointsman.adapters.cli.conversations import find_dialogue
from pointsman.adapters.cli.exit_codes import INTERRUPTED, OK, report_failure
from pointsman.adapters.cli.show import show_end, show_stream
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.event import Done, Failed
from pointsman.core.chat.message import system, user
from pointsman.core.chat.part import Part
from pointsman.core.chat.request import ChatRequest
from pointsman.core.conversations.conversation import Conversation, Dialogue
from pointsman.core.conversations.conversation_text import lines_of
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.core.prompts.personality import Personality
from pointsman.services.conversations.conversation_service import Conversations
from pointsman.services.ports.client import Client
from pointsman.services.tasks.together import tasks_together

HELP = """/help     this
/model M  go on with another model (`model` or `provider/model`)
/system T set the instructions
/file F   show the model a file with your next message (PDF, DOCX, EPUB, HTML, text, picture, recording)
/tools    say which tools the model has
/clear    begin a new conversation
/history  show the conversation
/fork     go on in a copy; the conversation stays as it is
/save T   give the conversation the title T (it is kept in any case)
/cost     say what the conversation has cost
/exit     leave (so does Ctrl-D)
Ctrl-C stops an answer; what had come is kept.
A line that ends in a backslash goes on in the next; \"\"\" begins and ends a text of many lines."""


@attrs.define
class _ChatSession:
    """The conversation that is going on: it is kept from its first message on."""

    talks: Conversations
    id: str | None = None
    model: str = ""
    instructions: str | None = None
    files: tuple[Part, ...] = ()
    """What goes with the next message."""

    async def ensure_conversation(self) -> str | LLMError:
        """The id of the conversation, which is made if need be."""
        if self.id is None:
            made = unwrap_or_failure(await settle(self.talks.create()))
            if not isinstance(made, Conversation):
                return made
            self.id = made.id
        return self.id

    async def dialogue(self) -> Dialogue | LLMError | None:
        """All of it so far; None where nothing has been said yet."""
        return None if self.id is None else unwrap_or_failure(await settle(self.talks.get(self.id)))


@AppCommand
async def chat(context: AppContext) -> int:
    """Talk until the input ends; the exit code is that of the last turn."""
    app, options, terminal = context.app, context.options, context.terminal
    talk = _ChatSession(_talks(context), instructions=options.system or app.settings.system)
    named = options.conversation or ("latest" if options.go_on else None)
    if named is not None:
        found = await find_dialogue(talk.talks.store, named)
        if not isinstance(found, Dialogue):
            return report_failure(found, terminal)
        _go_on(talk, found, terminal)
    code = OK
    if not terminal.piped_in:
        terminal.note("Talk away. /help lists the commands, Ctrl-D leaves.")
        _line_editing()
    while (text := await anyio.to_thread.run_sync(read_turn, terminal, abandon_on_cancel=True)) is not None:
        if not text.strip():
            continue
        if text.startswith("/"):
            if not await _command(text, talk, context):
                code = OK
                break
            continue
        code = await _turn(talk, text, context)
    await _learn(talk, context)
    return code


def _talks(context: AppContext) -> Conversations:
    """The conversations, with the personality, the memory and the tools that are wanted."""
    app, options = context.app, context.options
    personality = app.settings.personality
    client: Client = app.client
    beside = 0
    if options.memory or options.learn or personality != Personality():
        enhanced = app.manager.enhanced(personality=personality, memories=5 if options.memory or options.learn else 0)
        client, beside = enhanced, enhanced.enhancer.budget
    if context.tools:
        tooled = app.manager.tooled(*context.tools, approve=approval(context.terminal))
        client = attrs.evolve(tooled, inner=client)
    return app.manager.conversations.through(client, beside)


async def _learn(talk: _ChatSession, context: AppContext) -> None:
    """With `--learn`, keep what the conversation says that is worth it."""
    app, options, terminal = context.app, context.options, context.terminal
    if not options.learn or talk.id is None:
        return
    learned = await settle(app.manager.learn(talk.id, model=talk.model or "", tenant=options.tenant or ""))
    if isinstance(learned, Failure):
        terminal.complain(learned.failure())
        return
    for memory in learned.unwrap():
        terminal.note(f"Remembered: {memory.text}")


def _go_on(talk: _ChatSession, dialogue: Dialogue, terminal: Terminal) -> None:
    talk.id = dialogue.conversation.id
    title = dialogue.conversation.title or talk.id
    terminal.note(f"Going on with {title!r}: {len(dialogue.entries)} message(s) so far.")
    last = dialogue.entries[-1] if dialogue.entries else None
    if last is not None and last.status != "complete":
        terminal.note(f"The last answer was cut off: {last.message.text[-200:]!r}")


async def _turn(talk: _ChatSession, text: str, context: AppContext) -> int:
    options, terminal = context.options, context.terminal
    id = await talk.ensure_conversation()
    if not isinstance(id, str):
        return report_failure(id, terminal)
    standing = (system(talk.instructions),) if talk.instructions else ()
    asked = choose_options(ChatRequest("", (*standing, user(*talk.files, text))), options, context.app)
    talk.files = ()
    if talk.model:  # chosen in mid-conversation
        asked = attrs.evolve(asked, model=talk.model)
    end: Done | Failed | None = None
    with anyio.CancelScope() as scope:
        async with tasks_together() as group:
            group.start_soon(_stop_on_interrupt, scope)
            async with talk.talks.stream(id, asked) as events:
                end = await show_stream(events, terminal, options.verbose)
            group.cancel_scope.cancel()
    if end is None:
        terminal.note("\nStopped; what had come is kept.")
        return INTERRUPTED
    return show_end(end, terminal, options.verbose)


async def _stop_on_interrupt(scope: anyio.CancelScope) -> None:
    """Ctrl-C stops the answer and not the program."""
    with anyio.open_signal_receiver(signal.SIGINT) as interrupts:
        async for _ in interrupts:
            scope.cancel()


async def _command(text: str, talk: _ChatSession, context: AppContext) -> bool:
    """Do what a slash command says; False ends the talk."""
    terminal = context.terminal
    name, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    match name:
        case "/exit" | "/quit":
            return False
        case "/help":
            terminal.note(HELP)
        case "/clear":
            talk.id = None
            terminal.note("A new conversation begins; the one before is kept.")
        case "/model" if rest:
            talk.model = rest
            terminal.note(f"Going on with {rest}.")
        case "/system":
            talk.instructions = rest or None
            terminal.note("The instructions are set." if rest else "There are no instructions now.")
        case "/tools":
            for tool in context.tools:
                terminal.note(f"{tool.spec.name}: {(tool.spec.description.splitlines() or [''])[0]}")
            if not context.tools:
                terminal.note("There are none; start with --tools calculator, say. `pointsman tools` lists them.")
        case "/file" if rest:
            await _attach(rest, talk, context)
        case "/history" | "/cost":
            _tell(await talk.dialogue(), name, terminal)
        case "/fork" | "/save" if talk.id is not None:
            await _change_conversation(name, rest, talk.id, talk, terminal)
        case "/fork" | "/save":
            terminal.note("Nothing has been said yet.")
        case _:
            terminal.note(f"There is no command {name}; /help lists them.")
    return True


async def _attach(name: str, talk: _ChatSession, context: AppContext) -> None:
    """Read a file, to be shown with the next message."""
    from pointsman.adapters.cli.attachments import Attachments, read_attachments

    read = unwrap_or_failure(await read_attachments([name], context))
    if not isinstance(read, Attachments):
        context.terminal.complain(read)
        return
    talk.files = (*talk.files, *read.parts)
    length = f" (about {read.tokens:,} tokens)" if read.documents else ""
    context.terminal.note(f"{name}{length} goes with your next message.")


async def _change_conversation(name: str, title: str, id: str, talk: _ChatSession, terminal: Terminal) -> None:
    done = await settle(talk.talks.fork(id) if name == "/fork" else talk.talks.rename(id, title))
    conversation = done.value_or(None)
    if conversation is None:
        terminal.complain(done.failure())
        return
    talk.id = conversation.id
    terminal.note(f"Kept as {conversation.title!r} ({conversation.id}).")


def _tell(dialogue: Dialogue | LLMError | None, name: str, terminal: Terminal) -> None:
    if dialogue is None:
        terminal.note("Nothing has been said yet.")
    elif not isinstance(dialogue, Dialogue):
        terminal.complain(dialogue)
    elif name == "/cost":
        terminal.note(f"{len(dialogue.entries)} message(s), cost {dialogue.cost}.")
    else:
        for entry in dialogue.entries:
            mark = "" if entry.status == "complete" else f" [{entry.status}]"
            said = "\n".join(lines_of(entry.message)).strip()
            terminal.note(f"{entry.message.role}{mark}: {said}")


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
