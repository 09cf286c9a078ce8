"""Writes `docs/parameters.md`: which dialect takes which parameter, and what it does with each kind of content.

    python tools/write_parameters.py            # write it
    python tools/write_parameters.py --check    # fail where it is stale

It is made of the tables that the readers and writers of the dialects are made of, so it cannot say anything else.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import get_args, get_type_hints

from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.dialect import CONTENT_KINDS, Dialect, Quirks
from pointsman.adapters.dialects.gemini import GEMINI
from pointsman.adapters.dialects.ollama import OLLAMA
from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.adapters.dialects.parameters import describe_bounds
from pointsman.adapters.dialects.unsupported_answers import ANSWERS, AnswerKind
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.chat.request import BOUNDS, PARAMETERS, ChatRequest

PAGE = Path(__file__).parent.parent / "docs" / "parameters.md"
DIALECTS: tuple[Dialect, ...] = (OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC, GEMINI, OLLAMA)
_HEAD = """# Parameters and content, by dialect

Written by `python tools/write_parameters.py` from the tables of the dialects; CI fails when it is stale.

Between a client of the gateway and a provider of the same dialect none of this matters: the request goes on as it came.
To another dialect every parameter is carried, or left out with a warning (`ChatResponse.warnings`, the header
`x-pointsman-warnings`), and content is carried, translated, or refused with an `UnsupportedFeature`.
"""


def page() -> str:
    """The page as it should be."""
    sections = (_HEAD, _parameters(), _content(), _answers(), _providers())
    return "\n".join(sections)


def _parameters() -> str:
    rows = (
        [f"`{field}`", _values(field), *(_parameter(dialect, field) for dialect in DIALECTS)] for field in PARAMETERS
    )
    head = ["field of `ChatRequest`", "values", *(dialect.name for dialect in DIALECTS)]
    intro = "## Parameters\n\nWhere each stands in the body; `–`: the dialect has none, and a warning says so.\n"
    return f"{intro}\n{_table(head, rows)}"


def _values(field: str) -> str:
    """What the field may be: its widest bounds, or its words."""
    bounds = BOUNDS.get(field)
    if bounds is not None:
        return describe_bounds(bounds) + (", whole" if bounds.whole else "")
    words = [word for kind in get_args(get_type_hints(ChatRequest)[field]) for word in get_args(kind)]
    return ", ".join(f"`{word}`" for word in words if isinstance(word, str))


def _parameter(dialect: Dialect, field: str) -> str:
    parameter = dialect.parameters.get(field)
    if parameter is None:
        return "–"
    wire = re.sub(r"[A-Za-z_.]*[_.A-Z][A-Za-z_.]*|\b(?!or\b)[a-z]+", lambda name: f"`{name[0]}`", parameter.wire)
    return wire + (f" ({parameter.note})" if parameter.note else "")


def _content() -> str:
    rows = ([kind, *(dialect.content[kind] for dialect in DIALECTS)] for kind in CONTENT_KINDS)
    intro = (
        "## Content\n\n`native`: the dialect has it. `translated`: it goes in another form that means the same. "
        "`dropped`: left out with a warning.\n`refused`: an `UnsupportedFeature` that names it.\n"
    )
    return f"{intro}\n{_table(['kind', *(dialect.name for dialect in DIALECTS)], rows)}"


def _answers() -> str:
    rows = (
        [kind, *("yes" if kind in ANSWERS[dialect.name] else "–" for dialect in DIALECTS)]
        for kind in get_args(AnswerKind)
    )
    intro = (
        "## Answers\n\nWhat an answer can hold beside texts, refusals, reasoning and calls of tools. `–`: it is left "
        "out, with a warning in\nthe headers of a whole answer.\n"
    )
    return f"{intro}\n{_table(['kind', *(dialect.name for dialect in DIALECTS)], rows)}"


def _providers() -> str:
    rows = (
        [row.name, row.dialect, _join_names(row.quirks.lacks), _join_names(_extras_of(row.quirks))]
        for row in PROVIDERS.values()
    )
    intro = (
        "## Providers\n\nWhat a provider does not take of its dialect is left out with a warning, or refused; "
        "some take more.\n"
    )
    return f"{intro}\n{_table(['provider', 'dialect', 'lacks', 'takes, too'], rows)}"


def _extras_of(quirks: Quirks) -> list[str]:
    more = {
        "freeform tools": quirks.custom_tools,
        "allowed tools": quirks.custom_tools,
        "file url": quirks.file_urls,
        "cache control": quirks.cache_control,
        "max_tokens -1": quirks.unlimited,
    }
    return [name for name, taken in more.items() if taken]


def _join_names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names) if "." not in name)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> int:
    """Do what the command line says."""
    wanted = page()
    if "--check" in sys.argv:
        if PAGE.exists() and PAGE.read_text() == wanted:
            return 0
        print(f"{PAGE.name} is stale: run python tools/write_parameters.py", file=sys.stderr)
        return 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
