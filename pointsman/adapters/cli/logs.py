"""`pointsman logs`: what was asked and answered, turn by turn, to read and to search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
from returns.methods import unwrap_or_failure

from pointsman.adapters.cli.context import StoresCommand, StoresContext
from pointsman.adapters.cli.exit_codes import OK, report_failure, report_missing
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.show import first_code_block, usage_text
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.conversations.conversation import Dialogue, Entry, title_of
from pointsman.core.conversations.conversation_text import minute
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.core.json import dumps_text
from pointsman.core.words import missing_terms, terms_of
from pointsman.services.ports.conversation_store import ConversationPage, ConversationQuery, ConversationStore

_PAGE = 50


@attrs.frozen
class LoggedTurn:
    """A question, and what was answered."""

    dialogue: Dialogue
    question: Entry
    answer: Entry | None

    @property
    def answer_text(self) -> str:
        """The text of the answer; empty where there is none."""
        return "" if self.answer is None else self.answer.message.text


@StoresCommand
async def logs(context: StoresContext) -> int:
    """Print the latest turns, oldest first; or the latest answer alone."""
    options, terminal = context.options, context.terminal
    alone = options.response or options.extract
    turns = await _latest(context.stores.conversations, " ".join(options.words), 1 if alone else options.limit)
    if not isinstance(turns, list):
        return report_failure(turns, terminal)
    if not turns and alone:
        return report_missing("nothing that fits was asked yet", terminal)
    if alone:
        terminal.say(first_code_block(turns[0].answer_text) if options.extract else turns[0].answer_text)
        return OK
    turns.reverse()
    if options.json:
        for turn in turns:
            terminal.say_json(_turn_json(turn))
    elif options.short:
        table(("ID", "TIME", "MODEL", "QUESTION"), [_row(turn) for turn in turns], terminal)
    else:
        for turn in turns:
            _show(turn, terminal)
    if not turns and not options.json:
        terminal.note("Nothing that fits was asked yet.")
    return OK


async def _latest(store: ConversationStore, search: str, limit: int) -> list[LoggedTurn] | LLMError:
    """The `limit` latest turns in which all words of `search` are, the latest first."""
    words, turns = terms_of(search), list[LoggedTurn]()
    query = ConversationQuery(search=search, limit=_PAGE)
    while True:
        found = unwrap_or_failure(await settle(store.find(query)))
        if not isinstance(found, ConversationPage):
            return found
        page = found.conversations
        for one in page:
            if len(turns) >= limit and one.updated < turns[limit - 1].question.time:
                return turns[:limit]
            dialogue = unwrap_or_failure(await settle(store.get(one.id)))
            if not isinstance(dialogue, Dialogue):
                return dialogue
            turns += [turn for turn in turns_of(dialogue) if not words or _speaks_of(turn, words)]
            turns.sort(key=lambda turn: turn.question.time, reverse=True)
        if len(page) < _PAGE and found.complete:
            return turns[:limit]
        query = attrs.evolve(query, before=found.upto or (page[-1].updated, page[-1].id))


def turns_of(dialogue: Dialogue) -> Iterator[LoggedTurn]:
    """Each question of a person with the last answer before the next one."""
    question: Entry | None = None
    answer: Entry | None = None
    for entry in dialogue.entries:
        if entry.message.role == "user":
            if question is not None:
                yield LoggedTurn(dialogue, question, answer)
            question, answer = entry, None
        elif entry.message.role == "assistant":
            answer = entry
    if question is not None:
        yield LoggedTurn(dialogue, question, answer)


def _speaks_of(turn: LoggedTurn, terms: Sequence[str]) -> bool:
    return not missing_terms(f"{turn.question.message.text}\n{turn.answer_text}", terms)


def _model(turn: LoggedTurn) -> str:
    return "" if turn.answer is None else "/".join(filter(None, (turn.answer.provider, turn.answer.model)))


def _row(turn: LoggedTurn) -> tuple[str, ...]:
    question = title_of(turn.question.message.text)
    return turn.dialogue.conversation.id, minute(turn.question.time), _model(turn), question


def _show(turn: LoggedTurn, terminal: Terminal) -> None:
    terminal.say(f"# {minute(turn.question.time)} UTC  {turn.dialogue.conversation.id}\n")
    terminal.say(f"## Question\n\n{turn.question.message.text}\n")
    answer = turn.answer
    if answer is None:
        return
    ended = "" if answer.status == "complete" else f", {answer.status}{': ' + answer.error if answer.error else ''}"
    told = f"{usage_text(answer.usage)}, cost {answer.cost}"
    terminal.say(f"## Answer ({_model(turn) or 'nobody'}, {told}{ended})\n\n{turn.answer_text}\n")


def _turn_json(turn: LoggedTurn) -> str:
    answer, conversation = turn.answer, turn.dialogue.conversation
    usd = None if answer is None or answer.cost.usd is None else str(answer.cost.usd.normalize() + 0)
    return dumps_text(
        {
            "conversation": conversation.id,
            "time": turn.question.time,
            "system": conversation.system,
            "prompt": turn.question.message.text,
            "answer": turn.answer_text,
            "provider": "" if answer is None else answer.provider,
            "model": "" if answer is None else answer.model,
            "status": "" if answer is None else answer.status,
            "error": "" if answer is None else answer.error,
            "usage": None if answer is None else {"input": answer.usage.input, "output": answer.usage.output},
            "cost_usd": usd,
            "tags": list(conversation.tags),
        }
    )
