"""Settings from a text of sections: `[name]`, `key = value`, comments with `#` or `;`, and defaults.

Topics: parsing, files, configuration
"""

from pathlib import Path

Sections = dict[str, dict[str, str]]


def unquote(text: str) -> str:
    """The text without the pair of double quotes around it, if there is one."""
    if len(text) >= 2 and text[0] == '"' and text[-1] == '"':
        return text[1:-1]
    return text


def parse_ini(text: str, into: Sections | None = None) -> Sections:
    """The settings by section; what stands before the first section belongs to the section "".

    With `into`, they are added to those, and win over what is there.
    """
    if into is None:
        into = {}
    section = into.setdefault("", {})
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line.startswith("["):
            if not line.endswith("]"):
                raise ValueError(f"line {number}: the section is not closed")
            section = into.setdefault(line[1:-1].strip().lower(), {})
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            raise ValueError(f"line {number}: neither a section nor key = value")
        section[key.strip().lower()] = unquote(value.strip())
    return into


def read_ini(*paths: Path) -> Sections:
    """The settings of all files that are there, later files win."""
    settings: Sections = {}
    for path in paths:
        try:
            with open(path, encoding="utf-8") as file:
                parse_ini(file.read(), settings)
        except FileNotFoundError:
            continue
    return settings
