"""What a command line can say, typed, moments included (`24h`, `2026-11-01`).

The parser fills it; a test holds the names of the two together.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from pointsman.core.chat.options import Strategy
from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.money.usage_report import GroupBy
from pointsman.core.retention import read_span
from pointsman.core.settings import LogFormat


class Options:
    """The options of every command by the parser's names. A command reads those that its own grammar has."""

    command: str
    """The first word of the line."""
    run: str
    """Where the command stands: `module:name`, below this package."""

    config: str | None
    database: str | None
    json: bool
    verbose: bool
    log_format: LogFormat | None
    yes: bool

    provider: str | None
    base_url: str | None
    model: str | None
    timeout: float | None
    """Seconds that the whole call may take."""

    temperature: float | None
    max_tokens: int | None
    system: str | None
    no_stream: bool

    task: str | None
    strategy: Strategy | None
    order: list[str]
    cache: Literal["use", "refresh", "off"]
    tag: list[str]
    tenant: str

    prompt: list[str]
    tools: str
    """Names of tools and MCP servers, separated by commas."""
    server: str | None
    """A server of models that somebody else runs, by name or address."""
    base: str | None
    """The model that an adapter is for."""
    mdns: bool
    recommended: bool
    files: list[str]
    """Documents, pictures and recordings: paths, of pictures also addresses; `-` is standard input."""
    pages: frozenset[int] | None
    describe: bool
    ocr: bool
    transcriber: str
    window: int | None
    """Tokens."""
    schema: str | None
    template: str | None
    set: list[str]
    """`NAME=VALUE` each."""

    parameters: list[list[str]]
    """A key and a value each."""
    no_log: bool
    extract: bool
    jsonl: bool
    save: str | None
    """Under which name the words of the line are kept as a template."""
    functions: str | None
    """Python code, or the path of a file with it."""
    compared: list[str]
    """Models that are asked the same."""
    short: bool
    response: bool

    memory: bool
    learn: bool
    go_on: bool
    conversation: str
    explain: bool
    detailed: bool

    text: list[str]
    dimensions: int | None

    file: str
    force: bool
    key: str
    language: str | None
    hint: str | None
    """What a transcription is told of spelling and style."""
    segments: bool

    host: str
    port: int
    allow_host: list[str]
    https: bool
    open: bool
    no_demo: bool
    drain: float | None
    """Seconds."""
    reuse_port: bool
    workers: int

    since: str
    until: str | None
    by: GroupBy

    action: str
    words: list[str]
    name: str | None
    names: list[str]
    format: Literal["json", "markdown", "jsonl"]
    limit: int
    user: str
    importance: float

    seed: int
    pace: float
    """Pieces a second; 0 is as fast as can be."""
    scenario: str | None
    api_key: str | None
    strict: bool
    record: str | None

    rounds: int
    budget: Decimal | None
    """Dollars."""
    watch: str | None
    """A log to follow, `-` for standard input."""
    check: str | None
    from_start: bool
    most: int
    per_minute: int

    evaluation: str
    """The second word of `pointsman eval`."""
    kinds: tuple[FaultKind, ...]
    """Kinds of fault; none for all."""
    count: int
    out: str | None
    sandbox: str
    cluster: str | None
    """Where code of strangers runs."""
    stats: bool
    folder: str | None
    prove: bool

    models: list[str]
    cases: int | None
    faults: str | None
    tasks: str | None
    healing_prompt: list[str]
    answer_format: Literal["file", "blocks", "both"]
    repeat: int
    agent: int
    """Rounds in which a model may run the visible tests; 0 for none."""
    stop_early: bool
    parallel: int
    resume: str | None
    times: bool
    html: str | None
    inspect: str | None
    dry_run: bool
    in_use: bool


def moment(text: str, now: float) -> float | None:
    """Unix seconds of `text`: so long before `now`, or a date or time in ISO form (UTC unless it says otherwise)."""
    ago = read_span(text)
    if ago is not None:
        return now - ago
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
