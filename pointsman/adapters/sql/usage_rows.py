"""A usage record as a row, and back: columns that a person can query. A row that cannot be kept holds up no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, cast

from pointsman.adapters.codec import decode, encode
from pointsman.adapters.sql.transactions import SqlConnection, storable
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.usage import Usage
from pointsman.core.json import Json, as_list, as_text, dumps_text, loads
from pointsman.core.money.call_trace import read_trace, write_trace
from pointsman.core.money.cost import from_picodollars
from pointsman.core.money.settlement import Amount, Charge, Settlement
from pointsman.core.money.usage_record import UsageRecord

Row: TypeAlias = tuple[Any, ...]
COLUMNS = (
    "id, time, kind, provider, model, task, tenant, conversation, tags, input, output, cached_input, cache_write,"
    " reasoning, estimated, picodollars, cost_complete, saved_picodollars, saved_complete, latency_ms, first_ms,"
    " attempts, cache, outcome, finish, experiment, variant, prompt, answer,"
    " cache_write_1h, basis, unseen_tokens, charges, audio_input, audio_output, trace, request"
)
_ADD = f"INSERT INTO usage ({COLUMNS}) VALUES ({', '.join('?' * 37)}) ON CONFLICT (id) DO UPDATE SET " + ", ".join(
    f"{name.strip()} = excluded.{name.strip()}" for name in COLUMNS.split(",")
)
_LARGEST = 2**63 - 1


def add_rows(connection: SqlConnection, rows: Sequence[Row], unfit: tuple[type[Exception], ...]) -> bool:
    """Keep all of `rows`; False where some cannot be, for which `unfit` is raised. The others are kept."""
    if not rows:
        return True
    connection.execute("SAVEPOINT usage_rows")
    try:
        connection.executemany(_ADD, rows)
    except unfit:
        connection.execute("ROLLBACK TO SAVEPOINT usage_rows")
        for row in rows if len(rows) > 1 else ():
            add_rows(connection, (row,), unfit)
        return False
    finally:
        connection.execute("RELEASE SAVEPOINT usage_rows")
    return True


def row_of(record: UsageRecord) -> Row:
    """The columns of `record`."""
    usage, cost, saved = record.usage, record.cost, record.saved
    provider, model, task, tenant, conversation, outcome, finish, experiment, variant, prompt, answer, trace = _texts(
        record.provider,
        record.model,
        record.task,
        record.tenant,
        record.conversation,
        record.outcome,
        record.finish,
        record.experiment,
        record.variant,
        record.prompt,
        record.answer,
        write_trace(record.trace),
    )
    input, output, cached, written, thought, paid, spared, hourly, unseen, heard, spoken = _counts(
        usage.input,
        usage.output,
        usage.cached_input,
        usage.cache_write,
        usage.reasoning,
        cost.picodollars,
        saved.picodollars,
        usage.cache_write_1h,
        record.unseen_tokens,
        usage.audio_input,
        usage.audio_output,
    )
    return (
        record.id,
        record.time,
        record.kind,
        provider,
        model,
        task,
        tenant,
        conversation,
        dumps_text(record.tags),
        input,
        output,
        cached,
        written,
        thought,
        int(usage.estimated),
        paid,
        int(cost.complete),
        spared,
        int(saved.complete),
        record.latency_ms,
        record.first_ms,
        record.attempts,
        record.cache,
        outcome,
        finish,
        experiment,
        variant,
        prompt,
        answer,
        hourly,
        record.basis,
        unseen,
        _charges(record),
        heard,
        spoken,
        trace,
        _request(record.request),
    )


def _texts(*texts: str) -> tuple[str, ...]:
    """`texts` as databases can keep them; all at once, since nearly all of them can be kept as they are."""
    return texts if "".join(texts).isascii() else tuple(map(storable, texts))


def _counts(*numbers: int | None) -> tuple[int | None, ...]:
    """`numbers` as SQLite can keep them."""
    known = [number for number in numbers if number is not None]
    if not known or max(known) <= _LARGEST:
        return numbers
    return tuple(None if number is None else min(number, _LARGEST) for number in numbers)


def _request(request: ChatRequest | None) -> str:
    """As JSON; empty where it holds what JSON can't carry, such as half of a surrogate pair."""
    if request is None:
        return ""
    try:
        return encode(request, ChatRequest).decode()
    except (TypeError, ValueError):
        return ""


def _charges(record: UsageRecord) -> str:
    """The tries of a call; a single one at the place of the record says no more than that does."""
    charges = record.charges
    if not charges:
        return ""
    if len(charges) == 1 and charges[0].provider == record.provider and charges[0].model == record.model:
        return ""
    return dumps_text([_charge_row(one) for one in record.charges])


def _charge_row(charge: Charge) -> list[Json]:
    settled = charge.settlement
    amount = settled.amount
    place: list[Json] = [charge.id, charge.provider, charge.model]
    return [*place, amount.picodollars, amount.tokens, settled.basis, settled.complete]


def _read_charges(text: str) -> tuple[Charge, ...]:
    found = (as_list(one) for one in as_list(loads(text).value_or([])))
    return tuple(
        Charge(as_text(id), as_text(provider), as_text(model), Settlement(Amount(pico, tokens), basis, complete))
        for id, provider, model, pico, tokens, basis, complete in cast("Iterator[Any]", found)
    )


def record_of(row: Row) -> UsageRecord:
    """The record of which `row` holds the columns."""
    return UsageRecord(
        id=row[0],
        time=row[1],
        kind=row[2],
        provider=row[3],
        model=row[4],
        task=row[5],
        tenant=row[6],
        conversation=row[7],
        tags=tuple(as_text(tag) for tag in as_list(loads(row[8]).value_or([]))),
        usage=Usage(row[9], row[10], row[11], row[12], row[13], bool(row[14]), row[29], row[33], row[34]),
        cost=from_picodollars(row[15], bool(row[16])),
        saved=from_picodollars(row[17], bool(row[18])),
        latency_ms=row[19],
        first_ms=row[20],
        attempts=row[21],
        cache=row[22],
        outcome=row[23],
        finish=row[24],
        experiment=row[25],
        variant=row[26],
        prompt=row[27],
        answer=row[28],
        basis=row[30],
        unseen_tokens=row[31],
        charges=_read_charges(row[32]) if row[32] else (),
        trace=read_trace(row[35]),
        request=decode(row[36].encode(), ChatRequest).value_or(None) if row[36] else None,
    )


_BLANK = row_of(UsageRecord(id="", time=0.0))


def complete_row(found: Sequence[Json]) -> Row | None:
    """The columns that this version has, of a row that another one may have written; None where they are no columns."""
    row = (*found, *_BLANK[len(found) :])[: len(_BLANK)]
    is_row = bool(found) and all(one is None or isinstance(one, (str, int, float)) for one in row)
    return row if is_row else None
