"""`pointsman chat`: talk, turn by turn. The conversation is kept, and can be gone on with another day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure

from pointsman.adapters.cli.approval import approval
from pointsman.adapters.cli.call_options import choose_options
from pointsman.adapters.cli.chat_input import ChatLines, Left
from pointsman.adapters.cli.context import AppCommand, AppContext
from pointsman.adapters.cli.conversations import find_dialogue
from pointsman.adapters.cli.exit_codes import INTERRUPTED, OK, report_failure
from pointsman.adapters.cli.show import print_events, show_end, show_stream
from pointsman.adapters.cli.show_media import draw_pictures
from pointsman.adapters.cli.stopping import cancel_on_interrupt
from pointsman.adapters.cli.terminal import Terminal
from pointsman.adapters.home import expand_home
from pointsman.core.chat.event import Done, Failed
from pointsman.core.chat.message import system, user
from pointsman.core.chat.request import ChatRequest
from pointsman.core.conversations.conversation import Conversation, Dialogue, Entry, messages_of
from pointsman.core.conversations.conversation_text import lines_of
from pointsman.core.database_address import names_server
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.core.prompts.personality import Personality
from pointsman.services.app import App
from pointsman.services.conversations.branches import entries_up_to
from pointsman.services.conversations.conversation_service import Conversations
from pointsman.services.ports.client import Client, ResponseStream
from pointsman.services.tasks.together import tasks_together

if TYPE_CHECKING:  # it is loaded where a file is named
    from pointsman.adapters.cli.attachments import Attachments

HELP = """/help     this
/model M  go on with another model (`model` or `provider/model`)
/system T set the instructions (`/system -` takes them away, /system shows them)
/again    ask the last question anew, as /regenerate does; both answers are kept
/edit     change the last question and ask it anew
/compare M …  ask the last question of other models too, side by side
/file F   show the model a file with your next message: any that `read` takes;
          what is too long for it is read by parts, after you were told the
          cost; /file alone takes that along once more
/tools    say which tools the model has
/clear    begin a new conversation
/history  show the conversation
/fork     go on in a copy; the conversation stays as it is
/save T   give the conversation the title T (it is kept in any case)
/cost     say what the conversation has cost
/exit     leave (so does Ctrl-D)
Ctrl-C stops an answer; what had come is kept.
A pasted block is one message. A line that ends in a backslash goes on in the
next; \"\"\" begins and ends a text of many lines. Up brings back what was typed
before, Tab completes commands and models."""
COMMANDS = tuple(sorted({*re.findall(r"^(/\w+)", HELP, re.MULTILINE), "/regenerate", "/quit"}))


@attrs.define
class _ChatSession:
    """The conversation that is going on: it is kept from its first message on."""

    talks: Conversations
    id: str | None = None
    model: str = ""
    instructions: str | None = None
    draft: str = ""
    """What stands on the next line already, to be changed."""
    again: str = ""
    """What is to be asked anew, without waiting for a line."""
    after: str | None = None
    """The entry that the next message follows, where it is not the last one; empty: it begins the conversation."""
    read: Attachments | None = None
    """The files that go with the next message."""
    long: Attachments | None = None
    """The files that were read by parts last: the conversation does not hold their text."""

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
    lines = ChatLines(terminal, history_file(app), partial(complete, app))
    if not terminal.piped_in:
        terminal.note(f"Talking with {whom(talk, app)}. /help lists the commands, Ctrl-D leaves.")
        lines.prepare()
    code = await _talk(talk, lines, context)
    await _learn(talk, context)
    return code


async def _talk(talk: _ChatSession, lines: ChatLines, context: AppContext) -> int:
    """Turn by turn; the exit code is that of the last one."""
    code = OK
    while not isinstance(text := await lines.read_turn(talk.draft), Left):
        talk.draft = ""
        if not text.strip():
            continue
        if not text.startswith("/") or "\n" in text:
            code = await _turn(talk, text, context)
        elif not await _command(text, talk, context):
            return OK
        elif talk.again:
            again, talk.again = talk.again, ""
            code = await _turn(talk, again, context)
    return INTERRUPTED if text is Left.INTERRUPTED else code


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
    terminal.note(f"Going on with {title!r}: {len(dialogue.branch)} message(s) so far.")
    last = dialogue.branch[-1] if dialogue.branch else None
    if last is not None and last.status != "complete":
        terminal.note(f"The last answer was cut off: {last.message.text[-200:]!r}")


async def _turn(talk: _ChatSession, text: str, context: AppContext) -> int:
    """Ask, with the files that were named before; what is too long for the model is read by parts."""
    terminal = context.terminal
    id = await talk.ensure_conversation()
    if not isinstance(id, str):
        return report_failure(id, terminal)
    standing = (system(talk.instructions),) if talk.instructions else ()
    read, talk.read = talk.read, None
    shown = () if read is None else read.parts
    asked = choose_options(ChatRequest("", (*standing, user(*shown, text))), context.options, context.app)
    if talk.model:  # chosen in mid-conversation
        asked = attrs.evolve(asked, model=talk.model)
    after, talk.after = talk.after, None
    if read is None or not read.documents:
        return await _show_answer(talk.talks.stream(id, asked, after), context)
    return await _turn_with_documents(talk, id, asked, after, read, context)


async def _turn_with_documents(
    talk: _ChatSession, id: str, asked: ChatRequest, after: str | None, read: Attachments, context: AppContext
) -> int:
    """As long as they fit as any turn, else by parts. What reads documents is loaded here."""
    from pointsman.adapters.cli.by_parts import advise_window, fit_documents

    talks, dialogue = talk.talks, unwrap_or_failure(await settle(talk.talks.get(id)))
    if not isinstance(dialogue, Dialogue):
        return report_failure(dialogue, context.terminal)
    before = dialogue.branch if after is None else entries_up_to(dialogue, after)
    fitted = await fit_documents(asked, before, read, context)
    if isinstance(fitted, int):
        return fitted
    question, client = fitted
    if client is None:
        return advise_window(await _show_answer(talks.stream(id, question, after), context), context)
    code = await _show_answer(talks.through(client).stream(id, question, after), context)
    talk.long = read
    if code == 0:
        context.terminal.note("To ask more of it, type /file alone: it goes with the next message once more.")
    return code


async def _show_answer(stream: ResponseStream, context: AppContext) -> int:
    """Print it as it comes, until Ctrl-C; the exit code."""
    options, terminal = context.options, context.terminal
    end: Done | Failed | int | None = None
    with anyio.CancelScope() as scope:
        async with tasks_together() as group:
            group.start_soon(cancel_on_interrupt, scope)
            async with stream as events:
                end = await (
                    print_events(events, terminal) if options.json else show_stream(events, terminal, options.verbose)
                )
            group.cancel_scope.cancel()
    if end is None:
        terminal.note("\nStopped; what had come is kept.")
        return INTERRUPTED
    return end if isinstance(end, int) else show_end(end, terminal, options.verbose)


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
            talk.id = talk.after = None
            terminal.note("A new conversation begins; the one before is kept.")
        case "/model" if rest:
            _choose_model(rest, talk, context)
        case "/model":
            terminal.note(f"Talking with {whom(talk, context.app)}; /model NAME goes on with another.")
        case "/system" if rest:
            talk.instructions = None if rest == "-" else rest
            terminal.note("The instructions are set." if rest != "-" else "There are no instructions now.")
        case "/system":
            terminal.note(talk.instructions or "There are no instructions; /system TEXT sets them.")
        case "/again" | "/regenerate" | "/edit" | "/compare":
            await _last_question(name, rest, talk, context)
        case "/tools":
            for tool in context.tools:
                terminal.note(f"{tool.spec.name}: {(tool.spec.description.splitlines() or [''])[0]}")
            if not context.tools:
                terminal.note("There are none; start with --tools calculator, say. `pointsman tools` lists them.")
        case "/file" if rest:
            await _attach(rest, talk, context)
        case "/file":
            _attach_again(talk, terminal)
        case "/history" | "/cost":
            _tell(await talk.dialogue(), name, terminal)
        case "/fork" | "/save" if talk.id is not None:
            await _change_conversation(name, rest, talk.id, talk, terminal)
        case "/fork" | "/save":
            terminal.note("Nothing has been said yet.")
        case _:
            terminal.note(f"There is no command {name}; /help lists them.")
    return True


def whom(talk: _ChatSession, app: App) -> str:
    """Who answers: `provider/model`, as far as that is known."""
    provider = app.settings.providers.get(app.settings.default_provider or "")
    if talk.model:
        return talk.model
    if app.settings.routing.always or provider is None:
        return "whom the router chooses" if app.settings.routing.always else "nobody yet"
    model = app.manager.planner.routes.default_models.get(provider.name) or provider.model
    return f"{provider.name}/{model}" if model else f"{provider.name} (the model it has loaded)"


def history_file(app: App) -> Path | None:
    """Where typed lines are kept: beside the database; nowhere if what is said is encrypted or not kept at all."""
    database = app.settings.database
    if app.settings.encrypted or not app.settings.log or database in (None, "", ":memory:") or names_server(database):
        return None
    return expand_home(str(database)).parent / "chat_history"


def complete(app: App, line: str) -> Sequence[str]:
    """What Tab makes of `line`: commands, and after `/model` and `/compare` the models that the settings name."""
    command, space, typed = line.partition(" ")
    if not space:
        return [name + " " for name in COMMANDS if name.startswith(line)] if line.startswith("/") else []
    if command not in ("/model", "/compare"):
        return []
    before, _, last = typed.rpartition(" ")
    start = f"{command} {before} " if before else f"{command} "
    named = [f"{one.name}/{one.model or ''}" for one in app.settings.providers.values()]
    return [start + name for name in sorted({*named, *app.settings.aliases}) if name.startswith(last)]


def _choose_model(name: str, talk: _ChatSession, context: AppContext) -> None:
    settings, terminal = context.app.settings, context.terminal
    provider, slash, _ = name.partition("/")
    if slash and provider not in settings.providers and name not in settings.aliases:
        known = ", ".join(sorted(settings.providers))
        terminal.note(f"No provider is called {provider} ({known} are set up): {name} is taken as a model's own name.")
    talk.model = name
    terminal.note(f"Going on with {name}.")


async def _last_question(name: str, rest: str, talk: _ChatSession, context: AppContext) -> None:
    """Ask the last question anew, changed or of others: in a branch that begins where it stands."""
    terminal, dialogue = context.terminal, await talk.dialogue()
    entries = dialogue.branch if isinstance(dialogue, Dialogue) else ()
    questions = [entry for entry in entries if entry.message.role == "user"]
    if not questions or not isinstance(dialogue, Dialogue):
        terminal.note("Nothing has been said yet.")
        return
    last = questions[-1]
    if name == "/compare":
        await _compare_last(rest, dialogue, last, talk, context)
        return
    before = entries[: entries.index(last)]
    talk.after = before[-1].id if before else ""
    if name == "/edit":
        talk.draft = last.message.text
    else:
        talk.again = last.message.text


async def _compare_last(names: str, dialogue: Dialogue, last: Entry, talk: _ChatSession, context: AppContext) -> None:
    from pointsman.adapters.cli.compare import ask_models

    models = names.split()
    if not models:
        context.terminal.note("Say whom: /compare openai/gpt-4o ollama/qwen3")
        return
    entries = dialogue.branch[: dialogue.branch.index(last) + 1]
    standing = (system(talk.instructions),) if talk.instructions else ()
    request = choose_options(ChatRequest("", (*standing, *messages_of(entries))), context.options, context.app)
    await ask_models(models, request, context)


async def _attach(name: str, talk: _ChatSession, context: AppContext) -> None:
    """Read a file, to be shown with the next message."""
    from pointsman.adapters.cli.attachments import Attachments, read_attachments

    read = unwrap_or_failure(await read_attachments([name], context))
    if not isinstance(read, Attachments):
        context.terminal.complain(read)
        return
    talk.read = read if talk.read is None else talk.read.joined_with(read)
    draw_pictures(read.pictures, context.terminal)
    length = f" (about {read.tokens:,} tokens)" if read.documents else ""
    context.terminal.note(f"{name}{length} goes with your next message.")


def _attach_again(talk: _ChatSession, terminal: Terminal) -> None:
    """What was read by parts last, to be read for the next message too."""
    if talk.long is None:
        terminal.note("Say which: /file NAME.")
        return
    talk.read = talk.long if talk.read is None else talk.read.joined_with(talk.long)
    names = ", ".join(document.name for document in talk.long.documents)
    terminal.note(f"{names} goes with your next message.")


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
        for entry in dialogue.branch:
            mark = "" if entry.status == "complete" else f" [{entry.status}]"
            said = "\n".join(lines_of(entry.message)).strip()
            terminal.note(f"{entry.message.role}{mark}: {said}")
